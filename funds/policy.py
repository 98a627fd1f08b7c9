"""Fund rules as data, pure: rule rows and the facts of one request → findings, tiers, papers. No figure lives here.

A rule is a row with a version, dates and a citation; this module knows the *kinds* of rule and how each is measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID


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


class Step(StrEnum):
    """When a request is evaluated."""

    SUBMIT = "submit"
    APPROVE = "approve"
    SUPPLEMENT = "supplement"
    VOUCHER = "voucher"
    ADVANCE = "advance"


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of one rule. `category` is a category code (a parent covers its children) or None for all."""

    id: UUID
    code: str
    version: int
    kind: RuleKind
    severity: Severity
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


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that speaks: its figure against its limit, how it would be complied with, and what was counted."""

    code: str
    version: int
    rule_id: UUID
    kind: RuleKind
    severity: Severity
    text_en: str
    text_es: str
    figure: int | None = None
    limit: int | None = None
    window: str = ""
    counted: tuple[UUID, ...] = ()
    document: str = ""
    remedy_en: str = ""
    remedy_es: str = ""
    exception_role: str | None = None
    citation: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The findings on one request and the tiers of approval that it asks for, in order.

    A tier is the set of roles of which one must approve: (frozenset({"supervisor", "fiscal_approver"}),).
    """

    findings: tuple[Finding, ...]
    tiers: tuple[frozenset[str], ...]
    needs_county_consent: bool = False
    receipt_days: int = 30
    figures: Mapping[str, int] = field(default_factory=dict)  # "left:<rule code>" → cents left after this request

    @property
    def blocks(self) -> tuple[Finding, ...]:
        """What stops the request now: blocks, missing papers, and exceptions that nobody has granted."""
        return tuple(
            finding
            for finding in self.findings
            if finding.severity in (Severity.BLOCK, Severity.EXCEPTION, Severity.REQUIRE_DOCUMENT)
        )
