"""Outcomes: one person's half-years, the program's report with plots and savings, unit costs, the worked example."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from flask import Response as FlaskResponse
from flask import redirect, request, url_for
from flask_babel import format_date, format_decimal, gettext
from werkzeug.wrappers import Response

from care.actions import outcomes as actions
from care.actions.opening import require_writer
from care.figures import BEFORE, MEASURES, OutcomeCell, Report, Saving, make_report, window
from care.forms.outcomes import HalfYearForm, UnitCostForm, half_year_values
from care.queries.outcomes import Example, list_unit_costs, read_example
from care.views.blueprint import blueprint, page, person_page
from care.views.plots import Plot, bar_plot
from care.words import OUTCOME_WORDS, UNIT_WORDS
from core.clock import local_day, now_utc
from core.errors import NotFound, Sentence
from core.exports import Cell, csv_bytes, xlsx_bytes
from core.guard import current_identity, needs
from core.identity import Permission
from core.layout import current_site
from core.money import format_cents
from core.pages import attempt, flash_sentence, translate

PLOTTED = 8  # so many half-years fit on a phone's width and on paper; the table holds them all


@blueprint.get("/enrollees/<uuid:enrollee_id>/outcomes")
@needs(Permission.SEE_ENROLLEES)
def list_person_outcomes(enrollee_id: UUID) -> tuple[str, int]:
    """The half-years of one person, and those that wait to be written down."""
    opened = actions.open_person_outcomes(current_identity(), enrollee_id=enrollee_id)
    enrolled_on = opened.person.enrollee.enrolled_on
    periods = sorted(set(opened.recordable) | set(opened.values))
    rows = [(period, _dates(enrolled_on, period), opened.values.get(period)) for period in periods]
    return person_page(
        "list_person_outcomes",
        opened.person,
        rows=rows,
        measures=OUTCOME_WORDS,
        period_words=period_words,
        recordable=opened.recordable,
    )


@blueprint.route("/enrollees/<uuid:enrollee_id>/outcomes/record", methods=["GET", "POST"])
@needs(Permission.WRITE_CARE)
def record_outcomes(enrollee_id: UUID) -> Response | tuple[str, int]:
    """Write down one half-year: a number for each measure, or that it was not observed."""
    identity, now = current_identity(), now_utc()
    require_writer(identity, enrollee_id, now)
    opened = actions.open_person_outcomes(identity, enrollee_id=enrollee_id, now=now)
    enrolled_on = opened.person.enrollee.enrolled_on
    wanted = _period_of(request.args.get("period"), opened.recordable)
    form = HalfYearForm(
        data={
            "period": str(wanted),
            **half_year_values(opened.values.get(wanted, {}), is_known=wanted in opened.values),
        },
        periods=[(str(one), f"{period_words(one)}: {_dates(enrolled_on, one)}") for one in opened.recordable],
    )
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        tried = attempt(
            form,
            lambda: actions.record_outcomes(
                identity, enrollee_id=enrollee_id, period=int(form.period.data), values=form.values()
            ),
        )
        if tried.done:
            flash_sentence(Sentence("The half-year is recorded."))
            return redirect(url_for("care.list_person_outcomes", enrollee_id=enrollee_id), 303)
        reasons = tried.reasons
    return person_page(
        "record_outcomes",
        opened.person,
        tab="care.list_person_outcomes",
        now=now,
        form=form,
        reasons=reasons,
        measures=list(MEASURES),
        may_record=bool(opened.recordable),
    )


@blueprint.get("/outcomes")
@needs(Permission.SEE_OUTCOMES)
def show_outcomes() -> tuple[str, int]:
    """The outcomes of the people whom the viewer may see; `?share=1` hides small cells, to show outside."""
    report = actions.open_outcomes(current_identity(), is_for_staff=not _is_shared())
    return page(
        "show_outcomes",
        report=report,
        plots=_plots(report),
        measures=OUTCOME_WORDS,
        unit_words=UNIT_WORDS,
        costs=list_unit_costs(),
        is_for_staff=not _is_shared(),
        period_words=period_words,
        mean_words=mean_words,
        saving_words=saving_words,
    )


@blueprint.get("/outcomes/table.csv")
@needs(Permission.SEE_OUTCOMES)
def download_outcomes_csv() -> FlaskResponse:
    """The report as CSV, as it is shown."""
    report = actions.open_outcomes(current_identity(), is_for_staff=not _is_shared())
    return _download(csv_bytes(_rows(report)), "text/csv", "outcomes.csv")


@blueprint.get("/outcomes/table.xlsx")
@needs(Permission.SEE_OUTCOMES)
def download_outcomes_xlsx() -> FlaskResponse:
    """The report as a workbook with its unit costs."""
    report = actions.open_outcomes(current_identity(), is_for_staff=not _is_shared())
    sheets = [(gettext("Outcomes"), _rows(report)), (gettext("Unit costs"), _cost_rows())]
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return _download(xlsx_bytes(sheets), kind, "outcomes.xlsx")


@blueprint.route("/outcomes/costs/<measure>", methods=["GET", "POST"])
@needs(Permission.STATE_UNIT_COSTS)
def state_unit_cost(measure: str) -> Response | tuple[str, int]:
    """State what a day or an event costs, with source and date."""
    if measure not in MEASURES:
        raise NotFound
    stated = list_unit_costs()[measure]
    held = stated[0] if stated else None
    form = UnitCostForm(data={"cost": held.cents, "source": held.source, "as_of": held.as_of} if held else None)
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        version = request.form.get("version", "")
        tried = attempt(
            form,
            lambda: actions.state_unit_cost(
                current_identity(),
                measure=measure,
                cents=form.cost.data or 0,
                source=form.source.data or "",
                as_of=form.as_of.data or local_day(now_utc(), current_site().zone),
                version=int(version) if version.isascii() and version.isdigit() and len(version) < 9 else 0,
            ),
        )
        if tried.done:
            flash_sentence(Sentence("The unit cost is stated. The one before stays on record."))
            return redirect(url_for("care.show_outcomes") + "#costs", 303)
        reasons = tried.reasons
    return page(
        "state_unit_cost",
        form=form,
        reasons=reasons,
        unit=UNIT_WORDS[measure],
        stated=stated,
        version=held.version if held else 0,
    )


@blueprint.get("/outcomes/example")
@needs(Permission.SEE_OUTCOMES)
def show_outcomes_example() -> tuple[str, int]:
    """A county's published figures beside what this report computes from invented people."""
    example = read_example()
    report = make_report(example.halves, example.costs, hides_small=False)
    return page(
        "show_outcomes_example",
        example=example,
        report=report,
        plots=_plots(report, ("days_homeless", "days_incarcerated")),
        lines=_compared(example, report),
        measures=OUTCOME_WORDS,
        unit_words=UNIT_WORDS,
    )


