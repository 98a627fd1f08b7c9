"""Telling about a person under a consent: the one door by which a record leaves, in an envelope with the notice."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from audit import actions as trail
from audit.rules import EventKind
from care import vault
from care.actions.opening import open_rows, require_access, require_writer, visible_fields
from care.actions.part2 import closed_goals, narrowed
from care.actions.people import locked_person
from care.fields import Group
from care.models import Consent, Disclosure, Enrollee, Goal, Referral
from care.notices import PART2_NOTICE, REVOCATION, STATE_NOTICE
from care.queries import records
from care.rules import Access, ConsentFacts, Standing, decide_disclosure
from core.clock import local_day, now_utc
from core.db import current_config, transaction
from core.errors import Conflict, NotAllowed, NotFound, Sentence
from core.identity import Identity

FORMAT = "goldthread-disclosure-1"
OPEN_COLUMNS = (
    "state",
    "status",
    "kind",
    "domain",
    "renewal_on",
    "target_on",
    "made_at",
    "instrument",
    "taken_on",
    "period",
)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What leaves: the scope of the consent, the notice and the record; `digest` is that of the bytes."""

    content: dict[str, Any]
    data: bytes
    digest: str


def disclose(
    identity: Identity, *, enrollee_id: UUID, consent_id: UUID, disclosure_id: UUID, now: datetime | None = None
) -> Envelope:
    """Make the envelope of one telling and record it: refused without a consent in force.

    A flagged goal and its referrals stay out when the consent does not cover 42 CFR Part 2, and nothing says that
    they did. Raises NotFound, NotAllowed, and Conflict for a telling that was made already.
    """
    now = now or now_utc()
    today = local_day(now, current_config().timezone)
    with transaction() as session:
        require_writer(identity, enrollee_id, now)
        person = locked_person(enrollee_id)
        consent = records.get_row(Consent, consent_id, enrollee_id)
        if session.get(Disclosure, disclosure_id) is not None:
            raise Conflict(Sentence("This was told already. Open the page again to tell it once more."))
        groups = frozenset(Group(group) for group in consent.fields.split(",") if group)
        facts = ConsentFacts(
            groups, consent.starts_on, consent.expires_on, consent.revoked_at is not None, consent.covers_part2
        )
        own = vault.open_fields([person])[enrollee_id]
        decision = decide_disclosure(facts, is_part2=bool(own.get("part2")), today=today)
        if not decision.allowed:
            raise NotAllowed(*decision.reasons)
        scope = Access(Standing.CONSENT, groups, groups if consent.covers_part2 else frozenset())
        record = gather_record(person, own, scope)
        content = {
            "format": FORMAT,
            "disclosure": {"id": str(disclosure_id), "at": now.isoformat(), "by": identity.name, "from": _program()},
            "consent": _scope(consent, own),
            "notice": PART2_NOTICE,
            "state_notice": STATE_NOTICE,
            "record": record,
        }
        data = json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True).encode()
        digest = hashlib.sha256(data).hexdigest()
        session.add(
            Disclosure(
                id=disclosure_id,
                enrollee_id=enrollee_id,
                consent_id=consent_id,
                fields=consent.fields,
                disclosed_at=now,
                disclosed_by=identity.user_id,
                digest=digest,
            )
        )
        trail.record(
            EventKind.RECORD_DISCLOSED,
            identity,
            now=now,
            subject_type="enrollee",
            subject_id=enrollee_id,
            details={
                "consent": str(consent_id),
                "disclosure": str(disclosure_id),
                "groups": sorted(groups),
                "digest": digest,
                "rows": sum(len(rows) for rows in record.values() if isinstance(rows, list)),
            },
        )
    return Envelope(content, data, digest)


def export_own_record(identity: Identity, *, enrollee_id: UUID, now: datetime | None = None) -> Envelope:
    """The person's own copy of their whole record; for them alone."""
    now = now or now_utc()
    with transaction():
        access = require_access(identity, enrollee_id, now)
        if access.standing != Standing.OWN:
            raise NotFound
        person = locked_person(enrollee_id)
        own = vault.open_fields([person])[enrollee_id]
        content = {
            "format": FORMAT,
            "disclosure": {"at": now.isoformat(), "by": identity.name, "from": _program()},
            "record": gather_record(person, own, access),
        }
        data = json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True).encode()
        digest = hashlib.sha256(data).hexdigest()
        trail.record(
            EventKind.RECORD_DISCLOSED,
            identity,
            now=now,
            subject_type="enrollee",
            subject_id=enrollee_id,
            details={"to": "the person", "digest": digest},
        )
    return Envelope(content, data, digest)


def gather_record(person: Enrollee, own: dict[str, Any], scope: Access) -> dict[str, Any]:
    """The person's fields and rows that a scope covers, as plain values."""
    scope = narrowed(scope, own)
    record: dict[str, Any] = {"code": person.code, "person": visible_fields("enrollee", own, scope)}
    closed = closed_goals(scope, person.id)
    for group, models in records.TOLD_TABLES.items():
        if Group(group) not in scope.groups:
            continue
        for model in models:
            rows = [
                row
                for row in records.list_rows(model, person.id)
                if not (model is Goal and row.id in closed) and not (model is Referral and row.goal_id in closed)
            ]
            record[model.__tablename__] = [{**_open_values(row), **fields} for row, fields in open_rows(rows, scope)]
    return record


def _open_values(row: Any) -> dict[str, str]:
    values = {name: getattr(row, name, None) for name in OPEN_COLUMNS}
    return {name: str(value) for name, value in values.items() if value is not None}


def _scope(consent: Consent, own: dict[str, Any]) -> dict[str, Any]:
    words = vault.open_fields([consent])[consent.id]
    return {
        "person": own.get("legal_name") or own.get("preferred_name") or "",
        "recipient": words.get("recipient", ""),
        "purpose": words.get("purpose", ""),
        "given": words.get("given_how", ""),
        "what": consent.fields.split(","),
        "covers_42_cfr_part_2": consent.covers_part2,
        "starts_on": consent.starts_on.isoformat(),
        "expires_on": consent.expires_on.isoformat(),
        "revocation": REVOCATION,
    }


def _program() -> str:
    config = current_config()
    return f"{config.site_name}, {config.county_banner or config.county_name}"
