"""The year end of a fund on pages: preview, look, commit by another person, roll back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

import accounts.queries
from accounts import sign_in
from core.errors import Sentence
from core.guard import current_identity, needs
from core.identity import Permission
from core.layout import page_language
from core.pages import attempt, flash_sentence
from funds import queries
from funds.actions import rollover as actions
from funds.forms.budget import ActForm
from funds.queries import budgets, year_end
from funds.views.blueprint import blueprint, page
from funds.views.budget import to_confirm

STATUS_WORDS = {
    "previewed": (Sentence("preview"), "info"),
    "committed": (Sentence("committed"), "good"),
    "rolled_back": (Sentence("rolled back"), "warning"),
}


@blueprint.get("/fund/years/<uuid:year_id>/end")
@needs(Permission.SEE_BOOKS)
def show_rollover(year_id: UUID) -> tuple[str, int]:
    """The year ends of a year, for each fund, with its previews."""
    return _year_page(year_id, ActForm())


@blueprint.post("/fund/years/<uuid:year_id>/end/<uuid:fund_id>")
@needs(Permission.GOVERN_FUND)
def preview_rollover(year_id: UUID, fund_id: UUID) -> Response | tuple[str, int]:
    """Work out what the year end of a fund would post, and keep it."""
    form = ActForm()
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        tried = attempt(
            form,
            lambda: actions.preview_rollover(
                current_identity(), run_id=form.new_id.id_of_row, fund_id=fund_id, year_id=year_id
            ),
        )
        if tried.done:
            return redirect(url_for("funds.show_run", run_id=tried.result), 303)
        reasons = tried.reasons
    return _year_page(year_id, form, reasons)


@blueprint.get("/fund/year-ends/<uuid:run_id>")
@needs(Permission.SEE_BOOKS)
def show_run(run_id: UUID) -> tuple[str, int]:
    """One year end: what it posts, line by line (report 13)."""
    return _run_page(run_id)


@blueprint.route("/fund/year-ends/<uuid:run_id>/decide", methods=["GET", "POST"])
@needs(Permission.APPROVE_GOVERNANCE)
def decide_run(run_id: UUID) -> Response | tuple[str, int]:
    """Commit a preview, or roll a committed year end back."""
    identity, form = current_identity(), ActForm()
    if not sign_in.fresh_second_factor(identity, "governance"):
        return to_confirm("funds.decide_run", run_id=run_id)
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        act = actions.rollback_rollover if request.form.get("act") == "rollback" else actions.commit_rollover
        tried = attempt(form, lambda: act(identity, run_id=run_id))
        if tried.done:
            flash_sentence(Sentence("Done: %(count)s postings were made.", count=tried.result))
            return redirect(url_for("funds.show_run", run_id=run_id), 303)
        reasons = tried.reasons
    return _run_page(run_id, form, reasons)


def _year_page(year_id: UUID, form: ActForm, reasons: Sequence[Sentence] = ()) -> tuple[str, int]:
    year = budgets.get_year(year_id)
    funds = [(fund, year_end.list_runs(fund.id, year_id)) for fund in queries.list_funds()]
    people = {each for _, runs in funds for run in runs for each in (run.previewed_by, run.committed_by) if each}
    return page(
        "show_rollover",
        form=form,
        reasons=reasons,
        year=year,
        next_year=year_end.find_next_year(year),
        funds=funds,
        names=accounts.queries.names_of(people),
        status_words=STATUS_WORDS,
        me=current_identity(),
        permissions=Permission,
    )


def _run_page(run_id: UUID, form: ActForm | None = None, reasons: Sequence[Sentence] = ()) -> tuple[str, int]:
    run = year_end.get_run(run_id)
    lines, postings = run.preview["lines"], run.preview["postings"]
    names = {each.code: (each.name_es if page_language() == "es" else each.name) for each in queries.list_categories()}
    return page(
        "show_run",
        form=form,
        reasons=reasons,
        run=run,
        fund=queries.get_fund(run.fund_id),
        old=budgets.get_year(run.old_year_id),
        new=budgets.get_year(run.new_year_id),
        lines=lines,
        total={name: sum(line[name] for line in lines) for name in actions.COLUMNS},
        columns=actions.COLUMNS,
        effective_on=date.fromisoformat(run.preview["effective_on"]),
        carried=[(number, moves[0][4]) for _, _, number, moves in postings if number],
        category_names=names,
        names=accounts.queries.names_of({each for each in (run.previewed_by, run.committed_by) if each}),
        status_words=STATUS_WORDS,
        me=current_identity(),
        permissions=Permission,
    )
