"""The fund of the permission tests: requests in every state for people in several standings, made through the actions.

Every sealed field holds a canary, and so do a payee's tax and bank numbers and the number of a card.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import select

from accounts.models import User
from accounts.sign_in.store import identity_of
from care.models import Assignment, Goal
from core.db import db, transaction
from core.identity import Identity
from funds.actions import (
    advances,
    appeals,
    approving,
    budgets,
    custody,
    delegations,
    documents,
    emergencies,
    payees,
    payments,
    periods,
    reconcile,
    refusing,
    requests,
    rollover,
    seconds,
    supplements,
    vouchers,
)
from funds.actions.contents import Statement, Tried, Values
from funds.models import BankLine, BudgetLine, Category, FundRequest, ImportBatch, Period, PolicyRule
from funds.states import Action
from tests.cast import Person, identity_for
from tests.funds.books import CATEGORIES, add_rules
from tests.funds.pictures import picture
from tests.permissions.canaries import Canaries, Canary

# Standings whose people have requests; the others would be asked for by the same query of who works with whom.
FUND_STANDINGS: Final = ("own", "other", "former", "role lost", "consent part 2", "glass")
WHOLE_LIVES: Final = ("own", "other")  # every state, not only those that most addresses ask for
OFFICE: Final = {
    role: Person(f"Office{number} Vane", role)
    for number, role in enumerate(("fiscal_approver", "payer", "reconciler", "director"))
}
ABSENT: Final = Person("Absent Vane", "supervisor")
# Endpoint → the state of the request that its page is about; all others take one that waits for its first tier.
STATE_OF: Final[Mapping[str, str]] = {
    **dict.fromkeys(("funds.edit_request", "funds.submit_request", "funds.withdraw_request"), "draft"),
    **dict.fromkeys(("funds.withdraw_own_request",), "draft"),
    "funds.answer_request": "unanswered",
    "funds.adopt_request": "started",
    **dict.fromkeys(("funds.make_voucher", "funds.issue_advance", "funds.cancel_request"), "approved"),
    **dict.fromkeys(("funds.request_supplement", "funds.take_back_approval"), "approved"),
    "funds.pay_voucher": "vouchered",
    **dict.fromkeys(("funds.undo_request", "funds.reconcile_request", "funds.refund_request"), "paid"),
    **dict.fromkeys(("funds.sign_affidavit", "funds.add_document"), "paid"),
    **dict.fromkeys(("funds.show_request_report", "funds.packet"), "paid"),
    **dict.fromkeys(("funds.appeal", "funds.appeal_own_request"), "denied"),
    "funds.decide_appeal": "appealed",
    "funds.show_request": "flagged goal",
    "funds.ratify_request": "emergency",
    "funds.decide_supplement": "supplement",
}
ONE_TIER: Final = {"bands": [{"tiers": [["supervisor", "fiscal_approver"]]}], "days": 30}
TIN: Final = "77-5310199"
ACCOUNT: Final = "700215539911"
CARD: Final = "6011770055319922"


@dataclass
class FundRows:
    """Requests by standing and state, what hangs on them by the address's argument, and the rows of nobody."""

    requests: dict[str, dict[str, UUID]] = field(default_factory=dict)
    rows: dict[str, dict[str, UUID]] = field(default_factory=dict)
    others: dict[str, Any] = field(default_factory=dict)
    delegations: dict[str, UUID] = field(default_factory=dict)
    categories: dict[str, UUID] = field(default_factory=dict)
    goals: dict[str, UUID] = field(default_factory=dict)
    versions: dict[UUID, int] = field(default_factory=dict)
    owners: dict[UUID, UUID] = field(default_factory=dict)  # a voucher, payment, advance, paper, proposal → its request
    unpaid: dict[UUID, UUID] = field(default_factory=dict)  # a request → its voucher that waits for payment

    def request_id(self, endpoint: str, standing: str, *, is_draft: bool) -> UUID:
        """The request that an address is asked with; a fresh id where the person has none."""
        there = self.requests.get(standing, {})
        wanted = "draft" if is_draft else STATE_OF.get(endpoint, "submitted")
        return there.get(wanted) or there.get("submitted") or uuid4()


