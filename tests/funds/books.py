"""A fund with budget, people, rules and payees for tests, made as short as the test needs; requests in any state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from care.models import Supervision
from core.db import db, transaction
from core.identity import Identity
from funds.actions import approving, budgets, requests
from funds.actions.contents import Statement, Tried, Values
from funds.models import BudgetLine, Category, FundRequest, Payee, PolicyRule, TaxForm
from funds.policy import CategoryDraft, TaxThresholdDraft
from tests.builders import NOW
from tests.care.people import Made, make_person, user_of
from tests.cast import ANA, CAL, DAN, DEB, FAY, FLO, PAT, REX, SUE
from tests.conftest import made_once

TODAY = date(2026, 11, 18)
CATEGORIES = tuple(
    CategoryDraft(code, parent, name, name_es, name, name_es, hmis_code, gl_object)
    for code, parent, name, name_es, hmis_code, gl_object in (
        ("housing", None, "Housing", "Vivienda", None, "5400"),
        ("rent", "housing", "Rent", "Alquiler", "1", "5401"),
        ("furniture", "housing", "Furniture", "Muebles", "12", "5402"),
        ("transportation", None, "Transportation", "Transporte", None, "5410"),
        ("pass", "transportation", "Fares, passes", "Pasajes", "8", "5411"),
        ("other", None, "Other", "Otros", None, "5490"),
    )
)
# One tier of a supervisor or a fiscal approver under $250; both under $500; the director too above.
TIERS = {
    "bands": [
        {"below_cents": 25_000, "tiers": [["supervisor", "fiscal_approver"]]},
        {"below_cents": 50_000, "tiers": [["supervisor"], ["fiscal_approver"]]},
        {"tiers": [["supervisor"], ["fiscal_approver"], ["director"]]},
    ],
    "days": 30,
}


@dataclass(frozen=True)
class World:
    """A fund with money, Ana and her people."""

    fund_id: UUID
    year_id: UUID
    lines: dict[str, UUID]
    categories: dict[str, UUID]
    payee_id: UUID
    person: Made
    cal: Identity
    sue: Identity
    fay: Identity
    flo: Identity
    pat: Identity
    rex: Identity
    dan: Identity
    deb: Identity
    ana: Identity


def make_world(*, cents: int = 100_000, rules: Sequence[dict[str, Any]] | None = None, tiers: Any = None) -> World:
    """A fund with `cents` in each line of the year 2026; Ana with Cal, supervised by Sue; a verified payee.

    `rules` are extra policy rows (code, kind, severity, params, …); `tiers` replace TIERS. Made once in a test process
    and brought back after that, where the database is new.
    """
    return made_once(f"world {(cents, rules, tiers)}", lambda: _make_world(cents, rules, tiers))


def _make_world(cents: int, rules: Sequence[dict[str, Any]] | None, tiers: Any) -> World:
    cal, sue, fay, flo, pat, rex, dan, deb, ana = (
        user_of(each) for each in (CAL, SUE, FAY, FLO, PAT, REX, DAN, DEB, ANA)
    )
    person = make_person(CAL, user_id=ana.user_id, code="E-014", enrolled_on=date(2026, 1, 15))
    with transaction() as session:
        session.add(
            Supervision(supervisor_id=sue.user_id, coordinator_id=cal.user_id, starts_at=NOW - timedelta(days=400))
        )
    fund_id = uuid4()
    budgets.set_up_fund(
        dan,
        fund_id=fund_id,
        code="SDF",
        name="Self-Determination Fund",
        public_name="County Flexible Fund",
        starts_on=date(2024, 1, 1),
        categories=CATEGORIES,
        thresholds=(TaxThresholdDraft(2025, 60_000, "test"), TaxThresholdDraft(2026, 200_000, "test")),
        now=NOW,
    )
    year_id = budgets.open_year(dan, code="2026", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31), now=NOW)
    categories = {row.code: row.id for row in db.session.scalars(select(Category))}
    lines = {
        row.code: row.id
        for row in db.session.execute(
            select(Category.code, BudgetLine.id)
            .join(Category, Category.id == BudgetLine.category_id)
            .where(BudgetLine.fiscal_year_id == year_id)
        )
    }
    db.session.rollback()
    if cents:
        for line_id in lines.values():
            give_budget(fay, dan, line_id, cents)
    add_rules(
        fund_id, [{"code": "tiers", "kind": "tier", "severity": "info", "params": tiers or TIERS}, *(rules or ())]
    )
    payee_id = make_payee(fay, deb)
    return World(
        fund_id, year_id, lines, categories, payee_id, person, cal, sue, fay, flo, pat, rex, dan, deb, ana
    )  # fmt: skip


def give_budget(proposer: Identity, approver: Identity, line_id: UUID, cents: int, *, is_drawn: bool = True) -> int:
    """Adopt money for a line by two people."""
    change_id = uuid4()
    budgets.propose_budget(
        proposer, change_id=change_id, budget_line_id=line_id, cents=cents, reason="adopted", is_drawn=is_drawn, now=NOW
    )
    posting_id = budgets.decide_budget(approver, change_id=change_id, is_approved=True, now=NOW)
    assert posting_id is not None
    return posting_id


def add_rules(fund_id: UUID, rows: Sequence[dict[str, Any]]) -> None:
    """Rules in force from the start of 2020."""
    with transaction() as session:
        for row in rows:
            session.add(
                PolicyRule(
                    **{
                        "fund_id": fund_id,
                        "version": 1,
                        "status": "in_force",
                        "effective_from": date(2020, 1, 1),
                        "citation": "test",
                        "message_en": row["code"],
                        "message_es": row["code"],
                        "proposed_at": NOW,
                        **row,
                    }
                )
            )


def make_payee(proposer: Identity, verifier: Identity, *, name: str = "Elm Street Furniture", **values: Any) -> UUID:
    """A verified payee with a W-9."""
    payee_id = values.pop("id", None) or uuid4()
    with transaction() as session:
        session.add(
            Payee(
                id=payee_id,
                **{
                    "name": name,
                    "status": "verified",
                    "proposed_by": proposer.user_id,
                    "proposed_at": NOW,
                    "verified_by": verifier.user_id,
                    "verified_at": NOW,
                    "tax_class": "corporation",
                    **values,
                },
            )
        )
        session.flush()
        session.add(TaxForm(payee_id=payee_id, received_on=date(2026, 1, 2), expires_on=date(2029, 1, 2)))
    return payee_id


def values_for(world: World, **changes: Any) -> Values:
    """A complete draft: a bed for $180.00."""
    return Values(
        **{
            "goal_id": world.person.goal_id,
            "category_id": world.categories["furniture"],
            "payee_id": world.payee_id,
            "method": "check",
            "cents": 18_000,
            "texts": {"item": "A bed and a mattress", "purpose": "To sleep in the new room"},
            "tried": (Tried("no capacity", TODAY - timedelta(days=3), name="Furniture bank"),),
            "statement": Statement("signed", TODAY),
            **changes,
        }
    )


def version_of(request_id: UUID) -> int:
    """The row version that a page would show."""
    found = db.session.scalar(select(FundRequest.row_version).where(FundRequest.id == request_id))
    db.session.rollback()
    assert found is not None
    return int(found)


def status_of(request_id: UUID) -> str:
    """The status as it stands."""
    found = db.session.scalar(select(FundRequest.status).where(FundRequest.id == request_id))
    db.session.rollback()
    return str(found)


def make_draft(world: World, **changes: Any) -> UUID:
    """A draft of Cal's for Ana."""
    request_id = uuid4()
    requests.create_request(
        world.cal,
        request_id=request_id,
        enrollee_id=world.person.enrollee_id,
        fund_id=world.fund_id,
        values=values_for(world, **changes),
        key=uuid4().hex,
        now=NOW,
    )
    return request_id


def make_submitted(world: World, *, now: datetime = NOW, **changes: Any) -> UUID:
    """A request that waits for its first tier; the usual one is made once where the database is known."""
    if changes or now != NOW:
        return _make_submitted(world, now, changes)
    return made_once("submitted", lambda: _make_submitted(world, now, changes))


def _make_submitted(world: World, now: datetime, changes: dict[str, Any]) -> UUID:
    request_id = make_draft(world, **changes)
    requests.submit_request(
        world.cal, request_id=request_id, row_version=version_of(request_id), key=uuid4().hex, now=now
    )
    return request_id


def make_approved(world: World, *, now: datetime = NOW, **changes: Any) -> UUID:
    """A request whose money is held, approved by as many tiers as it asks for; the usual one is made once."""
    if changes or now != NOW:
        return _make_approved(world, now, changes)
    return made_once("approved", lambda: _make_approved(world, now, changes))


def _make_approved(world: World, now: datetime, changes: dict[str, Any]) -> UUID:
    request_id = _make_submitted(world, now, changes)
    for approver in (world.sue, world.fay, world.dan):
        if approving.approve_request(
            approver, request_id=request_id, row_version=version_of(request_id), key=uuid4().hex, now=now
        ):
            break
    return request_id
