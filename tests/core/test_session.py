from __future__ import annotations

import pytest

from magickpen.core.deadline import Deadline
from magickpen.core.effects import Flow, Renew
from magickpen.core.errors import APIConnectionError, APITimeoutError, CredentialsError
from magickpen.core.session import Site
from magickpen.core.settings import Settings
from magickpen.core.signing import SiteSecrets
from magickpen.discovery.search import discover
from tests.support.fakes import (
    NEWER,
    SECRETS,
    Clock,
    PaperSite,
    land,
    look_up,
    no_deadline,
    opened,
    result_of,
    runtime,
)


def asking(
    site: Site, rejected: SiteSecrets | None = None, deadline: Deadline | None = None
) -> Flow[SiteSecrets]:
    return site.secrets(Settings(max_retries=0), runtime(), deadline or no_deadline(), rejected)


def value_of(flow: Flow[SiteSecrets]) -> object:
    """Return what a flow returns without asking for anything."""
    return result_of(flow, None)


def test_known_secrets_cost_nothing() -> None:
    assert value_of(asking(Site(discover, SECRETS))) is SECRETS


def test_unknown_ones_are_looked_up_once() -> None:
    site = Site(discover)
    caller = asking(site)
    found = land(look_up(next(caller)))
    assert found == NEWER
    assert result_of(caller, found) is found
    assert value_of(asking(site)) is found


def test_rejected_ones_are_looked_up_anew() -> None:
    site = Site(discover, SECRETS)
    found = land(look_up(next(asking(site, rejected=SECRETS))))
    assert found == NEWER
    assert value_of(asking(site, rejected=SECRETS)) is found


def test_equal_secrets_of_another_flight_are_news() -> None:
    site = Site(discover, SECRETS)
    twin = SiteSecrets(SECRETS.x_api_secret, SECRETS.secret)
    assert value_of(asking(site, rejected=twin)) is SECRETS


def test_waiters_take_over_what_the_leader_found() -> None:
    site = Site(discover)
    leader, waiter = look_up(next(asking(site))), look_up(next(asking(site)))
    found = land(leader)
    assert value_of(waiter) is found


def test_waiters_share_the_failure_of_the_flight_they_waited_for() -> None:
    site = Site(discover)
    leader, waiter = look_up(next(asking(site))), look_up(next(asking(site)))
    cause = OSError("refused")
    next(leader)
    with pytest.raises(APIConnectionError) as first:
        leader.throw(_caused(APIConnectionError("no connection"), cause))
    with pytest.raises(APIConnectionError) as second:
        next(waiter)
    assert second.value is not first.value
    assert str(second.value) == str(first.value)
    assert second.value.__cause__ is cause


def _caused(error: APIConnectionError, cause: Exception) -> APIConnectionError:
    error.__cause__ = cause
    return error


def test_a_later_caller_tries_again_after_a_failure() -> None:
    site = Site(discover)
    failing = look_up(next(asking(site)))
    next(failing)
    with pytest.raises(APIConnectionError):
        failing.throw(APIConnectionError("no connection"))
    assert land(look_up(next(asking(site)))) == NEWER


def test_waiters_share_each_of_several_failures() -> None:
    site = Site(discover)
    for message in ("no route", "no answer"):
        leader, waiter = look_up(next(asking(site))), look_up(next(asking(site)))
        next(leader)
        with pytest.raises(APIConnectionError):
            leader.throw(APIConnectionError(message))
        with pytest.raises(APIConnectionError, match=message):
            next(waiter)


def test_a_success_forgets_the_failure_before_it() -> None:
    site = Site(discover)
    failing = look_up(next(asking(site)))
    next(failing)
    with pytest.raises(APIConnectionError):
        failing.throw(APIConnectionError("no connection"))
    retrying, waiter = look_up(next(asking(site))), look_up(next(asking(site)))
    found = land(retrying)
    late = look_up(next(asking(site, rejected=found)))
    assert value_of(waiter) is found
    assert opened(next(late)).url == "https://magickpen.com/"


def test_a_cancelled_leader_hands_over() -> None:
    site = Site(discover)
    leader, waiter = look_up(next(asking(site))), look_up(next(asking(site)))
    next(leader)
    leader.close()
    assert land(waiter) == NEWER


def test_a_leader_whose_own_deadline_passed_hands_over() -> None:
    site = Site(discover)
    clock = Clock()
    deadline = Deadline(5, clock)
    leader, waiter = look_up(next(asking(site, deadline=deadline))), look_up(next(asking(site)))
    next(leader)
    clock.now += 6
    with pytest.raises(APITimeoutError):
        leader.throw(deadline.error())
    assert land(waiter) == NEWER


def test_a_site_without_constants_fails_for_all_who_wait() -> None:
    site = Site(discover)
    leader, waiter = look_up(next(asking(site))), look_up(next(asking(site)))
    with pytest.raises(CredentialsError):
        PaperSite({"/": "<p>no scripts"}).drive(leader)
    with pytest.raises(CredentialsError, match="do not tell what signs a request"):
        next(waiter)


class Shelf:
    """A store in memory that counts its use."""

    def __init__(self, secrets: SiteSecrets | None = None) -> None:
        self.secrets = secrets
        self.loads = 0
        self.saved: list[tuple[str, SiteSecrets]] = []

    def load(self, site: str) -> SiteSecrets | None:
        assert site == "https://magickpen.com"
        self.loads += 1
        return self.secrets

    def save(self, site: str, secrets: SiteSecrets) -> None:
        self.saved.append((site, secrets))


def test_kept_secrets_need_no_look_at_the_site() -> None:
    store = Shelf(SECRETS)
    site, paper = Site(discover, store=store), PaperSite({})
    assert paper.drive(asking(site)) == SECRETS
    assert paper.drive(asking(site)) == SECRETS
    assert paper.requests == []
    assert store.loads == 1
    assert store.saved == []


def test_what_is_found_is_kept() -> None:
    store = Shelf()
    assert land(asking(Site(discover, store=store))) == NEWER
    assert store.saved == [("https://magickpen.com", NEWER)]


def test_rejected_secrets_are_looked_up_unless_the_store_has_newer_ones() -> None:
    store = Shelf(SECRETS)
    site = Site(discover, store=store)
    rejected = PaperSite({}).drive(asking(site))
    store.secrets = NEWER
    assert PaperSite({}).drive(asking(site, rejected=rejected)) is NEWER
    found = land(asking(site, rejected=NEWER), SECRETS)
    assert found == SECRETS
    assert store.saved == [("https://magickpen.com", SECRETS)]


def test_a_discovery_waits_for_its_turn_until_its_deadline() -> None:
    deadline = no_deadline()
    effect = next(Site(discover).discovery(Settings(), runtime(), deadline))
    assert isinstance(effect, Renew)
    assert effect.deadline is deadline


def test_a_discovery_reads_the_site_whatever_is_known() -> None:
    store = Shelf(SECRETS)
    site = Site(discover, SECRETS, store)
    discovery = land(site.discovery(Settings(), runtime(), no_deadline()))
    assert discovery.secrets == NEWER
    assert store.saved == [("https://magickpen.com", NEWER)]
    assert value_of(asking(site)) == NEWER
