"""The reports: their list, each one with its filter, the rows behind a figure, and every table as a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, redirect, request, url_for

from core.clock import local_day, now_utc
from core.errors import NotFound, Sentence
from core.exports import Cell as FileCell
from core.exports import csv_bytes, dollars, xlsx_bytes
from core.guard import current_identity, needs
from core.identity import Permission
from core.layout import address_with, current_site
from core.pages import PageOf, page_number, translate
from funds.actions.exporting import record_export
from funds.actions.opening import open_request
from funds.actions.reporting import open_people_facts
from funds.forms.reports import FilterForm, RequestNumberForm, read_id, read_iso
from funds.ledger import Account, Kind
from funds.queries import entries
from funds.queries.reporting.names import filter_choices
from funds.queries.reporting.requests import find_request_id
from funds.queries.scope import Scope
from funds.reports import REPORTS, Ask, Entry, Report, make_report
from funds.reports.names import ACCOUNT_NAMES, KIND_NAMES
from funds.reports.request import request_report
from funds.reports.shape import Cell, Link, Table
from funds.views.blueprint import blueprint, page

ROWS_A_PAGE = 200


@blueprint.get("/fund/reports")
@needs(Permission.SEE_BOOKS)
def list_reports() -> tuple[str, int]:
    """The fifteen reports; the one of a request is asked for by its number."""
    return page("list_reports", reports=list(REPORTS.values()), number_form=RequestNumberForm(request.args))


@blueprint.get("/fund/reports/request")
@needs(Permission.SEE_BOOKS)
def find_request_report() -> Any:
    """From a request's number to its report."""
    form = RequestNumberForm(request.args)
    found = find_request_id((form.number.data or "").upper())
    if found is not None:
        return redirect(url_for("funds.show_request_report", request_id=found), 303)
    if form.number.data:
        form.number.errors = [translate(Sentence("There is no request with this number. Look it up in the list."))]
    return page("find_request_report", form=form)[0], 200


@blueprint.get("/fund/reports/request/<uuid:request_id>")
@needs(Permission.SEE_BOOKS)
def show_request_report(request_id: UUID) -> tuple[str, int]:
    """Report 12."""
    now = now_utc()
    opened = open_request(current_identity(), request_id=request_id, purpose="report", now=now)
    made = request_report(_ask(Scope(fund_request_id=request_id), now), opened.request)
    return page("show_request_report", report=made, number=opened.request.number, request_id=request_id, now=now)


@blueprint.get("/fund/reports/rows")
@needs(Permission.SEE_BOOKS)
def list_entries() -> tuple[str, int]:
    """The transfers behind a figure: on some kinds of account, within the same filter, with what they come to."""
    scope, accounts = _rows_asked()
    where = page_number(request.args.get("page"))
    found = entries.list_on_accounts(scope, accounts, page=where, size=ROWS_A_PAGE)
    return page(
        "list_entries",
        found=found,
        accounts=accounts,
        account_names=ACCOUNT_NAMES,
        kind_names={str(kind): KIND_NAMES[kind] for kind in Kind},
        pages=PageOf(where, ROWS_A_PAGE, found.rows),
        page_address=lambda number: address_with(page=str(number)),
    )


@blueprint.get("/fund/reports/<name>")
@needs(Permission.SEE_BOOKS)
def show_report(name: str) -> tuple[str, int]:
    """One report with its filter, footing, plots and tables."""
    entry = _entry(name)
    form, ask = _asked(entry)
    made = _make(entry, ask)
    return page(
        "show_report",
        form=form,
        entry=entry,
        report=made,
        ask=ask,
        filters=entry.filters,
        most_rows=ROWS_A_PAGE,
        share_address=address_with(share=None if not ask.is_for_staff else "1"),
        now=ask.now,
    )


