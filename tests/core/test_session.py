from __future__ import annotations

import pytest

from magickpen.core.context import Context
from magickpen.core.deadline import Deadline
from magickpen.core.discovery import Cache, Discovery
from magickpen.core.effects import Exclusive, Flow, Mutex
from magickpen.core.errors import APIConnectionError, APITimeoutError, CredentialsError
from magickpen.core.session import Known, Session
from magickpen.core.settings import Settings
from magickpen.core.signing import SiteSecrets
from tests.support.fakes import (
    NEWER,
    SECRETS,
    Clock,
    PaperSite,
    context,
    discover,
    land,
    look_up,
    no_deadline,
    opened,
    page,
    result_of,
)


def asking(session: Session, rejected: int = 0, deadline: Deadline | None = None) -> Flow[Known]:
    return session.secrets(context(Settings(max_retries=0), deadline=deadline), rejected)


def value_of(flow: Flow[Known]) -> object:
    """Return what a flow returns without asking for anything."""
    return result_of(flow, None)


def test_known_secrets_cost_nothing() -> None:
    assert value_of(asking(Session(discover, SECRETS))) == (1, SECRETS)


def test_unknown_ones_are_looked_up_once() -> None:
    session = Session(discover)
    caller = asking(session)
    assert session.known is None
    found = land(look_up(next(caller)))
    assert found == (1, NEWER)
    assert session.known == NEWER
    assert result_of(caller, found) is found
    assert value_of(asking(session)) is found


def test_rejected_ones_are_looked_up_anew() -> None:
    session = Session(discover, SECRETS)
    found = land(look_up(next(asking(session, rejected=1))))
    assert found == (2, NEWER)
    assert value_of(asking(session, rejected=1)) is found


def test_the_same_secrets_of_a_later_reading_are_a_later_generation() -> None:
    session = Session(discover, SECRETS)
    first, second = (look_up(next(asking(session, rejected=1))) for _ in range(2))
    found = land(first, SECRETS)
    assert found == (2, SECRETS)
    # So that those who waited do not read the site one after another.
    assert value_of(second) is found


def test_waiters_take_over_what_the_leader_found() -> None:
    session = Session(discover)
    leader, waiter = look_up(next(asking(session))), look_up(next(asking(session)))
    found = land(leader)
    assert value_of(waiter) is found


def test_waiters_share_the_failure_of_the_flight_they_waited_for() -> None:
    session = Session(discover)
    leader, waiter = look_up(next(asking(session))), look_up(next(asking(session)))
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
    session = Session(discover)
    failing = look_up(next(asking(session)))
    next(failing)
    with pytest.raises(APIConnectionError):
        failing.throw(APIConnectionError("no connection"))
    assert land(look_up(next(asking(session)))).secrets == NEWER


def test_waiters_share_each_of_several_failures() -> None:
    session = Session(discover)
    for message in ("no route", "no answer"):
        leader, waiter = look_up(next(asking(session))), look_up(next(asking(session)))
        next(leader)
        with pytest.raises(APIConnectionError):
            leader.throw(APIConnectionError(message))
        with pytest.raises(APIConnectionError, match=message):
            next(waiter)


def test_a_success_forgets_the_failure_before_it() -> None:
    session = Session(discover)
    failing = look_up(next(asking(session)))
    next(failing)
    with pytest.raises(APIConnectionError):
        failing.throw(APIConnectionError("no connection"))
    retrying, waiter = look_up(next(asking(session))), look_up(next(asking(session)))
    found = land(retrying)
    late = look_up(next(asking(session, rejected=found.generation)))
    assert value_of(waiter) is found
    assert opened(next(late)).url == "https://magickpen.com/"


def test_a_cancelled_leader_hands_over() -> None:
    session = Session(discover)
    leader, waiter = look_up(next(asking(session))), look_up(next(asking(session)))
    next(leader)
    leader.close()
    assert land(waiter).secrets == NEWER


def test_a_leader_whose_own_deadline_passed_hands_over() -> None:
    session = Session(discover)
    clock = Clock()
    deadline = Deadline(5, clock)
    leader, waiter = (
        look_up(next(asking(session, deadline=deadline))),
        look_up(next(asking(session))),
    )
    next(leader)
    clock.now += 6
    with pytest.raises(APITimeoutError):
        leader.throw(deadline.error())
    assert land(waiter).secrets == NEWER


def test_a_site_without_constants_fails_for_all_who_wait() -> None:
    session = Session(discover)
    leader, waiter = look_up(next(asking(session))), look_up(next(asking(session)))
    with pytest.raises(CredentialsError):
        PaperSite({"/": "nothing"}).drive(leader)
    with pytest.raises(CredentialsError, match="no secrets found"):
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


class SharedShelf(Shelf):
    """A store of which another process holds the lock for some looks."""

    def __init__(self, looks: float = 0) -> None:
        super().__init__()
        self.looks = looks
        self.held = 0
        self.at_the_end: SiteSecrets | None = None

    def try_lock(self) -> SharedShelf | None:
        self.looks -= 1
        if self.looks >= 0:
            return None
        self.secrets = self.at_the_end
        self.held += 1
        return self

    def close(self) -> None:
        self.held -= 1


