"""What care decides: who stands how to a person and sees which groups, referral transitions, clocks; no storage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from care.fields import Group
from core.errors import Decision, Sentence

CASELOAD: Final = 12  # enrollees a coordinator, the program's ratio
ACCESS_CLOCK: Final = timedelta(hours=24)  # SPOA referral to first access
LINKAGE_CLOCK: Final = timedelta(days=7)  # discharge to psychiatric linkage
GLASS_TIME: Final = timedelta(minutes=60)  # security.md: break-glass
FIRST_DAYS: Final = 30
ALL_GROUPS: Final = frozenset(Group)


class Standing(StrEnum):
    """How a viewer stands to a person, the nearest first. Several add up: each gives what it gives."""

    OWN = "own record"
    COORDINATOR = "coordinator"
    SUPERVISOR = "supervisor"
    EMERGENCY = "emergency"
    MENTOR = "recovery mentor"
    CONSENT = "consent"
    OVERSIGHT = "oversight"


# What each standing sees. CONSENT sees what the consent names.
STANDING_GROUPS: Final[Mapping[Standing, frozenset[Group]]] = {
    Standing.OWN: ALL_GROUPS,
    Standing.COORDINATOR: ALL_GROUPS,
    Standing.SUPERVISOR: ALL_GROUPS,
    Standing.EMERGENCY: frozenset({Group.CONTACT, Group.NEEDS, Group.HEALTH, Group.PLAN, Group.REFERRALS}),
    Standing.MENTOR: frozenset({Group.CONTACT, Group.PLAN}),
    Standing.CONSENT: frozenset(),
    Standing.OVERSIGHT: ALL_GROUPS,
}
WRITERS: Final = frozenset({Standing.COORDINATOR, Standing.SUPERVISOR})


@dataclass(frozen=True, slots=True)
class Access:
    """What a viewer may see of one person, and why: `standing` is the nearest of all that apply.

    `part2_groups` are those of the groups in which what is flagged under 42 CFR Part 2 is seen too.
    """

    standing: Standing
    groups: frozenset[Group]
    part2_groups: frozenset[Group] = ALL_GROUPS
    standings: frozenset[Standing] = frozenset()

    def covers_part2(self, group: Group) -> bool:
        """False: what is flagged under 42 CFR Part 2 stays closed in this group."""
        return group in self.part2_groups

    @property
    def may_write(self) -> bool:
        """True for those who work with the person today."""
        return self.standing in WRITERS


@dataclass(frozen=True, slots=True)
class AccessFacts:
    """What the tables say about one viewer and one person, as of now. Ended and expired rows are not in it."""

    is_own: bool = False
    roles: frozenset[str] = frozenset()
    assigned_as: frozenset[str] = frozenset()
    supervises: bool = False
    has_broken_glass: bool = False
    consented: frozenset[Group] = frozenset()
    consent_covers_part2: bool = False


def decide_access(facts: AccessFacts) -> Access | None:
    """How a viewer may see a person, or None: then the person does not exist for them.

    A consent or an emergency opening takes nothing away from one who sees more in another standing.
    """
    standings = [
        standing
        for standing, applies in (
            (Standing.OWN, facts.is_own),
            (Standing.COORDINATOR, "coordinator" in facts.assigned_as and "coordinator" in facts.roles),
            (Standing.SUPERVISOR, facts.supervises and "supervisor" in facts.roles),
            (Standing.EMERGENCY, facts.has_broken_glass),
            (Standing.MENTOR, "mentor" in facts.assigned_as and "mentor" in facts.roles),
            (Standing.CONSENT, bool(facts.consented)),
            (Standing.OVERSIGHT, bool(facts.roles & {"director", "auditor"})),
        )
        if applies
    ]
    if not standings:
        return None
    groups: frozenset[Group] = frozenset()
    part2_groups: frozenset[Group] = frozenset()
    for standing in standings:
        given = facts.consented if standing == Standing.CONSENT else STANDING_GROUPS[standing]
        groups |= given
        if standing != Standing.CONSENT or facts.consent_covers_part2:
            part2_groups |= given
    return Access(standings[0], groups, part2_groups, frozenset(standings))


# A person: from status → what may follow. Who comes back after the end is referred anew.
STATUS_NEXT: Final[Mapping[str, tuple[str, ...]]] = {
    "referred": ("enrolled", "ended"),
    "enrolled": ("ended",),
    "ended": (),
}
STATUS_NAMES: Final[Mapping[str, Sentence]] = {
    "referred": Sentence("Referred"),
    "enrolled": Sentence("Enrolled"),
    "ended": Sentence("Ended"),
}


def decide_status(status: str, new: str, on: date, today: date) -> Decision:
    """Whether a person's status may change on a day."""
    reasons = []
    if new not in STATUS_NEXT.get(status, ()):
        reasons.append(
            Sentence(
                "A person who is “%(status)s” cannot become “%(new)s”. Look again: it may have changed.",
                status=STATUS_NAMES.get(status, status),
                new=STATUS_NAMES.get(new, new),
            )
        )
    if on > today:
        reasons.append(Sentence("This day has not come yet. Record it on the day."))
    return Decision.of(reasons)