@blueprint.post("/fund/reports/<name>/file/<kind>")
@needs(Permission.SEE_BOOKS)
def download_report(name: str, kind: str) -> Response:
    """The same report with the same filter as CSV or XLSX; in the trail before it leaves."""
    entry = _entry(name)
    if kind not in {"csv", "xlsx"}:
        raise NotFound
    _form, ask = _asked(entry)
    made = _make(entry, ask)
    sheets = [(translate(table.title), _file_rows(table)) for table in made.tables]
    rows = sum(len(table.rows) for table in made.tables)
    record_export(
        current_identity(),
        format=kind,
        filters={**ask.scope.as_dict(), "as_of": str(ask.as_of)},
        rows=rows,
        control_total_cents=sum(footing.shown_cents for footing in made.footings[:1]),
        digests={},
        report=name,
        now=ask.now,
    )
    if kind == "csv":
        together: list[Sequence[FileCell]] = []
        for title, lines in sheets:
            together += [[title], *lines, []]
        data, mimetype = csv_bytes(together), "text/csv"
    else:
        data = xlsx_bytes([(f"{number}. {_sheet(title)}", lines) for number, (title, lines) in enumerate(sheets, 1)])
        mimetype = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    answer = Response(data, mimetype=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}-{ask.as_of}.{kind}"'
    return answer


def _entry(name: str) -> Entry:
    entry = REPORTS.get(name)
    if entry is None or name == "request":
        raise NotFound
    return entry


def _asked(entry: Entry) -> tuple[FilterForm, Ask]:
    now = now_utc()
    form = FilterForm(request.args)
    form.offer(_choices(entry))
    form.validate()
    today = local_day(now, current_site().zone)
    if form.as_of.data is None and not form.as_of.errors:
        form.as_of.data = today
    year = form.calendar_year.data if form.calendar_year.data and 2000 <= form.calendar_year.data <= 2100 else 0
    if "calendar_year" in entry.filters and not form.calendar_year.data:
        form.calendar_year.data = today.year
    return form, Ask(
        scope=Scope(**form.values(entry.filters)),
        as_of=form.as_of.data or today,
        now=now,
        is_for_staff=not (entry.has_outside_view and form.share.data == "1"),
        is_any_part=bool(form.any_part.data),
        calendar_year=year,
    )


def _ask(scope: Scope, now: datetime) -> Ask:
    return Ask(scope=scope, as_of=local_day(now, current_site().zone), now=now)


def _make(entry: Entry, ask: Ask) -> Report:
    people = open_people_facts(current_identity(), now=ask.now) if entry.name == "equity" else None
    return make_report(entry.name, ask, people=people)


def _choices(entry: Entry) -> dict[str, list[tuple[str, Any]]]:
    return filter_choices(entry.filters)


def _rows_asked() -> tuple[Scope, list[Account]]:
    names = {name: read_id(request.args.get(name)) for name in ENTRY_IDS}
    kinds = [Account(each) for each in request.args.getlist("account") if each in set(Account)]
    scope = Scope(
        **names,
        from_on=read_iso(request.args.get("from_on")),
        to_on=read_iso(request.args.get("to_on")),
        method=request.args.get("method") or None,
    )
    return scope, kinds or [Account.EXPENSE]


ENTRY_IDS = (
    "fund_id",
    "year_id",
    "category_id",
    "coordinator_id",
    "enrollee_id",
    "goal_id",
    "payee_id",
    "fund_request_id",
)


def _file_rows(table: Table) -> list[Sequence[FileCell]]:
    rows: list[Sequence[FileCell]] = [[translate(column.title) for column in table.columns]]
    rows += [[_file_cell(cell) for cell in row] for row in table.rows]
    if table.total is not None:
        rows.append([_file_cell(cell) for cell in table.total])
    return rows


def _file_cell(cell: Cell) -> FileCell:
    value = cell.value
    if value is None or value == "":
        return None
    if cell.kind == "money":
        return dollars(int(value))
    if isinstance(value, int):
        return value
    return translate(value) if isinstance(value, Sentence) else str(value)


def _sheet(title: str) -> str:
    """What a sheet may be called."""
    return "".join(letter for letter in title if letter not in "[]:*?/\\")[:26]


@blueprint.app_template_global()
def link_address(link: Link) -> str:
    """The address where a figure opens."""
    values: dict[str, Any] = {}
    for name, value in link.values:
        values.setdefault(name, []).append(value)
    return url_for(link.endpoint, **{name: each[0] if len(each) == 1 else each for name, each in values.items()})
