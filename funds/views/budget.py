"""The budget of a fund: how each line stands, the requests in it, money proposed and decided, a first fund."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app, redirect, request, url_for
from werkzeug.wrappers import Response

import accounts.queries
from accounts import sign_in
from core.clock import local_day, now_utc
from core.errors import Sentence
from core.forms import options
from core.guard import current_identity, needs
from core.identity import Permission
from core.layout import address_with, current_site, page_language
from core.pages import PageOf, attempt, flash_sentence, page_number
from funds import policy, queries
from funds.actions import budgets as actions
from funds.actions import opening, shipped
from funds.forms.budget import DecideForm, ProposeBudgetForm, SetUpForm
from funds.queries import budgets
from funds.rules import finding_sentence
from funds.views.blueprint import PAGE_SIZE, blueprint, page

STATUS_WORDS = {
    "proposed": (Sentence("waits for a second person"), "warning"),
    "posted": (Sentence("approved"), "good"),
    "refused": (Sentence("refused"), "bad"),
}


@blueprint.get("/fund/budget")
@needs(Permission.SEE_BOOKS)
def show_budget() -> tuple[str, int]:
    """Every line of a fund in a year, and the changes of its budget."""
    now = now_utc()
    fund, year = _chosen(now)
    lines = budgets.list_positions(fund.id, year.id) if fund and year else []
    changes = budgets.list_changes(fund.id, year.id) if fund and year else []
    return page(
        "show_budget",
        now=now,
        fund=fund,
        year=year,
        funds=queries.list_funds(),
        years=budgets.list_years(),
        lines=lines,
        total=budgets.total_of(lines),
        changes=changes,
        line_names=_line_names(lines),
        names=_names(changes),
        status_words=STATUS_WORDS,
        warn_percent=budgets.WARN_PERCENT,
        me=current_identity(),
        permissions=Permission,
    )


@blueprint.get("/fund/budget/lines/<uuid:line_id>")
@needs(Permission.SEE_BOOKS)
def show_line(line_id: UUID) -> tuple[str, int]:
    """The requests of one line, by code."""
    identity, now = current_identity(), now_utc()
    budget_line, category, year, fund = budgets.get_line(line_id)
    number = page_number(request.args.get("page"))
    found, total = budgets.list_line_requests(identity, line_id, now, page=number, size=PAGE_SIZE)
    position = next(each for each in budgets.list_positions(fund.id, year.id) if each.line_id == budget_line.id)
    name, year_code, fund_id, year_id = _local(category), year.code, fund.id, year.id
    return page(
        "show_line",
        now=now,
        position=position,
        name=name,
        year_code=year_code,
        fund_id=fund_id,
        year_id=year_id,
        requests=opening.open_lines(identity, found, purpose="budget_line", now=now),
        can_open_requests="funds.show_request" in current_app.view_functions,
        pages=PageOf(number, PAGE_SIZE, total),
        page_address=lambda to: address_with(page=str(to)),
    )


@blueprint.route("/fund/budget/propose", methods=["GET", "POST"])
@needs(Permission.GOVERN_FUND)
def propose_budget() -> Response | tuple[str, int]:
    """Propose money for a line, or from one line to another."""
    now, form = now_utc(), ProposeBudgetForm()
    fund, year = _chosen(now)
    if fund is None or year is None:
        return redirect(url_for("funds.show_budget"), 303)
    lines = budgets.list_positions(fund.id, year.id)
    names = _line_names(lines)
    form.budget_line_id.choices = options(names.items())
    form.source_line_id.choices = options((("", Sentence("Choose a line")), *names.items()))
    if request.method == "GET":
        form.budget_line_id.data = request.args.get("line", "")
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        tried = attempt(
            form,
            lambda: actions.propose_budget(
                current_identity(),
                change_id=form.new_id.id_of_row,
                budget_line_id=UUID(form.budget_line_id.data),
                source_line_id=_uuid(form.source_line_id.data) if form.kind.data == "move" else None,
                is_move=form.kind.data == "move",
                cents=form.cents.data or 0,
                is_drawn=bool(form.is_drawn.data),
                reason=form.reason.data or "",
                now=now,
            ),
        )
        if tried.done:
            flash_sentence(Sentence("Proposed. A director must approve it before the money counts."))
            return redirect(url_for("funds.show_change", change_id=tried.result), 303)
        reasons = tried.reasons
    return page("propose_budget", form=form, reasons=reasons, now=now, fund=fund, year=year, lines=lines)


@blueprint.get("/fund/budget/changes/<uuid:change_id>")
@needs(Permission.SEE_BOOKS)
def show_change(change_id: UUID) -> tuple[str, int]:
    """One proposed or decided change, and what the rules say of the budget with it."""
    return _change_page(change_id)


@blueprint.route("/fund/budget/changes/<uuid:change_id>/decide", methods=["GET", "POST"])
@needs(Permission.APPROVE_GOVERNANCE)
def decide_change(change_id: UUID) -> Response | tuple[str, int]:
    """Approve or refuse a change that somebody else proposed."""
    identity = current_identity()
    if not sign_in.fresh_second_factor(identity, "governance"):
        return to_confirm("funds.decide_change", change_id=change_id)
    form = DecideForm()
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        is_approved = form.decision.data == "approve"
        tried = attempt(form, lambda: actions.decide_budget(identity, change_id=change_id, is_approved=is_approved))
        if tried.done:
            flash_sentence(Sentence("The change is approved and counts from now on.") if is_approved else REFUSED)
            return redirect(url_for("funds.show_change", change_id=change_id), 303)
        reasons = tried.reasons
    return _change_page(change_id, form=form, reasons=reasons)


@blueprint.route("/fund/set-up", methods=["GET", "POST"])
@needs(Permission.GOVERN_FUND)
def set_up_fund() -> Response | tuple[str, int]:
    """Make a fund with the shipped categories and those example rules that are chosen."""
    now, form = now_utc(), SetUpForm()
    drafts = [draft for draft in shipped.rules() if draft.is_on]
    language, day = page_language(), local_day(now, current_site().zone)
    named = {each.code: (each.name_es if language == "es" else each.name_en) for each in shipped.categories()}
    form.rules.choices = [
        (draft.code, policy.describe(draft.rule(id=policy.NO_RULE, effective_from=day), language, named))
        for draft in drafts
    ]
    if request.method == "GET":
        form.rules.data = [draft.code for draft in drafts]
        form.starts_on.data = day.replace(month=1, day=1)
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        tried = attempt(
            form,
            lambda: actions.set_up_fund(
                current_identity(),
                fund_id=form.new_id.id_of_row,
                code=form.code.data or "",
                name=form.name.data or "",
                public_name=form.public_name.data or "",
                starts_on=form.starts_on.data or day,
                year_end=form.year_end.data,
                categories=shipped.categories(),
                thresholds=shipped.thresholds(),
                rules=[draft for draft in shipped.rules() if not draft.is_on or draft.code in (form.rules.data or [])],
                now=now,
            ),
        )
        if tried.done:
            flash_sentence(Sentence("The fund is set up. Look at its rules, then open a budget year."))
            return redirect(url_for("funds.show_budget", fund=tried.result), 303)
        reasons = tried.reasons
    return page("set_up_fund", form=form, reasons=reasons, now=now)


REFUSED = Sentence("The proposal is refused. Nothing was changed.")


def to_confirm(endpoint: str, **values: Any) -> Response:
    """Ask for a one-time code, then come back."""
    return sign_in.to_confirm("governance", url_for(endpoint, **values))


def _change_page(change_id: UUID, form: Any = None, reasons: Sequence[Sentence] = ()) -> tuple[str, int]:
    now = now_utc()
    change = budgets.get_change(change_id)
    _line, _category, year, fund = budgets.get_line(change.budget_line_id)
    lines = budgets.list_positions(fund.id, year.id)
    return page(
        "show_change",
        form=form,
        reasons=reasons,
        now=now,
        change=change,
        fund=fund,
        year=year,
        line_names=_line_names(lines),
        positions={str(each.line_id): each for each in lines},
        names=_names([change]),
        findings=[(each.severity, finding_sentence(each)) for each in actions.findings_of(change, now)],
        status_words=STATUS_WORDS,
        me=current_identity(),
        permissions=Permission,
    )


def _chosen(now: datetime) -> tuple[Any, Any]:
    today = local_day(now, current_site().zone)
    fund = budgets.choose_fund(_uuid(request.args.get("fund")))
    return fund, budgets.choose_year(_uuid(request.args.get("year")), today)


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _line_names(lines: Sequence[budgets.LinePosition]) -> dict[str, str]:
    return {str(each.line_id): _local(each) for each in lines}


def _local(row: Any) -> str:
    """The name of a category in the language of this page."""
    return str(row.name_es if page_language() == "es" else row.name)


def _names(changes: Sequence[Any]) -> dict[UUID, str]:
    return accounts.queries.names_of(
        {each for change in changes for each in (change.proposed_by, change.approved_by) if each is not None}
    )
