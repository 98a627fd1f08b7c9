"""What of people's records a report counts: opened for it, in the trail, shown only as numbers."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final
from uuid import UUID

from audit import actions as trail
from audit.rules import EventKind
from care import vault
from core.clock import now_utc
from core.db import transaction
from core.errors import NotAllowed, Sentence
from core.identity import Identity, Permission
from funds.queries.reporting import people
from funds.reports.equity import PersonFacts

ZIP: Final = re.compile(r"\b(\d{5})\b")


def open_people_facts(identity: Identity, *, now: datetime | None = None) -> dict[UUID, PersonFacts]:
    """Language and ZIP of everybody in the program, for the equity report. Two queries after the event."""
    now = now or now_utc()
    if not identity.may(Permission.SEE_BOOKS):
        raise NotAllowed(Sentence("Your role does not allow this."))
    everybody = people.list_enrollees()
    with transaction():
        trail.record(
            EventKind.FUND_REQUESTS_LISTED,
            identity,
            now=now,
            details={"purpose": "equity report", "people": [str(row.id) for row in everybody]},
        )
    found = {}
    for person_id, values in vault.open_fields(people.list_enrollees()).items():
        code = ZIP.search(str(values.get("home_area") or ""))
        languages = values.get("languages") or []
        found[person_id] = PersonFacts(str(languages[0]) if languages else "", code[1] if code else "")
    return found
