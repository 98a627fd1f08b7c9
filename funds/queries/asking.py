"""What somebody who asks the fund is shown before sending: what is left, which rules speak, what looks alike. No write.

Figures and codes only: no word about a person is opened here. The caller has opened the person, with its event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from care.queries import choices
from core.clock import local_day
from core.db import current_config, db
from core.errors import Bilingual, Sentence
from core.identity import Identity
from core.money import format_cents
from directory.models import Organization, Service
from funds import policy, rules
from funds.ledger import Account, Key
from funds.models import BudgetLine, Category, ChoiceStatement, FiscalYear, Fund, FundRequest, Payee
from funds.queries.access import requests_seen_by
from funds.queries.books import balance_of, find_line, list_balances, request_money
from funds.queries.facts import Asked, gather, list_rules

MOST_PAYEES = 500
ALIKE = timedelta(days=30)
_NONE = UUID(int=0)
NAME_LETTERS = 3  # fewer letters match half the directory


@dataclass(frozen=True, slots=True)
class Left:
    """A figure of what is left: for what, now, after this request, and of how much where there is a limit."""

    label: Sentence
    now_cents: int
    after_cents: int
    limit_cents: int | None = None
    window: str = ""  # the kind of window that the limit sums over


@dataclass(frozen=True, slots=True)
class Preview:
    """What would come of sending a request as it stands on the screen."""

    left: Sequence[Left]
    goal_cents: int  # held and spent for this goal by other requests
    missing: Sequence[Sentence]  # what is not filled in yet
    stops: Sequence[Sentence]
    warnings: Sequence[Sentence]
    tiers: Sequence[frozenset[str]]
    emergency_approvers: frozenset[str] = field(default_factory=frozenset)

    @property
    def may_be_sent(self) -> bool:
        """True when nothing is missing and nothing stops it."""
        return not self.missing and not self.stops


@dataclass(frozen=True, slots=True)
class PayeeLine:
    """A payee that may be chosen."""

    id: UUID
    name: str
    is_verified: bool


def list_open_funds(on: date) -> list[Fund]:
    """The funds that may be asked on a day, by code."""
    return list(
        db.session.scalars(
            select(Fund)
            .where(Fund.starts_on <= on, or_(Fund.ends_on.is_(None), Fund.ends_on >= on))
            .order_by(Fund.code, Fund.id)
            .limit(100)
        )
    )


def list_open_categories(on: date) -> list[Category]:
    """The categories of a day in their order, a parent before its children."""
    rows = list(
        db.session.scalars(
            select(Category)
            .where(
                or_(Category.starts_on.is_(None), Category.starts_on <= on),
                or_(Category.ends_on.is_(None), Category.ends_on >= on),
            )
            .order_by(Category.order, Category.code, Category.id)
            .limit(MOST_PAYEES)
        )
    )
    return [
        each
        for top in rows
        if top.parent_id is None
        for each in (top, *(row for row in rows if row.parent_id == top.id))
    ]


def list_payees_to_choose() -> list[PayeeLine]:
    """Payees that may be paid, by name."""
    rows = db.session.scalars(
        select(Payee)
        .where(Payee.status != "inactive", Payee.kind != "enrollee")
        .order_by(Payee.name, Payee.id)
        .limit(MOST_PAYEES)
    )
    return [PayeeLine(row.id, row.name, row.status == "verified") for row in rows]


def find_payee_named(name: str) -> PayeeLine | None:
    """A payee of this very name, a verified one first; case and blanks around it do not matter."""
    row = db.session.scalar(
        select(Payee)
        .where(func.lower(Payee.name) == name.strip().lower(), Payee.status != "inactive", Payee.kind != "enrollee")
        .order_by(Payee.status.desc(), Payee.proposed_at, Payee.id)
        .limit(1)
    )
    return PayeeLine(row.id, row.name, row.status == "verified") if row else None


def payee_name(payee_id: UUID | None) -> str:
    """The name of a payee, empty without one."""
    return (db.session.scalar(select(Payee.name).where(Payee.id == payee_id)) or "") if payee_id else ""


def payee_names(payee_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of some payees. One query."""
    wanted = set(payee_ids)
    if not wanted:
        return {}
    return {row.id: row.name for row in db.session.execute(select(Payee.id, Payee.name).where(Payee.id.in_(wanted)))}


def list_organizations_like(name: str, *, limit: int = 5) -> list[tuple[UUID, str]]:
    """Organizations of the directory whose name holds what was typed, shortest first."""
    words = name.strip()
    if len(words) < NAME_LETTERS:
        return []
    rows = db.session.execute(
        select(Organization.id, Organization.name)
        .where(Organization.name.icontains(words, autoescape=True))
        .order_by(func.length(Organization.name), Organization.name, Organization.id)
        .limit(limit)
    )
    return [(row.id, row.name) for row in rows]


def organization_name(organization_id: UUID | None) -> str:
    """The name of an organization of the directory, empty when there is none."""
    if organization_id is None:
        return ""
    return db.session.scalar(select(Organization.name).where(Organization.id == organization_id)) or ""


