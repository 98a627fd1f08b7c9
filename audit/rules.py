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
    FUND_REQUEST_CREATED = "fund_request:created"
    FUND_REQUEST_EDITED = "fund_request:edited"
    FUND_REQUEST_ADOPTED = "fund_request:adopted"
    FUND_REQUEST_ANSWERED = "fund_request:answered"
    FUND_REQUEST_SUBMITTED = "fund_request:submitted"
    FUND_REQUEST_RECALLED = "fund_request:recalled"
    FUND_REQUEST_RETURNED = "fund_request:returned"
    FUND_REQUEST_TIER_APPROVED = "fund_request:tier_approved"
    FUND_REQUEST_APPROVED = "fund_request:approved"
    FUND_REQUEST_APPROVED_IN_EMERGENCY = "fund_request:approved_in_emergency"
    FUND_REQUEST_RATIFIED = "fund_request:ratified"
    FUND_REQUEST_RATIFICATION_REFUSED = "fund_request:ratification_refused"
    FUND_REQUEST_DENIED = "fund_request:denied"
    FUND_REQUEST_WITHDRAWN = "fund_request:withdrawn"
    FUND_REQUEST_AMENDED = "fund_request:amended"
    FUND_REQUEST_TAKEN_BACK = "fund_request:taken_back"
    FUND_REQUEST_SUPPLEMENT_ASKED = "fund_request:supplement_asked"
    FUND_REQUEST_SUPPLEMENT_APPROVED = "fund_request:supplement_approved"
    FUND_REQUEST_SUPPLEMENT_DENIED = "fund_request:supplement_denied"
    FUND_REQUEST_CANCELLED = "fund_request:cancelled"
    FUND_REQUEST_EXPIRED = "fund_request:expired"
    FUND_REQUEST_VOUCHERED = "fund_request:vouchered"
    FUND_REQUEST_CORRECTED = "fund_request:corrected"
    FUND_REQUEST_ADVANCED = "fund_request:advanced"
    FUND_REQUEST_PAID = "fund_request:paid"
    FUND_REQUEST_PAYMENT_FAILED = "fund_request:payment_failed"
    FUND_REQUEST_VOIDED = "fund_request:voided"
    FUND_REQUEST_DOCUMENT_ADDED = "fund_request:document_added"
    FUND_REQUEST_RECEIPT_ACCEPTED = "fund_request:receipt_accepted"
    FUND_REQUEST_SUBSTANTIATED = "fund_request:substantiated"
    FUND_REQUEST_ADVANCE_RETURNED = "fund_request:advance_returned"
    FUND_REQUEST_RECONCILED = "fund_request:reconciled"
    FUND_REQUEST_REFUNDED = "fund_request:refunded"
    FUND_REQUEST_DISALLOWED = "fund_request:disallowed"
    FUND_REQUEST_RECOVERED = "fund_request:recovered"
    FUND_REQUEST_WRITTEN_OFF = "fund_request:written_off"
    FUND_REQUEST_APPEALED = "fund_request:appealed"
    FUND_REQUEST_UPHELD = "fund_request:upheld"
    FUND_REQUEST_OVERTURNED = "fund_request:overturned"
    FUND_REQUEST_PAUSED = "fund_request:paused"
    FUND_REQUEST_RESUMED = "fund_request:resumed"
    FUND_STEP_PROPOSED = "fund_step:proposed"
    FUND_STEP_REFUSED = "fund_step:refused"
    FUND_REQUEST_OPENED = "fund_request:opened"
    FUND_REQUESTS_LISTED = "fund_requests:listed"
    FUND_DOCUMENT_SIGNED = "fund_document:signed"
    FUND_DOCUMENT_OPENED = "fund_document:opened"
    FUND_SET_UP = "fund:set_up"
    FUND_CHANGED = "fund:changed"
    FUND_YEAR_OPENED = "fund_year:opened"
    FUND_YEAR_PREVIEWED = "fund_year:previewed"
    FUND_YEAR_ROLLED_OVER = "fund_year:rolled_over"
    FUND_YEAR_ROLLED_BACK = "fund_year:rolled_back"
    FUND_PERIOD_SET = "fund_period:set"
    BUDGET_ADOPTED = "budget:adopted"
    BUDGET_MOVED = "budget:moved"
    POSTING_REVERSED = "posting:reversed"
    PAYEE_PROPOSED = "payee:proposed"
    PAYEE_CHANGED = "payee:changed"
    PAYEE_VERIFIED = "payee:verified"
    PAYEE_RETIRED = "payee:retired"
    PAYEE_OPENED = "payee:opened"
    TAX_FORM_RECORDED = "tax_form:recorded"
    INSTRUMENT_MOVED = "instrument:moved"
    BANK_FILE_IMPORTED = "bank_file:imported"
    BANK_LINE_MATCHED = "bank_line:matched"
    POLICY_PROPOSED = "policy:proposed"
    POLICY_TRIED = "policy:tried"
    POLICY_DECIDED = "policy:decided"
    POLICY_EXCEPTION_GRANTED = "policy:exception_granted"
    DELEGATION_MADE = "delegation:made"
    DELEGATION_REVOKED = "delegation:revoked"
    FUND_EXPORTED = "fund:exported"
    FUND_CHECKED = "fund:checked"
    UNIT_COST_STATED = "outcomes:cost_stated"
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
    EventKind.UNIT_COST_STATED: frozenset({"measure", "cents"}),
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
