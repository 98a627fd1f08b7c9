"""Who acts and what they may: values only; which role holds which permission stands in `accounts.rules`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Permission(StrEnum):
    """What a role may do. A view names exactly one; `docs/permissions.md` lists them for people."""

    SEE_OWN_PAGES = "see own pages"
    EDIT_DIRECTORY = "edit the directory"
    IMPORT_FEEDS = "import feeds"
    SEE_COORDINATOR_LISTINGS = "see listings for coordinators"
    SEE_RESTRICTED_LISTINGS = "see restricted listings"
    MANAGE_USERS = "manage users"
    SEE_TRAIL = "see the audit trail"
    SEE_ENROLLEES = "see enrollees"
    WRITE_CARE = "write in enrollees' records"
    ASSIGN_COORDINATORS = "enroll people and assign coordinators"
    SET_SUPERVISION = "say who supervises whom"
    BREAK_GLASS = "open a record in an emergency"
    SEE_BREAK_GLASS = "review emergency access"
    SEE_AGREEMENTS = "see agreements"
    EDIT_AGREEMENTS = "edit agreements"
    SEE_GAPS = "see unmet need"
    DECIDE_GAPS = "propose purchases for unmet need"
    SEE_OUTCOMES = "see program outcomes"
    STATE_UNIT_COSTS = "state unit costs"
    SEE_OWN_RECORD = "see one's own record"
    SEE_OWN_MONEY = "see one's own fund requests"
    ASK_FUND = "ask the fund for money"
    SEE_FUND_REQUESTS = "see fund requests"
    DECIDE_FUND_REQUESTS = "decide fund requests"
    REVIEW_APPEALS = "review appeals"
    RECOGNIZE_SPENDING = "recognize and refund spending"
    PAY_VOUCHERS = "pay vouchers"
    RECONCILE_SPENDING = "reconcile spending"
    DISALLOW_SPENDING = "disallow spending"
    PAUSE_FUND_REQUESTS = "pause fund requests"
    KEEP_PAYEES = "keep payees"
    SEE_BOOKS = "see the books"
    GOVERN_FUND = "propose budgets and fund rules"
    APPROVE_GOVERNANCE = "approve budgets and fund rules"


@dataclass(frozen=True, slots=True)
class Identity:
    """The person or program that acts. `name` and `roles` are copied into the audit trail as of then."""

    user_id: UUID | None
    name: str
    roles: frozenset[str] = field(default_factory=frozenset)
    permissions: frozenset[Permission] = field(default_factory=frozenset)

    def may(self, permission: Permission) -> bool:
        """True when one of the identity's roles holds the permission."""
        return permission in self.permissions

    @property
    def is_signed_in(self) -> bool:
        """True for a person with an account."""
        return self.user_id is not None


VISITOR = Identity(user_id=None, name="visitor")


def system_identity(name: str) -> Identity:
    """The program itself, acting from the command line or a timer, with the permissions of its own upkeep.

    `name` says which part ("import", "seed"); it stands in the trail as "system: import".
    """
    return Identity(
        user_id=None,
        name=f"system: {name}",
        roles=frozenset({"system"}),
        permissions=frozenset(
            {
                Permission.EDIT_DIRECTORY,
                Permission.IMPORT_FEEDS,
                Permission.MANAGE_USERS,
                Permission.GOVERN_FUND,
                Permission.SEE_BOOKS,
            }
        ),
    )