def period_words(period: int) -> str:
    """A half-year in words."""
    if period == BEFORE:
        return gettext("before enrollment")
    return gettext("half-year %(number)s after enrollment", number=period)


def mean_words(cell: OutcomeCell) -> str:
    """A mean as it is shown, or why there is none."""
    if cell.observed is None:
        return gettext("too few to show")
    return gettext("not observed") if cell.mean is None else _decimal(cell.mean)


def saving_words(saving: Saving) -> str:
    """A saving in dollars, or why there is none."""
    if saving.people is None:
        return gettext("too few to show")
    if not saving.people:
        return gettext("not observed")
    return gettext("no unit cost") if saving.cents is None else format_cents(saving.cents)


def _is_shared() -> bool:
    return request.args.get("share") == "1"


def _decimal(value: float) -> str:
    return str(format_decimal(round(value, 1), format="#,##0.0"))


def _dates(enrolled_on: Any, period: int) -> str:
    if enrolled_on is None:
        return ""
    first, after = window(enrolled_on, period)
    return gettext(
        "from %(first)s, before %(after)s", first=format_date(first, "medium"), after=format_date(after, "medium")
    )


def _period_of(text: str | None, recordable: Sequence[int]) -> int:
    """The half-year that was asked for, else the newest that waits."""
    found = {str(period): period for period in recordable}
    return found.get(text or "", recordable[0] if recordable else BEFORE)


