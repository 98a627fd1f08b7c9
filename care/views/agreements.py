"""Priority-access agreements: the list with terms and kept promises, one with its history, writing new terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from care.forms.agreements import AgreementForm, DocumentForm, county_name, values_of
from care.queries.referrals import places_used, promises_of
from care.rules import kept_rate
from care.views.blueprint import PAGE_SIZE, blueprint, page
from care.views.finding import kept_words
from care.words import AGREEMENT_STATES, TERM_TONES, TERM_WORDS
from core.clock import local_day, local_month_start, now_utc
from core.errors import NotFound, Sentence
from core.guard import current_identity, needs
from core.headers import stored_file
from core.identity import Permission
from core.layout import address_with, current_site
from core.pages import PageOf, attempt, flash_sentence, page_number, take_upload
from core.uploads import MOST_BYTES
from core.uploads.kinds import Kind
from directory import actions, queries
from directory import rules as directory_rules
from directory.queries import AgreementLine
from directory.rules import RENEWAL_DAYS, viewer_level

WORDS: Mapping[str, Any] = {"term_words": TERM_WORDS, "term_tones": TERM_TONES, "county_name": county_name}


@dataclass(frozen=True, slots=True)
class ShownAgreement:
    """An agreement in the list: how many days it has left, and what became of its promises."""

    line: AgreementLine
    days_left: int | None
    kept: int
    counted: int

    @property
    def percent(self) -> int | None:
        """Kept promises in percent; None while there is none to count."""
        return round(100 * self.kept / self.counted) if self.counted else None


@blueprint.get("/agreements")
@needs(Permission.SEE_AGREEMENTS)
def list_agreements() -> tuple[str, int]:
    """Agreements, those that end first on top; `?ending=1` only those to renew."""
    now = now_utc()
    today = _today(now)
    number, is_ending = page_number(request.args.get("page")), request.args.get("ending") == "1"
    lines, total = queries.list_agreements(
        today,
        states=("active",) if is_ending else (),
        expiring_within_days=RENEWAL_DAYS[0] if is_ending else None,
        page=number,
        size=PAGE_SIZE,
    )
    ending, count = queries.list_agreements(today, states=("active",), expiring_within_days=RENEWAL_DAYS[0], size=20)
    return page(
        "list_agreements",
        now=now,
        shown=_shown(lines, now, today),
        ending=_shown(ending, now, today),
        ending_count=count,
        is_ending=is_ending,
        where=PageOf(number, PAGE_SIZE, total),
        address=lambda n: address_with(page=None if n == 1 else str(n)),
        **WORDS,
    )


@blueprint.get("/agreements/<uuid:agreement_id>")
@needs(Permission.SEE_AGREEMENTS)
def show_agreement(agreement_id: UUID) -> tuple[str, int]:
    """One agreement: terms, services, kept promises, earlier terms."""
    return _one_page(agreement_id)


@blueprint.route("/agreements/add", methods=["GET", "POST"])
@needs(Permission.EDIT_AGREEMENTS)
def add_agreement() -> Response | tuple[str, int]:
    """Write down a new agreement: first its partner, then the terms."""
    identity = current_identity()
    partner = _uuid(request.args.get("organization"))
    if partner is None:
        words = (request.args.get("q") or "").strip()[:100]
        found = queries.list_organizations(words=words, size=PAGE_SIZE)[0] if words else []
        level = viewer_level(identity)
        partners = [one for one in found if one.visibility <= level and one.services and one.retired_at is None]
        return page("choose_partner", words=words, partners=partners)
    form = AgreementForm(
        services=_services(partner), promised_hours=24, counties=current_site().county, starts_on=_today(now_utc())
    )
    if not form.service_ids.choices:
        raise NotFound
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        tried = attempt(
            form,
            lambda: actions.record_agreement(
                identity,
                organization_id=partner,
                values=form.terms(current_site().state),
                service_ids=form.chosen(),
            ),
        )
        if tried.done:
            flash_sentence(Sentence("The agreement is written down as a draft. Start it when it is signed."))
            return redirect(url_for("care.show_agreement", agreement_id=tried.result), 303)
        reasons = tried.reasons
    return page("edit_agreement", form=form, reasons=reasons, agreement=None)


@blueprint.route("/agreements/<uuid:agreement_id>/edit", methods=["GET", "POST"])
@needs(Permission.EDIT_AGREEMENTS)
def edit_agreement(agreement_id: UUID) -> Response | tuple[str, int]:
    """Write new terms; the old ones stay in the history."""
    agreement = queries.get_agreement(agreement_id, _today(now_utc()))
    form = AgreementForm(services=_services(agreement.organization_id), data=values_of(agreement))
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        version = request.form.get("version", "")
        tried = attempt(
            form,
            lambda: actions.change_agreement(
                current_identity(),
                agreement_id=agreement_id,
                version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0,
                values=form.terms(current_site().state),
                service_ids=form.chosen(),
            ),
        )
        if tried.done:
            flash_sentence(Sentence("The new terms are saved. The old ones are in the history."))
            return redirect(url_for("care.show_agreement", agreement_id=agreement_id), 303)
        reasons = tried.reasons
    return page("edit_agreement", form=form, reasons=reasons, agreement=agreement)


@blueprint.url_value_preprocessor
def allow_documents(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Take a large file on the one page that asks for it, from those who may send it. Runs before the form is read."""
    if endpoint == "care.attach_document" and current_identity().may(Permission.EDIT_AGREEMENTS):
        take_upload(MOST_BYTES)


