"""Who may do what, how long a session lasts, when a guess waits, what a password must be; no storage and no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from itsdangerous import BadData, URLSafeSerializer
from zxcvbn import zxcvbn

from core.errors import Decision, InvalidInput, Sentence
from core.identity import Permission

# --- roles -----------------------------------------------------------------------------------------------------------

ROLE_NAMES: Mapping[str, Sentence] = MappingProxyType(
    {
        "enrollee": Sentence("Enrollee"),
        "family": Sentence("Family member"),
        "mentor": Sentence("Recovery mentor"),
        "coordinator": Sentence("Coordinator"),
        "supervisor": Sentence("Supervisor of coordinators"),
        "fiscal_approver": Sentence("Fiscal approver"),
        "payer": Sentence("Payer"),
        "reconciler": Sentence("Reconciler"),
        "director": Sentence("Director"),
        "auditor": Sentence("Auditor"),
        "privacy_officer": Sentence("Privacy officer"),
        "steward": Sentence("Steward of the directory"),
        "admin": Sentence("Administrator of accounts"),
    }
)
ROLES = tuple(ROLE_NAMES)

_OWN = frozenset({Permission.SEE_OWN_PAGES})
_RECORD = _OWN | {Permission.SEE_OWN_RECORD}
_FUND_WORK = frozenset({Permission.SEE_FUND_REQUESTS, Permission.ASK_FUND, Permission.KEEP_PAYEES})
_FIELD_WORK = (
    _OWN
    | _FUND_WORK
    | {
        Permission.SEE_COORDINATOR_LISTINGS,
        Permission.SEE_ENROLLEES,
        Permission.WRITE_CARE,
        Permission.BREAK_GLASS,
        Permission.SEE_AGREEMENTS,
        Permission.SEE_GAPS,
    }
)
_LEAD = _FIELD_WORK | {
    Permission.ASSIGN_COORDINATORS,
    Permission.DECIDE_GAPS,
    Permission.SEE_OUTCOMES,
    Permission.STATE_UNIT_COSTS,
    Permission.DECIDE_FUND_REQUESTS,
    Permission.REVIEW_APPEALS,
}
_BOOKS = _OWN | {Permission.SEE_FUND_REQUESTS, Permission.SEE_BOOKS}
_WATCH = _OWN | {Permission.SEE_TRAIL}
ROLE_PERMISSIONS: Mapping[str, frozenset[Permission]] = MappingProxyType(
    {
        "enrollee": _RECORD | {Permission.SEE_OWN_MONEY},
        "family": _RECORD,
        "mentor": _RECORD | {Permission.SEE_ENROLLEES},
        "coordinator": _FIELD_WORK,
        "supervisor": _LEAD | {Permission.EDIT_AGREEMENTS},
        "fiscal_approver": _BOOKS
        | {
            Permission.DECIDE_FUND_REQUESTS,
            Permission.RECOGNIZE_SPENDING,
            Permission.DISALLOW_SPENDING,
            Permission.PAUSE_FUND_REQUESTS,
            Permission.KEEP_PAYEES,
            Permission.GOVERN_FUND,
        },
        "payer": _OWN | {Permission.SEE_FUND_REQUESTS, Permission.PAY_VOUCHERS},
        "reconciler": _BOOKS | {Permission.RECONCILE_SPENDING},
        "director": _WATCH
        | {
            Permission.SEE_COORDINATOR_LISTINGS,
            Permission.SEE_ENROLLEES,
            Permission.ASSIGN_COORDINATORS,
            Permission.SEE_AGREEMENTS,
            Permission.EDIT_AGREEMENTS,
            Permission.SEE_GAPS,
            Permission.DECIDE_GAPS,
            Permission.SEE_OUTCOMES,
            Permission.STATE_UNIT_COSTS,
            Permission.SEE_BREAK_GLASS,
            Permission.SET_SUPERVISION,
            Permission.SEE_FUND_REQUESTS,
            Permission.SEE_BOOKS,
            Permission.DECIDE_FUND_REQUESTS,
            Permission.REVIEW_APPEALS,
            Permission.DISALLOW_SPENDING,
            Permission.APPROVE_GOVERNANCE,
        },
        "auditor": _WATCH
        | {
            Permission.SEE_ENROLLEES,
            Permission.SEE_AGREEMENTS,
            Permission.SEE_GAPS,
            Permission.SEE_OUTCOMES,
            Permission.SEE_FUND_REQUESTS,
            Permission.SEE_BOOKS,
            Permission.PAUSE_FUND_REQUESTS,
        },
        "privacy_officer": _WATCH | {Permission.SEE_BREAK_GLASS},
        "steward": _OWN
        | {
            Permission.SEE_COORDINATOR_LISTINGS,
            Permission.EDIT_DIRECTORY,
            Permission.IMPORT_FEEDS,
            Permission.SEE_RESTRICTED_LISTINGS,
            Permission.SEE_AGREEMENTS,
            Permission.EDIT_AGREEMENTS,
        },
        "admin": _OWN | {Permission.MANAGE_USERS},
    }
)

SECOND_FACTOR_ROLES = frozenset(ROLES) - {"enrollee", "family", "steward"}
"""Roles that see another person's data or money, or give such access: they need a one-time code (security.md)."""