@dataclass(frozen=True, slots=True)
class HandOff:
    """What is known when a coordinator is to begin: the open assignment, if any, and the account that was chosen."""

    is_ended: bool
    holds_role: bool
    open_since: datetime | None
    starts_at: datetime
    warm_at: datetime | None


def decide_assignment(facts: HandOff, now: datetime) -> Decision:
    """Whether a coordinator may begin with a person: at once or on a later day, never in the past."""
    reasons = []
    if facts.is_ended:
        reasons.append(Sentence("This person has left the program. Refer them anew first."))
    if not facts.holds_role:
        reasons.append(Sentence("Choose an active account with this role."))
    if facts.starts_at < now:
        reasons.append(Sentence("A hand-off begins now or later: what was seen in the past cannot be changed."))
    if facts.starts_at > now + timedelta(days=60):
        reasons.append(Sentence("Plan a hand-off at most 60 days ahead."))
    if facts.open_since is not None and facts.open_since > now:
        reasons.append(Sentence("A hand-off is planned already. It must begin before the next one is planned."))
    if facts.warm_at is not None and facts.warm_at > facts.starts_at:
        reasons.append(Sentence("A warm hand-off happens before or at the start: the three of you meet first."))
    return Decision.of(reasons)


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """One consent as of now."""

    groups: frozenset[Group]
    starts_on: date
    expires_on: date
    is_revoked: bool
    covers_part2: bool


def decide_disclosure(consent: ConsentFacts, *, is_part2: bool, today: date) -> Decision:
    """Whether data may leave under a consent today (42 CFR 2.31, 2.33; NY Mental Hygiene Law 33.13)."""
    reasons = []
    if consent.is_revoked:
        reasons.append(Sentence("This consent was revoked. Nothing may be told under it."))
    if today < consent.starts_on:
        reasons.append(Sentence("This consent has not begun yet."))
    if today > consent.expires_on:
        reasons.append(Sentence("This consent has expired. Ask the person for a new one."))
    if is_part2 and Group.HEALTH in consent.groups and not consent.covers_part2:
        reasons.append(
            Sentence(
                "This record is flagged under 42 CFR Part 2, and the consent does not cover that. "
                "Ask the person for a consent that does."
            )
        )
    return Decision.of(reasons)


# Referral: from state → the states that may follow. "closed" ends it.
REFERRAL_NEXT: Final[Mapping[str, tuple[str, ...]]] = {
    "made": (
        "contacted",
        "offered",
        "no reply",
        "not eligible",
        "no capacity",
        "waitlisted",
        "declined by person",
        "closed",
    ),
    "contacted": ("offered", "no reply", "not eligible", "no capacity", "waitlisted", "declined by person", "closed"),
    "no reply": ("contacted", "offered", "no capacity", "declined by person", "closed"),
    "waitlisted": ("offered", "no capacity", "not eligible", "declined by person", "closed"),
    "offered": ("first contact", "no reply", "declined by person", "closed"),
    "first contact": ("engaged", "declined by person", "closed"),
    "engaged": ("closed",),
    "declined by person": ("closed",),
    "not eligible": ("closed",),
    "no capacity": ("closed",),
    "closed": (),
}
RESPONDED: Final = frozenset({"offered", "first contact", "engaged", "waitlisted", "not eligible", "no capacity"})
ENDS_WITHOUT_HELP: Final = frozenset({"no capacity", "not eligible"})
# States in which a referral holds no place of the partner.
NO_PLACE: Final = ENDS_WITHOUT_HELP | {"declined by person", "waitlisted", "no reply"}
NOT_COUNTED: Final = frozenset({"declined by person"})


