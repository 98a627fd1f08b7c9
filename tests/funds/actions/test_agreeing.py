"""The person's own answer online: theirs alone, once, with its event, and only while a draft can still change."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from audit.queries import list_events
from core.db import db
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.identity import Identity
from funds.actions import requests
from funds.actions.agreeing import agree_to_request
from funds.actions.contents import Statement
from funds.models import ChoiceStatement
from tests.builders import NOW
from tests.care.people import user_of
from tests.cast import MAX
from tests.funds.books import TODAY, World, make_draft, make_submitted, make_world, values_for, version_of


@pytest.fixture
def world(app: Flask) -> World:
    """Ana with Cal and a fund."""
    return make_world()


def answer(world: World, request_id: UUID, *, who: Identity | None = None, key: str = "", agrees: bool = True) -> None:
    agree_to_request(
        who or world.ana, request_id=request_id, row_version=version_of(request_id), agrees=agrees,
        key=key or uuid4().hex, words="A blue one", now=NOW,
    )  # fmt: skip


def kinds() -> list[str]:
    found = list(db.session.scalars(select(ChoiceStatement.kind)))
    db.session.rollback()
    return found


def test_it_leaves_one_event_and_one_statement(world: World) -> None:
    request_id = make_draft(world, statement=None)
    before = list_events(page=1)[1]
    key, seen = uuid4().hex, version_of(request_id)
    for _ in range(2):
        agree_to_request(
            world.ana, request_id=request_id, row_version=seen, agrees=True, key=key, words="A blue one", now=NOW
        )
    events, total = list_events(page=1)
    assert total == before + 1 and events[0].kind == "fund_request:answered"
    assert events[0].record["details"]["reason"] == "agreed" and "blue" not in str(events[0].record)
    assert kinds() == ["online"]


def test_a_second_answer_takes_the_place_of_the_first(world: World) -> None:
    request_id = make_draft(world, statement=None)
    answer(world, request_id)
    answer(world, request_id, agrees=False)
    assert kinds() == ["declined"]


def test_nobody_else_answers_for_the_person(world: World) -> None:
    """Cal, whose draft it is, is refused, by this verb and by his own; Max finds nothing."""
    request_id = make_draft(world, statement=None)
    with pytest.raises(NotAllowed, match="Only the person can answer online"):
        answer(world, request_id, who=world.cal)
    with pytest.raises(InvalidInput, match="Only the person can answer online"):
        requests.edit_request(
            world.cal,
            request_id=request_id,
            row_version=version_of(request_id),
            values=values_for(world, statement=Statement("online", TODAY)),
            key=uuid4().hex,
            now=NOW,
        )
    with pytest.raises(NotFound):
        answer(world, request_id, who=user_of(MAX))
    assert kinds() == []


def test_a_sent_request_is_answered_no_more(world: World) -> None:
    request_id = make_submitted(world)
    with pytest.raises(NotAllowed, match="this cannot be done now"):
        answer(world, request_id)


def test_an_old_page_is_told(world: World) -> None:
    request_id = make_draft(world, statement=None)
    with pytest.raises(Conflict, match="changed this request meanwhile"):
        agree_to_request(world.ana, request_id=request_id, row_version=7, agrees=True, key=uuid4().hex, now=NOW)
