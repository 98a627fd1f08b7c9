"""Months: soft-closed, closed for good, reopened; each time with the figures and the trail's head as of then."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import select

import audit.queries
from audit import actions as trail
from audit.rules import EventKind, canonical_json
from core.clock import local_day, now_utc
from core.db import current_config, rerun, transaction
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Sentence
from core.identity import Identity, Permission
from core.money import format_cents
from funds import queries
from funds.models import Period, PeriodClose
from funds.queries import periods

OPEN: Final = "open"
SOFT_CLOSED: Final = "soft_closed"
CLOSED: Final = "closed"
# From → to: what may be asked for, and which permission it takes. A closed month stays closed.
MOVES: Final = {
    (OPEN, SOFT_CLOSED): Permission.GOVERN_FUND,
    (SOFT_CLOSED, CLOSED): Permission.APPROVE_GOVERNANCE,
    (SOFT_CLOSED, OPEN): Permission.APPROVE_GOVERNANCE,
}
LAWS: Final = {
    "conservation": Sentence("budget and what became of it"),
    "expended is expense": Sentence("spent and expense"),
    "disallowed is receivable": Sentence("disallowed and to recover"),
    "payable is unpaid vouchers": Sentence("payable and unpaid vouchers"),
}


@rerun
def set_period(
    identity: Identity, *, period_id: UUID, seen: str, status: str, reason: str = "", now: datetime | None = None
) -> UUID:
    """Soft-close, close or reopen a month and keep its figures with the trail's head. Answers the id of that record.

    `seen` is the status that the page showed: Conflict when it is another one now. Who soft-closed a month does not
    close it. Nothing closes before it is over, before the months before it, or while its figures do not tie out.
    """
    now = now or now_utc()
    permission = MOVES.get((seen, status))
    if permission is None:
        raise InvalidInput("status", Sentence("A closed month stays closed. Post into an open one."))
    if not identity.may(permission) and not (status == SOFT_CLOSED and identity.may(Permission.APPROVE_GOVERNANCE)):
        raise NotAllowed(Sentence("Your role does not allow this."))
    if status != CLOSED and not reason.strip():
        raise InvalidInput("reason", Sentence("Write why."))
    with transaction() as session:
        period = session.scalar(
            select(Period).where(Period.id == period_id).with_for_update().execution_options(populate_existing=True)
        )
        if period is None:
            raise NotFound
        if period.status != seen:
            raise Conflict(Sentence("Somebody changed this month meanwhile. Look at it as it is now."))
        if status != OPEN:
            _check_day(period, local_day(now, current_config().timezone))
        if status == CLOSED:
            _check_close(identity, period)
        figures = periods.figures_of(period)
        if status == CLOSED:
            _check_figures(figures)
        period.status = status
        session.flush()
        trail.record(
            EventKind.FUND_PERIOD_SET,
            identity,
            now=now,
            subject_type="period",
            subject_id=period_id,
            details={
                "month": f"{period.starts_on:%Y-%m}",
                "from": seen,
                "status": status,
                "figures_sha256": hashlib.sha256(canonical_json(figures)).hexdigest(),
            },
        )
        seq, head = audit.queries.chain_head()
        close = PeriodClose(
            id=uuid4(),
            period_id=period_id,
            status=status,
            reason=reason.strip() or None,
            closed_by=identity.user_id,
            closed_at=now,
            figures=figures,
            chain_seq=seq,
            chain_head=head,
        )
        session.add(close)
        return close.id


def _check_day(period: Period, today: date) -> None:
    if today <= period.ends_on:
        raise NotAllowed(Sentence("This month is not over. It can be closed from %(day)s on.", day=_after(period)))


def _check_close(identity: Identity, period: Period) -> None:
    earlier = periods.find_earlier_open(period.starts_on)
    if earlier is not None:
        raise NotAllowed(
            Sentence("The month that ended on %(day)s is not closed yet. Close it first.", day=earlier.ends_on)
        )
    out = periods.advances_out(period)
    if out:
        raise NotAllowed(
            Sentence(
                "Advances are still out (%(numbers)s), and after the last month nothing could cover them. "
                "Have them covered by receipts, returned or disallowed first.",
                numbers=", ".join(out),
            )
        )
    soft = next((each for each in reversed(periods.list_closes(period.id)) if each.status == SOFT_CLOSED), None)
    if soft is not None and soft.closed_by is not None and soft.closed_by == identity.user_id:
        raise NotAllowed(Sentence("You soft-closed this month, so somebody else must close it."))


def _check_figures(figures: periods.Figures) -> None:
    """A month whose figures do not tie out is not closed: each problem is a sentence."""
    wrong = [
        Sentence(
            "The figures do not tie out (%(law)s): %(left)s and %(right)s. Run `funds check` before closing.",
            law=LAWS[law],
            left=format_cents(left),
            right=format_cents(right),
        )
        for law, left, right in figures["tie_outs"]
        if left != right
    ]
    wrong += [
        Sentence(
            "%(line)s does not tie out (%(law)s): %(left)s and %(right)s. Run `funds check` before closing.",
            line=queries.line_name(UUID(owner)),
            law=LAWS[law],
            left=format_cents(left),
            right=format_cents(right),
        )
        for law, owner, left, right in figures["problems"]
    ]
    if figures["debits"] != figures["credits"]:
        wrong.append(Sentence("The trial balance does not add up. Run `funds check` before closing."))
    if wrong:
        raise NotAllowed(*wrong)


def _after(period: Period) -> date:
    return date.fromordinal(period.ends_on.toordinal() + 1)
