from __future__ import annotations

from magickpen.core.text_buffer import _ROOM, TextBuffer


def test_nothing_is_an_empty_text() -> None:
    buffer = TextBuffer()
    assert not buffer
    assert str(buffer) == ""
    assert not buffer


def test_pieces_become_one_text() -> None:
    buffer = TextBuffer()
    pieces = [f"{n} " for n in range(5000)]
    for n, piece in enumerate(pieces):
        buffer.add(piece)
        assert buffer
        if n % 700 == 0:
            assert str(buffer) == "".join(pieces[: n + 1])
    assert str(buffer) == "".join(pieces)


def test_a_text_that_was_taken_is_not_made_again() -> None:
    buffer = TextBuffer()
    buffer.add("one ")
    buffer.add("two")
    assert str(buffer) is str(buffer)


def test_many_pieces_take_no_more_than_their_text() -> None:
    buffer = TextBuffer()
    for _ in range(100_000):
        buffer.add("four")
    assert len(buffer._blocks) == 97
    assert len(buffer._pieces) < 1024


def test_long_pieces_are_not_held_twice() -> None:
    buffer = TextBuffer()
    long = "x" * 2**20
    for _ in range(3):
        buffer.add(long)
    assert all(block is long for block in buffer._blocks)
    assert not buffer._pieces


def test_very_many_pieces_become_one_text_at_the_end() -> None:
    buffer = TextBuffer()
    pieces = [f"{n} " for n in range(5000)]
    for piece in pieces:
        buffer.add(piece)
    assert str(buffer) == "".join(pieces)


def test_pieces_become_one_when_they_are_long_enough_together() -> None:
    buffer = TextBuffer()
    for _ in range(3):
        buffer.add("x" * (_ROOM - 2000))
        assert len(buffer._pieces) == 1
        buffer.add("x")
        assert not buffer._pieces
    assert len(str(buffer)) == 3 * (_ROOM - 1999)
    buffer.add("x" * (_ROOM - 2000))
    assert len(buffer._pieces) == 1
