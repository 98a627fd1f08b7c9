"""Each test begins with a known database: nothing of the test before, and what is made once is brought back whole."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from accounts.models import User
from core.db import db
from tests.cast import ANA, CAL, MAX, make_user
from tests.conftest import BringBack, made_once


def users() -> int:
    """How many accounts there are."""
    found = db.session.scalar(select(func.count()).select_from(User)) or 0
    db.session.rollback()
    return found


@pytest.mark.parametrize("_turn", [1, 2])
def test_nothing_of_the_test_before_is_there(app: Flask, _turn: int) -> None:
    """The same test twice: what the first wrote, through the session, is not there for the second."""
    assert users() == 0
    make_user(ANA)
    assert users() == 1


@pytest.mark.parametrize("_turn", [1, 2])
def test_what_was_made_once_holds_no_more_than_that(app: Flask, _turn: int) -> None:
    """What the first test wrote on top of it is not there for the second."""
    made = made_once("test of one user", lambda: make_user(CAL))
    assert db.session.scalars(select(User.id)).all() == [made]
    db.session.rollback()
    make_user(MAX)
    assert users() == 2


def test_it_is_made_anew_in_a_database_that_was_written_to(app: Flask) -> None:
    """And is not kept: what was there before stays."""
    assert made_once("test of a step", lambda: (make_user(CAL), 1)[1]) == 1
    make_user(MAX)
    assert made_once("test of a step", lambda: 2) == 2
    assert made_once("test of a step", lambda: 3) == 3
    assert users() == 2


def test_one_step_stands_on_another(app: Flask, bring_back: BringBack) -> None:
    """A step belongs to the content that it was made in: the same name on another content is another step."""
    for _turn in range(2):
        bring_back("test of a base", lambda: make_user(ANA))
        made_once("test of a second step", lambda: make_user(CAL))
        made_once("test of a third step", lambda: make_user(MAX))
        assert users() == 3
    bring_back("test of another base", lambda: None)
    made_once("test of a second step", lambda: make_user(CAL))
    assert users() == 1


def test_a_read_alone_leaves_the_content_known(bring_back: BringBack) -> None:
    """Otherwise nothing would ever be brought back."""
    calls: list[int] = []
    for _turn in range(2):
        bring_back("test of a read base", lambda: make_user(ANA))
        assert db.session.scalar(select(User.name)) == ANA.name  # and leaves the read open
        made_once("test of a read", lambda: calls.append(1))
        assert users() == 1
    assert calls == [1]
