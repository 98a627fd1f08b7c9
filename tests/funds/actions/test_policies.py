"""A rule changes by two people, after a try on the past; the version before it ends the day before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from audit.queries import list_events
from core.db import db
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from funds import policy, queries
from funds.actions import policies
from funds.models import FundRequest, PolicyRule
from funds.queries import past
from funds.queries import policies as reading
from tests.builders import NOW
from tests.care.people import user_of
from tests.cast import CAL
from tests.funds.books import TODAY, World, add_rules, make_approved, make_submitted, make_world

CAP = {
    "code": "person.year",
    "kind": "cap_window",
    "severity": "block",
    "params": {"cents": 125_000, "window": "fiscal_year"},
}


def version(**changes: Any) -> policies.Version:
    return replace(
        policies.Version(
            code="person.year",
            kind="cap_window",
            severity="warn",
            params={"cents": 19_000, "window": "fiscal_year"},
            category=None,
            exception_role=None,
            effective_from=TODAY,
            effective_to=None,
            citation="County policy 12",
            citation_url="",
            message_en="For all.",
            message_es="Para todas las personas.",
        ),
        **changes,
    )


def propose(world: World, **changes: Any) -> UUID:
    return policies.propose_rule(world.fay, rule_id=uuid4(), fund_id=world.fund_id, version=version(**changes), now=NOW)


def row(rule_id: UUID) -> PolicyRule:
    db.session.rollback()
    found = db.session.get(PolicyRule, rule_id)
    assert found is not None
    return found


def test_a_rule_is_proposed_tried_and_approved_by_another_person(app: Flask) -> None:
    world = make_world(rules=[CAP])
    make_approved(world)
    second = make_submitted(world, cents=2_000)
    number = db.session.scalar(select(FundRequest.number).where(FundRequest.id == second))
    rule_id = propose(world)
    assert row(rule_id).version == 2
    with pytest.raises(NotAllowed, match="Try the rule"):
        policies.decide_rule(world.dan, rule_id=rule_id, is_approved=True, now=NOW)
    tried = policies.try_rule(world.fay, rule_id=rule_id, now=NOW)
    assert (tried["flagged"], tried["total"]) == (1, 2) and tried["newly"] == [[str(second), number]]
    for who in (world.fay, user_of(CAL)):
        with pytest.raises(NotAllowed):
            policies.decide_rule(who, rule_id=rule_id, is_approved=True, now=NOW)
    policies.decide_rule(world.dan, rule_id=rule_id, is_approved=True, now=NOW)
    in_force = {each.code: each.version for each in queries.list_rules(world.fund_id, TODAY)}
    assert in_force["person.year"] == 2
    before = {each.code: each.version for each in queries.list_rules(world.fund_id, TODAY - timedelta(days=1))}
    assert before["person.year"] == 1
    old = next(each for each in reading.list_versions(world.fund_id, "person.year") if each.version == 1)
    assert old.status == "replaced" and old.effective_to == TODAY - timedelta(days=1)
    kinds = [event.kind for event in list_events(page=1)[0]]
    assert kinds[0] == "policy:decided" and {"policy:proposed", "policy:tried"} <= set(kinds)


def test_a_director_who_proposes_does_not_decide(app: Flask) -> None:
    world = make_world(rules=[CAP])
    rule_id = policies.propose_rule(world.dan, rule_id=uuid4(), fund_id=world.fund_id, version=version(), now=NOW)
    policies.try_rule(world.dan, rule_id=rule_id, now=NOW)
    with pytest.raises(NotAllowed, match="somebody else"):
        policies.decide_rule(world.dan, rule_id=rule_id, is_approved=True, now=NOW)
    policies.decide_rule(world.deb, rule_id=rule_id, is_approved=False, now=NOW)
    assert row(rule_id).status == "refused"
    with pytest.raises(Conflict):
        policies.decide_rule(world.dan, rule_id=rule_id, is_approved=True, now=NOW)
    with pytest.raises(Conflict):
        policies.try_rule(world.dan, rule_id=rule_id, now=NOW)


def test_of_two_proposals_the_older_does_not_undo_the_newer(app: Flask) -> None:
    world = make_world(rules=[CAP])
    older, newer = propose(world), propose(world, effective_from=TODAY + timedelta(days=5))
    for each in (older, newer):
        policies.try_rule(world.fay, rule_id=each, now=NOW)
    policies.decide_rule(world.dan, rule_id=newer, is_approved=True, now=NOW)
    with pytest.raises(Conflict, match="Version 3 is in force already"):
        policies.decide_rule(world.dan, rule_id=older, is_approved=True, now=NOW)


def test_a_shipped_example_needs_two_people_too(app: Flask) -> None:
    world = make_world()
    add_rules(world.fund_id, [{**CAP, "status": "proposed", "is_example": True, "dry_run": {}}])
    found = reading.list_proposed(world.fund_id)[0].id
    with pytest.raises(NotAllowed, match="two people"):
        policies.decide_rule(world.dan, rule_id=found, is_approved=True, now=NOW)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("effective_from", {"effective_from": TODAY - timedelta(days=1)}),
        ("citation", {"citation": " "}),
        ("citation_url", {"citation_url": "javascript:alert(1)"}),
        ("message_es", {"message_es": ""}),
        ("code", {"code": "no spaces please"}),
        ("categories", {"category": "nowhere"}),
    ],
)
def test_a_proposal_that_makes_no_sense_is_refused_beside_its_field(
    app: Flask, field: str, changes: dict[str, Any]
) -> None:
    world = make_world()
    with pytest.raises(InvalidInput) as refusal:
        propose(world, **changes)
    assert refusal.value.field == field and reading.list_proposed(world.fund_id) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"params": {"cents": 5}},
        {"params": {"cents": 5, "window": "rolling_months"}},
        {"severity": "exception"},
        {"effective_to": date(2020, 1, 1)},
        {"kind": "no_kind"},
    ],
)
def test_settings_that_cannot_be_measured_are_refused_with_a_sentence(app: Flask, changes: dict[str, Any]) -> None:
    world = make_world()
    with pytest.raises(NotAllowed) as refusal:
        propose(world, **changes)
    assert refusal.value.reasons


def test_strangers_and_unknown_rules(app: Flask) -> None:
    world = make_world()
    with pytest.raises(NotAllowed):
        policies.propose_rule(user_of(CAL), rule_id=uuid4(), fund_id=world.fund_id, version=version(), now=NOW)
    rule_id = propose(world)
    with pytest.raises(NotAllowed):
        policies.try_rule(user_of(CAL), rule_id=rule_id, now=NOW)
    with pytest.raises(NotFound):
        policies.decide_rule(world.dan, rule_id=uuid4(), is_approved=True, now=NOW)
    with pytest.raises(NotFound):
        policies.propose_rule(world.fay, rule_id=uuid4(), fund_id=uuid4(), version=version(), now=NOW)


def test_a_try_sees_the_past_as_it_was(app: Flask) -> None:
    """A request is measured against what was approved before it, never after it."""
    world = make_world()
    first = make_approved(world)
    second = make_approved(world, cents=2_000, now=NOW + timedelta(minutes=5))
    found = past.list_past(world.fund_id, NOW + timedelta(hours=1))
    facts = {each.request_id: each for each, step in past.facts_of(found, {}) if step is policy.Step.SUBMIT}
    assert {each.request_id for each in facts[second].history} == {first}
    assert facts[first].tried == 1 and facts[first].has_agreement and facts[first].payee_has_w9


def test_a_rule_that_reads_words_finds_them_in_the_past(app: Flask) -> None:
    world = make_world()
    make_submitted(world)
    items = [{"name_en": "beds", "name_es": "camas", "words": ["bed"]}]
    rule_id = propose(world, code="beds", kind="prohibited_item", severity="block", params={"items": items})
    assert policies.try_rule(world.fay, rule_id=rule_id, now=NOW)["flagged"] == 1


def test_where_a_rule_spoke_is_found(app: Flask) -> None:
    world = make_world(rules=[{**CAP, "severity": "warn", "params": {"cents": 100, "window": "fiscal_year"}}])
    request_id = make_submitted(world)
    tripped = reading.list_tripped(world.fay, world.fund_id, "person.year", NOW)
    assert [each.request_id for each in tripped] == [request_id]
    assert reading.list_tripped(world.fay, world.fund_id, "person", NOW) == []
    assert reading.list_tripped(user_of(CAL), world.fund_id, "person.year", NOW) != []
