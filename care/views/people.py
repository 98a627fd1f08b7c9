"""The list of people, one person's overview, referring and changing them, their status and account."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app, redirect, request, url_for
from werkzeug.wrappers import Response

import accounts.queries
from care.actions import people as actions
from care.actions import reading
from care.actions.opening import PersonLine, open_caseload, open_for_writing
from care.forms.people import AccountForm, FindForm, PersonForm, ReferForm, StatusForm, named, person_values
from care.queries import records
from care.rules import CASELOAD, STATUS_NEXT
from care.views.blueprint import PAGE_SIZE, blueprint, clocks_of, page, person_page
from care.words import (
    ACCESS_NEEDS,
    BENEFIT_KINDS,
    BENEFIT_STATES,
    CONTACT_WAYS,
    CRITERIA,
    DOMAIN_WORDS,
    SOAR_STEPS,
    STATUS_WORDS,
)
from core.clock import local_day, now_utc
from core.errors import Sentence
from core.forms import options
from core.guard import current_identity, needs
from core.identity import Permission
from core.layout import address_with, current_site
from core.pages import PageOf, attempt, flash_sentence, page_number
from directory.facets import LANGUAGES

STATUSES = ("referred", "enrolled", "ended")
MOST_SEARCHED = 500  # a search by name opens at most so many lines: more than any caseload
PERSON_WORDS: dict[str, Any] = {
    "languages": LANGUAGES,
    "criteria": CRITERIA,
    "contact_ways": CONTACT_WAYS,
    "access_needs": ACCESS_NEEDS,
    "benefit_kinds": BENEFIT_KINDS,
    "benefit_states": BENEFIT_STATES,
    "soar_steps": SOAR_STEPS,
    "domain_words": DOMAIN_WORDS,
}


@blueprint.route("/enrollees", methods=["GET", "POST"])
@needs(Permission.SEE_ENROLLEES)
def list_people() -> tuple[str, int]:
    """The people whom the viewer may see, with their clocks. A name to look for is posted: it stands in no address."""
    now, form = now_utc(), FindForm()
    status = request.args.get("status", "")
    status = status if status in STATUSES else ""
    if form.validate_on_submit() and form.name.data:
        found, _ = open_caseload(current_identity(), status=status, size=MOST_SEARCHED, now=now)
        lines = [line for line in found if _fits(line, form.name.data)]
        return _list_page(lines, now, form=form, status=status, where=PageOf(1, MOST_SEARCHED, len(lines)))
    number = page_number(request.args.get("page"))
    lines, total = open_caseload(current_identity(), status=status, page=number, size=PAGE_SIZE, now=now)
    return _list_page(lines, now, form=form, status=status, where=PageOf(number, PAGE_SIZE, total))


@blueprint.get("/enrollees/<uuid:enrollee_id>")
@needs(Permission.SEE_ENROLLEES)
def show_person(enrollee_id: UUID) -> tuple[str, int]:
    """One person: what stands about them, as far as the viewer may see it."""
    now = now_utc()
    found = reading.open_overview(current_identity(), enrollee_id=enrollee_id, now=now)
    assigned = [row for row, _ in found.assignments if row.ends_at is None or row.ends_at > now]
    return person_page(
        "show_person",
        found.person,
        now=now,
        found=found,
        assigned=assigned,
        names=accounts.queries.names_of(row.user_id for row in assigned),
        may_end=bool(STATUS_NEXT[found.person.enrollee.status]),
        **PERSON_WORDS,
    )


@blueprint.route("/enrollees/refer", methods=["GET", "POST"])
@needs(Permission.ASSIGN_COORDINATORS)
def refer_person() -> Response | tuple[str, int]:
    """Take a person in from SPOA."""
    form, now = ReferForm(), now_utc()
    reasons: Sequence[Sentence] = ()
    form.coordinator_id.choices = options([("", Sentence("Later")), *_coordinators(now)])
    if request.method == "GET":
        form.referred_at.data = now
    if form.validate_on_submit():
        tried = attempt(
            form,
            lambda: actions.refer_person(
                current_identity(),
                enrollee_id=form.new_id.id_of_row,
                referred_at=form.referred_at.data or now,
                fields=form.values(),
                coordinator_id=UUID(form.coordinator_id.data) if form.coordinator_id.data else None,
            ),
        )
        if tried.done:
            flash_sentence(Sentence("The referral is recorded. The 24-hour clock runs."))
            return redirect(url_for("care.show_caseloads"), 303)
        reasons = tried.reasons
    return page("refer_person", form=form, reasons=reasons, now=now)


@blueprint.route("/enrollees/<uuid:enrollee_id>/edit", methods=["GET", "POST"])
@needs(Permission.WRITE_CARE)
def edit_person(enrollee_id: UUID) -> Response | tuple[str, int]:
    """Change what stands about a person."""
    person = open_for_writing(current_identity(), enrollee_id=enrollee_id, purpose="edit")
    form = PersonForm(data={**person_values(person.fields), "row_version": str(person.enrollee.row_version)})
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        version = str(form.row_version.data)
        tried = attempt(
            form,
            lambda: actions.change_person(
                current_identity(),
                enrollee_id=enrollee_id,
                fields=form.values(),
                row_version=int(version) if version.isdigit() and len(version) < 10 else 0,
            ),
        )
        if tried.done:
            flash_sentence(Sentence("The record is saved."))
            return redirect(url_for("care.show_person", enrollee_id=enrollee_id), 303)
        reasons = tried.reasons
    return person_page("edit_person", person, tab="care.show_person", form=form, reasons=reasons)


@blueprint.route("/enrollees/<uuid:enrollee_id>/status", methods=["GET", "POST"])
@needs(Permission.WRITE_CARE)
def change_status(enrollee_id: UUID) -> Response | tuple[str, int]:
    """Enroll a person, or end their time in the program."""
    person = open_for_writing(current_identity(), enrollee_id=enrollee_id, purpose="status")
    day = local_day(now_utc(), current_site().zone)
    form = StatusForm(data={"on": day})
    form.status.choices = options((code, STATUS_WORDS[code]) for code in STATUS_NEXT[person.enrollee.status])
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        status = str(form.status.data)
        tried = attempt(
            form,
            lambda: actions.change_status(
                current_identity(), enrollee_id=enrollee_id, status=status, on=form.on.data or day
            ),
        )
        if tried.done:
            flash_sentence(Sentence("The status is recorded."))
            if status == "ended":  # who ended it sees the record no more
                return redirect(url_for("care.list_people"), 303)
            return redirect(url_for("care.show_person", enrollee_id=enrollee_id), 303)
        reasons = tried.reasons
    return person_page("change_status", person, tab="care.show_person", form=form, reasons=reasons)


@blueprint.route("/enrollees/<uuid:enrollee_id>/account", methods=["GET", "POST"])
@needs(Permission.WRITE_CARE)
def link_account(enrollee_id: UUID) -> Response | tuple[str, int]:
    """Tie the person's own account to the record, so that they can read it."""
    person = open_for_writing(current_identity(), enrollee_id=enrollee_id, purpose="account")
    form = AccountForm()
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        tried = attempt(
            form,
            lambda: actions.link_account(current_identity(), enrollee_id=enrollee_id, email=form.email.data or ""),
        )
        if tried.done:
            flash_sentence(Sentence("The person can sign in to their own record now."))
            return redirect(url_for("care.list_consents", enrollee_id=enrollee_id), 303)
        reasons = tried.reasons
    return person_page("link_account", person, tab="care.list_consents", form=form, reasons=reasons)


