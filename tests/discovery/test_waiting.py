from __future__ import annotations

from magickpen.discovery.waiting import MAX_WAITING, Likelihood, Link, Waiting


def waiting(*links: Link) -> Waiting:
    found = Waiting()
    for link in links:
        found.add(link)
    return found


def order(found: Waiting) -> list[Link]:
    return list(iter(found.next, None))


def test_the_likeliest_link_comes_first_and_of_those_the_oldest() -> None:
    late = Link("/a", Likelihood.ON_DEMAND)
    loaded = [Link("/b", Likelihood.LOADED, ("/c",)), Link("/d", Likelihood.LOADED)]
    assert order(waiting(late, *loaded)) == [*loaded, late]


def test_a_link_comes_once_as_what_it_is_most_likely() -> None:
    likely = Link("/a", Likelihood.IMPORTED)
    others = [Link("/a", Likelihood.FALLBACK), Link("/a", Likelihood.ON_DEMAND)]
    found = waiting(others[0], likely, others[1])
    assert order(found) == [likely]
    found.add(Link("/a", Likelihood.NEEDED))
    assert order(found) == []


def test_what_is_not_to_be_read_does_not_come() -> None:
    found = waiting(Link("", Likelihood.LOADED), Link("/a", Likelihood.LOADED))
    found.discard("/a")
    found.discard("/b")
    found.add(Link("/b", Likelihood.NEEDED))
    assert found.next() is None


def test_so_many_wait_at_most() -> None:
    links = [Link(f"/{number}", Likelihood.ON_DEMAND) for number in range(MAX_WAITING + 5)]
    needed = Link("/needed", Likelihood.NEEDED)
    assert order(waiting(*links, needed)) == [needed, *links[:MAX_WAITING]]
