"""Caseloads against the program's ratio, hand-off, recovery mentors, supervision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

import accounts.queries
from care import queries
from care.actions import assignments as actions
from care.actions.opening import open_for_writing
from care.forms.people import AssignForm, MentorForm, SupervisionForm, named
from care.queries import records
from care.rules import CASELOAD
from care.views.blueprint import blueprint, clocks_of, page, person_page
from core.clock import now_utc
from core.errors import NotFound, Sentence
from core.forms import options
from core.guard import current_identity, needs
from core.identity import Permission
from core.pages import attempt, flash_sentence


@dataclass(frozen=True, slots=True)
class CaseloadLine:
    """One coordinator: how many people now and planned, who supervises, whether it is more than the ratio allows."""

    id: UUID
    name: str
    people: int
    planned: int
    supervisors: tuple[tuple[UUID, str], ...]

    @property
    def is_over(self) -> bool:
        """True above the ratio."""
        return self.people + self.planned > CASELOAD


@blueprint.get("/enrollees/caseloads")
@needs(Permission.ASSIGN_COORDINATORS)
def show_caseloads() -> tuple[str, int]:
    """Coordinators with their counts, and the people who wait for one, by code."""
    return _caseloads_page(SupervisionForm())


@blueprint.post("/enrollees/caseloads/supervision")
@needs(Permission.SET_SUPERVISION)
def set_supervision() -> Response | tuple[str, int]:
    """Start or end the supervision of a coordinator."""
    form = SupervisionForm()
    _fill(form)
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        act = actions.end_supervision if request.form.get("what") == "end" else actions.start_supervision
        tried = attempt(
            form,
            lambda: act(
                current_identity(),
                supervisor_id=UUID(form.supervisor_id.data),
                coordinator_id=UUID(form.coordinator_id.data),
            ),
        )
        if tried.done:
            flash_sentence(Sentence("The supervision is recorded."))
            return redirect(url_for("care.show_caseloads"), 303)
        reasons = tried.reasons
    return _caseloads_page(form, reasons)


@blueprint.route("/enrollees/<uuid:enrollee_id>/coordinator", methods=["GET", "POST"])
@needs(Permission.ASSIGN_COORDINATORS)
def assign_coordinator(enrollee_id: UUID) -> Response | tuple[str, int]:
    """Choose a person's coordinator, now or from a later moment. The page knows the person by code only."""
    now, identity = now_utc(), current_identity()
    person = queries.get_enrollee(enrollee_id)
    waits = person is not None and any(row.id == enrollee_id for row in records.list_waiting(now, size=1000))
    if person is None or not (waits or queries.find_access(identity, enrollee_id, now)):
        raise NotFound
    code, held = person.code, records.coordinators_of([enrollee_id], now).get(enrollee_id)
    people = accounts.queries.list_holders("coordinator")
    counts = records.list_caseloads([each.id for each in people], now)
    form = AssignForm()
    form.coordinator_id.choices = options(
        (value, Sentence("%(name)s: %(count)s of %(most)s", name=name, count=_count(counts, value), most=CASELOAD))
        for value, name in named(each for each in people if each.id != held)
    )
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        tried = attempt(
            form,
            lambda: actions.assign_coordinator(
                identity,
                enrollee_id=enrollee_id,
                coordinator_id=UUID(form.coordinator_id.data),
                starts_at=form.starts_at.data,
                warm_at=form.warm_at.data,
                note=form.note.data or "",
            ),
        )
        if tried.done:
            flash_sentence(Sentence("The coordinator is recorded."))
            return redirect(url_for("care.show_caseloads"), 303)
        reasons = tried.reasons
    return page(
        "assign_coordinator",
        form=form,
        reasons=reasons,
        code=code,
        enrollee_id=enrollee_id,
        held=accounts.queries.names_of([held]).get(held) if held else None,
    )


@blueprint.route("/enrollees/<uuid:enrollee_id>/mentor", methods=["GET", "POST"])
@needs(Permission.WRITE_CARE)
def assign_mentor(enrollee_id: UUID) -> Response | tuple[str, int]:
    """Give a person a recovery mentor, or end it."""
    person = open_for_writing(current_identity(), enrollee_id=enrollee_id, purpose="mentor")
    form = MentorForm()
    form.mentor_id.choices = options(named(accounts.queries.list_holders("mentor")))
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        act = actions.end_mentor if request.form.get("what") == "end" else actions.assign_mentor
        tried = attempt(
            form,
            lambda: act(current_identity(), enrollee_id=enrollee_id, mentor_id=UUID(form.mentor_id.data)),
        )
        if tried.done:
            flash_sentence(Sentence("The recovery mentor is recorded."))
            return redirect(url_for("care.list_consents", enrollee_id=enrollee_id), 303)
        reasons = tried.reasons
    return person_page("assign_mentor", person, tab="care.list_consents", form=form, reasons=reasons)


def _caseloads_page(form: SupervisionForm, reasons: Sequence[Sentence] = ()) -> tuple[str, int]:
    now, identity = now_utc(), current_identity()
    _fill(form)
    sees_all = identity.may(Permission.SET_SUPERVISION)
    people = accounts.queries.list_holders("coordinator")
    counts = records.list_caseloads([person.id for person in people], now)
    supervisions = records.list_supervisions(now)
    names = accounts.queries.names_of(row.supervisor_id for row in supervisions)
    supervisors: dict[UUID, list[tuple[UUID, str]]] = {}
    for row in supervisions:
        supervisors.setdefault(row.coordinator_id, []).append((row.supervisor_id, names.get(row.supervisor_id, "")))
    lines = []
    for person in people:
        found = counts.get(person.id, records.Caseload(person.id, 0, 0))
        over = tuple(supervisors.get(person.id, ()))
        if sees_all or any(supervisor_id == identity.user_id for supervisor_id, _ in over):
            lines.append(CaseloadLine(person.id, person.name, found.people, found.planned, over))
    waiting = [(row, clocks_of(row, now)) for row in records.list_waiting(now)]
    return page(
        "show_caseloads",
        form=form,
        reasons=reasons,
        now=now,
        lines=lines,
        most=CASELOAD,
        waiting=waiting,
        sees_all=sees_all,
    )


def _fill(form: SupervisionForm) -> None:
    form.supervisor_id.choices = options(named(accounts.queries.list_holders("supervisor")))
    form.coordinator_id.choices = options(named(accounts.queries.list_holders("coordinator")))


def _count(counts: dict[UUID, records.Caseload], value: str) -> int:
    found = counts.get(UUID(value))
    return found.people + found.planned if found else 0
