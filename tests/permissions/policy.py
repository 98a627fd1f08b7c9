"""Who may see and do what with a person's record, in a policy person's tables: written by hand, never generated.

`tests/permissions/expected.csv` says what the site answers; these tables say what it may answer at most. The rules in
`care/rules.py` are not read here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.permissions.world import SAME_PERSON, STANDINGS

EVERYTHING: Final = frozenset({"contact", "needs", "health", "benefits", "plan", "referrals", "outcomes"})
NOTHING: Final = frozenset[str]()
EMERGENCY: Final = frozenset({"contact", "needs", "health", "plan", "referrals"})
# A consent that does not cover 42 CFR Part 2 tells a flagged record without its health fields, and no flagged goal.
WITHOUT_PART2: Final = EVERYTHING - {"health"}

# Standing → role → groups of fields. "*" is every other role with an account; a visitor sees nothing anywhere.
SEES: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {
    "own": {
        "enrollee": EVERYTHING,
        "family": EVERYTHING,
        "mentor": frozenset({"contact", "plan"}),
        "coordinator": EVERYTHING,
        "supervisor": EVERYTHING,
    },
    "other": {},
    "former": {},
    "later": {},
    "role lost": {},
    "consent": {"*": WITHOUT_PART2},
    "consent part 2": {"*": EVERYTHING},
    "consent narrow": {"*": frozenset({"contact"})},
    "consent mixed": {"*": frozenset({"contact"})},
    "consent later": {},
    "consent expired": {},
    "consent revoked": {},
    "glass": {"*": EMERGENCY},
    "glass over": {},
}
# The director and the auditor see everybody, and a consent or an emergency opening takes nothing of it away.
OVERSIGHT: Final = frozenset({"director", "auditor"})
# The reasons of emergency openings are read by those who judge them. The fund's office knows people by code; who
# verifies a payee sees its numbers; who is the second person of a step reads why the first one asks for it.
ALSO: Final[Mapping[str, frozenset[str]]] = {
    "privacy_officer": frozenset({"break_glass.reason", "enrollee.code"}),
    "fiscal_approver": frozenset({"enrollee.code", "payee.tin", "payee.bank"}),
    "reconciler": frozenset({"enrollee.code"}),
    "payer": frozenset({"enrollee.code", "step_proposal.note"}),
}

# Who is shown anything of a person, by role: pages of staff, or one's own pages. All others are refused at the door.
STAFF: Final = frozenset({"mentor", "coordinator", "supervisor", "director", "auditor"})
FISCAL: Final = frozenset({"fiscal_approver", "payer", "reconciler"})  # pages of the fund alone
OWN_PAGES: Final = frozenset({"enrollee", "family", "mentor"})
WRITES: Final = frozenset({("coordinator", "own"), ("supervisor", "own")})
# What somebody else than those two may do with a record: method, address, role, standing.
OTHER_WRITES: Final = frozenset(
    {
        # A person, or nobody else, takes a consent back and takes a copy of the record along.
        ("/me/<uuid:enrollee_id>/consents/<uuid:consent_id>/revoke", "enrollee", "own"),
        ("/me/<uuid:enrollee_id>/copy", "enrollee", "own"),
        # Who judges emergency openings judges each of them; nobody their own.
        *(
            ("/emergency-access/<uuid:opening_id>/reviewed", role, standing)
            for role in ("privacy_officer", "director")
            for standing in STANDINGS
        ),
        # The director hands people over, and gives a coordinator to anybody who waits for one.
        *(("/enrollees/<uuid:enrollee_id>/coordinator", "director", standing) for standing in STANDINGS),
    }
)


# --- the fund (funds.md, 4 and 8) ------------------------------------------------------------------------------------
# Who works with a person knows their requests; the office knows everybody's by code once they were sent, never a draft.
OWN_REQUESTS: Final = frozenset({"enrollee", "coordinator", "supervisor"})
BY_CODE: Final = frozenset({"fiscal_approver", "payer", "reconciler", "director", "auditor"})
# Who reads what was written about a person in a request. Who pays needs number, payee and amount.
READS_WORDS: Final = BY_CODE - {"payer"}
NEVER_SENT: Final = frozenset({"draft", "unanswered", "started"})
# Role → the ends of addresses at which it may do something.
FUND_DOES: Final[Mapping[str, tuple[str, ...]]] = {
    "enrollee": ("/answer", "/appeal", "/withdraw", "/money/new"),
    "coordinator": (
        "/fund/new", "/adopt", "/edit", "/submit", "/recall", "/withdraw", "/amend", "/supplement", "/cancel",
        "/appeal", "/papers", "/affidavit", "/w9", "/payees/new",
    ),
    "supervisor": (
        "/decide", "/deny", "/return", "/exception", "/ratify", "/take-back", "/sign", "/w9", "/payees/new", "/end",
    ),
    "fiscal_approver": (
        "/decide", "/deny", "/return", "/exception", "/ratify", "/take-back", "/pause", "/cancel", "/voucher",
        "/advance", "/refund", "/undo", "/papers", "/affidavit", "/verify", "/retire", "/edit", "/w9", "/payees/new",
        "/soft-close",
        "/lost", "/receive", "/count", "/cards/new", "/propose", "/try", "/packet", "/file/<kind>", "/end",
    ),
    "payer": ("/pay", "/failed", "/undo", "/lost", "/receive", "/end"),
    "reconciler": (
        "/reconcile", "/accept", "/cover", "/return", "/match", "/aside", "/undo", "/bank/new", "/lost", "/receive",
        "/count", "/packet", "/file/<kind>", "/end",
    ),
    "director": (
        "/decide", "/deny", "/exception", "/ratify", "/take-back", "/proposals/<uuid:proposal_id>", "/undo", "/close",
        "/try", "/packet", "/file/<kind>", "/end",
    ),
    "auditor": ("/pause", "/packet", "/file/<kind>"),
}  # fmt: skip


def is_fund(address: str) -> bool:
    """Addresses that the fund's own rules decide; the page of a person's money is the person's."""
    return address.startswith(("/fund", "/me/money"))


