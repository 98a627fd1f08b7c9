"""The fund itself: set up, its budget years, money adopted and moved between lines; two people to each figure."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from audit import actions as trail
from audit.rules import EventKind
from core.clock import local_day, now_utc
from core.db import current_config, db, rerun, transaction
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Sentence
from core.identity import Identity, Permission
from funds import ledger, queries
from funds.models import BudgetChange, BudgetLine, Category, FiscalYear, Fund, Period, PolicyRule, TaxThreshold
from funds.policy import CategoryDraft, Finding, RuleDraft, Severity, TaxThresholdDraft, appropriation_findings
from funds.posting import Context, open_accounts, post
from funds.rules import finding_sentence


@rerun
def set_up_fund(
    identity: Identity,
    *,
    fund_id: UUID,
    code: str,
    name: str,
    public_name: str,
    starts_on: date,
    year_end: str = "lapse",
    categories: Sequence[CategoryDraft] = (),
    thresholds: Sequence[TaxThresholdDraft] = (),
    rules: Sequence[RuleDraft] = (),
    now: datetime | None = None,
) -> UUID:
    """Make a fund with its accounts and rules; categories and tax thresholds that are not there yet come with it.

    It gets a budget line for each category in every open year. `year_end` says what becomes of what is left then.

    The shipped rules are examples, marked so: those that are on come in force at once, the others wait as proposals.
    Twice the same id is one fund. Raises Conflict when the code is another fund's.
    """
    now = now or now_utc()
    _require(identity, Permission.GOVERN_FUND, Permission.APPROVE_GOVERNANCE)
    if not code.strip() or not name.strip() or not public_name.strip():
        raise InvalidInput("code", Sentence("A fund has a code, a name, and a name for vendors."))
    if year_end not in ("lapse", "carry"):
        raise InvalidInput("year_end", Sentence("Choose what becomes of what is left."))
    with transaction() as session:
        if session.get(Fund, fund_id) is not None:
            return fund_id
        if session.scalar(select(Fund.id).where(Fund.code == code)) is not None:
            raise Conflict(Sentence("There is a fund with this code already."))
        values = {"code": code, "name": name, "public_name": public_name, "year_end": year_end}
        session.add(Fund(id=fund_id, starts_on=starts_on, **values))
        session.flush()
        open_accounts(fund_id=fund_id)
        _add_categories(categories)
        known = set(session.scalars(select(TaxThreshold.year)))
        for each in thresholds:
            if each.year not in known:
                session.add(TaxThreshold(year=each.year, cents=each.cents, citation=each.citation))
        for draft in rules:
            session.add(_rule(fund_id, draft, starts_on, now))
        session.flush()
        for year_id in session.scalars(select(FiscalYear.id).where(FiscalYear.status == "open")):
            _open_lines(year_id)
        trail.record(
            EventKind.FUND_SET_UP,
            identity,
            now=now,
            subject_type="fund",
            subject_id=fund_id,
            details={"code": code, "categories": len(categories), "rules": len(rules)},
        )
    return fund_id


@rerun
def open_year(
    identity: Identity,
    *,
    code: str,
    starts_on: date,
    ends_on: date,
    slots: int | None = None,
    now: datetime | None = None,
) -> UUID:
    """Open a budget year with its months, and a line with accounts for each fund and top category.

    `slots` are the program's places: rules may limit the budget by them. Raises InvalidInput when the year leaves a
    gap to, or overlaps, another year, or is longer than 18 months.
    """
    now = now or now_utc()
    _require(identity, Permission.GOVERN_FUND, Permission.APPROVE_GOVERNANCE)
    code = code.strip()
    if not code:
        raise InvalidInput("code", Sentence("Write the year's name, such as 2027."))
    if not timedelta(days=1) <= ends_on - starts_on <= timedelta(days=550):
        raise InvalidInput("ends_on", Sentence("A budget year lasts from a month to 18 months."))
    with transaction() as session:
        years = list(session.scalars(select(FiscalYear).order_by(FiscalYear.starts_on)))
        if any(year.code == code for year in years):
            raise InvalidInput("code", Sentence("There is a budget year with this name already."))
        if any(year.starts_on <= ends_on and year.ends_on >= starts_on for year in years):
            raise InvalidInput("starts_on", Sentence("This year overlaps another one."))
        if years and not any(
            year.ends_on + timedelta(days=1) == starts_on or ends_on + timedelta(days=1) == year.starts_on
            for year in years
        ):
            raise InvalidInput("starts_on", Sentence("This year leaves a gap to the others."))
        year = FiscalYear(code=code, starts_on=starts_on, ends_on=ends_on, slots=slots)
        session.add(year)
        session.flush()
        for number, (first, last) in enumerate(months_of(starts_on, ends_on), 1):
            session.add(Period(fiscal_year_id=year.id, number=number, starts_on=first, ends_on=last))
        session.flush()
        _open_lines(year.id)
        trail.record(
            EventKind.FUND_YEAR_OPENED,
            identity,
            now=now,
            subject_type="fiscal_year",
            subject_id=year.id,
            details={"code": code},
        )
        return year.id


@rerun
def propose_budget(
    identity: Identity,
    *,
    change_id: UUID,
    budget_line_id: UUID,
    cents: int,
    reason: str,
    source_line_id: UUID | None = None,
    is_move: bool | None = None,
    is_drawn: bool = False,
    now: datetime | None = None,
) -> UUID:
    """Propose money for a line, or from another line of the same fund and year. Nothing is posted yet.

    `is_move` says that another line is meant even where none is named; None: it follows from `source_line_id`.
    """
    now = now or now_utc()
    _require(identity, Permission.GOVERN_FUND, Permission.APPROVE_GOVERNANCE)
    if cents <= 0:
        raise InvalidInput("cents", Sentence("Write the amount."))
    if not reason.strip():
        raise InvalidInput("reason", Sentence("Write why."))
    if is_move and source_line_id is None:
        raise InvalidInput("source_line_id", Sentence("Choose the line that the money comes from."))
    with transaction() as session:
        if session.get(BudgetChange, change_id) is not None:
            return change_id
        target = _line(budget_line_id)
        if source_line_id is not None:
            source = _line(source_line_id)
            if (source.fund_id, source.fiscal_year_id) != (target.fund_id, target.fiscal_year_id):
                raise InvalidInput("source_line_id", Sentence("Money moves within one fund and one year."))
            if source.id == target.id:
                raise InvalidInput("source_line_id", Sentence("Choose two different lines."))
        session.add(
            BudgetChange(
                id=change_id,
                kind="move" if source_line_id else "adopt",
                budget_line_id=budget_line_id,
                source_line_id=source_line_id,
                cents=cents,
                is_drawn=is_drawn,
                reason=reason.strip(),
                proposed_by=identity.user_id,
                proposed_at=now,
            )
        )
        session.flush()
        _record(identity, session.get_one(BudgetChange, change_id), now)
    return change_id


@rerun
def decide_budget(identity: Identity, *, change_id: UUID, is_approved: bool, now: datetime | None = None) -> int | None:
    """Post a proposed change, or refuse it: never by who proposed it. Answers the posting's id."""
    now = now or now_utc()
    _require(identity, Permission.APPROVE_GOVERNANCE)
    with transaction() as session:
        change = session.scalar(
            select(BudgetChange)
            .where(BudgetChange.id == change_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if change is None:
            raise NotFound
        if change.status != "proposed":
            if change.status == "posted" and is_approved and change.approved_by == identity.user_id:
                return change.posting_id
            raise Conflict(Sentence("This change is decided already."))
        if identity.user_id is None or identity.user_id == change.proposed_by:
            raise NotAllowed(Sentence("You proposed this, so somebody else must approve it."))
        change.status = "posted" if is_approved else "refused"
        change.approved_by, change.decided_at = identity.user_id, now
        session.flush()
        if is_approved:
            target = _line(change.budget_line_id)
            blocks = [each for each in findings_of(change, now) if each.severity is Severity.BLOCK]
            if blocks:
                raise NotAllowed(*map(finding_sentence, blocks))
            draft = (
                ledger.move_budget(change.source_line_id, target.id, change.cents)
                if change.source_line_id
                else ledger.appropriate(target.id, change.cents, fund=target.fund_id, is_drawn=change.is_drawn)
            )
            change.posting_id = post(identity, draft, _context(target, change_id, now))
        _record(identity, change, now)
        return change.posting_id


def findings_of(change: BudgetChange, now: datetime) -> tuple[Finding, ...]:
    """What the rules say of the fund's budget of the year if this were adopted. Nothing where no places are entered.

    Money that only moves between lines changes no total.
    """
    target = _line(change.budget_line_id)
    (year,) = queries.years_of_lines([target.id])
    if change.kind == "move" or year.slots is None:
        return ()
    balances = queries.list_balances(fund_id=target.fund_id, year_id=year.id)
    adopted = sum(cents for key, cents in balances.items() if key.account is ledger.Account.APPROPRIATION)
    waiting = 0 if change.status == "posted" and change.posting_id is not None else change.cents
    on = max(year.starts_on, min(local_day(now, current_config().timezone), year.ends_on))
    return appropriation_findings(
        queries.list_rules(target.fund_id, on), slots=year.slots, appropriated_cents=adopted + waiting, today=on
    )


def months_of(starts_on: date, ends_on: date) -> list[tuple[date, date]]:
    """The calendar months of a year, the first and last one cut to it; together they tile it."""
    found, day = [], starts_on
    while day <= ends_on:
        last = min(date(day.year, day.month, calendar.monthrange(day.year, day.month)[1]), ends_on)
        found.append((day, last))
        day = last + timedelta(days=1)
    return found


def _context(line: Any, change_id: UUID, now: datetime) -> Context:
    (year,) = queries.years_of_lines([line.id])
    today = local_day(now, current_config().timezone)
    return Context(
        fund_id=line.fund_id,
        effective_on=max(year.starts_on, min(today, year.ends_on)),
        now=now,
        key=f"budget_change/{change_id}",
    )


def _record(identity: Identity, change: BudgetChange, now: datetime) -> None:
    trail.record(
        EventKind.BUDGET_MOVED if change.kind == "move" else EventKind.BUDGET_ADOPTED,
        identity,
        now=now,
        subject_type="budget_line",
        subject_id=change.budget_line_id,
        details={"change": str(change.id), "cents": change.cents, "status": change.status},
    )


def _line(line_id: UUID) -> BudgetLine:
    line = db.session.get(BudgetLine, line_id)
    if line is None:
        raise NotFound
    return line


def _rule(fund_id: UUID, draft: RuleDraft, starts_on: date, now: datetime) -> PolicyRule:
    return PolicyRule(
        fund_id=fund_id,
        code=draft.code,
        version=1,
        status="in_force" if draft.is_on else "proposed",
        kind=str(draft.kind),
        severity=str(draft.severity),
        category_code=draft.category,
        params=dict(draft.params),
        exception_role=draft.exception_role,
        effective_from=starts_on,
        citation=draft.citation,
        citation_url=draft.citation_url or None,
        message_en=draft.message_en,
        message_es=draft.message_es,
        is_example=bool(draft.label),
        proposed_at=now,
    )


def _add_categories(categories: Sequence[CategoryDraft]) -> None:
    session = db.session()
    known = {row.code: row.id for row in session.scalars(select(Category))}
    for order, each in enumerate(categories):
        if each.code in known:
            continue
        if each.parent is not None and each.parent not in known:
            raise InvalidInput("categories", Sentence("The parent of %(code)s comes first.", code=each.code))
        row = Category(
            code=each.code,
            parent_id=known[each.parent] if each.parent else None,
            name=each.name_en,
            name_es=each.name_es,
            plain=each.plain_en,
            plain_es=each.plain_es,
            hmis_code=each.hmis_code,
            gl_object=each.gl_object,
            order=order,
        )
        session.add(row)
        session.flush()
        known[each.code] = row.id


def _open_lines(year_id: UUID) -> None:
    """A budget line for each fund and top category in a year, where there is none yet."""
    session = db.session()
    tops = list(session.scalars(select(Category.id).where(Category.parent_id.is_(None)).order_by(Category.order)))
    for fund_id in session.scalars(select(Fund.id).order_by(Fund.code)):
        for category_id in tops:
            there = session.scalar(
                select(BudgetLine.id).where(
                    BudgetLine.fund_id == fund_id,
                    BudgetLine.fiscal_year_id == year_id,
                    BudgetLine.category_id == category_id,
                )
            )
            if there is None:
                line = BudgetLine(fund_id=fund_id, fiscal_year_id=year_id, category_id=category_id)
                session.add(line)
                session.flush()
                open_accounts(budget_line_id=line.id)


def _require(identity: Identity, *permissions: Permission) -> None:
    if not any(identity.may(permission) for permission in permissions):
        raise NotAllowed(Sentence("Your role does not allow this."))
