"""Stewards' imports: send a list, watch it being checked, read what it would change, confirm, read the report."""

from __future__ import annotations

import csv
import io
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from flask import Flask, Response, current_app, jsonify, redirect, request, url_for
from werkzeug.utils import secure_filename
from werkzeug.wrappers import Response as AnyResponse

from core.clock import now_utc
from core.config import Config
from core.errors import Conflict, InvalidInput, NotFound, Sentence
from core.guard import current_identity, needs
from core.identity import Permission
from core.layout import address_with
from core.pages import PageOf, flash_sentence, page_number, show_refusal
from directory import actions, queries
from directory.hsds.publish import csv_cell
from directory.hsds.records import CODES
from directory.imports import background, mapping_file
from directory.imports.background import Desk, Wishes
from directory.queries import ImportLine
from directory.views.steward_blueprint import blueprint, page
from directory.views.steward_forms import UploadForm

ENDINGS: Final = (".zip", ".csv", ".tsv", ".txt", ".xlsx", ".json", ".ndjson", ".jsonl")
CHANGES_A_PAGE: Final = 50
KEPT: Final = timedelta(days=7)  # an upload may hold what must stay secret: it does not lie about
RUNNING: Final = ("checking", "applying")
STOPPED: Final = Sentence("The server stopped while this import ran. Nothing was changed. Send the file again.")
COUNTS: Final = ("read", "added", "changed", "unchanged", "retired", "refused", "merged")
OPTIONS: Final = {
    "show_inactive": Sentence("Show services that the list calls inactive, marked “status not confirmed”"),
    "accept_losses": Sentence("Go on although many services would be retired or hidden"),
    "partial": Sentence("This is only a part of the source: leave alone what is missing in it"),
}
COLUMNS: Final = ("file", "row", "table", "field", "old", "new", "code", "sentence")


