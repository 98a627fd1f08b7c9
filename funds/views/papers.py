"""Papers and finishing: photos and files of a request, affidavits, receipts counted, and the request reconciled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID, uuid5

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

import accounts.queries
from core.clock import now_utc
from core.errors import InvalidInput, Sentence
from core.guard import current_identity, needs
from core.headers import stored_file
from core.identity import Permission
from core.pages import PageOf, attempt, flash_sentence, page_number, take_upload
from core.uploads import MOST_BYTES
from core.uploads.kinds import Kind
from funds import queries, rules
from funds.actions import advances, documents, reconcile
from funds.actions.documents import Paper
from funds.actions.opening import OpenedRequest, open_lines, open_request
from funds.forms.asking import VerbForm, key_of, version_of
from funds.forms.keeping import AffidavitForm, PapersForm
from funds.forms.paying import AcceptForm, AmountForm
from funds.queries import bank, papers, paying
from funds.queries import payments as stored
from funds.states import Action
from funds.views.blueprint import PAGE_SIZE, blueprint, page
from funds.views.one_form import one_form, seen, target_ids, targets_of
from funds.views.requests import WORDS, category_names, request_page
from funds.words import DOCUMENT_WORDS

Answer = Response | tuple[str, int]
ACCEPT: Final = ",".join(kind.media_type for kind in Kind)
UPLOADS: Final = {
    "funds.add_document": documents.MOST_PAPERS * MOST_BYTES,
    "funds.record_tax_form": MOST_BYTES,
}


@blueprint.url_value_preprocessor
def allow_papers(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Take large files on the pages that ask for them, from those who may send them. Runs before the form is read."""
    if endpoint in UPLOADS and current_identity().may(Permission.SEE_FUND_REQUESTS):
        take_upload(UPLOADS[endpoint])


@blueprint.route("/fund/requests/<uuid:request_id>/papers", methods=["GET", "POST"])
@needs(Permission.SEE_FUND_REQUESTS)
def add_document(request_id: UUID) -> Answer:
    """Add photos or files, several at once; or sign for a receipt that is lost."""
    form = PapersForm()
    told: list[Sentence] = []

    def act() -> None:
        sent = [each for each in [form.photo.data, *(form.files.data or [])] if each and each.filename]
        if not sent:
            raise InvalidInput("files", Sentence("Take a photo or choose a file first."))
        key = key_of(form.key.data)
        told.extend(
            documents.add_documents(
                current_identity(),
                request_id=request_id,
                key=key,
                papers_sent=[
                    Paper(
                        id=uuid5(request_id, f"{key}/{place}"),
                        data=file.read(),
                        kind=form.kind.data or "",
                        vendor=form.vendor.data or "",
                        dated_on=form.dated_on.data,
                        total_cents=form.total.data,
                        explained=form.explained.data or "",
                    )
                    for place, file in enumerate(sent)
                ],
            )
        )

    def fill(_opened: OpenedRequest) -> dict[str, Any]:
        if request.method == "GET":
            form.kind.data = "receipt"
        return {
            "affidavit": AffidavitForm(formdata=None),
            "accept": ACCEPT,
            "shows_reason": bool(form.explained.errors or form.explained.data),
            "most_mb": MOST_BYTES // 10**6,
            "most_papers": documents.MOST_PAPERS,
        }

    answer = one_form(
        request_id,
        "add_document",
        form,
        act,
        Sentence("The papers are kept, encrypted."),
        fill=fill,
        action=Action.ADD_DOCUMENT,
    )
    for sentence in told:
        flash_sentence(sentence, "warning")
    return answer


@blueprint.route("/fund/requests/<uuid:request_id>/affidavit", methods=["GET", "POST"])
@needs(Permission.SEE_FUND_REQUESTS)
def sign_affidavit(request_id: UUID) -> Answer:
    """Sign for a receipt that is lost; a supervisor signs after."""
    form = AffidavitForm()

    def act() -> None:
        if form.dated_on.data is None:
            raise InvalidInput("dated_on", Sentence("Write the day of the purchase; that is today or earlier."))
        documents.sign_affidavit(
            current_identity(),
            request_id=request_id,
            document_id=form.document_id.id_of_row,
            vendor=form.vendor.data or "",
            dated_on=form.dated_on.data,
            cents=form.cents.data or 0,
            words=form.words.data or "",
            key=key_of(form.key.data),
        )

    return one_form(
        request_id,
        "sign_affidavit",
        form,
        act,
        Sentence("The affidavit is written. A supervisor signs it too before it counts."),
        action=Action.ADD_DOCUMENT,
    )