def seller_of(service_id: UUID | None) -> str:
    """The name of the organization that offers a service, empty when there is none."""
    if service_id is None:
        return ""
    return (
        db.session.scalar(
            select(Organization.name)
            .join(Service, Service.organization_id == Organization.id)
            .where(Service.id == service_id)
        )
        or ""
    )


def service_names(ids: Sequence[UUID]) -> dict[UUID, str]:
    """The names of some services. One query."""
    if not ids:
        return {}
    rows = db.session.execute(select(Service.id, Service.name).where(Service.id.in_(list(ids))))
    return {row.id: row.name for row in rows}


def offered_services(enrollee_id: UUID, goal_id: UUID | None) -> list[UUID]:
    """Services that stood on choice sheets for a goal, the newest sheet first."""
    if goal_id is None:
        return []
    sheets = choices.list_sheets(enrollee_id, goal_id)
    return list(dict.fromkeys(option.service_id for option in choices.list_options([sheet.id for sheet in sheets[:3]])))


def list_unanswered(enrollee_id: UUID) -> set[UUID]:
    """Requests of a person that somebody writes for them and that they have not answered yet. One query."""
    given = (
        select(ChoiceStatement.id)
        .where(ChoiceStatement.fund_request_id == FundRequest.id, ChoiceStatement.version == FundRequest.version)
        .exists()
    )
    return set(
        db.session.scalars(
            select(FundRequest.id).where(
                FundRequest.enrollee_id == enrollee_id,
                FundRequest.status.in_(("draft", "returned")),
                FundRequest.author_id.is_not(None),
                ~given,
            )
        )
    )


def spent_on_goals(enrollee_id: UUID, *, without: UUID | None = None) -> dict[UUID, int]:
    """What other requests of a person hold and spent, by goal. Two queries."""
    rows = db.session.execute(
        select(FundRequest.id, FundRequest.goal_id).where(
            FundRequest.enrollee_id == enrollee_id, FundRequest.approved_at.is_not(None)
        )
    ).all()
    money = request_money([row.id for row in rows if row.id != without])
    found: dict[UUID, int] = {}
    for row in rows:
        if row.id != without:
            found[row.goal_id] = found.get(row.goal_id, 0) + money[row.id].counted_cents
    return found


def list_left(fund_id: UUID, on: date) -> list[Left]:
    """What is left in each line of the year of a day, in the order of the categories. Two queries."""
    rows = db.session.execute(
        select(BudgetLine.id, BudgetLine.fiscal_year_id, Category.name, Category.name_es)
        .join(Category, Category.id == BudgetLine.category_id)
        .join(FiscalYear, FiscalYear.id == BudgetLine.fiscal_year_id)
        .where(BudgetLine.fund_id == fund_id, FiscalYear.starts_on <= on, FiscalYear.ends_on >= on)
        .order_by(Category.order, Category.code, BudgetLine.id)
    ).all()
    if not rows:
        return []
    balances = list_balances(fund_id=fund_id, year_id=rows[0].fiscal_year_id)
    left = {key.owner: cents for key, cents in balances.items() if key.account is Account.AVAILABLE}
    return [
        Left(in_both(row.name, row.name_es), left.get(row.id, 0), left.get(row.id, 0), None)
        for row in rows
    ]  # fmt: skip


def list_left_of_category(fund_id: UUID, category_id: UUID | None, cents: int, on: date) -> list[Left]:
    """What is left in the line of a category, now and after an amount; empty where nothing is budgeted."""
    line = _line_left(fund_id, category_id, cents, on) if category_id else None
    return [line] if line else []


def left_for_person(enrollee_id: UUID, fund_id: UUID, now: datetime, *, cents: int = 0) -> list[Left]:
    """What the rules leave a person, now and after `cents`: a figure for each rule that sums over every category."""
    today = local_day(now, current_config().timezone)
    category_id = db.session.scalar(
        select(Category.id).where(Category.parent_id.is_(None)).order_by(Category.order, Category.code).limit(1)
    )
    if category_id is None:
        return []
    asked = Asked(_NONE, enrollee_id, _NONE, fund_id, category_id, None, cents, "check", 1, {})
    found = list_rules(fund_id, today)
    evaluation = policy.evaluate(found, gather(asked, now), policy.Step.SUBMIT)
    return _left_by_rules(policy.in_force(found, today), evaluation, cents, everywhere=True)