@blueprint.route("/agreements/<uuid:agreement_id>/document", methods=["GET", "POST"])
@needs(Permission.EDIT_AGREEMENTS)
def attach_document(agreement_id: UUID) -> Response | tuple[str, int]:
    """Send the signed paper of the terms as they stand."""
    agreement = queries.get_agreement(agreement_id, _today(now_utc()))
    form = DocumentForm()
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        data = form.document.data.read()
        tried = attempt(form, lambda: actions.attach_document(current_identity(), agreement_id=agreement_id, data=data))
        if tried.done:
            flash_sentence(Sentence("The signed agreement is kept. What else the file said about itself is gone."))
            return redirect(url_for("care.show_agreement", agreement_id=agreement_id), 303)
        reasons = tried.reasons
    accept = ",".join(kind.media_type for kind in Kind)
    return page(
        "attach_document", form=form, reasons=reasons, agreement=agreement, accept=accept, most_mb=MOST_BYTES // 10**6
    )


@blueprint.get("/agreements/<uuid:agreement_id>/document/file")
@needs(Permission.SEE_AGREEMENTS)
def download_document(agreement_id: UUID) -> Response:
    """The signed paper; `?version=` of earlier terms."""
    version = request.args.get("version", "")
    data, kind = queries.read_document(
        agreement_id, version=int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None
    )
    return stored_file(data, kind=kind, name="agreement")


@blueprint.post("/agreements/<uuid:agreement_id>/state")
@needs(Permission.EDIT_AGREEMENTS)
def set_agreement_state(agreement_id: UUID) -> Response:
    """Start, suspend or end an agreement."""
    state = request.form.get("state", "")
    actions.set_agreement_state(current_identity(), agreement_id=agreement_id, state=state)
    flash_sentence(Sentence("The state of the agreement is recorded."))
    return redirect(url_for("care.show_agreement", agreement_id=agreement_id), 303)


def _one_page(agreement_id: UUID) -> tuple[str, int]:
    now = now_utc()
    today = _today(now)
    agreement = queries.get_agreement(agreement_id, today)
    promises = promises_of([agreement_id], now)[agreement_id]
    return page(
        "show_agreement",
        now=now,
        shown=_shown([agreement], now, today)[0],
        kept_words=kept_words(promises),
        running=sum(running for _, _, running in promises),
        used=places_used([agreement_id], local_month_start(now, current_site().zone))[agreement_id],
        past=queries.list_past_terms(agreement_id),
        next_states=[(state, AGREEMENT_STATES[state]) for state in directory_rules.AGREEMENT_STATES[agreement.state]],
        **WORDS,
    )


def _shown(lines: Sequence[AgreementLine], now: datetime, today: date) -> list[ShownAgreement]:
    promises = promises_of([line.id for line in lines], now)
    return [
        ShownAgreement(line, (line.ends_on - today).days if line.ends_on else None, *kept_rate(promises[line.id]))
        for line in lines
    ]


def _services(organization_id: UUID) -> list[tuple[UUID, str]]:
    found = queries.list_organization_services(organization_id)
    return [(service_id, name) for service_id, name, is_retired in found if not is_retired]


def _today(now: datetime) -> date:
    return local_day(now, current_site().zone)


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