@blueprint.get("/fund/papers/<uuid:document_id>")
@needs(Permission.SEE_FUND_REQUESTS)
def show_document(document_id: UUID) -> tuple[str, int]:
    """One paper: what it says, what it counts for; the picture itself is opened with an event."""
    return _document_page(document_id)


@blueprint.get("/fund/papers/<uuid:document_id>/file")
@needs(Permission.SEE_FUND_REQUESTS)
def download_document(document_id: UUID) -> Response:
    """The file, as an attachment that can do nothing."""
    _document, data, kind = documents.open_document(current_identity(), document_id=document_id)
    return stored_file(data, kind=kind, name="paper")


@blueprint.post("/fund/papers/<uuid:document_id>/sign")
@needs(Permission.SEE_FUND_REQUESTS)
def countersign_affidavit(document_id: UUID) -> Answer:
    """Sign somebody's affidavit as the second person."""
    form = VerbForm()
    tried = attempt(form, lambda: documents.countersign_affidavit(current_identity(), document_id=document_id))
    if not tried.done:
        return _document_page(document_id, form=form, reasons=tried.reasons)
    flash_sentence(Sentence("The affidavit is signed by two people now."))
    return redirect(url_for("funds.show_document", document_id=document_id), 303)


@blueprint.get("/fund/to-reconcile")
@needs(Permission.SEE_BOOKS)
def list_to_reconcile() -> tuple[str, int]:
    """Paid requests that are not finished: those with overdue receipts first, then the oldest payment."""
    identity, now = current_identity(), now_utc()
    number = page_number(request.args.get("page"))
    found, total = paying.list_to_reconcile(identity, now, page=number, size=PAGE_SIZE)
    lines = open_lines(identity, found, purpose="to reconcile", now=now)
    may = identity.may(Permission.RECONCILE_SPENDING)
    reasons = {
        line.request.id: rules.decide_reconcile(reconcile.reconcile_facts(identity, line.request.id)).reasons
        for line in lines
    }
    return page(
        "list_to_reconcile",
        now=now,
        lines=lines,
        open_reasons=reasons,
        may_reconcile=may,
        batches=bank.list_batches()[:10],
        where=PageOf(number, PAGE_SIZE, total),
        address=lambda to: url_for("funds.list_to_reconcile", page=to),
        categories=category_names(),
        **WORDS,
    )


@blueprint.route("/fund/requests/<uuid:request_id>/reconcile", methods=["GET", "POST"])
@needs(Permission.RECONCILE_SPENDING)
def reconcile_request(request_id: UUID) -> Answer:
    """Count receipts, close advances, see what the bank says; then finish the request."""
    form = VerbForm()
    if request.method == "GET":
        return _reconcile_page(request_id)
    tried = attempt(form, lambda: reconcile.reconcile_request(current_identity(), **seen(form, request_id)))
    if not tried.done:
        return _reconcile_page(request_id, form=form, reasons=tried.reasons)
    flash_sentence(Sentence("The request is finished."))
    return redirect(url_for("funds.list_to_reconcile"), 303)


@blueprint.post("/fund/papers/<uuid:document_id>/accept")
@needs(Permission.RECONCILE_SPENDING)
def accept_receipt(document_id: UUID) -> Answer:
    """Count so much of a paper for a voucher or advance."""
    form = AcceptForm()
    form.target.choices, form.target.validate_choice = [], False
    request_id = _request_of(document_id)
    return _done(
        request_id,
        f"accept-{document_id}",
        form,
        lambda: documents.accept_receipt(
            current_identity(),
            document_id=document_id,
            row_version=version_of(form.row_version.data),
            cents=form.cents.data or 0,
            key=key_of(form.key.data),
            **target_ids(form.target.data),
        ),
        Sentence("The receipt is counted."),
    )


@blueprint.post("/fund/advances/<uuid:advance_id>/cover")
@needs(Permission.RECONCILE_SPENDING)
def cover_advance(advance_id: UUID) -> Answer:
    """Count accepted receipts of an advance as spending."""
    return _advance(advance_id, "cover", advances.substantiate, Sentence("The receipts are counted as spending."))


@blueprint.post("/fund/advances/<uuid:advance_id>/return")
@needs(Permission.RECONCILE_SPENDING)
def return_advance(advance_id: UUID) -> Answer:
    """Take back what was not spent of an advance."""
    return _advance(advance_id, "return", advances.return_advance, Sentence("What came back is available again."))