def fund_word_fits(address: str, role: str, standing: str, word: str) -> bool:
    """Whether a role may get this answer about a request in a standing."""
    if word not in {"shown", "done", "refused form", "conflict", "sent on"}:
        return True
    knows = role in OWN_REQUESTS and standing.startswith("own")
    knows = knows or (role in BY_CODE and not standing.endswith("a draft"))
    if standing == "absent" or not knows:
        return False
    return word != "done" or address.endswith(FUND_DOES.get(role, ()))


def fund_words_seen(role: str, standing: str, label: str) -> bool:
    """Whether a role may read what stands in a request of a person in a standing; `label` is the request's state."""
    return (role in OWN_REQUESTS and standing == "own") or (role in READS_WORDS and label not in NEVER_SENT)


def groups_seen(role: str, standing: str) -> frozenset[str]:
    """The groups of fields of the person of a standing that a role may see at most."""
    standing = SAME_PERSON.get(standing, standing)
    if role == "visitor" or standing not in SEES:
        return NOTHING
    of_standing = SEES[standing]
    return EVERYTHING if role in OVERSIGHT else of_standing.get(role, of_standing.get("*", NOTHING))


# Fields that no page shows to anybody, with the reason. Everything else is seen by who works with the person.
SHOWN_NOWHERE: Final[Mapping[str, str]] = {
    "break_glass.reason": "read by who judges emergency openings, not by who works with the person",
    "goal_version.strategies": "kept for the record; the page of a goal shows what its words and measure were",
    "plan_version.agreement_words": "kept for the record; the page of a plan shows what its answer and notes were",
}
# What stands only in requests of a state in which no address is asked as this role: who decides on them is shown it.
NOT_ASKED: Final[Mapping[str, frozenset[str]]] = {
    "coordinator": frozenset(
        {
            "appeal.words", "fund_request.emergency_call", "fund_request.emergency_reason",
            "fund_request.supplement_reason",
        }
    ),
}  # fmt: skip
