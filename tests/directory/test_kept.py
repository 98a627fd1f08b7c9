"""The list kept without sign-in, in its short form."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from directory.kept import MAX_KEPT, moved, pack, unpack, with_added, without

A, B, C = (UUID(int=number) for number in (1, 2, 3))


def test_a_packed_list_reads_back_in_its_order() -> None:
    ids = tuple(uuid4() for _ in range(MAX_KEPT))
    assert unpack(pack(ids)) == ids
    assert len(pack(ids)) < 500, "a link with a full list must fit a QR code"


@pytest.mark.parametrize("junk", ["", ".", "abc", "é" * 22, "!" * 22, "A" * 23, "\x00" * 22, "." * 10_000])
def test_junk_is_an_empty_list(junk: str) -> None:
    assert unpack(junk) == ()


def test_a_list_takes_each_once_and_no_more_than_fit() -> None:
    assert unpack(pack([A, A, B])) == (A, B)
    full = tuple(UUID(int=number) for number in range(MAX_KEPT))
    assert with_added(full, UUID(int=99)) == full
    assert len(unpack(pack([*full, UUID(int=98), UUID(int=99)]))) == MAX_KEPT


def test_moving_stops_at_the_ends() -> None:
    assert moved((A, B, C), B, -1) == (B, A, C)
    assert moved((A, B, C), C, 1) == (A, B, C)
    assert moved((A, B, C), A, -1) == (A, B, C)
    assert moved((A, B), C, 1) == (A, B)


def test_removing_what_is_not_there_changes_nothing() -> None:
    assert without((A, B), C) == (A, B)
    assert without((A, B), A) == (B,)