def _advance(advance_id: UUID, verb: str, act: Any, done: Sentence) -> Answer:
    form = AmountForm()
    advance = stored.get_advance(current_identity(), advance_id, now_utc())
    return _done(
        advance.fund_request_id,
        f"{verb}-{advance_id}",
        form,
        lambda: act(
            current_identity(),
            advance_id=advance_id,
            row_version=version_of(form.row_version.data),
            cents=form.cents.data or 0,
            key=key_of(form.key.data),
        ),
        done,
    )


def _done(request_id: UUID, name: str, form: Any, act: Any, done: Sentence) -> Answer:
    if not form.validate_on_submit():
        return _reconcile_page(request_id, form=form, refused=name)
    tried = attempt(form, act)
    if not tried.done:
        return _reconcile_page(request_id, form=form, reasons=tried.reasons, refused=name)
    flash_sentence(done)
    return redirect(url_for("funds.reconcile_request", request_id=request_id), 303)


def _reconcile_page(
    request_id: UUID, *, form: Any = None, reasons: Sequence[Sentence] = (), refused: str = ""
) -> tuple[str, int]:
    def more(opened: OpenedRequest) -> dict[str, Any]:
        version = str(opened.request.row_version)
        forms = _forms(opened, version)
        if refused in forms:
            form.row_version.data, form.row_version.raw_data = version, None
            for field in form:
                field.id = forms[refused][field.short_name].id
            if "target" in form:
                form.target.choices = forms[refused].target.choices
            forms[refused] = form
        facts = reconcile.reconcile_facts(current_identity(), request_id)
        return {
            "papers_of": [
                (row, stored.allocated_cents(row.id)) for row in opened.documents if row.kind in rules.RECEIPT_KINDS
            ],
            "out": queries.advance_outstanding([row.id for row in opened.advances]),
            "covered": {row.id: stored.receipts_cents(advance_id=row.id) for row in opened.advances},
            "covers": {row.id: stored.receipts_cents(voucher_id=row.id) for row in opened.vouchers},
            "facts": facts,
            "open_reasons": rules.decide_reconcile(facts).reasons,
            "forms_of": forms,
            "finish": VerbForm(formdata=None, row_version=version),
            "may_finish": Action.RECONCILE in opened.may,
            "holders": accounts.queries.names_of([row.holder_id for row in opened.advances]),
        }

    return request_page(
        request_id, template="reconcile_request", purpose="reconcile", form=form, reasons=reasons, more=more
    )


def _forms(opened: OpenedRequest, version: str) -> dict[str, Any]:
    """A form for each paper and each advance, every box with an id of its own."""
    forms: dict[str, Any] = {}
    targets = targets_of(opened)
    for row in opened.documents:
        if row.kind in rules.RECEIPT_KINDS:
            form = AcceptForm(formdata=None, row_version=version)
            form.target.choices = targets
            left = (row.total_cents or 0) - stored.allocated_cents(row.id)
            form.cents.data = left if left > 0 else None
            forms[f"accept-{row.id}"] = form
    for advance in opened.advances:
        for verb in ("cover", "return"):
            forms[f"{verb}-{advance.id}"] = AmountForm(formdata=None, row_version=version)
    for name, form in forms.items():
        for field in form:
            field.id = f"{name}-{field.short_name}"
    return forms


def _document_page(document_id: UUID, *, form: Any = None, reasons: Sequence[Sentence] = ()) -> tuple[str, int]:
    identity, now = current_identity(), now_utc()
    document = papers.get_document(identity, document_id, now)
    opened = None
    words: Mapping[str, Any] = {}
    if document.fund_request_id is not None:
        opened = open_request(identity, request_id=document.fund_request_id, purpose="paper", now=now)
        document = papers.get_document(identity, document_id, now)
        words = documents.words_of(opened, document)
    people = [each for each in (document.added_by, document.second_signer_id) if each is not None]
    return page(
        "show_document",
        form=form or VerbForm(formdata=None),
        reasons=reasons,
        now=now,
        document=document,
        opened=opened,
        words=words,
        may_read=documents.may_read(identity, document, now),
        used=stored.allocated_cents(document_id),
        names=accounts.queries.names_of(people),
        is_picture=document.media_type.startswith("image/"),
        may_sign=document.kind == "affidavit"
        and document.second_signer_id is None
        and document.added_by != identity.user_id
        and opened is not None
        and bool(opened.roles & {"supervisor", "director"}),
        document_words=DOCUMENT_WORDS,
    )


def _request_of(document_id: UUID) -> UUID:
    document = papers.get_document(current_identity(), document_id, now_utc())
    if document.fund_request_id is None:
        raise InvalidInput("target", Sentence("This paper is no receipt, invoice or affidavit."))
    return document.fund_request_id