_PERSONAL = frozenset({"enrollee", "family", "coordinator", "supervisor", "privacy_officer", "director"})
_MONEY = frozenset({"fiscal_approver", "payer", "reconciler"})
KEPT_APART: tuple[tuple[frozenset[str], frozenset[str], Sentence], ...] = (
    (
        frozenset({"admin"}),
        _PERSONAL | _MONEY | {"auditor"},
        Sentence("An administrator of accounts sees no person's data and no money, so holds no other such role."),
    ),
    (
        frozenset({"auditor"}),
        _MONEY | {"coordinator", "supervisor", "steward"},
        Sentence("An auditor does none of the work that is audited."),
    ),
    (
        frozenset({"fiscal_approver"}),
        frozenset({"payer", "reconciler", "coordinator"}),
        Sentence("Who approves money neither asks for it, pays it nor reconciles it."),
    ),
    (frozenset({"payer"}), frozenset({"reconciler"}), Sentence("Who pays does not reconcile.")),
)


def permissions_of(roles: Iterable[str]) -> frozenset[Permission]:
    """Everything that the roles allow together; an unknown role allows nothing."""
    allowed: frozenset[Permission] = frozenset()
    for role in roles:
        allowed |= ROLE_PERMISSIONS.get(role, frozenset())
    return allowed


def needs_second_factor(roles: Iterable[str]) -> bool:
    """True when one of the roles sees another person's data or money."""
    return bool(SECOND_FACTOR_ROLES & set(roles))


def decide_roles(roles: Iterable[str]) -> Decision:
    """Whether one person may hold these roles together."""
    wanted = frozenset(roles)
    reasons = []
    if not wanted:
        reasons.append(Sentence("Choose at least one role."))
    if wanted - ROLE_NAMES.keys():
        reasons.append(Sentence("There is no such role."))
    reasons += [why for one, others, why in KEPT_APART if wanted & one and wanted & others]
    return Decision.of(reasons)


def decide_grant(
    *, actor_id: UUID | None, subject_id: UUID | None, old: Iterable[str], new: Iterable[str], other_admins: int
) -> Decision:
    """Whether the actor may change a person's roles from `old` to `new`.

    `other_admins` is the number of active administrators besides that person.
    """
    reasons = list(decide_roles(new).reasons)
    if actor_id is not None and actor_id == subject_id:
        reasons.append(Sentence("Nobody changes their own roles. Ask another administrator."))
    if "admin" in set(old) - set(new) and other_admins == 0:
        reasons.append(LAST_ADMIN)
    return Decision.of(reasons)


def decide_disable(*, actor_id: UUID | None, subject_id: UUID, roles: Iterable[str], other_admins: int) -> Decision:
    """Whether the actor may switch this account off."""
    reasons = []
    if actor_id == subject_id:
        reasons.append(Sentence("Nobody switches off their own account. Ask another administrator."))
    if "admin" in set(roles) and other_admins == 0:
        reasons.append(LAST_ADMIN)
    return Decision.of(reasons)


