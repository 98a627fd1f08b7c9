"""Budget years and their months: open the next year, close a month, the printed close report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from flask import current_app, redirect, request, url_for
from werkzeug.wrappers import Response

import accounts.queries
from accounts import sign_in
from core.clock import local_day, now_utc
from core.errors import Sentence
from core.guard import current_identity, needs
from core.identity import Permission
from core.layout import current_site
from core.pages import attempt, flash_sentence
from funds import queries
from funds.actions import budgets as actions
from funds.actions import periods as period_actions
from funds.forms.budget import PeriodForm, YearForm
from funds.ledger import Account
from funds.queries import budgets, periods
from funds.views.blueprint import blueprint, page
from funds.views.budget import to_confirm

PERIOD_WORDS = {
    "open": (Sentence("open"), "info"),
    "soft_closed": (Sentence("soft-closed"), "warning"),
    "closed": (Sentence("closed"), "good"),
}
DONE = {
    "open": Sentence("The month is open again."),
    "soft_closed": Sentence("The month is soft-closed. A director closes it."),
    "closed": Sentence("The month is closed. Nothing is posted to it any more."),
}
ACCOUNT_NAMES = {
    Account.APPROPRIATION: Sentence("Appropriations"),
    Account.AVAILABLE: Sentence("Available"),
    Account.ENCUMBERED: Sentence("Encumbered"),
    Account.EXPENDED: Sentence("Expended"),
    Account.DISALLOWED: Sentence("Disallowed (budget)"),
    Account.EXPENSE: Sentence("Expense"),
    Account.ADVANCES: Sentence("Advances outstanding"),
    Account.RECEIVABLE: Sentence("Receivable"),
    Account.PAYABLE: Sentence("Vouchers payable"),
    Account.CASH: Sentence("Cash"),
    Account.PRIOR_RECEIVABLE: Sentence("Receivable of earlier years"),
    Account.REVENUE: Sentence("Revenue"),
    Account.PRIOR_RECOVERY: Sentence("Recoveries of earlier years"),
}


@blueprint.get("/fund/years")
@needs(Permission.SEE_BOOKS)
def list_years() -> tuple[str, int]:
    """Every budget year with its months."""
    now = now_utc()
    years = budgets.list_years()
    return page(
        "list_years",
        now=now,
        years=[(year, periods.list_periods(year.id)) for year in years],
        today=local_day(now, current_site().zone),
        period_words=PERIOD_WORDS,
        can_roll_over="funds.show_rollover" in current_app.view_functions,
        me=current_identity(),
        permissions=Permission,
    )


@blueprint.route("/fund/years/open", methods=["GET", "POST"])
@needs(Permission.GOVERN_FUND)
def open_year() -> Response | tuple[str, int]:
    """Open the next budget year with its months and lines."""
    now, form = now_utc(), YearForm()
    if request.method == "GET":
        years = budgets.list_years()
        first = (
            years[0].ends_on + timedelta(days=1)
            if years
            else local_day(now, current_site().zone).replace(month=1, day=1)
        )
        last = first.replace(year=first.year + 1) - timedelta(days=1)
        form.starts_on.data, form.ends_on.data, form.code.data = first, last, str(last.year)
        form.slots.data = years[0].slots if years else None
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit() and form.starts_on.data and form.ends_on.data:
        first, last = form.starts_on.data, form.ends_on.data
        tried = attempt(
            form,
            lambda: actions.open_year(
                current_identity(),
                code=form.code.data or "",
                starts_on=first,
                ends_on=last,
                slots=form.slots.data,
                now=now,
            ),
        )
        if tried.done:
            flash_sentence(Sentence("The year is open, with its months and a line for each category."))
            return redirect(url_for("funds.show_budget", year=tried.result), 303)
        reasons = tried.reasons
    return page("open_year", form=form, reasons=reasons, now=now)


@blueprint.get("/fund/periods/<uuid:period_id>")
@needs(Permission.SEE_BOOKS)
def show_period(period_id: UUID) -> tuple[str, int]:
    """One month: what is unfinished, its figures now, and what was done to it."""
    return _period_page(period_id, PeriodForm())


@blueprint.post("/fund/periods/<uuid:period_id>/soft-close")
@needs(Permission.GOVERN_FUND)
def soft_close_period(period_id: UUID) -> Response | tuple[str, int]:
    """Soft-close a month: from then on only a fiscal approver posts to it, with a reason."""
    return _set(period_id, "soft_closed")


@blueprint.route("/fund/periods/<uuid:period_id>/close", methods=["GET", "POST"])
@needs(Permission.APPROVE_GOVERNANCE)
def close_period(period_id: UUID) -> Response | tuple[str, int]:
    """Close a soft-closed month for good, or open it again."""
    if not sign_in.fresh_second_factor(current_identity(), "governance"):
        return to_confirm("funds.close_period", period_id=period_id)
    if request.method == "POST":
        return _set(period_id, "open" if request.form.get("status") == "open" else "closed", decides=True)
    return _period_page(period_id, PeriodForm(), decides=True)


@blueprint.get("/fund/closes/<uuid:close_id>")
@needs(Permission.SEE_BOOKS)
def show_close(close_id: UUID) -> tuple[str, int]:
    """The close report of a month, for paper: trial balance, tie-outs, counts, the trail's head."""
    close = periods.get_close(close_id)
    period, year = periods.get_period(close.period_id)
    return page(
        "show_close",
        close=close,
        period=period,
        year=year,
        period_words=PERIOD_WORDS,
        funds={str(fund.id): fund.name for fund in queries.list_funds()},
        account_names={str(account): words for account, words in ACCOUNT_NAMES.items()},
        laws=period_actions.LAWS,
        names=accounts.queries.names_of([close.closed_by] if close.closed_by else []),
    )


def _set(period_id: UUID, status: str, *, decides: bool = False) -> Response | tuple[str, int]:
    form = PeriodForm()
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        tried = attempt(
            form,
            lambda: period_actions.set_period(
                current_identity(),
                period_id=period_id,
                seen=form.seen.data or "",
                status=status,
                reason=form.reason.data or "",
            ),
        )
        if tried.done:
            flash_sentence(DONE[status])
            return redirect(url_for("funds.show_close", close_id=tried.result), 303)
        reasons = tried.reasons
    return _period_page(period_id, form, reasons=reasons, decides=decides)


def _period_page(
    period_id: UUID, form: PeriodForm, *, reasons: Sequence[Sentence] = (), decides: bool = False
) -> tuple[str, int]:
    now = now_utc()
    period, year = periods.get_period(period_id)
    closes = periods.list_closes(period_id)
    return page(
        "show_period",
        form=form,
        reasons=reasons,
        now=now,
        period=period,
        year=year,
        is_over=local_day(now, current_site().zone) > period.ends_on,
        unfinished=periods.list_unfinished(period),
        figures=periods.figures_of(period),
        laws=period_actions.LAWS,
        closes=closes,
        names=accounts.queries.names_of({each.closed_by for each in closes if each.closed_by}),
        period_words=PERIOD_WORDS,
        decides=decides,
        can_open_requests="funds.show_request" in current_app.view_functions,
        me=current_identity(),
        permissions=Permission,
    )
