"""Bank and card files: read and shown first, then imported; lines matched to payments or set aside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from core.errors import InvalidInput, Sentence
from core.guard import current_identity, needs
from core.identity import Permission
from core.layout import address_with
from core.pages import PageOf, attempt, flash_sentence, page_number, translate
from funds import imports, queries
from funds.actions import reconcile
from funds.actions.reconcile import NewLine
from funds.forms.keeping import COLUMN_WORDS, BankForm, NoteForm
from funds.imports import BankFile
from funds.queries import bank
from funds.queries import payments as stored
from funds.views.blueprint import blueprint, page

Answer = Response | tuple[str, int]
LINES = 100


@blueprint.get("/fund/bank")
@needs(Permission.SEE_BOOKS)
def list_bank_files() -> tuple[str, int]:
    """Files that were imported, with what is not matched; gaps in check numbers."""
    accounts = stored.list_bank_accounts()
    return page(
        "list_bank_files",
        batches=bank.list_batches(),
        gaps=[(name, gaps) for name in accounts if (gaps := bank.list_gaps(name))],
        may_import=current_identity().may(Permission.RECONCILE_SPENDING),
    )


@blueprint.route("/fund/bank/new", methods=["GET", "POST"])
@needs(Permission.RECONCILE_SPENDING)
def import_bank_file() -> Answer:
    """Send a file, look at how it is read, say what its columns are, then import it."""
    form = BankForm()
    form.fund.choices = [(str(fund.id), fund.name) for fund in queries.list_funds()]
    reasons: Sequence[Sentence] = ()
    file: BankFile | None = None
    _set_columns(form, [])
    if request.method == "POST":
        tried = attempt(form, lambda: _read(form))
        file, reasons = (tried.result if tried.done else None), tried.reasons
        if file is not None:
            _set_columns(form, file.headers, chosen=file)
        if file is not None and request.form.get("do") == "import" and form.validate_on_submit():
            done = attempt(form, lambda: _import(form, file))
            if done.done:
                flash_sentence(
                    Sentence("This file was imported before. Here it is.")
                    if done.result.was_there
                    else Sentence("Imported. %(count)s lines matched by themselves.", count=done.result.matched)
                )
                return redirect(url_for("funds.show_bank_file", batch_id=done.result.batch_id), 303)
            reasons = done.reasons
    return page(
        "import_bank_file",
        form=form,
        reasons=reasons,
        file=file,
        bank_accounts=stored.list_bank_accounts(),
        column_words=COLUMN_WORDS,
    )


@blueprint.get("/fund/bank/<uuid:batch_id>")
@needs(Permission.SEE_BOOKS)
def show_bank_file(batch_id: UUID) -> tuple[str, int]:
    """One file: lines to match first, each with the payments that it may be."""
    return _file_page(batch_id)


@blueprint.post("/fund/bank/lines/<uuid:line_id>/match")
@needs(Permission.RECONCILE_SPENDING)
def match_line(line_id: UUID) -> Answer:
    """Say which payment a line is."""
    text = request.form.get("payment", "")

    def act() -> None:
        try:
            payment_id = UUID(text)
        except ValueError as error:
            raise InvalidInput("payment", Sentence("Choose the payment that this line is.")) from error
        reconcile.match_line(current_identity(), line_id=line_id, payment_id=payment_id)

    return _line_verb(line_id, act, Sentence("The line is matched."))


@blueprint.post("/fund/bank/lines/<uuid:line_id>/aside")
@needs(Permission.RECONCILE_SPENDING)
def set_line_aside(line_id: UUID) -> Answer:
    """Say why a line is no payment of the fund."""
    form = NoteForm()
    return _line_verb(
        line_id,
        lambda: reconcile.set_line_aside(current_identity(), line_id=line_id, note=form.note.data or ""),
        Sentence("The line is set aside."),
    )


@blueprint.post("/fund/bank/lines/<uuid:line_id>/undo")
@needs(Permission.RECONCILE_SPENDING)
def unmatch_line(line_id: UUID) -> Answer:
    """Take a match or a note back."""
    return _line_verb(
        line_id,
        lambda: reconcile.unmatch_line(current_identity(), line_id=line_id),
        Sentence("The line waits to be matched again."),
    )


def _line_verb(line_id: UUID, act: Callable[[], Any], done: Sentence) -> Answer:
    batch_id = bank.get_line(line_id).import_batch_id
    form = NoteForm()
    tried = attempt(form, act)
    if not tried.done:
        return _file_page(batch_id, form=form, reasons=tried.reasons, refused=line_id)
    flash_sentence(done)
    return redirect(url_for("funds.show_bank_file", batch_id=batch_id), 303)


def _file_page(
    batch_id: UUID, *, form: Any = None, reasons: Sequence[Sentence] = (), refused: UUID | None = None
) -> tuple[str, int]:
    batch = bank.get_batch(batch_id)
    number = page_number(request.args.get("page"))
    lines, total = bank.list_lines(batch_id, page=number, size=LINES)
    return page(
        "show_bank_file",
        form=form or NoteForm(formdata=None),
        reasons=reasons,
        refused=refused,
        typed=request.form.get("note", ""),
        batch=batch,
        lines=lines,
        suggestions=bank.suggest(lines, batch.bank_account),
        matched=bank.payments_of([row.payment_id for row in lines if row.payment_id]),
        where=PageOf(number, LINES, total),
        address=lambda to: address_with(page=to),
        may_match=current_identity().may(Permission.RECONCILE_SPENDING),
    )


def _read(form: BankForm) -> BankFile:
    """The file as sent, or as it stood on the page, under the columns that were chosen."""
    sent = form.file.data
    if sent and getattr(sent, "filename", ""):
        data = sent.read(imports.MOST_BYTES + 1)
        try:
            form.text.data = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            form.text.data = data.decode("cp1252", errors="replace")
        return imports.read_bank_file(form.text.data)
    if not form.text.data:
        raise InvalidInput("file", Sentence("Choose the file that the bank or card company gave you."))
    return imports.read_bank_file(form.text.data, mapping=form.mapping(), is_turned=bool(form.is_turned.data))


def _import(form: BankForm, file: BankFile) -> reconcile.Imported:
    if not file.can_be_imported:
        raise InvalidInput("file", Sentence("No line of this file can be read."))
    return reconcile.import_bank_lines(
        current_identity(),
        batch_id=form.batch_id.id_of_row,
        fund_id=UUID(form.fund.data),
        bank_account=form.bank_account.data or "",
        sha256=file.sha256,
        lines=[NewLine(row.seq, row.on, row.cents, row.number, row.words) for row in file.rows],
    )


def _set_columns(form: BankForm, headers: Sequence[str], *, chosen: BankFile | None = None) -> None:
    none = translate(Sentence("None"))
    for name in imports.COLUMNS:
        form[name].choices = [("", none), *((str(place), header) for place, header in enumerate(headers))]
        form[name].validate_choice = False
        if chosen is not None:
            place = chosen.mapping.get(name)
            form[name].data = "" if place is None else str(place)
    if chosen is not None:
        form.is_turned.data = chosen.is_turned
