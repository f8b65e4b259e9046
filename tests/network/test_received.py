from __future__ import annotations

import itertools
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magickpen.network.received import Received

HEAD = b"HTTP/1.1 200 OK\r\n%s\r\n\r\n"
INTERIM = b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"
LENGTH = HEAD % b"content-length: 4" + b"\r\n\r\n"
CHUNKED = HEAD % b"transfer-encoding: chunked" + b"4\r\n10\r\n\r\n0\r\n\r\n"
PLAIN_CHUNKED = HEAD % b"transfer-encoding: chunked" + b"1\r\nx\r\n0\r\n\r\n"
EMPTY = b"HTTP/1.1 304 Not Modified\r\netag: x\r\n\r\n"

COUNTED: Mapping[bytes, bytes] = {b"content-length": b"4"}
IN_CHUNKS: Mapping[bytes, bytes] = {b"transfer-encoding": b"chunked"}

RESPONSES = [(LENGTH, 200, COUNTED), (PLAIN_CHUNKED, 200, IN_CHUNKS), (EMPTY, 304, {})]


def received(data: bytes, cuts: set[int]) -> Received:
    pieces = Received()
    places = [0, *sorted(cuts), len(data)]
    for start, end in itertools.pairwise(places):
        pieces.add(data[start:end])
    return pieces


@given(data=st.data(), response=st.sampled_from(RESPONSES), interims=st.integers(0, 2))
def test_one_response_is_told_however_it_is_cut(
    data: st.DataObject, response: tuple[bytes, int, Mapping[bytes, bytes]], interims: int
) -> None:
    whole = INTERIM * interims + response[0]
    cuts = data.draw(st.sets(st.integers(1, len(whole) - 1)))
    assert received(whole, cuts).is_all_of(response[1], response[2])


@given(data=st.data(), response=st.sampled_from(RESPONSES), second=st.sampled_from(RESPONSES))
def test_what_comes_behind_it_is_told(
    data: st.DataObject,
    response: tuple[bytes, int, Mapping[bytes, bytes]],
    second: tuple[bytes, int, Mapping[bytes, bytes]],
) -> None:
    surplus = data.draw(st.sampled_from([b"x", b"\r\n", second[0]]))
    # A library reads on until it has the end, so that the last piece has it.
    end = len(response[0]) - 1
    cuts = data.draw(st.sets(st.integers(1, end)))
    assert not received(response[0] + surplus, cuts).is_all_of(response[1], response[2])


@pytest.mark.parametrize("headers", [{}, {b"content-length": b"4, 4"}, {b"content-length": b"-1"}])
def test_a_body_without_a_known_end_is_never_told(headers: Mapping[bytes, bytes]) -> None:
    assert not received(LENGTH, set()).is_all_of(200, headers)


def test_a_body_that_looks_like_its_own_end_is_not_trusted() -> None:
    assert not received(CHUNKED, set()).is_all_of(200, IN_CHUNKS)
