"""The books as a download: the same filter and files as `flask funds export`, in one archive."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from flask import Response

from core.clock import now_utc
from core.errors import Sentence
from core.forms import options
from core.guard import current_identity, needs
from core.identity import Permission
from core.pages import attempt
from funds.actions.exporting import record_export
from funds.exports import FORMATS, SUFFIXES, Wishes, write_export, zip_export
from funds.forms.reports import ExportForm
from funds.queries.reporting.names import export_choices
from funds.queries.scope import scope_of
from funds.views.blueprint import blueprint, page

FORMAT_NAMES: Final = {
    "csv": Sentence("CSV: transfers and requests"),
    "xlsx": Sentence("XLSX: a spreadsheet with both"),
    "jsonl": Sentence("JSON Lines: everything, each line with its hash"),
    "beancount": Sentence("beancount journal"),
    "hledger": Sentence("hledger journal"),
    "hmis": Sentence("HMIS: financial assistance (SSVF)"),
    "gl": Sentence("Lines for the county's ledger"),
}


@blueprint.route("/fund/exports", methods=["GET", "POST"])
@needs(Permission.SEE_BOOKS)
def export_books() -> Any:
    """Choose and download an export; it is recorded before it leaves."""
    form = _form()
    reasons: list[Sentence] = []
    if form.validate_on_submit():
        done = attempt(form, lambda: _made(form))
        if done.done:
            return done.result
        reasons = done.reasons
    return page("export_books", form=form, reasons=reasons)


def _form() -> ExportForm:
    form = ExportForm()
    form.format.choices = options((name, FORMAT_NAMES[name]) for name in FORMATS)
    for name, pairs in export_choices().items():
        form[name].choices = options([("", Sentence("All")), *pairs])
    return form


def _made(form: ExportForm) -> Response:
    now, format = now_utc(), str(form.format.data)
    scope, words = scope_of(
        fund=form.fund.data or "", year=form.year.data or "", from_on=form.from_on.data, to_on=form.to_on.data
    )
    with tempfile.TemporaryDirectory(prefix="export-") as folder:
        name = f"fund-books.{SUFFIXES[format]}"
        made = write_export(
            format,
            scope,
            Path(folder, name),
            now=now,
            filter_words=words,
            wishes=Wishes(columns=form.columns.data or "", accounts=form.accounts.data or ""),
        )
        record_export(
            current_identity(),
            format=format,
            filters=words,
            rows=made.manifest["rows"],
            control_total_cents=made.manifest["control_total_cents"],
            digests=made.manifest["files"],
            now=now,
        )
        # The folder may go: the open file stays readable until the answer is sent.
        archive = zip_export(made, Path(folder, "export.zip")).open("rb")
    answer = Response(_pieces(archive), mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="fund-books-{format}.zip"'
    return answer


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(65536):
            yield piece
