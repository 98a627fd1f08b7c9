"""The kinds of event, the fields that each must carry, and the hash that chains them; no storage."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

ALGORITHM = "sha256-v1"
GENESIS = "0" * 64


class EventKind(StrEnum):
    """Everything that the trail can say, as subject:verb. `docs/events.md` explains each to an auditor."""

    USER_INVITED = "user:invited"
    USER_ROLES_CHANGED = "user:roles_changed"
    USER_EDITED = "user:edited"
    USER_DISABLED = "user:disabled"
    USER_ENABLED = "user:enabled"
    USER_SIGNED_IN = "user:signed_in"
    USER_SIGNED_OUT = "user:signed_out"
    USER_SIGN_IN_FAILED = "user:sign_in_failed"
    USER_PASSWORD_CHANGED = "user:password_changed"  # noqa: S105 (the name of an event)
    USER_TWO_FACTOR_CHANGED = "user:two_factor_changed"
    USER_SESSIONS_ENDED = "user:sessions_ended"
    LISTING_ADDED = "listing:added"
    LISTING_EDITED = "listing:edited"
    LISTING_VERIFIED = "listing:verified"
    LISTING_RETIRED = "listing:retired"
    LISTING_RESTORED = "listing:restored"
    LISTING_MADE_CONFIDENTIAL = "listing:made_confidential"
    LISTINGS_LOCATED = "listings:located"
    LISTING_EXPORTED = "listing:exported"
    SUGGESTION_RECEIVED = "suggestion:received"
    SUGGESTION_DECIDED = "suggestion:decided"
    FEED_IMPORTED = "feed:imported"
    FEED_CHECKED = "feed:checked"
    CLOSING_DAYS_SET = "closing_days:set"
    AGREEMENT_RECORDED = "agreement:recorded"
    AGREEMENT_CHANGED = "agreement:changed"
    AGREEMENT_DOCUMENT_KEPT = "agreement:document_kept"
    AGREEMENT_STATE_CHANGED = "agreement:state_changed"
    RECORD_OPENED = "record:opened"
    CASELOAD_OPENED = "caseload:opened"
    GLASS_BROKEN = "record:opened_in_emergency"
    GLASS_REVIEWED = "record:emergency_reviewed"
    ENROLLEE_REFERRED = "enrollee:referred"
    ENROLLEE_CHANGED = "enrollee:changed"
    ENROLLEE_STATUS_CHANGED = "enrollee:status_changed"
    ENROLLEE_KEY_DESTROYED = "enrollee:key_destroyed"
    COORDINATOR_ASSIGNED = "assignment:started"
    ASSIGNMENT_ENDED = "assignment:ended"
    SUPERVISION_SET = "supervision:set"
    CONSENT_GIVEN = "consent:given"
    CONSENT_REVOKED = "consent:revoked"
    RECORD_DISCLOSED = "record:disclosed"
    BENEFIT_CHANGED = "benefit:changed"
    SUPPORT_CHANGED = "support:changed"
    SCREENING_RECORDED = "screening:recorded"
    PLAN_STARTED = "plan:started"
    PLAN_CHANGED = "plan:changed"
    PLAN_AGREED = "plan:agreed"
    GOAL_ADDED = "goal:added"
    GOAL_CHANGED = "goal:changed"
    GOAL_NOTED = "goal:noted"
    CHOICES_OFFERED = "choices:offered"
    CHOICE_MADE = "choice:made"
    REFERRAL_MADE = "referral:made"
    REFERRAL_MOVED = "referral:moved"
    CLOCK_STOPPED = "clock:stopped"
    CONTACT_LOGGED = "contact:logged"
    GAP_RECORDED = "gap:recorded"
    GAP_DECIDED = "gap:decided"
    OUTCOMES_RECORDED = "outcomes:recorded"
    KEYS_ROTATED = "keys:rotated"


REQUIRED_DETAILS: Mapping[EventKind, frozenset[str]] = {
    EventKind.USER_INVITED: frozenset({"roles"}),
    EventKind.USER_ROLES_CHANGED: frozenset({"old", "new"}),
    EventKind.USER_EDITED: frozenset({"fields"}),
    EventKind.USER_DISABLED: frozenset({"reason"}),
    EventKind.LISTING_EDITED: frozenset({"fields"}),
    EventKind.LISTING_VERIFIED: frozenset({"group", "outcome", "method"}),
    EventKind.LISTING_RETIRED: frozenset({"reason"}),
    EventKind.LISTING_RESTORED: frozenset({"fields"}),
    EventKind.LISTING_EXPORTED: frozenset({"format", "rows"}),
    EventKind.SUGGESTION_RECEIVED: frozenset({"kind"}),
    EventKind.SUGGESTION_DECIDED: frozenset({"state"}),
    EventKind.AGREEMENT_DOCUMENT_KEPT: frozenset({"sha256"}),
    EventKind.FEED_IMPORTED: frozenset({"source", "counts"}),
    EventKind.FEED_CHECKED: frozenset({"source", "counts"}),
}


def missing_details(kind: EventKind, details: Mapping[str, Any]) -> frozenset[str]:
    """The names of details that an event of this kind must carry and does not."""
    return REQUIRED_DETAILS.get(kind, frozenset()) - details.keys()


def canonical_json(record: Mapping[str, Any]) -> bytes:
    """One spelling for equal records: sorted keys, no blanks, NFC, UTF-8. Raises TypeError for a float."""
    _refuse_floats(record)
    text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return unicodedata.normalize("NFC", text).encode()


def moment(at: datetime) -> str:
    """A moment as the chain spells it: UTC, microseconds, Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def chain_hash(previous: str, record: Mapping[str, Any]) -> str:
    """The hash of an event: SHA-256(algorithm ‖ previous hash ‖ digest of the canonical record), in hex.

    Without a key, so that an outsider can verify the chain with a dozen lines of his own.
    """
    digest = hashlib.sha256(canonical_json(record)).hexdigest()
    return hashlib.sha256(f"{ALGORITHM}\n{previous}\n{digest}".encode()).hexdigest()


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("A record of the trail holds no floating-point number.")
    if isinstance(value, Mapping):
        for part in value.values():
            _refuse_floats(part)
    elif isinstance(value, list | tuple):
        for part in value:
            _refuse_floats(part)
