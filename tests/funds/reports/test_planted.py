"""Reports 7 and 8 find what was planted, and nothing where nothing is; the published table beside ours."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import select, update

from core.db import db, transaction
from funds import ledger
from funds.models import (
    ApprovalStep,
    Document,
    Fund,
    FundRequest,
    FundRequestEvent,
    Payee,
    PolicyEvaluation,
    PolicyException,
    PublishedTotal,
    Voucher,
)
from funds.posting import Context, post
from funds.queries.scope import Scope
from funds.reports import Ask, make_report
from funds.reports.shape import Report, Table
from tests.builders import NOW
from tests.funds.books import World, make_approved, make_submitted, make_world

ASK = Ask(scope=Scope(), as_of=date(2026, 12, 31), now=NOW + timedelta(days=40))


def table_of(report: Report, anchor: str) -> Table:
    """One table of a report."""
    return next(table for table in report.tables if table.anchor == anchor)


def said(table: Table) -> list[tuple[str, ...]]:
    """The cells of a table as text."""
    return [tuple(str(cell.value) for cell in row) for row in table.rows]


def add_event(request_id: UUID, action: str, who: UUID | None, at: datetime = NOW) -> None:
    """A step as a bug would have let it through."""
    with transaction() as session:
        request = session.get_one(FundRequest, request_id)
        last = max(session.scalars(select(FundRequestEvent.seq).where(FundRequestEvent.fund_request_id == request_id)))
        session.add(
            FundRequestEvent(
                id=uuid4(), enrollee_id=request.enrollee_id, fund_request_id=request_id, seq=last + 1, action=action,
                from_status=request.status, to_status=request.status, at=at, actor_id=who, actor_name="somebody",
                role="x", version=1,
            )
        )  # fmt: skip


def last_approver(request_id: UUID) -> UUID:
    """Who approved the highest tier."""
    found = db.session.scalars(
        select(ApprovalStep.actor_id)
        .where(ApprovalStep.fund_request_id == request_id)
        .order_by(ApprovalStep.tier.desc())
    ).first()
    db.session.rollback()
    assert found is not None
    return found


def test_separation_of_duties_is_empty_for_what_the_actions_did(app: Flask) -> None:
    make_approved(make_world())
    assert said(table_of(make_report("duties", ASK), "breaches")) == []


def test_every_breach_of_duties_is_found(app: Flask) -> None:
    world = make_world()
    author = make_approved(world)
    with transaction() as session:  # the author among the approvers
        session.execute(
            update(ApprovalStep).where(ApprovalStep.fund_request_id == author).values(actor_id=world.cal.user_id)
        )
    twice = make_approved(world, cents=30_000)
    steps = list(db.session.scalars(select(ApprovalStep).where(ApprovalStep.fund_request_id == twice)))
    db.session.rollback()
    with transaction() as session:  # another version's row holds the same person at two tiers
        for step in steps:
            session.execute(update(ApprovalStep).where(ApprovalStep.id == step.id).values(purpose="supplement"))
        session.add(
            ApprovalStep(
                fund_request_id=twice, version=1, purpose="request", tier=0, role="supervisor",
                actor_id=world.dan.user_id, decision="approved", cents=1, decided_at=NOW,
            )
        )  # fmt: skip
    paid = make_approved(world, cents=10_000)
    last = last_approver(paid)
    add_event(paid, "pay", last)
    both = make_approved(world, cents=5_000)
    add_event(both, "pay", world.pat.user_id)
    add_event(both, "reconcile", world.pat.user_id)
    found = said(table_of(make_report("duties", ASK), "breaches"))
    numbers = {row.id: row.number for row in db.session.execute(select(FundRequest.id, FundRequest.number))}
    db.session.rollback()
    assert {(row[0], row[1]) for row in found} >= {
        (numbers[author], "approved their own request"),
        (numbers[paid], "approved last and paid"),
        (numbers[both], "paid and reconciled"),
    }
    assert len(found) == 3, found


def test_a_small_office_payment_is_a_review_and_no_breach(app: Flask) -> None:
    world = make_world()
    with transaction() as session:
        session.execute(update(Fund).values(payer_may_approve_cents=20_000))
    paid = make_approved(world, cents=10_000)
    last = last_approver(paid)
    add_event(paid, "pay", last)
    report = make_report("duties", ASK)
    assert said(table_of(report, "breaches")) == []
    assert [row[-1] for row in said(table_of(report, "extra"))] == ["not yet"]
    add_event(paid, "reconcile", world.rex.user_id)
    assert [row[-1] for row in said(table_of(make_report("duties", ASK), "extra"))] == ["by a third person"]


def test_exceptions_finds_what_was_planted(app: Flask) -> None:
    world = make_world(cents=500_000)
    alone = make_submitted(world, cents=1_000)
    report = make_report("exceptions", ASK)
    for anchor in ("overrides", "splits", "duplicates", "emergencies"):
        assert said(table_of(report, anchor)) == [], anchor
    first, second = make_submitted(world, cents=20_000), make_submitted(world, cents=20_000)
    with transaction() as session:
        session.add(
            PolicyException(
                fund_request_id=first, rule_code="gift_card", reason="No other way", granted_by=world.dan.user_id,
                granted_role="director", granted_at=NOW, until=date(2026, 12, 31),
            )
        )  # fmt: skip
        for request_id in (first, second):
            session.add(
                Document(
                    fund_request_id=request_id, kind="receipt", media_type="image/png", size_bytes=1,
                    sha256="a" * 64, added_at=NOW,
                )
            )  # fmt: skip
            session.add(
                Voucher(
                    fund_request_id=request_id, seq=1, payee_id=world.payee_id, cents=100, made_at=NOW,
                    invoice_no="INV-7", invoice_key="inv7" if request_id == first else None,
                )
            )  # fmt: skip
        session.execute(
            update(FundRequest).where(FundRequest.id == first).values(is_emergency=True, needs_ratification=True)
        )
    add_event(first, "approve_emergency", world.sue.user_id, NOW + timedelta(hours=2))
    add_event(first, "pay", world.pat.user_id, NOW + timedelta(hours=30))
    report = make_report("exceptions", ASK)
    assert [row[1] for row in said(table_of(report, "overrides"))] == ["gift_card"]
    (split,) = said(table_of(report, "splits"))
    assert split[3:] == ("41000", "25000")
    kinds = sorted({row[0] for row in said(table_of(report, "duplicates"))})
    assert kinds == ["same file", "same invoice", "same person, category and amount"]
    (emergency,) = said(table_of(report, "emergencies"))
    assert emergency[3:6] == ("120", "1800", "late")
    assert alone


def spend(world: World, category: str, cents: int, on: date) -> None:
    """Spending paid on a day, straight into the books."""
    request_id = make_approved(world, cents=cents, category_id=world.categories[category])
    evaluation = evaluation_of(request_id)
    line = db.session.scalar(select(FundRequest.budget_line_id).where(FundRequest.id == request_id))
    db.session.rollback()
    assert line is not None
    for number, draft in enumerate((ledger.voucher(line, cents), ledger.pay(line, cents, fund=world.fund_id))):
        with transaction():
            post(
                world.fay,
                draft,
                Context(
                    fund_id=world.fund_id, effective_on=on, now=NOW, key=f"{request_id}/{number}",
                    fund_request_id=request_id, evaluation_id=evaluation,
                ),
            )  # fmt: skip


def evaluation_of(request_id: UUID) -> UUID | None:
    """What the rules said of a request, for its postings."""
    found = db.session.scalar(
        select(PolicyEvaluation.id).where(PolicyEvaluation.fund_request_id == request_id).limit(1)
    )
    db.session.rollback()
    return found


def test_the_published_table_stands_beside_ours_with_its_difference(app: Flask) -> None:
    """Westchester: the rows add up to 9,309, the published total says 9,306; rounding explains two dollars at most."""
    world = make_world(cents=900_000)
    spend(world, "furniture", 510_500, date(2026, 11, 18))
    spend(world, "pass", 47_400, date(2026, 11, 18))
    published = {
        "housing": 510_500,
        "transportation": 47_400,
        "health": 132_500,
        "communications": 90_000,
        "other": 150_500,
    }
    with transaction() as session:
        for label, cents in {**published, "total": 930_600}.items():
            session.add(PublishedTotal(source="The study", label=label, cents=cents))
    report = make_report("periods", ASK)
    table = report.tables[-1]
    rows = {row[0]: row[1:] for row in said(table)}
    assert rows["Housing"] == ("510500", "510500", "0")
    assert rows["Computed: the rows above together"][0] == "930900"
    assert rows["Published total"][0] == "930600"
    assert str(table.note) == (
        "The published rows add up to $9,309.00, the published total says $9,306.00: +$3.00. 5 rounded rows can differ "
        "from their rounded total by $2.00 at most, so rounding does not explain all of it."
    )
    assert all(footing.holds for footing in report.footings)


def test_a_refund_counts_with_its_spending(app: Flask) -> None:
    """Spent in the first half-year and refunded in the second: nothing stands in the second."""
    world = make_world()
    request_id = make_approved(world, cents=10_000)
    line = db.session.scalar(select(FundRequest.budget_line_id).where(FundRequest.id == request_id))
    evaluation = evaluation_of(request_id)
    payee = db.session.scalar(select(Payee.id))
    db.session.rollback()
    assert line is not None
    voucher_id = uuid4()
    with transaction() as session:
        session.add(
            Voucher(id=voucher_id, fund_request_id=request_id, seq=1, payee_id=payee, cents=10_000, made_at=NOW)
        )
    drafts = (
        (ledger.voucher(line, 10_000), date(2026, 2, 1)),
        (ledger.pay(line, 10_000, fund=world.fund_id), date(2026, 2, 2)),
        (ledger.refund(line, 4_000, fund=world.fund_id), date(2026, 9, 1)),
    )
    for number, (draft, on) in enumerate(drafts):
        with transaction():
            post(
                world.fay,
                draft,
                Context(
                    fund_id=world.fund_id, effective_on=on, now=NOW, key=f"r/{number}", voucher_id=voucher_id,
                    fund_request_id=request_id, evaluation_id=evaluation,
                ),
            )  # fmt: skip
    rows = said(make_report("periods", ASK).tables[0])
    assert [row[1] for row in rows] == ["6000"]
    assert rows[0][0] == "months 1–6"