def preview(
    identity: Identity,
    asked: Asked | None,
    *,
    facts: rules.SubmitFacts,
    enrollee_id: UUID,
    goal_id: UUID,
    fund_id: UUID,
    tried: int,
    now: datetime,
    note: str = "",
) -> Preview:
    """What the rules in force, the books and other requests say of what stands on the screen. About 20 queries.

    `asked` is None while no category is chosen; `facts` tell what is filled in.
    """
    today = local_day(now, current_config().timezone)
    spent = spent_on_goals(enrollee_id, without=asked.request_id if asked else None).get(goal_id, 0)
    missing = rules.decide_submit(replace(facts, evaluation=policy.Evaluation((), ()))).reasons
    if asked is None:
        left = [*list_left(fund_id, today), *left_for_person(enrollee_id, fund_id, now)]
        return Preview(left, spent, missing, (), (), ())
    found = list_rules(fund_id, today)
    gathered = replace(
        gather(asked, now), tried=tried, has_agreement=facts.statement is not None and facts.statement != "declined"
    )
    evaluation = policy.evaluate(found, gathered, policy.Step.SUBMIT)
    stops = [rules.finding_sentence(each) for each in evaluation.blocks if not each.code.startswith("facts.cents")]
    blocked = set(map(id, evaluation.blocks))
    warnings = [rules.finding_sentence(each) for each in evaluation.findings if id(each) not in blocked]
    line = _line_left(asked.fund_id, asked.category_id, asked.cents, today)
    if line is not None and line.after_cents < 0:
        stops.append(_too_little(line))
    others = list_alike(identity, asked, now)
    warnings += rules.doubles(asked.cents, today, others)
    return Preview(
        [*([line] if line else []), *_left_by_rules(policy.in_force(found, today), evaluation, asked.cents)],
        spent,
        missing,
        stops,
        warnings,
        evaluation.tiers,
        evaluation.emergency_approvers,
    )


def list_alike(identity: Identity, asked: Asked, now: datetime) -> list[rules.Similar]:
    """Requests of the last 30 days for the same amount: of this person and category, or to this payee. One query.

    Those that the viewer may not know come without a number.
    """
    same_person = FundRequest.enrollee_id == asked.enrollee_id
    ways: list[Any] = [same_person & (FundRequest.category_id == asked.category_id)]
    if asked.payee_id is not None:
        ways.append(FundRequest.payee_id == asked.payee_id)
    rows = db.session.execute(
        select(FundRequest, requests_seen_by(identity, now).label("seen"))
        .where(
            or_(*ways),
            FundRequest.id != asked.request_id,
            FundRequest.requested_cents == asked.cents,
            FundRequest.created_at > now - ALIKE,
            FundRequest.status.not_in(("withdrawn", "cancelled", "denied", "expired", "voided")),
        )
        .order_by(FundRequest.created_at.desc(), FundRequest.id)
        .limit(20)
    )
    zone = current_config().timezone
    return [
        rules.Similar(
            number=row.FundRequest.number if row.seen else "",
            on=local_day(row.FundRequest.submitted_at or row.FundRequest.created_at, zone),
            cents=row.FundRequest.requested_cents,
            same_person=row.FundRequest.enrollee_id == asked.enrollee_id,
            same_category=row.FundRequest.category_id == asked.category_id,
            same_payee=asked.payee_id is not None and row.FundRequest.payee_id == asked.payee_id,
        )
        for row in rows
    ]


def _line_left(fund_id: UUID, category_id: UUID, cents: int, on: date) -> Left | None:
    line_id = find_line(fund_id, category_id, on)
    if line_id is None:
        return None
    row = db.session.execute(
        select(Category.name, Category.name_es)
        .join(BudgetLine, BudgetLine.category_id == Category.id)
        .where(BudgetLine.id == line_id)
    ).one()
    left = balance_of(Key(Account.AVAILABLE, line_id))
    return Left(in_both(row.name, row.name_es), left, left - cents)


def _too_little(line: Left) -> Sentence:
    return Sentence(
        "%(left)s is left in this part of the budget, and this asks for %(asked)s. "
        "Ask for less, or ask the fiscal office to move money to it.",
        left=format_cents(line.now_cents),
        asked=format_cents(line.now_cents - line.after_cents),
    )


def _left_by_rules(
    found: Sequence[policy.Rule], evaluation: policy.Evaluation, cents: int, *, everywhere: bool = False
) -> list[Left]:
    figures: Mapping[str, int] = evaluation.figures
    answer = []
    for rule in found:
        after = figures.get(f"left:{rule.code}")
        if after is None or rule.params.get("per") == "slot":
            continue
        is_everywhere = rule.category is None and not rule.params.get("categories")
        if everywhere and not is_everywhere:
            continue
        label = _window_label(rule.params, is_everywhere)
        window = str(rule.params.get("window", ""))
        answer.append(Left(label, after + cents, after, rule.params.get("cents"), window))
    return answer


def _window_label(params: Mapping[str, Any], is_everywhere: bool) -> Sentence:
    window = params.get("window", "lifetime")
    if is_everywhere:
        return _EVERYWHERE.get(window, Sentence("For this person"))
    return Sentence("For this person, in purchases of this kind")


_EVERYWHERE: Mapping[str, Sentence] = {
    "fiscal_year": Sentence("For this person, this fiscal year"),
    "calendar_year": Sentence("For this person, this calendar year"),
    "enrolment": Sentence("For this person, while enrolled"),
}


def in_both(en: str, es: str) -> Sentence:
    """A name that is kept in English and, where it was entered, in Spanish."""
    return Bilingual({"en": en, "es": es or en})