def test_a_shared_store_is_locked_while_the_site_is_read() -> None:
    store = SharedShelf()
    paper = PaperSite({"/": page(NEWER)})
    held: list[int] = []
    paper.on_request = lambda _: held.append(store.held)
    assert paper.drive(asking(Session(discover, store=store))).secrets == NEWER
    assert held == [1]
    assert store.held == 0
    assert paper.slept == []


def test_a_failed_reading_releases_the_lock() -> None:
    store = SharedShelf()
    with pytest.raises(CredentialsError):
        PaperSite({"/": "nothing"}).drive(asking(Session(discover, store=store)))
    assert store.held == 0


def test_what_another_process_finds_meanwhile_is_taken() -> None:
    store = SharedShelf(looks=3)
    store.at_the_end = NEWER
    paper = PaperSite({})
    assert paper.drive(asking(Session(discover, store=store))).secrets == NEWER
    assert paper.slept == [0.05] * 3
    assert paper.requests == []
    assert store.held == 0


class TickingShelf(SharedShelf):
    """A store whose lock is never free, and takes ten seconds for each look."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(looks=1000)
        self.clock = clock

    def try_lock(self) -> SharedShelf | None:
        self.clock.now += 10
        return super().try_lock()


def test_another_process_that_hangs_is_not_waited_for_without_end() -> None:
    clock = Clock()
    session = Session(discover, store=TickingShelf(clock))
    paper = PaperSite({"/": page(NEWER)})
    found = paper.drive(session.secrets(context(Settings(deadline=600), clock)))
    assert found.secrets == NEWER
    assert len(paper.slept) == 5


def test_a_deadline_bounds_the_wait_for_another_process() -> None:
    clock = Clock()
    session = Session(discover, store=TickingShelf(clock))
    with pytest.raises(APITimeoutError, match="deadline of 25 s"):
        PaperSite({}).drive(session.secrets(context(Settings(deadline=25), clock)))


def test_kept_secrets_need_no_look_at_the_site() -> None:
    store = Shelf(SECRETS)
    session, paper = Session(discover, store=store), PaperSite({})
    assert paper.drive(asking(session)).secrets == SECRETS
    assert paper.drive(asking(session)).secrets == SECRETS
    assert paper.requests == []
    assert store.loads == 1
    assert store.saved == []


def test_what_is_found_is_kept() -> None:
    store = Shelf()
    assert land(asking(Session(discover, store=store))).secrets == NEWER
    assert store.saved == [("https://magickpen.com", NEWER)]


def test_rejected_secrets_are_looked_up_unless_the_store_has_newer_ones() -> None:
    store = Shelf(SECRETS)
    session = Session(discover, store=store)
    first = PaperSite({}).drive(asking(session))
    store.secrets = NEWER
    second = PaperSite({}).drive(asking(session, rejected=first.generation))
    assert second.secrets is NEWER
    found = land(asking(session, rejected=second.generation), SECRETS)
    assert found.secrets == SECRETS
    assert store.saved == [("https://magickpen.com", SECRETS)]


def test_each_look_at_the_site_holds_the_same_mutex_until_the_deadline_of_its_call() -> None:
    session = Session(discover)
    here = context()
    effects = [next(session.secrets(here)), next(session.discovery(here))]
    assert all(isinstance(effect, Exclusive) for effect in effects)
    assert {effect.deadline for effect in effects if isinstance(effect, Exclusive)} == {
        here.deadline
    }
    [mutex] = {effect.mutex for effect in effects if isinstance(effect, Exclusive)}
    assert isinstance(mutex, Mutex)


def test_discovery_is_given_what_it_read_the_last_time() -> None:
    seen: list[Cache] = []

    def remember(context: Context, cache: Cache) -> Flow[Discovery]:
        seen.append(cache)
        return discover(context, cache)

    session = Session(remember)
    for _ in range(2):
        land(session.discovery(context()))
    assert seen[0] is seen[1]
    assert isinstance(seen[0], dict)


def test_the_grade_of_secrets_comes_with_them() -> None:
    guess = SiteSecrets("GUESSGUESSGUESSGUE", "guessGuessGuess", proved=False)
    discovery = land(Session(discover).discovery(context()), guess)
    assert not discovery.proved
    assert not discovery.secrets.proved


def test_a_discovery_waits_for_its_turn_until_its_deadline() -> None:
    deadline = no_deadline()
    effect = next(Session(discover).discovery(context(deadline=deadline)))
    assert isinstance(effect, Exclusive)
    assert effect.deadline is deadline


def test_a_discovery_reads_the_site_whatever_is_known() -> None:
    store = Shelf(SECRETS)
    session = Session(discover, SECRETS, store)
    discovery = land(session.discovery(context()))
    assert discovery.secrets == NEWER
    assert store.saved == [("https://magickpen.com", NEWER)]
    assert value_of(asking(session)) == (2, NEWER)