def decide_referral(state: str, new: str) -> Decision:
    """Whether a referral may go from one state to another."""
    if new in REFERRAL_NEXT.get(state, ()):
        return Decision()
    return Decision.of(
        [
            Sentence(
                "A referral that is “%(state)s” cannot become “%(new)s”. Look at it again: it may have moved.",
                state=state,
                new=new,
            )
        ]
    )


class ClockState(StrEnum):
    """How a clock stands; always said in words beside the colour."""

    STOPPED = "stopped"
    IN_TIME = "in time"
    SOON = "soon"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock of one person: `left` is negative when it ran out."""

    state: ClockState
    due_at: datetime
    left: timedelta
    took: timedelta | None = None


def clock(starts_at: datetime, limit: timedelta, stopped_at: datetime | None, now: datetime) -> Clock:
    """The 24-hour or 7-day clock: in elapsed time, nights and weekends count."""
    due = starts_at + limit
    if stopped_at is not None:
        state = ClockState.STOPPED if stopped_at <= due else ClockState.LATE
        return Clock(state, due, due - stopped_at, stopped_at - starts_at)
    left = due - now
    if left <= timedelta(0):
        return Clock(ClockState.LATE, due, left)
    return Clock(ClockState.SOON if left <= limit / 4 else ClockState.IN_TIME, due, left)


def contact_days(enrolled_on: date, until: date) -> list[date]:
    """The days on which contact is due in the first 30 days: daily in week one, then Monday, Wednesday and Friday."""
    days = (enrolled_on + timedelta(days=number) for number in range(FIRST_DAYS))
    return [day for day in days if day <= until and ((day - enrolled_on).days < 7 or day.weekday() in {0, 2, 4})]


@dataclass(frozen=True, slots=True)
class ContactDay:
    """A day of the first 30 on which contact is due. `state` is reached, tried, overdue, due (today) or coming."""

    day: date
    state: str


def contact_schedule(enrolled_on: date, tried: Mapping[date, bool], today: date) -> list[ContactDay]:
    """The days of the first 30 with what came of them, overdue first. `tried` says for a day whether it reached them.

    An attempt that reached nobody is written down and is no contact: until one reaches the person, today stays due.
    """
    found = []
    for day in contact_days(enrolled_on, enrolled_on + timedelta(days=FIRST_DAYS)):
        if tried.get(day):
            state = "reached"
        elif day in tried and day < today:
            state = "tried"
        elif day < today:
            state = "overdue"
        else:
            state = "due" if day == today else "coming"
        found.append(ContactDay(day, state))
    order = ("overdue", "due", "coming", "tried", "reached")
    return sorted(found, key=lambda one: (order.index(one.state), one.day))


def kept_rate(promises: Sequence[tuple[int, timedelta | None, bool]]) -> tuple[int, int]:
    """How many promises were kept, of how many counted.

    Each is (promised hours, time to the first real response or None, is still running): one that is still within its
    time is not counted yet; one that ran out without a response was broken.
    """
    counted = [(hours, took) for hours, took, running in promises if took is not None or not running]
    kept = [1 for hours, took in counted if took is not None and took <= timedelta(hours=hours)]
    return len(kept), len(counted)


def small_cells(values: Sequence[int | None], limit: int = 10) -> list[int | None]:
    """Counts of people with the small ones hidden (None): 1 to `limit`; zero tells nobody apart and stays.

    When only one cell would be hidden, the next smallest is hidden too, so that a total does not give it back.
    """
    hidden = {index for index, value in enumerate(values) if value is not None and 0 < value <= limit}
    if len(hidden) == 1:
        others = sorted((value, index) for index, value in enumerate(values) if value and index not in hidden)
        hidden |= {index for _, index in others[:1]}
    return [None if index in hidden else value for index, value in enumerate(values)]