def _plots(report: Report, measures: Sequence[str] = tuple(MEASURES)) -> list[Plot]:
    periods = report.periods[:PLOTTED]
    plots = []
    for name in measures:
        points = []
        for period in periods:
            cell = report.cells[period][name]
            label = gettext("before") if period == BEFORE else str(period)
            words = "–" if cell.mean is None else _decimal(cell.mean)
            points.append((label, cell.mean, words, "–" if cell.observed is None else f"N = {cell.observed}"))
        plots.append(bar_plot(translate(OUTCOME_WORDS[name]), points))
    return plots


def _rows(report: Report) -> list[list[Cell]]:
    """One row a half-year and measure; what is hidden on the page is empty here, with the word for it."""
    rows: list[list[Cell]] = [
        [
            gettext("Six months"),
            gettext("Measure"),
            gettext("Mean per person"),
            gettext("N observed"),
            gettext("N observed before too"),
            gettext("Fewer than before"),
            gettext("Saving in dollars"),
            gettext("Remark"),
        ]
    ]
    for period in report.periods:
        for name in MEASURES:
            cell, saving = report.cells[period][name], report.savings.get(period, {}).get(name)
            is_hidden = cell.observed is None or (saving is not None and saving.people is None)
            row: list[Cell] = [period_words(period), translate(OUTCOME_WORDS[name])]
            row += [None if cell.mean is None else round(cell.mean, 2), cell.observed]
            row += [saving.people, saving.units] if saving else [None, None]
            row.append(_dollars(saving.cents) if saving and saving.cents is not None else None)
            row.append(gettext("too few to show") if is_hidden else None)
            rows.append(row)
    return rows


def _cost_rows() -> list[list[Cell]]:
    rows: list[list[Cell]] = [[gettext("Measure"), gettext("Cost in dollars"), gettext("Source"), gettext("As of")]]
    for name, stated in list_unit_costs().items():
        if stated:
            one = stated[0]
            rows.append([translate(UNIT_WORDS[name]), _dollars(one.cents), one.source, one.as_of.isoformat()])
    return rows


def _dollars(cents: int) -> float:
    return cents / 100


def _download(data: bytes, kind: str, name: str) -> FlaskResponse:
    answer = FlaskResponse(data, mimetype=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _compared(example: Example, report: Report) -> list[tuple[str, str, str, str]]:
    """What, published, computed, difference: each as it is printed."""
    published, homeless = example.published, report.savings[1]["days_homeless"]
    jailed = report.savings[1]["days_incarcerated"]

    def mean(period: int) -> float:
        return report.cells[period]["days_homeless"].mean or 0.0

    def number(what: str, said: int, computed: float, spelled: Callable[[float], str]) -> tuple[str, str, str, str]:
        difference = computed - said
        words = (
            gettext("none") if abs(difference) < 0.05 else ("+" if difference > 0 else "−") + spelled(abs(difference))
        )
        return what, spelled(said), spelled(computed), words

    def percent(value: float) -> str:
        return f"{_decimal(value)} %"

    def dollars(value: float) -> str:
        return format_cents(round(value))

    return [
        number(
            gettext("Mean days homeless, six months before"), published["mean_homeless_before"], mean(BEFORE), _decimal
        ),
        number(gettext("Mean days homeless, six months after"), published["mean_homeless_after"], mean(1), _decimal),
        number(
            gettext("Fewer days incarcerated"),
            published["percent_fewer_incarcerated"],
            -100 * (jailed.change or 0.0),
            percent,
        ),
        number(gettext("Saving, days homeless"), published["homeless_saving_cents"], homeless.cents or 0, dollars),
        number(
            gettext("Saving, days incarcerated"), published["incarcerated_saving_cents"], jailed.cents or 0, dollars
        ),
    ]