class FundBuilder:
    """Makes a fund with its people and rows."""

    def __init__(self, now: datetime, today: date, canaries: Canaries, viewers: Mapping[str, Identity]) -> None:
        self.now, self.today, self.canaries, self.viewers = now, today, canaries, viewers
        self.office = {role: identity_for(person) for role, person in OFFICE.items()}
        self.found = FundRows()
        for number, name in ((TIN, "tin"), (ACCOUNT, "bank")):
            canaries.add_plain(number, Canary("fund", "payee", "", name))
        canaries.add_plain(TIN.replace("-", ""), Canary("fund", "payee", "", "tin"))
        canaries.add_plain(CARD, Canary("fund", "instrument", "", "number"))

    def build(self, subjects: Mapping[str, Any]) -> FundRows:
        """The fund, its books, and the requests of the people."""
        self._set_up()
        for standing in FUND_STANDINGS:
            self._requests(standing, subjects[standing].enrollee_id)
        self._papers_of_nobody()
        rows = db.session.execute(select(FundRequest.id, FundRequest.row_version)).all()
        self.found.versions = {row.id: row.row_version for row in rows}
        db.session.rollback()
        return self.found

    def _set_up(self) -> None:
        fiscal, director, at = self.office["fiscal_approver"], self.office["director"], self.now - timedelta(days=9)
        start = (self.today - timedelta(days=150)).replace(day=1)
        self.fund_id = uuid4()
        budgets.set_up_fund(
            director, fund_id=self.fund_id, code="SDF", name="SDF of the county",
            public_name="Flexible Fund", starts_on=start, categories=CATEGORIES, now=at,
        )  # fmt: skip
        for code, first in (("one", start), ("two", start.replace(year=start.year + 1))):
            last = first.replace(year=first.year + 1) - timedelta(days=1)
            year_id = budgets.open_year(director, code=code, starts_on=first, ends_on=last, now=at)
            self.found.others.setdefault("year_id", year_id)
        self.found.categories = {row.code: row.id for row in db.session.scalars(select(Category))}
        lines = db.session.scalars(
            select(BudgetLine.id).where(BudgetLine.fiscal_year_id == self.found.others["year_id"])
        ).all()
        db.session.rollback()
        for line_id in lines:
            change_id = self._propose(fiscal, line_id, 900_000)
            budgets.decide_budget(director, change_id=change_id, is_approved=True, now=at)
        lane = {"max_cents": 25_000, "approvers": ["supervisor", "fiscal_approver", "director"], "hours": 24,
                "ratify_working_days": 5}  # fmt: skip
        add_rules(
            self.fund_id,
            [
                {"code": "tiers", "kind": "tier", "severity": "info", "params": ONE_TIER},
                {"code": "emergency", "kind": "emergency", "severity": "block", "params": lane},
            ],
        )
        self.payee_id = self._payee("Elm Street Furniture")
        payees.verify_payee(self.viewers["fiscal_approver"], payee_id=self.payee_id, row_version=1, now=at)
        payees.record_tax_form(
            fiscal, tax_form_id=uuid4(), payee_id=self.payee_id, received_on=self.today - timedelta(days=3)
        )
        self.found.others |= {
            "fund_id": self.fund_id,
            "budget_line_id": lines[0],
            "change_id": self._propose(fiscal, lines[0], 500),
            "payee_id": self._payee("Oak Street Rentals"),
            "run_id": rollover.preview_rollover(
                fiscal, fund_id=self.fund_id, year_id=self.found.others["year_id"], now=at
            ),
        }

    def _propose(self, who: Identity, line_id: UUID, cents: int) -> UUID:
        change_id = uuid4()
        budgets.propose_budget(
            who, change_id=change_id, budget_line_id=line_id, cents=cents, reason="adopted", is_drawn=True
        )
        return change_id

    def _payee(self, name: str) -> UUID:
        values = payees.PayeeValues(
            name=name, kind="vendor", tax_class="corporation", tin=TIN, routing="021000021", account=ACCOUNT
        )
        return payees.propose_payee(self.viewers["coordinator"], payee_id=uuid4(), values=values)

    # --- requests -----------------------------------------------------------------------------------------------------

    def _requests(self, standing: str, enrollee_id: UUID) -> None:
        self.standing, self.enrollee_id = standing, enrollee_id
        self.at = self.now - timedelta(days=2 if standing == "former" else 0, hours=2)
        author = db.session.scalar(
            select(Assignment.user_id).where(
                Assignment.enrollee_id == enrollee_id,
                Assignment.role == "coordinator",
                Assignment.starts_at <= self.at,
                Assignment.ends_at.is_(None) | (Assignment.ends_at > self.at),
                Assignment.user_id.in_(self._coordinators()),
            )
        )
        goals = list(db.session.scalars(select(Goal.id).where(Goal.enrollee_id == enrollee_id).order_by(Goal.number)))
        db.session.rollback()
        assert author is not None
        self.author = self._identity(author)
        self.goal_id, self.flagged_goal_id = goals[0], goals[1]
        self.found.goals[standing] = goals[0]
        made = self.found.requests[standing] = {"draft": self._draft("draft")}
        made["submitted"] = self._submitted("submitted")
        made["approved"] = self._approved("approved")
        made["paid"] = self._paid()
        made["denied"] = self._denied("denied")
        if standing in WHOLE_LIVES:
            made["vouchered"], voucher_id = self._vouchered("vouchered")
            self.found.unpaid[made["vouchered"]] = voucher_id
            made["supplement"] = self._supplement()
            made["emergency"] = self._emergency()
            made["flagged goal"] = self._submitted("flagged by its goal", goal_id=self.flagged_goal_id)
            self._advance()
        if standing == "own":
            made["unanswered"] = self._draft("unanswered", statement=None)
            made["started"] = self._started()
            made["appealed"] = self._appealed()

    def _coordinators(self) -> list[UUID]:
        return [
            row.id for row in db.session.scalars(select(User)) if "coordinator" in {role.name for role in row.roles}
        ]

    def _identity(self, user_id: UUID) -> Identity:
        found = identity_of(db.session.get_one(User, user_id))
        db.session.rollback()
        return found

    def _word(self, table: str, name: str, label: str) -> str:
        return str(self.canaries.word(self.standing, table, label, name))

    def _texts(self, label: str, *names: str) -> dict[str, str]:
        return {name: self._word("fund_request", name, label) for name in names}

    def _draft(self, label: str, **changes: Any) -> UUID:
        request_id = uuid4()
        values = Values(
            **{
                "goal_id": self.goal_id,
                "category_id": self.found.categories["furniture"],
                "payee_id": self.payee_id,
                "method": "check",
                "cents": 9_000,
                "texts": self._texts(label, "item", "purpose", "sustainability", "quote_reason"),
                "tried": (
                    Tried(
                        "no capacity", self.today - timedelta(days=4), name=self._word("resource_tried", "name", label),
                        note=self._word("resource_tried", "note", label),
                    ),
                ),
                "statement": Statement(
                    "signed", self.today - timedelta(days=4), words=self._word("choice_statement", "words", label),
                    witness=self._word("choice_statement", "witness", label),
                ),
                **changes,
            }
        )  # fmt: skip
        requests.create_request(
            self.author, request_id=request_id, enrollee_id=self.enrollee_id, fund_id=self.fund_id, values=values,
            key=uuid4().hex, now=self.at,
        )  # fmt: skip
        return request_id

    def _submitted(self, label: str, **changes: Any) -> UUID:
        request_id = self._draft(label, **changes)
        requests.submit_request(self.author, **self._seen(request_id))
        return request_id

    def _approved(self, label: str, **changes: Any) -> UUID:
        request_id = self._submitted(label, **changes)
        note = self._word("fund_request_event", "note", label)
        approving.approve_request(self.office["fiscal_approver"], note=note, **self._seen(request_id))
        return request_id

    def _vouchered(self, label: str) -> tuple[UUID, UUID]:
        request_id = self._approved(label)
        voucher_id = vouchers.make_voucher(
            self.office["fiscal_approver"], voucher_id=uuid4(), cents=9_000, is_final=True, **self._seen(request_id)
        )
        return request_id, voucher_id

    def _paid(self) -> UUID:
        request_id, voucher_id = self._vouchered("paid")
        seen = self._seen(request_id)
        del seen["request_id"]
        payment_id = payments.pay_voucher(
            self.office["payer"], voucher_id=voucher_id, payment_id=uuid4(), method="check", bank_account="Operating",
            number=uuid4().hex[:8], **seen,
        )  # fmt: skip
        rows = self.found.rows[self.standing] = {"voucher_id": voucher_id, "payment_id": payment_id}
        if self.standing in WHOLE_LIVES:
            rows["document_id"] = self._document(request_id)
            rows["proposal_id"] = self._proposal(request_id, voucher_id)
        self.found.owners |= dict.fromkeys(rows.values(), request_id)
        return request_id

    def _document(self, request_id: UUID) -> UUID:
        document_id = uuid4()
        shade = 40 + 9 * FUND_STANDINGS.index(self.standing)
        paper = documents.Paper(
            id=document_id, data=picture(shade), vendor="Elm",
            dated_on=self.today - timedelta(days=1), total_cents=9_000,
        )  # fmt: skip
        documents.add_documents(
            self.office["fiscal_approver"], request_id=request_id, papers_sent=[paper], key=uuid4().hex, now=self.now
        )
        return document_id

    def _denied(self, label: str) -> UUID:
        request_id = self._submitted(label)
        words = self._word("notice", "words", label)
        refusing.deny_request(
            self.office["fiscal_approver"], reason_code="other", words=words, **self._seen(request_id)
        )
        return request_id

    def _appealed(self) -> UUID:
        request_id = self._denied("appealed")
        words = self._word("appeal", "words", "appealed")
        appeals.appeal_denial(self.author, words=words, **self._seen(request_id))
        return request_id

    def _supplement(self) -> UUID:
        request_id = self._approved("supplement")
        reason = self._word("fund_request", "supplement_reason", "supplement")
        supplements.request_supplement(self.author, cents=1_000, reason=reason, **self._seen(request_id))
        return request_id

    def _emergency(self) -> UUID:
        texts = self._texts("emergency", "item", "purpose", "emergency_reason")
        request_id = self._submitted("emergency", is_emergency=True, texts=texts)
        call = self._word("fund_request", "emergency_call", "emergency")
        emergencies.approve_emergency(self.office["fiscal_approver"], call=call, **self._seen(request_id))
        return request_id

    def _started(self) -> UUID:
        request_id = uuid4()
        requests.create_request(
            self.viewers["enrollee"], request_id=request_id, enrollee_id=self.enrollee_id, fund_id=self.fund_id,
            values=Values(goal_id=self.goal_id, texts=self._texts("started", "item", "purpose")), key=uuid4().hex,
            now=self.at,
        )  # fmt: skip
        return request_id

    def _advance(self) -> None:
        request_id = self._approved("advanced", method="petty_cash")
        assert self.author.user_id is not None
        advance_id = self.found.rows[self.standing]["advance_id"] = advances.issue_advance(
            self.office["fiscal_approver"], advance_id=uuid4(), method="petty_cash", cents=9_000,
            holder_id=self.author.user_id, **self._seen(request_id),
        )  # fmt: skip
        self.found.owners[advance_id] = request_id

    def _proposal(self, request_id: UUID, voucher_id: UUID) -> UUID:
        seen = self._seen(request_id)
        del seen["key"]
        proposal_id = uuid4()
        seconds.propose_step(
            self.office["payer"], proposal_id=proposal_id, action=Action.VOID, reason_code="other",
            voucher_id=voucher_id, note=self._word("step_proposal", "note", "paid"), **seen,
        )  # fmt: skip
        return proposal_id

    def _seen(self, request_id: UUID) -> dict[str, Any]:
        version = db.session.scalar(select(FundRequest.row_version).where(FundRequest.id == request_id))
        db.session.rollback()
        return {"request_id": request_id, "row_version": version, "key": uuid4().hex, "now": self.at}

    # --- rows of nobody -----------------------------------------------------------------------------------------------

    def _papers_of_nobody(self) -> None:
        fiscal, director = self.office["fiscal_approver"], self.office["director"]
        others = self.found.others
        viewer = self.viewers["fiscal_approver"].user_id
        assert viewer is not None
        others["instrument_id"] = custody.buy_instrument(
            fiscal, instrument_id=uuid4(), fund_id=self.fund_id, kind="gift_card", label="Grocery card", number=CARD,
            value_cents=5_000, second_id=viewer, now=self.now,
        )  # fmt: skip
        first, second = db.session.scalars(select(Period.id).order_by(Period.starts_on).limit(2)).all()
        db.session.rollback()
        periods.set_period(fiscal, period_id=first, seen="open", status="soft_closed", reason="over", now=self.now)
        others["close_id"] = periods.set_period(
            director, period_id=first, seen="soft_closed", status="closed", now=self.now
        )
        others["period_id"] = second
        batch_id = uuid4()
        reconcile.import_bank_lines(
            self.office["reconciler"], batch_id=batch_id, fund_id=self.fund_id, bank_account="Operating",
            sha256="0" * 64, lines=[reconcile.NewLine(1, self.today, -1_234, "77", "CHECK 77")], now=self.now,
        )  # fmt: skip
        others["batch_id"] = db.session.scalar(select(ImportBatch.id))
        others["bank_line_id"] = db.session.scalar(select(BankLine.id))
        db.session.rollback()
        others["rule_id"] = self._rule()
        others["name"] = "spending"
        for role in ("fiscal_approver", "payer", "reconciler", "director", "supervisor"):
            self.found.delegations[role] = self._stand_in(self.viewers[role], role)
        others["others_delegation"] = self._stand_in(director, "director", to=self.viewers["supervisor"])
        # Two that hold today: between others, and for the viewer from a supervisor who has no team.
        self._stand_in(director, "director", to=fiscal, days=0)
        self._stand_in(identity_for(ABSENT), "supervisor", to=self.viewers["supervisor"], days=0)

    def _rule(self) -> UUID:
        rule_id = uuid4()
        with transaction() as session:
            session.add(
                PolicyRule(
                    id=rule_id, fund_id=self.fund_id, code="quotes", version=1, status="proposed", kind="quotes",
                    severity="warn", params={"above_cents": 50_000, "count": 3}, effective_from=self.today,
                    citation="test", message_en="Three prices", message_es="Tres precios",
                    proposed_by=self.office["fiscal_approver"].user_id, proposed_at=self.now,
                )
            )  # fmt: skip
        return rule_id

    def _stand_in(self, who: Identity, role: str, to: Identity | None = None, *, days: int = 20) -> UUID:
        to = to or self.office.get(role) or self.office["director"]
        assert to.user_id is not None
        return delegations.delegate(
            who, delegation_id=uuid4(), role=role, to_user_id=to.user_id, starts_on=self.today + timedelta(days=days),
            ends_on=self.today + timedelta(days=days + 5), reason="away", now=self.now,
        )  # fmt: skip
