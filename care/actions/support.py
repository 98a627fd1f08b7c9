"""A person's benefits, natural supports and support team."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from audit import actions as trail
from audit.rules import EventKind
from care import vault
from care.actions.opening import require_writer
from care.actions.people import locked_person
from care.models import Benefit, SupportPerson
from care.queries import records
from care.words import BENEFIT_KINDS, BENEFIT_STATES, SOAR_STEPS
from core.clock import local_day, now_utc
from core.db import current_config, transaction
from core.errors import InvalidInput, NotFound, Sentence
from core.identity import Identity

SOAR_KINDS = frozenset({"ssi", "ssdi"})


def set_benefit(
    identity: Identity,
    *,
    enrollee_id: UUID,
    benefit_id: UUID,
    kind: str,
    state: str,
    renewal_on: date | None = None,
    reference: str = "",
    soar_steps: Sequence[str] = (),
    note: str = "",
    now: datetime | None = None,
) -> bool:
    """Record how far a benefit is: new under a new id, else changed. False when nothing changed.

    SOAR steps belong to SSI and SSDI.
    """
    now = now or now_utc()
    if kind not in BENEFIT_KINDS:
        raise InvalidInput("kind", Sentence("Choose a benefit."))
    if state not in BENEFIT_STATES:
        raise InvalidInput("state", Sentence("Choose how far it is."))
    if soar_steps and kind not in SOAR_KINDS:
        raise InvalidInput("soar_steps", Sentence("SOAR steps belong to SSI and SSDI only."))
    if not set(soar_steps) <= set(SOAR_STEPS):
        raise InvalidInput("soar_steps", Sentence("There is no such step."))
    values = {
        "kind": kind,
        "reference": reference,
        "soar_steps": [step for step in SOAR_STEPS if step in soar_steps],
        "note": note,
    }
    with transaction() as session:
        require_writer(identity, enrollee_id, now)
        person = locked_person(enrollee_id)
        row = session.get(Benefit, benefit_id)
        if row is not None and row.enrollee_id != enrollee_id:
            raise NotFound
        if row is None:
            row = Benefit(id=benefit_id, enrollee_id=enrollee_id, state=state, renewal_on=renewal_on)
            row.sealed = vault.seal_fields(person, "benefit", benefit_id, values)
            session.add(row)
            changed = sorted(name for name, value in values.items() if value)
        else:
            changed = vault.change_fields(person, row, values)
            changed += [
                name for name, new in (("state", state), ("renewal_on", renewal_on)) if getattr(row, name) != new
            ]
            row.state, row.renewal_on = state, renewal_on
            if not changed:
                return False
        trail.record(
            EventKind.BENEFIT_CHANGED,
            identity,
            now=now,
            subject_type="enrollee",
            subject_id=enrollee_id,
            details={"benefit": str(benefit_id), "state": state, "fields": changed},
        )
    return True


def set_support(
    identity: Identity,
    *,
    enrollee_id: UUID,
    support_id: UUID,
    kind: str,
    name: str,
    role: str = "",
    phone: str = "",
    note: str = "",
    now: datetime | None = None,
) -> bool:
    """Record somebody who stands by the person: a natural support or a member of the team. False: nothing changed."""
    now = now or now_utc()
    if kind not in {"natural", "team"}:
        raise InvalidInput("kind", Sentence("Choose natural support or team."))
    if not name.strip():
        raise InvalidInput("name", Sentence("Write the name."))
    values = {"name": name.strip(), "role": role, "phone": phone, "note": note}
    with transaction() as session:
        require_writer(identity, enrollee_id, now)
        person = locked_person(enrollee_id)
        row = session.get(SupportPerson, support_id)
        if row is not None and row.enrollee_id != enrollee_id:
            raise NotFound
        what = "changed"
        if row is None:
            what = "added"
            row = SupportPerson(id=support_id, enrollee_id=enrollee_id, kind=kind)
            row.sealed = vault.seal_fields(person, "support_person", support_id, values)
            session.add(row)
        else:
            changed = vault.change_fields(person, row, values)
            if not changed and row.kind == kind:
                return False
            row.kind = kind
        _record_support(identity, enrollee_id, support_id, what, now)
    return True


def end_support(identity: Identity, *, enrollee_id: UUID, support_id: UUID, now: datetime | None = None) -> None:
    """Note that somebody stands by the person no more; they stay in the history. Ended already is no change."""
    now = now or now_utc()
    with transaction():
        require_writer(identity, enrollee_id, now)
        row = records.get_row(SupportPerson, support_id, enrollee_id)
        if row.ended_on is not None:
            return
        row.ended_on = local_day(now, current_config().timezone)
        _record_support(identity, enrollee_id, support_id, "ended", now)


def _record_support(identity: Identity, enrollee_id: UUID, support_id: UUID, what: str, now: datetime) -> None:
    trail.record(
        EventKind.SUPPORT_CHANGED,
        identity,
        now=now,
        subject_type="enrollee",
        subject_id=enrollee_id,
        details={"support": str(support_id), "what": what},
    )
