"""What the rules are told and what they answer: rule, facts, finding, evaluation. No judgement is made here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

NO_RULE: Final = UUID(int=0)
"""The rule id of a finding that no rule row makes: the facts do not fit together, or nothing says who approves."""

METHODS: Final = ("check", "ach", "card", "reimbursement", "gift_card", "pass", "petty_cash", "to_enrollee")
"""How money may go out; the last pays the person and is off unless a rule's order names it."""

DEFAULT_RECEIPT_DAYS: Final = 30  # where no rule says when a receipt is due (469 NAC 3-004)
ROLES: Final = ("coordinator", "supervisor", "fiscal_approver", "payer", "reconciler", "director", "auditor")
CONSENT: Final = "consent"
"""The kind of paper that carries the county's consent; also, as COUNTY, who is asked for it."""
COUNTY: Final = "county"


class RuleKind(StrEnum):
    """What a rule measures."""

    PROHIBITED_ITEM = "prohibited_item"
    CAP_REQUEST = "cap_request"
    CAP_WINDOW = "cap_window"
    COUNT_WINDOW = "count_window"
    WEEKS_OF_52 = "weeks_of_52"
    ONE_TIME = "one_time"
    TIER = "tier"
    DOCUMENT = "document"
    QUOTES = "quotes"
    METHOD_ALLOWED = "method_allowed"
    LAST_RESORT = "last_resort"
    GOAL_LINK = "goal_link"
    SUSTAINABILITY = "sustainability"
    RECEIPT_DUE = "receipt_due"
    EMERGENCY = "emergency"
    W9_REQUIRED = "w9_required"
    TAX_THRESHOLD = "tax_threshold"
    CARRY_FORWARD = "carry_forward"
    SOD = "sod"
    BENEFIT_HINT = "benefit_hint"


class Severity(StrEnum):
    """What a tripped rule does."""

    BLOCK = "block"
    EXCEPTION = "exception"
    REQUIRE_DOCUMENT = "require_document"
    ADD_TIER = "add_tier"
    WARN = "warn"
    INFO = "info"


class WindowKind(StrEnum):
    """Over which days a rule sums or counts."""

    FISCAL_YEAR = "fiscal_year"
    CALENDAR_YEAR = "calendar_year"
    ROLLING_MONTHS = "rolling_months"
    FIRST_PAYMENT_MONTHS = "first_payment_months"
    ANY_52_WEEKS = "any_52_weeks"
    LIFETIME = "lifetime"
    ENROLMENT = "enrolment"


class Step(StrEnum):
    """When a request is evaluated."""

    SUBMIT = "submit"
    APPROVE = "approve"
    SUPPLEMENT = "supplement"
    VOUCHER = "voucher"
    ADVANCE = "advance"


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of one rule. `category` is a category code (a parent covers its children) or None for all.

    In force from `effective_from` to `effective_to`, both days included. `exception_role` is one of ROLES or COUNTY.
    """

    id: UUID
    code: str
    version: int
    kind: RuleKind | str  # a word that is no kind is refused by the evaluation, never skipped
    severity: Severity | str
    params: Mapping[str, Any]
    category: str | None = None
    exception_role: str | None = None
    effective_from: date = date.min
    effective_to: date | None = None
    citation: str = ""
    message_en: str = ""
    message_es: str = ""


@dataclass(frozen=True, slots=True)
class Spending:
    """One earlier request as the windows count it: `cents` is what it holds and has spent, net of releases and refunds.

    `on` is the day of its approval, `paid_on` of its first payment. `days` are the first and last day that the bought
    thing covers (rent, utilities), where known.
    """

    request_id: UUID
    enrollee_id: UUID
    category: str
    payee_id: UUID | None
    cents: int
    on: date
    paid_on: date | None = None
    days: tuple[date, date] | None = None
    is_emergency: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the rules may know of one request. `history` holds this enrollee's and this payee's other requests."""

    request_id: UUID
    enrollee_id: UUID
    payee_id: UUID | None
    category: str
    parents: Mapping[str, str | None]  # every category code → its parent's
    cents: int
    method: str
    item: str
    today: date
    fiscal_year: tuple[date, date]
    enrolled_on: date | None
    goal_is_active: bool
    tried: int  # directory resources tried, with an outcome
    documents: frozenset[str]  # kinds of document on the request
    quotes: int
    quote_reason: str
    has_agreement: bool  # the person's choice statement
    is_emergency: bool
    sustainability: str
    payee_has_w9: bool
    payee_is_verified: bool
    payee_paid_year_cents: int  # paid to this payee in this calendar year, reportable methods only
    holder_is_overdue: bool  # who would hold an advance or card has a receipt overdue by 30 days
    days: tuple[date, date] | None = None
    history: Sequence[Spending] = ()
    exceptions: frozenset[str] = frozenset()  # codes of rules with an exception in force for this request
    monthly_rent_cents: int | None = None
    receipts_missing: int = 0  # money or cards out with this holder or for this person, not yet covered by receipts
    tax_threshold_cents: int | None = None  # of this calendar year; None while none is entered
    actors: Mapping[str, frozenset[UUID]] = field(default_factory=dict)  # duty ("author", "approver") → who has done it


STOPS: Final = (Severity.BLOCK, Severity.EXCEPTION, Severity.REQUIRE_DOCUMENT)


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that speaks: its figure against its limit, how it would be complied with, and what was counted."""

    code: str
    version: int
    rule_id: UUID
    kind: RuleKind | str
    severity: Severity
    text_en: str
    text_es: str
    figure: int | None = None
    limit: int | None = None
    window: str = ""
    window_es: str = ""
    counted: tuple[UUID, ...] = ()
    document: str = ""
    remedy_en: str = ""
    remedy_es: str = ""
    exception_role: str | None = None
    citation: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The findings on one request and the tiers of approval that it asks for, in order.

    A tier is the set of roles of which one must approve: (frozenset({"supervisor", "fiscal_approver"}),). The tiers are
    those of the ordinary way; in the emergency lane one of `emergency_approvers` approves and the last tier ratifies.
    Empty `emergency_approvers` mean that the lane is shut. A receipt is due in `receipt_days` days, or working days.
    """

    findings: tuple[Finding, ...]
    tiers: tuple[frozenset[str], ...]
    needs_county_consent: bool = False
    receipt_days: int = DEFAULT_RECEIPT_DAYS
    receipts_in_working_days: bool = False
    emergency_approvers: frozenset[str] = frozenset()
    figures: Mapping[str, int] = field(default_factory=dict)  # "left:<rule code>" → cents left after this, < 0: over

    @property
    def blocks(self) -> tuple[Finding, ...]:
        """What stops the request now: blocks, missing papers, and exceptions that nobody has granted."""
        return tuple(finding for finding in self.findings if finding.severity in STOPS)