LAST_ADMIN = Sentence("This is the last administrator. Make somebody else one first.")

# --- names, addresses, passwords -------------------------------------------------------------------------------------

PASSWORD_MIN = 12
PASSWORD_MAX = 128
MIN_GUESSES_LOG10 = 8.0  # zxcvbn's step to "safely unguessable" behind a throttled, slow hash
_ESTIMATED = 64  # letters that the estimate reads: its time grows with the square of the length
OUR_WORDS = ("goldthread", "directory", "coordinator", "enrollee", "westchester", "peerspace", "county")


def normalize_email(text: str) -> str:
    """The address as it is kept and compared: valid shape, lower case. Raises InvalidInput."""
    try:
        return validate_email(text.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise InvalidInput("email", Sentence("Write an e-mail address like name@example.org.")) from error


def decide_password(password: str, *, own_words: Iterable[str] = ()) -> Decision:
    """Whether a new password will do: long enough, not too long, not one of the first that somebody would try.

    `own_words` are the person's name and address and the site's words, which a guesser knows. No rule asks for
    capitals or signs: they make passwords harder to remember and no harder to guess (NIST SP 800-63B).
    """
    if len(password) < PASSWORD_MIN:
        return Decision(
            (Sentence("Use at least %(count)s letters. Three or four words are good.", count=PASSWORD_MIN),)
        )
    if len(password) > PASSWORD_MAX:
        return Decision.of([Sentence("Use at most %(count)s letters.", count=PASSWORD_MAX)])
    named = [word.lower().replace("@", " ") for word in own_words]
    words = [*OUR_WORDS, *(part for name in named for part in (*name.split(), "".join(name.split())) if part)]
    if float(zxcvbn(password[:_ESTIMATED], user_inputs=words)["guesses_log10"]) < MIN_GUESSES_LOG10:
        return Decision(
            (Sentence("This password is easy to guess. Three or four words that nobody would expect are good."),)
        )
    return Decision()


# --- guesses ---------------------------------------------------------------------------------------------------------

FREE_FAILURES = 5  # the fifth failure starts the delay (security.md)
FIRST_DELAY = timedelta(minutes=1)
LONGEST_DELAY = timedelta(minutes=15)
MEMORY = timedelta(hours=24)  # failures older than this no longer count
KNOWN_NETWORK = timedelta(days=90)  # how long a successful sign-in makes a network one of the owner's


@dataclass(frozen=True, slots=True)
class Attempt:
    """One checked guess at one account's password or code."""

    at: datetime
    succeeded: bool
    same_network: bool


def waits_until(attempts: Sequence[Attempt], now: datetime) -> datetime | None:
    """Until when a guess from this network at this account is not even checked; None when it may be made now.

    Two limits, and neither ever exceeds LONGEST_DELAY. From one network the delay doubles with each failure from the
    fifth on. From many networks together five failures in that time are checked; the networks from which the owner
    has signed in before are not held by that limit, so that strangers cannot keep the owner out.
    """
    own = [attempt for attempt in attempts if attempt.same_network]
    until = [_own_delay(own, now), None if _is_known(own, now) else _strangers_delay(attempts, now)]
    later = [moment for moment in until if moment is not None and moment > now]
    return max(later) if later else None


def _own_delay(own: Sequence[Attempt], now: datetime) -> datetime | None:
    last_success = max((attempt.at for attempt in own if attempt.succeeded), default=None)
    failures = [
        attempt.at
        for attempt in own
        if not attempt.succeeded and now - attempt.at < MEMORY and (last_success is None or attempt.at > last_success)
    ]
    if len(failures) < FREE_FAILURES:
        return None
    return max(failures) + min(FIRST_DELAY * 2 ** min(len(failures) - FREE_FAILURES, 10), LONGEST_DELAY)


def _is_known(own: Sequence[Attempt], now: datetime) -> bool:
    return any(attempt.succeeded and now - attempt.at < KNOWN_NETWORK for attempt in own)


def _strangers_delay(attempts: Sequence[Attempt], now: datetime) -> datetime | None:
    recent = sorted(attempt.at for attempt in attempts if not attempt.succeeded and now - attempt.at < LONGEST_DELAY)
    others = any(not attempt.same_network and not attempt.succeeded for attempt in attempts)
    if len(recent) < FREE_FAILURES or not others:
        return None
    return recent[-FREE_FAILURES] + LONGEST_DELAY


# --- sessions --------------------------------------------------------------------------------------------------------

WARNING = timedelta(minutes=2)
FRESH = timedelta(minutes=5)  # how long a one-time code opens the one operation it was asked for
SECOND_STEP = timedelta(minutes=10)  # how long the step between password and code may take
INVITATION = timedelta(days=7)

_IDLE: Mapping[str, timedelta] = MappingProxyType(
    {"enrollee": timedelta(minutes=30), "family": timedelta(minutes=30)}
    | dict.fromkeys(("fiscal_approver", "payer", "reconciler", "admin"), timedelta(minutes=10))
)
_STAFF_IDLE = timedelta(minutes=15)
_STAFF_WHOLE = timedelta(hours=8)
_OWN_WHOLE = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class SessionTimes:
    """What a session remembers of itself: when it began and when its person last did something."""

    signed_in_at: datetime
    seen_at: datetime


def idle_limit(roles: Iterable[str]) -> timedelta:
    """How long a session lasts without a sign of life: the shortest of the roles."""
    return min((_IDLE.get(role, _STAFF_IDLE) for role in roles), default=_STAFF_IDLE)


def whole_limit(roles: Iterable[str]) -> timedelta:
    """How long a session lasts at most: 12 hours for enrollees and families, else 8."""
    held = set(roles)
    return _OWN_WHOLE if held and held <= {"enrollee", "family"} else _STAFF_WHOLE


def session_ends_at(times: SessionTimes, roles: Iterable[str]) -> datetime:
    """The moment at which the session is over, when nothing more happens."""
    held = tuple(roles)
    return min(times.seen_at + idle_limit(held), times.signed_in_at + whole_limit(held))


def session_is_over(times: SessionTimes, roles: Iterable[str], now: datetime) -> bool:
    """True at the end and after it, and when the clock stands before the session's own times (a clock set back)."""
    backwards = now < times.seen_at - timedelta(minutes=5)
    return backwards or now >= session_ends_at(times, roles)


def is_fresh(given_at: datetime | None, now: datetime) -> bool:
    """True while a one-time code given at that moment still opens its operation."""
    return given_at is not None and timedelta(0) <= now - given_at < FRESH


# --- invitations -----------------------------------------------------------------------------------------------------


def make_invitation(secret_key: str, uniquifier: str, until: datetime) -> str:
    """The token of an invitation's link, good until that moment and until the account's uniquifier changes."""
    return str(URLSafeSerializer(secret_key, salt="invitation").dumps([uniquifier, int(until.timestamp())]))


def read_invitation(secret_key: str, token: str, now: datetime) -> str | None:
    """The uniquifier in a token that we signed and that is not too old; else None."""
    try:
        uniquifier, until = URLSafeSerializer(secret_key, salt="invitation").loads(token)
    except (BadData, ValueError, TypeError):
        return None
    return str(uniquifier) if isinstance(until, int) and now.timestamp() < until else None


# --- the library's pages ---------------------------------------------------------------------------------------------

LIBRARY_ENDPOINTS: Mapping[str, str] = MappingProxyType(
    {
        "security.login": "public",
        "security.logout": "public",
        "security.forgot_password": "public",
        "security.reset_password": "public",
        "security.two_factor_setup": "public",  # also between password and code; the library checks which
        "security.two_factor_setup_validate": "signed in",
        "security.two_factor_token_validation": "public",
        "security.two_factor_rescue": "public",
        "security.mf_recovery": "public",
        "security.mf_recovery_codes": "signed in",
        "security.change_password": "signed in",
        "security.verify": "signed in",
    }
)
"""Flask-Security's pages that exist here, each with its mark for core.guard. Its other pages are not registered."""
