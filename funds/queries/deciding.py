"""What waits for somebody's decision, from states, tiers and approvals alone; lists end where nothing is left to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from core.clock import local_day
from core.db import current_config, db
from core.identity import Identity
from funds.ledger import Account
from funds.models import (
    AccountBalance,
    ApprovalStep,
    FundRequest,
    FundRequestEvent,
    LedgerAccount,
    PolicyEvaluation,
)
from funds.queries.access import requests_seen_by, roles_on_each
from funds.queries.books import find_lines
from funds.states import DIRECTOR, HOLDING, SUPERVISOR, TIER_ROLES, State

MOST = 200  # more than an approver decides in a day


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that waits for this viewer, and for what: request, supplement, ratification or appeal."""

    request: FundRequest
    purpose: str
    tier: int  # of tiers, from 0
    tiers: int
    stops: int  # findings that stop it as the rules stood when last asked
    warnings: int
    left_cents: int | None  # available in its budget line now
    cents: int  # what is asked now

    @property
    def after_cents(self) -> int | None:
        """What the line would have left after this approval."""
        return None if self.left_cents is None else self.left_cents - self.cents


def list_waiting(identity: Identity, now: datetime, *, request_id: UUID | None = None) -> list[Waiting]:
    """What this viewer may decide now, of all requests or of one: emergencies first, then the oldest. Never their own.

    About ten queries.
    """
    me = identity.user_id
    rows = list(
        db.session.scalars(
            select(FundRequest)
            .where(
                requests_seen_by(identity, now),
                *([] if request_id is None else [FundRequest.id == request_id]),
                or_(
                    FundRequest.status == State.SUBMITTED,
                    FundRequest.status == State.APPEALED,
                    and_(
                        FundRequest.status.in_(list(HOLDING)),
                        or_(FundRequest.supplement_cents.is_not(None), FundRequest.needs_ratification),
                    ),
                ),
                or_(FundRequest.author_id.is_(None), FundRequest.author_id != me),
                or_(FundRequest.started_by.is_(None), FundRequest.started_by != me),
            )
            .order_by(FundRequest.is_emergency.desc(), FundRequest.submitted_at, FundRequest.id)
            .limit(MOST)
        )
    )
    if not rows:
        return []
    ids = [row.id for row in rows]
    roles = roles_on_each(identity, sorted({row.enrollee_id for row in rows}, key=str), now)
    evaluations = _last_evaluations(ids)
    approvals = _approvals(ids)
    denied = _deniers(ids)
    lines = _lines(rows, local_day(now, current_config().timezone))
    left = _left(lines.values())
    found = []
    for row in rows:
        evaluation = evaluations.get(row.id)
        tiers = [frozenset(tier) for tier in evaluation.tiers] if evaluation else [TIER_ROLES]
        purpose = _purpose(row)
        total = (row.approved_cents or 0) + (row.supplement_cents or 0)
        made = [
            step
            for step in approvals.get((row.id, row.version), ())
            if step.purpose == purpose and (purpose != "supplement" or step.cents == total)
        ]
        if purpose == "ratification" and any(step.actor_id == me for step in approvals.get((row.id, row.version), ())):
            continue  # who held the money does not confirm it
        if not _is_mine(row, purpose, tiers, made, roles[row.enrollee_id], me, denied.get(row.id, ())):
            continue
        findings = evaluation.findings if evaluation else []
        found.append(
            Waiting(
                request=row,
                purpose=purpose,
                tier=len(made),
                tiers=len(tiers) if purpose in ("request", "supplement") else 1,
                stops=sum(1 for each in findings if each["severity"] in ("block", "exception", "require_document")),
                warnings=sum(1 for each in findings if each["severity"] in ("warn", "add_tier")),
                left_cents=left.get(lines[row.id]) if row.id in lines else None,
                cents=_cents(row, purpose),
            )
        )
    return found


def count_waiting(identity: Identity, now: datetime) -> int:
    """How many wait for this viewer."""
    return len(list_waiting(identity, now))


def left_cents(request: FundRequest, now: datetime) -> int | None:
    """What is available now in the line that an approval would take from; None without a line. Two queries."""
    lines = _lines([request], local_day(now, current_config().timezone))
    return _left(lines.values()).get(lines[request.id]) if lines else None


