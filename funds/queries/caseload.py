"""The money of one's own people: what each used this year, what rules and budget leave, what is held, which receipts
are due. Ids, codes and figures; names are opened by `funds.actions.caseload`. No write.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, case, func, or_, select

from care.models import Assignment, Enrollee
from care.queries.access import people_worked_with
from core.db import db
from core.errors import Sentence
from core.identity import Identity
from funds import policy
from funds.ledger import Account
from funds.models import (
    Advance,
    BudgetLine,
    Category,
    FiscalYear,
    FundRequest,
    Posting,
    ReceiptAllocation,
    Transfer,
    Voucher,
)
from funds.policy import RuleKind
from funds.queries.access import delegations_of, stood_in_for
from funds.queries.asking import in_both
from funds.queries.books import advance_outstanding, list_balances
from funds.queries.facts import list_rules, list_spending
from funds.queries.scope import credit, debit
from funds.queries.sums import net_of

LIMIT_WORDS: Final[Mapping[str, Sentence]] = {
    "fiscal_year": Sentence("by the limit of this fiscal year"),
    "calendar_year": Sentence("by the limit of this calendar year"),
    "enrolment": Sentence("by the limit while enrolled"),
}


@dataclass(frozen=True, slots=True)
class OwnPerson:
    """An enrolled person and today's coordinator; `absent_id` is the supervisor in whose place the viewer sees them."""

    enrollee_id: UUID
    code: str
    enrolled_on: date | None
    coordinator_id: UUID
    absent_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Cap:
    """A rule that limits one person over a window: what it leaves now. `categories` are codes; none is everything."""

    categories: tuple[str, ...]
    left_cents: int
    limit_cents: int
    window: str

    @property
    def by_what(self) -> Sentence:
        """The limit in words, to stand after an amount."""
        return LIMIT_WORDS.get(self.window, Sentence("by a limit on one person"))


@dataclass(frozen=True, slots=True)
class Receipts:
    """Receipts that are due: how many, for how much, and the first day."""

    count: int = 0
    cents: int = 0
    first_on: date | None = None


@dataclass(frozen=True, slots=True)
class CategoryLeft:
    """A top category and what its line of the running year has left; None where nothing is budgeted."""

    code: str
    name: Sentence
    left_cents: int | None


@dataclass(frozen=True, slots=True)
class CategoryMoney:
    """What a person used in a category this year, what may still be asked for, and what limits it most."""

    name: Sentence
    used_cents: int
    possible_cents: int
    limited_by: Sentence | None  # a limit on this kind; None: by what the budget or the limits over everything leave


@dataclass(frozen=True, slots=True)
class PersonMoney:
    """The money of one person: by category, limits over everything and of single kinds, what is held, receipts due."""

    categories: Sequence[CategoryMoney]
    overall: Sequence[Cap]
    special: Sequence[Cap]
    used_cents: int
    held_cents: int
    receipts: Receipts


def list_own_people(identity: Identity, now: datetime, *, page: int, size: int) -> tuple[list[OwnPerson], int]:
    """Enrolled people whom the viewer coordinates today, or whose coordinator they supervise, by coordinator and code;
    then those of each supervisor for whom they stand in; and how many there are. Three queries.
    """
    own, absent = people_worked_with(identity, now), stood_in_for(delegations_of(identity, now), now)
    ids: list[UUID | None] = [None, *absent]
    place = case((own, 0), *((people, number) for number, people in enumerate(absent.values(), 1)), else_=0)
    open_now = and_(
        Assignment.enrollee_id == Enrollee.id,
        Assignment.role == "coordinator",
        Assignment.starts_at <= now,
        or_(Assignment.ends_at.is_(None), Assignment.ends_at > now),
    )
    wanted = (
        select(Enrollee.id, Enrollee.code, Enrollee.enrolled_on, Assignment.user_id, place.label("place"))
        .join(Assignment, open_now)
        .where(
            or_(own, *absent.values()),
            Enrollee.status == "enrolled",
            or_(Enrollee.user_id.is_(None), Enrollee.user_id != identity.user_id),
        )
    )
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.execute(
        wanted.order_by(place, Assignment.user_id, Enrollee.code, Enrollee.id).limit(size).offset((page - 1) * size)
    )
    return [OwnPerson(row.id, row.code, row.enrolled_on, row.user_id, ids[row.place]) for row in rows], int(total)