@blueprint.url_value_preprocessor
def allow_uploads(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Take a large file on the upload page alone, and only from those who may import. Runs before the form is read."""
    if endpoint == "steward.start_import" and current_identity().may(Permission.IMPORT_FEEDS):
        request.max_content_length = _config().max_upload_mb * 1024 * 1024


@blueprint.get("/imports")
@needs(Permission.IMPORT_FEEDS)
def imports() -> tuple[str, int]:
    """Imports, newest first."""
    number = page_number(request.args.get("page"))
    runs, total = queries.list_import_runs(page=number)
    return page(
        "imports",
        runs=[(run, _state(run)) for run in runs],
        where=PageOf(number, 25, total),
        address=lambda n: address_with(page=None if n == 1 else str(n)),
    )


@blueprint.route("/imports/new", methods=["GET", "POST"])
@needs(Permission.IMPORT_FEEDS)
def start_import() -> AnyResponse | tuple[str, int]:
    """Send a file; it is checked in the background and changes nothing yet."""
    form = UploadForm()
    if form.validate_on_submit():
        try:
            return redirect(url_for("steward.show_import", run_id=_receive(form)), 303)
        except InvalidInput as refusal:
            if not show_refusal(form, refusal):
                raise
    if not background.KEY.fullmatch(form.key.data or ""):
        form.key.data = secrets.token_hex(16)
    return page("start_import", form=form, most_mb=_config().max_upload_mb, endings=", ".join(ENDINGS))


@blueprint.get("/imports/<uuid:run_id>")
@needs(Permission.IMPORT_FEEDS)
def show_import(run_id: UUID) -> tuple[str, int]:
    """One import: how far it is, what it would change or has changed, and what to do next."""
    run = queries.get_import_run(run_id)
    changes, codes = _changes(run)
    number = page_number(request.args.get("page"))
    first = (number - 1) * CHANGES_A_PAGE
    desk = _desk(run)
    return page(
        "show_import",
        run=run,
        state=_state(run),
        message=_message(run),
        done=_progress(run)[0],
        expected=_progress(run)[1],
        report=run.report,
        counts=COUNTS,
        codes=codes,
        sentences=CODES,
        wishes=asdict(desk.wishes()) if desk and desk.exists else None,
        options=OPTIONS,
        stops=[_for_pages(text) for text in run.report["stops"]] if run.report else [],
        notices=[_for_pages(text) for text in run.report["notices"]] if run.report else [],
        can_map=bool(run.state == "failed" and desk and desk.exists),
        changes=changes[first : first + CHANGES_A_PAGE],
        where=PageOf(number, CHANGES_A_PAGE, len(changes)),
        chosen={name: request.args.get(name, "") for name in ("code", "table", "file")},
        address=lambda n: address_with(page=None if n == 1 else str(n)),
    )


@blueprint.get("/imports/<uuid:run_id>/progress")
@needs(Permission.IMPORT_FEEDS)
def import_progress(run_id: UUID) -> Response:
    """How far an import is, for the progress bar."""
    run = queries.get_import_run(run_id)
    state = _state(run)
    done, expected = _progress(run)
    return jsonify(state=state, running=state in RUNNING, done=done, expected=expected)


@blueprint.post("/imports/<uuid:run_id>/apply")
@needs(Permission.IMPORT_FEEDS)
def apply_import(run_id: UUID) -> AnyResponse:
    """Confirm a checked import. A second press starts nothing."""
    run = queries.get_import_run(run_id)
    desk = _desk(run)
    if run.state == "checked" and desk is not None and run.report is not None and not run.report["stops"]:
        try:
            actions.begin_import_apply(current_identity(), run_id=run_id)
        except Conflict:
            return _to(run_id)
        background.start_apply(
            current_identity(), desk=desk, run_id=run_id, report=run.report, app_context=_app().app_context
        )
    return _to(run_id)


@blueprint.post("/imports/<uuid:run_id>/check-again")
@needs(Permission.IMPORT_FEEDS)
def check_import_again(run_id: UUID) -> AnyResponse:
    """Check an import again with other wishes: show what is inactive, go on although much would go."""
    run = queries.get_import_run(run_id)
    desk = _desk(run)
    if run.state == "checked" and desk is not None:
        wishes = replace(
            desk.wishes(),
            **{name: name in request.form for name in OPTIONS},  # type: ignore[arg-type]  # all of them are flags
        )
        _begin_check(run_id, desk, wishes)
    return _to(run_id)


@blueprint.route("/imports/<uuid:run_id>/mapping", methods=["GET", "POST"])
@needs(Permission.IMPORT_FEEDS)
def map_import(run_id: UUID) -> AnyResponse | tuple[str, int]:
    """Say what each column of an unknown list means, with five sample cells by each choice."""
    run = queries.get_import_run(run_id)
    desk = _desk(run)
    if run.state != "failed" or desk is None or not desk.exists:
        raise NotFound
    columns = mapping_file.list_columns(desk.file)
    chosen = {column.heading: column.guess for column in columns}
    reasons: list[Sentence] = []
    if request.method == "POST":
        chosen = {column.heading: request.form.get(f"column-{number}", "") for number, column in enumerate(columns)}
        try:
            desk.mapping_path.write_text(mapping_file.as_toml(chosen), encoding="utf-8")
        except InvalidInput as refusal:
            reasons = [refusal.sentence]
        else:
            _begin_check(run_id, desk, replace(desk.wishes(), has_mapping=True))
            return _to(run_id)
    return page("map_import", run=run, columns=columns, chosen=chosen, targets=mapping_file.TARGETS, reasons=reasons)


@blueprint.post("/imports/<uuid:run_id>/discard")
@needs(Permission.IMPORT_FEEDS)
def discard_import(run_id: UUID) -> AnyResponse:
    """Give up an import that waits to be confirmed; its file is removed."""
    run = queries.get_import_run(run_id)
    desk = _desk(run)
    try:
        actions.discard_import(current_identity(), run_id=run_id)
    except Conflict as refusal:
        flash_sentence(refusal.sentence, "info")
        return _to(run_id)
    if desk is not None:
        desk.clear()
    flash_sentence(Sentence("The import was given up. Nothing was changed."))
    return redirect(url_for("steward.imports"), 303)


@blueprint.get("/imports/<uuid:run_id>/report.<kind>")
@needs(Permission.IMPORT_FEEDS)
def import_report(run_id: UUID, kind: str) -> Response:
    """The whole report as a file: JSON, or every change as CSV."""
    run = queries.get_import_run(run_id)
    if run.report is None or kind not in {"json", "csv"}:
        raise NotFound
    if kind == "json":
        text, mimetype = json.dumps(run.report, ensure_ascii=False, indent=1), "application/json"
    else:
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer)
        writer.writerow(COLUMNS)
        for change in run.report["changes"]:
            writer.writerow([csv_cell(change.get(name)) for name in COLUMNS])
        text, mimetype = "\ufeff" + buffer.getvalue(), "text/csv"
    headers = {"Content-Disposition": f'attachment; filename="import-report.{kind}"'}
    return Response(text, mimetype=mimetype, headers=headers)


def _begin_check(run_id: UUID, desk: Desk, wishes: Wishes) -> None:
    """Note the wishes and check the upload again; nothing happens when somebody else was quicker."""
    try:
        actions.check_import_again(current_identity(), run_id=run_id)
    except Conflict:
        return
    desk.wish(wishes)
    background.start_check(current_identity(), desk=desk, run_id=run_id, app_context=_app().app_context)


def _receive(form: UploadForm) -> UUID:
    """Keep the file, note the run and start its check; the same press twice answers the same run."""
    upload = form.file.data
    name = secure_filename(upload.filename or "") or "upload"
    if Path(name).suffix.lower() not in ENDINGS:
        raise InvalidInput("file", Sentence("Choose a zip, CSV, XLSX or JSON file."))
    key = form.key.data or ""
    desk = Desk.of(_config().data_dir, key)
    source = form.source.data or Path(name).stem
    identity = current_identity()
    is_new = desk.take(name, upload.save, Wishes(source, partial=bool(form.is_partial.data)))
    upload.close()
    run_id, begins = actions.begin_import_run(identity, file_name=name, file_key=key, source_name=source)
    if is_new and begins:
        background.start_check(identity, desk=desk, run_id=run_id, app_context=_app().app_context)
    _tidy()
    return run_id


def _tidy() -> None:
    """Mark what a stopped server left behind, give up what nobody confirmed in a week, remove uploads without a run."""
    data_dir = _config().data_dir
    runs, _ = queries.list_import_runs(page=1, size=100)
    stopped = [run.id for run in runs if run.state in RUNNING and _state(run) == "failed"]
    if stopped:
        actions.fail_import_runs(run_ids=stopped, message=str(STOPPED))
    old = now_utc() - KEPT
    for run in runs:
        if run.file_key and run.started_at < old and run.state in {"checked", "failed"}:
            actions.discard_import(current_identity(), run_id=run.id)
            stopped.append(run.id)
    wanted = {run.file_key for run in runs if run.id not in stopped}
    for key in background.list_desks(data_dir):
        desk = Desk.of(data_dir, key)
        if key not in wanted and not desk.is_running():
            desk.clear()


def _changes(run: ImportLine) -> tuple[Sequence[dict[str, Any]], list[tuple[str, int]]]:
    """The changes that the address asks for, and how many there are by reason."""
    if run.report is None:
        return [], []
    asked = {name: request.args.get(name, "") for name in ("code", "table", "file")}
    changes = [
        change
        for change in run.report["changes"]
        if all(not value or change.get(name) == value for name, value in asked.items())
    ]
    codes = sorted(((code, group["count"]) for code, group in run.report["codes"].items()), key=lambda pair: -pair[1])
    return changes, codes


def _for_pages(text: str) -> str:
    """A sentence of the report without its advice for the command line."""
    return " ".join(part for part in re.split(r"(?<=\.)\s+", text) if "--" not in part)


def _state(run: ImportLine) -> str:
    """The run's state; one whose thread is gone has failed, whatever the row still says."""
    if run.state in RUNNING:
        desk = _desk(run)
        if desk is None or not desk.is_running():
            # The thread may have ended between reading the row and looking at its lock.
            fresh = queries.get_import_state(run.id)
            return "failed" if fresh in RUNNING else fresh
    return run.state


def _message(run: ImportLine) -> Sentence | str | None:
    if run.state in RUNNING and _state(run) == "failed":
        return STOPPED
    return _for_pages(run.message) if run.message else None


def _progress(run: ImportLine) -> tuple[int, int]:
    desk = _desk(run)
    return desk.progress() if desk is not None and run.state in RUNNING else (run.done, run.expected)


def _desk(run: ImportLine) -> Desk | None:
    return Desk.of(_config().data_dir, run.file_key) if run.file_key else None


def _to(run_id: UUID) -> AnyResponse:
    return redirect(url_for("steward.show_import", run_id=run_id), 303)


def _config() -> Config:
    config: Config = current_app.config["GOLDTHREAD"]
    return config


def _app() -> Flask:
    """The application itself, which outlives the request: the thread works in a context of its own."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return app