def _purpose(row: FundRequest) -> str:
    if row.status == State.SUBMITTED:
        return "request"
    if row.status == State.APPEALED:
        return "appeal"
    return "supplement" if row.supplement_cents is not None else "ratification"


def _cents(row: FundRequest, purpose: str) -> int:
    if purpose == "supplement":
        return row.supplement_cents or 0
    if purpose == "ratification":
        return 0  # the money is held already
    return row.approved_cents if row.approved_cents is not None else row.requested_cents


def _is_mine(
    row: FundRequest,
    purpose: str,
    tiers: Sequence[frozenset[str]],
    made: Sequence[ApprovalStep],
    roles: frozenset[str],
    me: UUID | None,
    denied_by: Sequence[FundRequestEvent],
) -> bool:
    if any(step.actor_id == me for step in made):
        return False
    if purpose == "appeal":
        is_below = DIRECTOR not in roles and any(event.role == DIRECTOR for event in denied_by)
        return (
            bool(roles & {SUPERVISOR, DIRECTOR}) and not is_below and all(event.actor_id != me for event in denied_by)
        )
    if purpose == "ratification":
        return bool(roles & tiers[-1])
    if row.is_emergency and purpose == "request":
        return bool(roles & TIER_ROLES)
    return len(made) < len(tiers) and bool(roles & tiers[len(made)])


def _last_evaluations(ids: Sequence[UUID]) -> Mapping[UUID, PolicyEvaluation]:
    newest = (
        select(PolicyEvaluation.fund_request_id, func.max(PolicyEvaluation.at).label("at"))
        .where(PolicyEvaluation.fund_request_id.in_(list(ids)))
        .group_by(PolicyEvaluation.fund_request_id)
        .subquery()
    )
    rows = db.session.scalars(
        select(PolicyEvaluation).join(
            newest,
            and_(newest.c.fund_request_id == PolicyEvaluation.fund_request_id, newest.c.at == PolicyEvaluation.at),
        )
    )
    return {row.fund_request_id: row for row in rows}


def _approvals(ids: Sequence[UUID]) -> Mapping[tuple[UUID, int], list[ApprovalStep]]:
    found: dict[tuple[UUID, int], list[ApprovalStep]] = {}
    for step in db.session.scalars(
        select(ApprovalStep)
        .where(ApprovalStep.fund_request_id.in_(list(ids)), ApprovalStep.decision == "approved")
        .order_by(ApprovalStep.tier, ApprovalStep.id)
    ):
        found.setdefault((step.fund_request_id, step.version), []).append(step)
    return found


def _deniers(ids: Sequence[UUID]) -> Mapping[UUID, list[FundRequestEvent]]:
    found: dict[UUID, list[FundRequestEvent]] = {}
    for event in db.session.scalars(
        select(FundRequestEvent)
        .where(FundRequestEvent.fund_request_id.in_(list(ids)), FundRequestEvent.action == "deny")
        .order_by(FundRequestEvent.seq)
    ):
        found.setdefault(event.fund_request_id, []).append(event)
    return found


def _lines(rows: Sequence[FundRequest], on: date) -> Mapping[UUID, UUID]:
    """Request → the line that its approval would take from: today's, or the one that holds its money already."""
    pairs = {(row.fund_id, row.category_id) for row in rows if row.category_id and row.status == State.SUBMITTED}
    todays = find_lines(pairs, on) if pairs else {}
    found = {}
    for row in rows:
        is_new = row.status == State.SUBMITTED and row.category_id is not None
        line_id = todays.get((row.fund_id, row.category_id)) if is_new and row.category_id else row.budget_line_id
        if line_id is not None:
            found[row.id] = line_id
    return found


def _left(line_ids: Iterable[UUID]) -> Mapping[UUID, int]:
    rows = db.session.execute(
        select(LedgerAccount.budget_line_id, AccountBalance.cents)
        .join(AccountBalance, AccountBalance.ledger_account_id == LedgerAccount.id)
        .where(LedgerAccount.budget_line_id.in_(set(line_ids)), LedgerAccount.kind == str(Account.AVAILABLE))
    )
    return {row.budget_line_id: int(row.cents) for row in rows if row.budget_line_id}