def usual_fund(identity: Identity, now: datetime) -> UUID | None:
    """The fund of the newest request of one's own people: the one that a page shows before another is chosen."""
    return db.session.scalar(
        select(FundRequest.fund_id)
        .join(Enrollee, Enrollee.id == FundRequest.enrollee_id)
        .where(people_worked_with(identity, now))
        .order_by(FundRequest.created_at.desc(), FundRequest.id)
        .limit(1)
    )


def list_category_left(fund_id: UUID, on: date) -> list[CategoryLeft]:
    """What is left in each top category for the year of a day, in their order. Two queries."""
    rows = db.session.execute(
        select(Category.code, Category.name, Category.name_es, BudgetLine.id)
        .select_from(Category)
        .outerjoin(FiscalYear, and_(FiscalYear.starts_on <= on, FiscalYear.ends_on >= on))
        .outerjoin(
            BudgetLine,
            and_(
                BudgetLine.category_id == Category.id,
                BudgetLine.fund_id == fund_id,
                BudgetLine.fiscal_year_id == FiscalYear.id,
            ),
        )
        .where(Category.parent_id.is_(None), or_(Category.ends_on.is_(None), Category.ends_on >= on))
        .order_by(Category.order, Category.code, Category.id)
    ).all()
    left = {
        key.owner: cents for key, cents in list_balances(fund_id=fund_id).items() if key.account is Account.AVAILABLE
    }
    return [CategoryLeft(row.code, in_both(row.name, row.name_es), left.get(row.id)) for row in rows]


def money_of_people(
    people: Sequence[OwnPerson], fund_id: UUID, year: tuple[date, date], today: date, budget: Sequence[CategoryLeft]
) -> dict[UUID, PersonMoney]:
    """The money of some people in one fund, beside what its budget has left. Eight queries, however many they are."""
    ids = [each.enrollee_id for each in people]
    if not ids:
        return {}
    parents = dict(_parents())
    spending: dict[UUID, list[policy.Spending]] = defaultdict(list)
    for row in list_spending(FundRequest.fund_id == fund_id, FundRequest.enrollee_id.in_(ids)):
        spending[row.enrollee_id].append(row)
    limits = [
        rule
        for rule in policy.in_force(list_rules(fund_id, today), today)
        if rule.kind == RuleKind.CAP_WINDOW and rule.params.get("per") != "slot"
    ]
    held, receipts, tops = _held(ids, fund_id), _receipts_due(ids, fund_id), {each.code for each in budget}
    found = {}
    for person in people:
        used: dict[str, int] = defaultdict(int)
        for row in spending[person.enrollee_id]:
            if year[0] <= row.on <= year[1]:
                used[parents.get(row.category) or row.category] += row.cents
        caps = [
            cap
            for rule in limits
            if (cap := _cap(rule, _facts(person, rule, parents, year, today, spending[person.enrollee_id])))
        ]
        found[person.enrollee_id] = PersonMoney(
            categories=[of_category(each, used.get(each.code, 0), caps) for each in budget],
            overall=[cap for cap in caps if not cap.categories],
            special=[cap for cap in caps if not tops.issuperset(cap.categories)],
            used_cents=sum(used.values()),
            held_cents=held.get(person.enrollee_id, 0),
            receipts=receipts.get(person.enrollee_id, Receipts()),
        )
    return found


def of_category(left: CategoryLeft, used_cents: int, caps: Sequence[Cap]) -> CategoryMoney:
    """What may still be asked for in a category: the least of what its budget and each limit on it leave."""
    if left.left_cents is None:
        return CategoryMoney(left.name, used_cents, 0, Sentence("nothing is budgeted"))
    limits: list[tuple[int, Sentence | None]] = [(left.left_cents, None)]
    limits += [(cap.left_cents, None) for cap in caps if not cap.categories]
    limits += [(cap.left_cents, cap.by_what) for cap in caps if left.code in cap.categories]
    least, by = min(limits, key=lambda pair: pair[0])
    return CategoryMoney(left.name, used_cents, max(least, 0), by)


def _parents() -> list[tuple[str, str | None]]:
    rows = db.session.execute(select(Category.id, Category.code, Category.parent_id)).all()
    codes = {row.id: row.code for row in rows}
    return [(row.code, codes.get(row.parent_id)) for row in rows]


def _named(rule: policy.Rule) -> tuple[str, ...]:
    """The categories that a rule names."""
    return tuple(rule.params.get("categories") or ((rule.category,) if rule.category else ()))


