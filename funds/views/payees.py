"""Payees: the list, one payee with its W-9s, proposing, changing, verifying by a second person, retiring."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

import accounts.queries
from core.clock import now_utc
from core.errors import InvalidInput, NotFound, Sentence
from core.guard import current_identity, needs
from core.identity import Permission
from core.layout import address_with
from core.pages import PageOf, attempt, flash_sentence, page_number
from core.uploads.kinds import Kind
from funds import queries
from funds.actions import documents, payees
from funds.actions.payees import PayeeValues
from funds.forms.asking import VerbForm, version_of
from funds.forms.keeping import KIND_WORDS, TAX_WORDS, PayeeForm, TaxFormForm
from funds.queries import papers
from funds.queries import payees as stored
from funds.views.blueprint import PAGE_SIZE, blueprint, page, today_of
from funds.views.one_form import PAY, step_up

Answer = Response | tuple[str, int]
STATUS_WORDS: Final = {
    "proposed": (Sentence("to verify"), "warning"),
    "verified": (Sentence("verified by two"), "good"),
    "inactive": (Sentence("retired"), "neutral"),
}
STAFF_ROLES: Final = ("coordinator", "supervisor", "mentor", "fiscal_approver", "director")


@blueprint.get("/fund/payees")
@needs(Permission.KEEP_PAYEES)
def list_payees() -> tuple[str, int]:
    """Payees by name, those to verify first."""
    words, status = request.args.get("words", "")[:100], request.args.get("status", "")
    number = page_number(request.args.get("page"))
    found, total = stored.list_payees(
        words=words, status=status if status in STATUS_WORDS else "", page=number, size=PAGE_SIZE
    )
    now = now_utc()
    return page(
        "list_payees",
        now=now,
        found=found,
        today=today_of(now),
        words=words,
        status=status,
        statuses=STATUS_WORDS,
        where=PageOf(number, PAGE_SIZE, total),
        address=lambda to: address_with(page=to),
        kind_words=KIND_WORDS,
    )


@blueprint.route("/fund/payees/new", methods=["GET", "POST"])
@needs(Permission.KEEP_PAYEES)
def propose_payee() -> Answer:
    """Propose somebody to be paid."""
    form = _filled(PayeeForm())
    if request.method == "GET":
        return page("edit_payee", form=form, payee=None)
    return _save(
        form,
        lambda: payees.propose_payee(current_identity(), payee_id=form.payee_id.id_of_row, values=_values(form)),
        Sentence("The payee is proposed. Somebody else verifies it before it is paid."),
        lambda: form.payee_id.id_of_row,
        None,
    )


@blueprint.get("/fund/payees/<uuid:payee_id>")
@needs(Permission.KEEP_PAYEES)
def show_payee(payee_id: UUID) -> tuple[str, int]:
    """One payee: who proposed and verified it, its W-9s, what was paid this year."""
    return _payee_page(payee_id)


@blueprint.route("/fund/payees/<uuid:payee_id>/edit", methods=["GET", "POST"])
@needs(Permission.KEEP_PAYEES)
def change_payee(payee_id: UUID) -> Answer:
    """Change a payee; it is verified again after. Asks for a one-time code first."""
    if away := step_up(PAY, url_for("funds.change_payee", payee_id=payee_id)):
        return away
    payee = queries.get_payee(payee_id)
    form = _filled(PayeeForm())
    if request.method == "GET":
        form.name.data, form.kind.data, form.tax_class.data = payee.name, payee.kind, payee.tax_class or ""
        form.remit_to.data, form.user.data = payee.remit_to, str(payee.user_id or "")
        form.row_version.data = str(payee.row_version)
        return page("edit_payee", form=form, payee=payee)
    organization_id = payee.organization_id
    return _save(
        form,
        lambda: payees.change_payee(
            current_identity(),
            payee_id=payee_id,
            row_version=version_of(form.row_version.data),
            values=_values(form, organization_id=organization_id),
        ),
        Sentence("The payee is changed. Somebody else verifies it again before it is paid."),
        lambda: payee_id,
        payee_id,
    )


@blueprint.route("/fund/payees/<uuid:payee_id>/verify", methods=["GET", "POST"])
@needs(Permission.RECOGNIZE_SPENDING)
def verify_payee(payee_id: UUID) -> Answer:
    """Verify a payee as the second person; asks for a one-time code first, then shows its sealed numbers."""
    if away := step_up(PAY, url_for("funds.verify_payee", payee_id=payee_id)):
        return away
    form = VerbForm()
    if request.method == "GET":
        opened = payees.open_sealed(current_identity(), payee_id=payee_id)
        return _payee_page(payee_id, template="verify_payee", opened=opened)
    return _verb(
        payee_id,
        form,
        lambda: payees.verify_payee(
            current_identity(), payee_id=payee_id, row_version=version_of(form.row_version.data)
        ),
        Sentence("The payee is verified: it may be paid."),
    )


@blueprint.post("/fund/payees/<uuid:payee_id>/retire")
@needs(Permission.RECOGNIZE_SPENDING)
def retire_payee(payee_id: UUID) -> Answer:
    """Pay nothing more to a payee."""
    form = VerbForm()
    return _verb(
        payee_id,
        form,
        lambda: payees.retire_payee(
            current_identity(), payee_id=payee_id, row_version=version_of(form.row_version.data)
        ),
        Sentence("The payee is retired."),
    )


@blueprint.post("/fund/payees/<uuid:payee_id>/w9")
@needs(Permission.KEEP_PAYEES)
def record_tax_form(payee_id: UUID) -> Answer:
    """Write down that a W-9 came, with its picture or PDF."""
    form = TaxFormForm()

    def act() -> None:
        if form.received_on.data is None:
            raise InvalidInput("received_on", Sentence("Write the day on which it came; that is today or earlier."))
        document_id = None
        if form.document.data and form.document.data.filename:
            document_id = documents.add_payee_document(
                current_identity(),
                payee_id=payee_id,
                document_id=form.document_id.id_of_row,
                data=form.document.data.read(),
            )
        payees.record_tax_form(
            current_identity(),
            tax_form_id=form.tax_form_id.id_of_row,
            payee_id=payee_id,
            received_on=form.received_on.data,
            document_id=document_id,
        )

    return _verb(payee_id, form, act, Sentence("The W-9 is written down. It is valid for three years."), tax_form=form)


def _save(
    form: PayeeForm, act: Callable[[], Any], done: Sentence, onward: Callable[[], UUID], payee_id: UUID | None
) -> Answer:
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        tried = attempt(form, act)
        if tried.done:
            flash_sentence(done)
            return redirect(url_for("funds.show_payee", payee_id=onward()), 303)
        reasons = tried.reasons
    return page("edit_payee", form=form, reasons=reasons, payee=queries.get_payee(payee_id) if payee_id else None)


def _verb(
    payee_id: UUID, form: Any, act: Callable[[], Any], done: Sentence, *, tax_form: TaxFormForm | None = None
) -> Answer:
    if not form.validate_on_submit():
        return _payee_page(payee_id, form=form, tax_form=tax_form)
    tried = attempt(form, act)
    if not tried.done:
        return _payee_page(payee_id, form=form, reasons=tried.reasons, tax_form=tax_form)
    flash_sentence(done)
    return redirect(url_for("funds.show_payee", payee_id=payee_id), 303)


def _payee_page(
    payee_id: UUID,
    *,
    template: str = "show_payee",
    form: Any = None,
    reasons: Sequence[Sentence] = (),
    tax_form: TaxFormForm | None = None,
    opened: dict[str, str] | None = None,
) -> tuple[str, int]:
    identity, now = current_identity(), now_utc()
    payee, today = queries.get_payee(payee_id), today_of(now)
    forms = stored.list_tax_forms(payee_id)
    paid, threshold = stored.year_figures(payee_id, today.year)
    people = [each for each in (payee.proposed_by, payee.verified_by) if each is not None]
    return page(
        template,
        form=form or VerbForm(formdata=None),
        reasons=reasons,
        now=now,
        today=today,
        payee=payee,
        verb=VerbForm(formdata=None, row_version=str(payee.row_version)),
        tax_form=tax_form or TaxFormForm(formdata=None),
        tax_forms=forms,
        w9_until=max((each.expires_on for each in forms), default=None),
        documents={row.id: row for row in papers.list_payee_documents(payee_id)},
        organization=stored.organization_name(payee.organization_id),
        paid=paid,
        threshold=threshold,
        names=accounts.queries.names_of(people),
        status=STATUS_WORDS[payee.status],
        may_verify=identity.may(Permission.RECOGNIZE_SPENDING)
        and payee.status == "proposed"
        and payee.proposed_by != identity.user_id,
        may_change=identity.may(Permission.RECOGNIZE_SPENDING) or payee.status == "proposed",
        may_retire=identity.may(Permission.RECOGNIZE_SPENDING) and payee.status != "inactive",
        is_own=payee.proposed_by == identity.user_id,
        opened=opened or {},
        accept=",".join(kind.media_type for kind in Kind),
        kind_words=KIND_WORDS,
        tax_words=TAX_WORDS,
    )


def _filled(form: PayeeForm) -> PayeeForm:
    staff = {str(each.id): each.name for role in STAFF_ROLES for each in accounts.queries.list_holders(role)}
    form.user.choices = [("", "–"), *sorted(staff.items(), key=lambda each: each[1])]
    return form


def _values(form: PayeeForm, *, organization_id: UUID | None = None) -> PayeeValues:
    try:
        user_id = UUID(form.user.data) if form.user.data else None
    except ValueError as error:
        raise NotFound from error
    return PayeeValues(
        name=form.name.data or "",
        kind=form.kind.data or "",
        organization_id=organization_id,
        user_id=user_id,
        tax_class=form.tax_class.data or None,
        remit_to=form.remit_to.data or "",
        tin=form.tin.data or "",
        routing=form.routing.data or "",
        account=form.account.data or "",
    )