def _list_page(
    lines: Sequence[PersonLine], now: datetime, *, form: FindForm, status: str, where: PageOf
) -> tuple[str, int]:
    coordinators = records.coordinators_of([line.id for line in lines], now)
    parts = current_app.extensions.get("goldthread_standing_in", ())
    return page(
        "list_people",
        now=now,
        form=form,
        lines=[(line, clocks_of(line, now)) for line in lines],
        coordinators=coordinators,
        names=accounts.queries.names_of(coordinators.values()),
        standing_in=[item for part in parts for item in part(current_identity())],
        status=status,
        statuses=STATUSES,
        where=where,
        searched=request.method == "POST",
        address=lambda n: address_with(page=None if n == 1 else str(n)),
    )


def _fits(line: PersonLine, words: str) -> bool:
    wanted = words.casefold().split()
    text = f"{line.name} {line.code}".casefold()
    return all(word in text for word in wanted)


def _coordinators(now: datetime) -> list[tuple[str, Any]]:
    """Coordinators with how many people they have, for a choice."""
    people = accounts.queries.list_holders("coordinator")
    counts = records.list_caseloads([person.id for person in people], now)
    words = "%(name)s: %(count)s of %(most)s"
    return [
        (value, Sentence(words, name=name, count=_held(counts, value), most=CASELOAD)) for value, name in named(people)
    ]


def _held(counts: dict[UUID, records.Caseload], value: str) -> int:
    found = counts.get(UUID(value))
    return found.people + found.planned if found else 0