def _facts(
    person: OwnPerson,
    rule: policy.Rule,
    parents: Mapping[str, str | None],
    year: tuple[date, date],
    today: date,
    history: Sequence[policy.Spending],
) -> policy.Facts:
    """A request for nothing of the rule's own kind: what the rule then leaves is what is left."""
    nothing = UUID(int=0)
    return policy.Facts(
        request_id=nothing,
        enrollee_id=person.enrollee_id,
        payee_id=None,
        category=next(iter(_named(rule)), next(iter(parents), "")),
        parents=parents,
        cents=0,
        method=next(iter(rule.params.get("methods") or ()), "check"),
        item="",
        today=today,
        fiscal_year=year,
        enrolled_on=person.enrolled_on,
        goal_is_active=True,
        tried=0,
        documents=frozenset(),
        quotes=0,
        quote_reason="",
        has_agreement=True,
        is_emergency=False,
        sustainability="",
        payee_has_w9=True,
        payee_is_verified=True,
        payee_paid_year_cents=0,
        holder_is_overdue=False,
        history=history,
    )


def _cap(rule: policy.Rule, facts: policy.Facts) -> Cap | None:
    left = policy.evaluate([rule], facts, policy.Step.SUBMIT).figures.get(f"left:{rule.code}")
    if left is None:
        return None
    return Cap(_named(rule), max(left, 0), int(rule.params["cents"]), str(rule.params.get("window", "lifetime")))


def _held(ids: Sequence[UUID], fund_id: UUID) -> dict[UUID, int]:
    """What approvals hold now, by person. One query."""
    rows = db.session.execute(
        select(FundRequest.enrollee_id, net_of(Account.ENCUMBERED).label("cents"))
        .select_from(FundRequest)
        .join(Posting, Posting.fund_request_id == FundRequest.id)
        .join(Transfer, Transfer.posting_id == Posting.id)
        .join(debit, debit.id == Transfer.debit_id)
        .join(credit, credit.id == Transfer.credit_id)
        .where(FundRequest.enrollee_id.in_(list(ids)), FundRequest.fund_id == fund_id)
        .group_by(FundRequest.enrollee_id)
    )
    return {row.enrollee_id: int(row.cents) for row in rows}


def _receipts_due(ids: Sequence[UUID], fund_id: UUID) -> dict[UUID, Receipts]:
    """Paid vouchers and advances that receipts do not cover, by person. Three queries."""
    theirs = (FundRequest.enrollee_id.in_(list(ids)), FundRequest.fund_id == fund_id)
    allocated = (
        select(ReceiptAllocation.voucher_id, func.sum(ReceiptAllocation.cents).label("cents"))
        .group_by(ReceiptAllocation.voucher_id)
        .subquery()
    )
    vouchers = db.session.execute(
        select(
            FundRequest.enrollee_id,
            Voucher.receipt_due_on.label("due_on"),
            (net_of(Account.EXPENSE) - func.coalesce(allocated.c.cents, 0)).label("cents"),
        )
        .select_from(FundRequest)
        .join(Voucher, Voucher.fund_request_id == FundRequest.id)
        .join(Transfer, Transfer.voucher_id == Voucher.id)
        .join(debit, debit.id == Transfer.debit_id)
        .join(credit, credit.id == Transfer.credit_id)
        .outerjoin(allocated, allocated.c.voucher_id == Voucher.id)
        .where(*theirs, Voucher.status == "paid", Voucher.receipt_due_on.is_not(None), FundRequest.status == "paid")
        .group_by(FundRequest.enrollee_id, Voucher.id, Voucher.receipt_due_on, allocated.c.cents)
    ).all()
    advances = db.session.execute(
        select(Advance.id, FundRequest.enrollee_id, Advance.due_on)
        .join(FundRequest, FundRequest.id == Advance.fund_request_id)
        .where(*theirs)
    ).all()
    out = advance_outstanding([row.id for row in advances])
    due: list[tuple[UUID, date, int]] = [(row.enrollee_id, row.due_on, int(row.cents)) for row in vouchers]
    due += [(row.enrollee_id, row.due_on, out[row.id]) for row in advances]
    of: dict[UUID, list[Any]] = defaultdict(list)
    for enrollee_id, on, cents in due:
        if cents > 0:
            of[enrollee_id].append((on, cents))
    return {
        enrollee_id: Receipts(len(rows), sum(cents for _on, cents in rows), min(on for on, _cents in rows))
        for enrollee_id, rows in of.items()
    }
