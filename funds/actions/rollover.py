"""The year end of a fund: previewed, committed to the cent as previewed, rolled back while nothing followed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import func, select, update

from audit import actions as trail
from audit.rules import EventKind
from core.clock import local_day, now_utc
from core.db import current_config, db, rerun, transaction
from core.errors import Conflict, NotAllowed, NotFound, Sentence
from core.identity import Identity, Permission
from core.money import format_cents
from funds import ledger, queries
from funds.models import FiscalYear, Fund, FundRequest, Posting, RolloverRun
from funds.posting import ROLLBACK, Context, post
from funds.queries import year_end
from funds.queries.year_end import Plan

MOST_NAMED: Final = 10  # changes that a refusal names one by one
COLUMNS: Final = {
    "appropriation": Sentence("budget"),
    "spent": Sentence("spent"),
    "unpaid": Sentence("unpaid"),
    "held_carried": Sentence("held"),
    "left": Sentence("left"),
    "left_carried": Sentence("carried"),
    "to_recover": Sentence("to recover"),
}


@rerun
def preview_rollover(
    identity: Identity, *, run_id: UUID | None = None, fund_id: UUID, year_id: UUID, now: datetime | None = None
) -> UUID:
    """Keep what the year end of a fund would post now, with its digest. Posts nothing. Answers the run's id.

    Raises NotAllowed with the reasons: the next year is not open, an advance is outstanding, it is committed already.
    """
    now = now or now_utc()
    if not identity.may(Permission.GOVERN_FUND) and not identity.may(Permission.APPROVE_GOVERNANCE):
        raise NotAllowed(Sentence("Your role does not allow this."))
    run_id = run_id or uuid4()
    with transaction() as session:
        if session.get(RolloverRun, run_id) is not None:
            return run_id
        fund, old, new, plan = _plan(fund_id, year_id)
        session.add(
            RolloverRun(
                id=run_id,
                fund_id=fund.id,
                old_year_id=old.id,
                new_year_id=new.id,
                preview=plan.stored,
                digest=plan.digest,
                previewed_by=identity.user_id,
                previewed_at=now,
            )
        )
        session.flush()
        _record(EventKind.FUND_YEAR_PREVIEWED, identity, session.get_one(RolloverRun, run_id), now)
    return run_id


@rerun
def commit_rollover(identity: Identity, *, run_id: UUID, now: datetime | None = None) -> int:
    """Post the year end exactly as it was previewed, move the requests that go on, close the year with its last fund.

    Never by who previewed it. Refuses, naming what changed, when the books no longer give the same postings. Answers
    how many postings were made.
    """
    now = now or now_utc()
    _may_decide(identity)
    with transaction() as session:
        run = _lock_run(run_id)
        if run.status != "previewed":
            raise Conflict(Sentence("This year end was committed or rolled back already."))
        if identity.user_id is not None and identity.user_id == run.previewed_by:
            raise NotAllowed(Sentence("You made this preview, so somebody else must commit it."))
        year_end.lock_books(run.fund_id, (run.old_year_id, run.new_year_id))
        fund, old, _new, plan = _plan(run.fund_id, run.old_year_id)
        if local_day(now, current_config().timezone) <= old.ends_on:
            raise NotAllowed(Sentence("The budget year %(year)s is not over yet.", year=old.code))
        if plan.digest != run.digest:
            raise Conflict(_changes(run.preview, plan.stored))
        last = None
        for number, planned in enumerate(plan.postings):
            last = post(
                identity,
                planned.draft,
                Context(
                    fund_id=fund.id,
                    effective_on=plan.effective_on,
                    now=now,
                    key=f"rollover/{run.id}/{number}",
                    fund_request_id=planned.request_id,
                ),
            )
        _move_requests(plan.moves_of_requests)
        run.status, run.last_posting_id = "committed", last if last is not None else _newest_posting()
        run.committed_by, run.committed_at = identity.user_id, now
        run.preview = {**run.preview, "requests": {str(r): None for r in plan.moves_of_requests}}
        session.flush()
        if year_end.all_rolled_over(old.id):
            old.status = "closed"
        session.flush()
        _record(EventKind.FUND_YEAR_ROLLED_OVER, identity, run, now)
        return len(plan.postings)


@rerun
def rollback_rollover(identity: Identity, *, run_id: UUID, now: datetime | None = None) -> int:
    """Undo a committed year end by the exact mirror of each posting, while nothing but cash was posted after it.

    Balances, the lines of the requests and the year's state are then what they were. Answers how many were mirrored.
    """
    now = now or now_utc()
    _may_decide(identity)
    with transaction() as session:
        run = _lock_run(run_id)
        if run.status != "committed":
            raise Conflict(Sentence("Only a committed year end can be rolled back."))
        year_end.lock_books(run.fund_id, (run.old_year_id, run.new_year_id))
        later = year_end.find_later_posting(run)
        if later is not None:
            raise NotAllowed(
                Sentence(
                    "Posting %(number)s came after the year end, so it stays. Correct single figures instead.",
                    number=later,
                )
            )
        old = session.get_one(FiscalYear, run.old_year_id)
        back = {new: was for was, new in year_end.line_pairs(run.fund_id, run.old_year_id, run.new_year_id)}
        posted = year_end.list_run_postings(run)
        for posting_id in reversed(posted):
            original, moves = queries.get_moves(posting_id)
            post(
                identity,
                ledger.reverse(moves),
                Context(
                    fund_id=run.fund_id,
                    effective_on=original.effective_on,
                    now=now,
                    key=f"rollback/{run.id}/{posting_id}",
                    fund_request_id=original.fund_request_id,
                    reverses_id=posting_id,
                    reason_code=ROLLBACK,
                ),
            )
        for request_id in map(UUID, run.preview.get("requests", {})):
            line = session.scalar(select(FundRequest.budget_line_id).where(FundRequest.id == request_id))
            if line in back:
                _move_requests({request_id: back[line]})
        run.status, old.status = "rolled_back", "open"
        session.flush()
        _record(EventKind.FUND_YEAR_ROLLED_BACK, identity, run, now)
        return len(posted)


def _plan(fund_id: UUID, year_id: UUID) -> tuple[Fund, FiscalYear, FiscalYear, Plan]:
    """What would be posted now, or NotAllowed with every reason against it."""
    session = db.session()
    fund, old = session.get(Fund, fund_id), session.get(FiscalYear, year_id)
    if fund is None or old is None:
        raise NotFound
    if old.status == "closed" or year_end.is_rolled_over(fund_id, year_id):
        raise NotAllowed(Sentence("The year end of %(year)s is done already.", year=old.code))
    new = year_end.find_next_year(old)
    if new is None:
        raise NotAllowed(Sentence("Open the year after %(year)s first.", year=old.code))
    day = year_end.first_open_day(new.id)
    if day is None:
        raise NotAllowed(Sentence("Every month of %(year)s is closed: nothing can be carried into it.", year=new.code))
    plan = year_end.make_plan(fund, old, new, day)
    reasons = [
        Sentence(
            "%(number)s has an advance of %(amount)s outstanding. Take receipts or the money back first.",
            number=number,
            amount=format_cents(cents),
        )
        for number, cents in plan.advances
    ] + [
        Sentence("The money held in %(line)s is not that of its requests. Run `funds check` first.", line=code)
        for code in plan.mismatched
    ]
    if reasons:
        raise NotAllowed(*reasons)
    return fund, old, new, plan


def _changes(was: dict[str, Any], now: dict[str, Any]) -> Sentence:
    """What changed between a preview and now, line by line, then request by request."""
    said: list[str] = []
    if was["effective_on"] != now["effective_on"]:
        said.append(f"{was['effective_on']} → {now['effective_on']}")
    if was["rule"] != now["rule"]:
        said.append(f"{was['rule']} → {now['rule']}")
    before = {line["line"]: line for line in was["lines"]}
    for line in now["lines"]:
        old = before.get(line["line"], {})
        said += [
            f"{line['code']}, {words}: {format_cents(old.get(name, 0))} → {format_cents(line[name])}"
            for name, words in COLUMNS.items()
            if old.get(name, 0) != line[name]
        ]
    for number in sorted({*_by_number(was), *_by_number(now)} - {""}):
        one, two = _by_number(was).get(number, 0), _by_number(now).get(number, 0)
        if one != two:
            said.append(f"{number}: {format_cents(one)} → {format_cents(two)}")
    more = f" (+{len(said) - MOST_NAMED})" if len(said) > MOST_NAMED else ""
    return Sentence(
        "The books changed since the preview: %(changes)s. Make a new preview.",
        changes="; ".join(said[:MOST_NAMED]) + more,
    )


def _by_number(stored: dict[str, Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for _kind, _request, number, moves in stored["postings"]:
        found[number] = found.get(number, 0) + sum(move[4] for move in moves[:1])
    return found


def _move_requests(lines: dict[UUID, UUID]) -> None:
    for request_id, line_id in lines.items():
        db.session.execute(
            update(FundRequest)
            .where(FundRequest.id == request_id)
            .values(budget_line_id=line_id, row_version=FundRequest.row_version + 1)
        )


def _lock_run(run_id: UUID) -> RolloverRun:
    run = db.session.scalar(
        select(RolloverRun).where(RolloverRun.id == run_id).with_for_update().execution_options(populate_existing=True)
    )
    if run is None:
        raise NotFound
    return run


def _newest_posting() -> int:
    return int(db.session.scalar(select(func.max(Posting.id))) or 0)


def _may_decide(identity: Identity) -> None:
    """A director, or the program itself from the command line of the server."""
    if not identity.may(Permission.APPROVE_GOVERNANCE) and "system" not in identity.roles:
        raise NotAllowed(Sentence("Your role does not allow this."))


def _record(kind: EventKind, identity: Identity, run: RolloverRun, now: datetime) -> None:
    trail.record(
        kind,
        identity,
        now=now,
        subject_type="rollover_run",
        subject_id=run.id,
        details={
            "fund": str(run.fund_id),
            "old_year": str(run.old_year_id),
            "new_year": str(run.new_year_id),
            "digest": run.digest,
            "postings": len(run.preview["postings"]),
        },
    )
