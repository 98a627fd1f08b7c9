"""Audited reading: no event in the trail, no data. Each `open_*` commits its event before anything is unsealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from audit import actions as trail
from audit.rules import EventKind
from care import queries, vault
from care.actions.part2 import narrowed
from care.fields import FIELDS, Group
from care.models import Enrollee
from care.rules import Access
from core.clock import now_utc
from core.db import transaction
from core.errors import NotAllowed, NotFound, Sentence
from core.identity import Identity, Permission


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person in a list. `name` is what they want to be called, or the code where the viewer may not know it."""

    id: UUID
    code: str
    name: str
    status: str
    referred_at: datetime
    first_access_at: datetime | None
    discharged_at: datetime | None
    linked_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenedPerson:
    """A person as the viewer may see them: `fields` holds only what their standing gives."""

    enrollee: Enrollee
    access: Access
    fields: Mapping[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        """What the person wants to be called; the code where the viewer may not know it."""
        return str(self.fields.get("preferred_name") or self.fields.get("legal_name") or self.enrollee.code)

    @property
    def born_on(self) -> date | None:
        """The birthday, when it is known and may be seen."""
        return date.fromisoformat(self.fields["birth_date"]) if self.fields.get("birth_date") else None


def open_person(identity: Identity, *, enrollee_id: UUID, purpose: str, now: datetime | None = None) -> OpenedPerson:
    """One person's own fields. `purpose` is a code of the page ("overview", "search"). Raises NotFound."""
    now = now or now_utc()
    access = require_access(identity, enrollee_id, now)
    record_opening(identity, enrollee_id, access, purpose=purpose, now=now)
    enrollee = queries.get_enrollee(enrollee_id)
    if enrollee is None:
        raise NotFound
    fields = vault.open_fields([enrollee])[enrollee.id]
    access = narrowed(access, fields)
    return OpenedPerson(enrollee, access, visible_fields("enrollee", fields, access))


def open_for_writing(
    identity: Identity, *, enrollee_id: UUID, purpose: str, now: datetime | None = None
) -> OpenedPerson:
    """One person, for a page with a form. Raises NotFound, and NotAllowed for one who may only read."""
    now = now or now_utc()
    require_writer(identity, enrollee_id, now)
    return open_person(identity, enrollee_id=enrollee_id, purpose=purpose, now=now)


def open_caseload(
    identity: Identity, *, status: str = "", page: int = 1, size: int = 50, now: datetime | None = None
) -> tuple[list[PersonLine], int]:
    """The people whom the viewer may see, by code, with the names that their standing gives."""
    now = now or now_utc()
    people, total = queries.list_people(identity, now, status=status, page=page, size=size)
    ids = [person.id for person in people]
    record_list(identity, ids, now)
    people, total = queries.list_people(identity, now, status=status, page=page, size=size)
    people = [person for person in people if person.id in set(ids)]
    opened = vault.open_fields(people)
    accesses = queries.find_accesses(identity, [person.id for person in people], now)
    lines = []
    for person in people:
        access = accesses.get(person.id)
        fields = visible_fields("enrollee", opened[person.id], access) if access else {}
        lines.append(
            PersonLine(
                id=person.id,
                code=person.code,
                name=str(fields.get("preferred_name") or fields.get("legal_name") or person.code),
                status=person.status,
                referred_at=person.referred_at,
                first_access_at=person.first_access_at,
                discharged_at=person.discharged_at,
                linked_at=person.linked_at,
            )
        )
    return lines, total


def require_access(identity: Identity, enrollee_id: UUID, now: datetime) -> Access:
    """How the viewer stands to a person, or NotFound: unknown and not yours are the same."""
    access = queries.find_access(identity, enrollee_id, now)
    if access is None:
        raise NotFound
    return access


def require_writer(identity: Identity, enrollee_id: UUID, now: datetime) -> Access:
    """Access of one who works with the person today. Raises NotFound, or NotAllowed for one who may only read."""
    access = require_access(identity, enrollee_id, now)
    if not access.may_write:
        raise NotAllowed(Sentence("Only this person's coordinator or the supervisor can write here."))
    return access


def require_permission(identity: Identity, permission: Permission) -> None:
    """Refuse one whose roles do not hold a permission; for actions that need no standing to a person."""
    if not identity.may(permission):
        raise NotAllowed(Sentence("Your role does not allow this."))


def record_opening(identity: Identity, enrollee_id: UUID, access: Access, *, purpose: str, now: datetime) -> None:
    """Commit the event of a read, before the data is shown."""
    with transaction():
        trail.record(
            EventKind.RECORD_OPENED,
            identity,
            now=now,
            subject_type="enrollee",
            subject_id=enrollee_id,
            details={
                "standing": str(access.standing),
                **({"also": sorted(access.standings - {access.standing})} if len(access.standings) > 1 else {}),
                "groups": sorted(access.groups),
                "purpose": purpose,
            },
        )


def record_list(identity: Identity, enrollee_ids: Sequence[UUID], now: datetime) -> None:
    """Commit the event of a list of people, before it is shown."""
    details = {"people": [str(enrollee_id) for enrollee_id in enrollee_ids]}
    with transaction():
        trail.record(EventKind.CASELOAD_OPENED, identity, now=now, details=details)


def visible_fields(table: str, values: Mapping[str, Any], access: Access) -> dict[str, Any]:
    """The fields of a record whose group the viewer's standing gives, by the explicit list of `care.fields`.

    What is flagged under 42 CFR Part 2 needs a consent that covers it: without, a flagged person's health fields and a
    flagged goal are not there.
    """
    groups = access.groups
    if values.get("part2"):
        groups &= access.part2_groups | (groups - {Group.HEALTH} if table == "enrollee" else frozenset())
    return {name: value for name, value in values.items() if FIELDS[table][name].group in groups}


def open_rows(rows: Sequence[Any], access: Access) -> list[tuple[Any, dict[str, Any]]]:
    """Rows of one table of one person with their visible fields; after `record_opening`, never before."""
    opened = vault.open_fields(rows)
    return [(row, visible_fields(row.__tablename__, opened[row.id], access)) for row in rows]


def sees(access: Access, group: Group) -> bool:
    """True when the viewer sees this group of fields."""
    return group in access.groups
