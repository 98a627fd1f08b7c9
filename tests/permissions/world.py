"""The people of the permission tests: one account of each role, and one enrollee in each standing to all of them.

Every personal field of every table of care holds a canary of its own (`tests.permissions.canaries`). Nothing is asked
here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import select

import care.models
from accounts.rules import ROLES
from accounts.sign_in.store import identity_of
from audit import actions as trail
from audit.rules import EventKind
from care import vault
from care.fields import FIELDS, Group
from care.models import (
    Assignment,
    Benefit,
    BreakGlass,
    ChoiceOption,
    ChoiceSheet,
    Consent,
    ContactEntry,
    Disclosure,
    Enrollee,
    Gap,
    Goal,
    GoalNote,
    GoalVersion,
    OutcomePeriod,
    Plan,
    PlanVersion,
    Referral,
    ReferralEvent,
    Screening,
    Supervision,
    SupportPerson,
)
from core.clock import local_day, now_utc
from core.db import current_config, db, transaction
from core.identity import Identity, system_identity
from tests.builders import make_listing, make_organization
from tests.cast import Person, make_user
from tests.directory.actions.test_agreements import make_agreement
from tests.permissions.canaries import Canaries
from tests.permissions.fund_rows import OFFICE, FundBuilder, FundRows

DAY: Final = timedelta(days=1)
ALL: Final = ",".join(Group)
VIEWERS: Final = {role: Person(f"Viewer{number} Vane", role) for number, role in enumerate(ROLES)}
MAX: Final = Person("Other Coordinator", "coordinator")  # supervised by the supervisor until yesterday
NEW_MENTOR: Final = Person("Newmentor Vane", "mentor")
NEW_ENROLLEE: Final = Person("Newenrollee Vane", "enrollee")
LEE: Final = Person("Later Coordinator", "coordinator")  # supervised from the day after tomorrow on

# How the enrollees stand to every viewer, in the words of the table that a policy person reads.
STANDINGS: Final[Mapping[str, str]] = {
    "own": "the viewer's own record, caseload, team or mentee; for family: a consent in force that covers everything",
    "other": "somebody else's person",
    "former": "was theirs until yesterday",
    "later": "will be theirs the day after tomorrow",
    "role lost": "assigned to an account, or supervised by one, that has not (or no longer) the role for it",
    "own, other's row": "the viewer's own person, with the id of a row (a goal, a referral) of somebody else's",
    "consent": "a consent in force for everything that does not cover 42 CFR Part 2; the record is flagged",
    "consent flagged": "the same person, and a goal that is flagged by itself, with its referral and choice sheet",
    "consent part 2": "a consent in force for everything, Part 2 too; the record is flagged",
    "consent narrow": "a consent in force for contact only",
    "consent mixed": "contact with Part 2 and health without it: two consents; the record is flagged",
    "consent later": "a consent that begins the day after tomorrow",
    "consent expired": "a consent that ended the day before yesterday",
    "consent revoked": "a consent that was taken back",
    "glass": "a record opened in an emergency, running",
    "glass over": "an emergency opening whose hour is over",
    "own, a draft": "the viewer's own person, with a fund request that was never sent",
    "other, a draft": "somebody else's person, with a fund request that was never sent",
    "absent": "there is no such person",
}
DRAFT: Final = ", a draft"
SAME_PERSON: Final = {
    "consent flagged": "consent", "own, other's row": "own", f"own{DRAFT}": "own", f"other{DRAFT}": "other",
}  # fmt: skip


@dataclass
class Subject:
    """One enrollee: the ids that addresses name, by the name of the address's argument."""

    enrollee_id: UUID
    code: str
    rows: dict[str, UUID] = field(default_factory=dict)
    flagged: dict[str, UUID] = field(default_factory=dict)


@dataclass
class World:
    """Everything that the tests ask about."""

    viewers: dict[str, Identity]
    sessions: dict[str, str]
    subjects: dict[str, Subject]
    other_rows: dict[str, Any]
    canaries: Canaries
    fund: FundRows

    def ids(self, standing: str) -> dict[str, Any]:
        """The arguments of an address about the person of a standing; fresh ids for nobody."""
        if standing.endswith(DRAFT):
            standing = standing.removesuffix(DRAFT)
        if standing == "absent":
            names = {"enrollee_id", *self.subjects["own"].rows, *self.fund.rows["own"]}
            return {name: uuid4() for name in names}
        subject = self.subjects[SAME_PERSON.get(standing, standing)]
        rows = {**subject.rows, **(subject.flagged if standing == "consent flagged" else {})}
        if standing == "own, other's row":
            rows = self.subjects["other"].rows
        return {"enrollee_id": subject.enrollee_id, **self.fund.rows.get(standing, {}), **rows}


def build_world() -> World:
    """Make all of it in a migrated, empty database."""
    world = _Builder().build()
    db.session.rollback()  # a read that was left open would keep a writer waiting
    return world


class _Builder:
    def __init__(self) -> None:
        self.now = now_utc()
        self.today = local_day(self.now, current_config().timezone)
        self.canaries = Canaries()
        self.users = {role: make_user(person) for role, person in VIEWERS.items()}
        self.max, self.lee = make_user(MAX), make_user(LEE)
        self.new_mentor = make_user(NEW_MENTOR)
        make_user(NEW_ENROLLEE)
        for person in OFFICE.values():
            make_user(person)
        self.service_id = make_listing(name="Riverbend housing", organization_id=make_organization(name="Riverbend"))
        self.agreement_id, self.promised_id = make_agreement(starts_on=date(2020, 1, 1), ends_on=date(2099, 1, 1))
        self.subjects: dict[str, Subject] = {}

    def build(self) -> World:
        for number, standing in enumerate(name for name in STANDINGS if name not in {*SAME_PERSON, "absent"}):
            self._add_subject(standing, number)
        with transaction() as session:
            self._supervise("supervisor", self.users["coordinator"])
            self._supervise("supervisor", self.max, ends_at=self.now - DAY)
            self._supervise("supervisor", self.lee, starts_at=self.now + 2 * DAY)
            for role in ROLES:
                if role not in {"supervisor", "coordinator"}:
                    self._supervise(role, self.max)
            gap = Gap(id=uuid4(), key="test", need="housing", count=1, first_at=self.now, last_at=self.now)
            session.add(gap)
        viewers = {role: self._identity(user_id) for role, user_id in self.users.items()}
        return World(
            viewers=viewers,
            sessions={role: self._user(user_id).fs_uniquifier for role, user_id in self.users.items()},
            subjects=self.subjects,
            other_rows={
                "agreement_id": self.agreement_id,
                "gap_id": gap.id,
                "opening_id": self.subjects["glass"].rows["opening_id"],
                "service_id": self.promised_id,
                "organization_id": self._organization_of(self.promised_id),
                "user_id": self.max,
                "later_coordinator": self.lee,
                "new_mentor": self.new_mentor,
                "seq": 1,
                "code_of_other": self.subjects["other"].code,
            },
            canaries=self.canaries,
            fund=FundBuilder(self.now, self.today, self.canaries, viewers).build(self.subjects),
        )

    def _user(self, user_id: UUID) -> Any:
        from accounts.models import User

        return db.session.get(User, user_id)

    def _identity(self, user_id: UUID) -> Identity:
        return identity_of(self._user(user_id))

    def _organization_of(self, service_id: UUID) -> UUID:
        from directory.models import Service

        found = db.session.scalar(select(Service.organization_id).where(Service.id == service_id))
        assert found is not None
        return found

    def _add_subject(self, standing: str, number: int) -> None:
        subject = Subject(uuid4(), f"E-{number + 7001}")
        self.canaries.add_code(standing, subject.code)
        self.subjects[standing] = subject
        with transaction() as session:
            person = Enrollee(
                id=subject.enrollee_id,
                code=subject.code,
                status="enrolled",
                referred_at=self.now - timedelta(hours=30),
                discharged_at=self.now - 3 * DAY,
                enrolled_on=self.today - 20 * DAY,
                data_key=vault.new_data_key(subject.enrollee_id),
                user_id=self.users["enrollee"] if standing == "own" else None,
            )
            person.sealed = self._seal(standing, person, "enrollee", person.id, part2=standing.startswith("consent"))
            session.add(person)
            session.flush()
            for row in self._rows(standing, subject, person):
                session.add(row)
                session.flush()
            for row in self._ties(standing, subject, person):
                session.add(row)
                session.flush()
            trail.record(
                EventKind.ENROLLEE_REFERRED,
                system_identity("test"),
                now=self.now,
                subject_type="enrollee",
                subject_id=person.id,
                details={"fields": sorted(FIELDS["enrollee"])},
            )

    def _rows(self, standing: str, subject: Subject, person: Enrollee) -> Iterator[Any]:
        """One row in each table about a person, all fields filled in, and a second goal that is flagged."""
        yield self._row(standing, person, Benefit, "benefit_id", state="active", renewal_on=self.today + 40 * DAY)
        yield self._row(standing, person, SupportPerson, "support_id", kind="natural")
        yield self._row(standing, person, Screening, "", instrument="LOCUS", taken_on=self.today - 9 * DAY)
        yield self._row(standing, person, OutcomePeriod, "", period=-1, recorded_at=self.now)
        yield self._row(
            standing, person, ContactEntry, "contact_id", happened_at=self.now - DAY, channel="visit", result="reached"
        )
        review = self.today + 5 * DAY
        plan = self._row(
            standing, person, Plan, "plan_id", number=1, status="current", starts_on=self.today, review_on=review
        )
        yield plan
        yield self._row(standing, person, PlanVersion, "", plan_id=plan.id, version=9, replaced_at=self.now)
        for is_flagged in (False, True):
            yield from self._goal(standing, subject, person, plan, is_flagged)

    def _goal(self, standing: str, subject: Subject, person: Enrollee, plan: Plan, is_flagged: bool) -> Iterator[Any]:
        label, number = ("flagged", 2) if is_flagged else ("", 1)
        more: dict[str, Any] = {"label": label, "is_flagged": is_flagged}
        goal = self._row(
            standing, person, Goal, "goal_id", **more, plan_id=plan.id, number=number, domain="housing",
            review_on=self.today + 5 * DAY, part2=is_flagged,
        )  # fmt: skip
        yield goal
        yield self._row(standing, person, GoalVersion, "", **more, goal_id=goal.id, version=9, replaced_at=self.now)
        yield self._row(standing, person, GoalNote, "", **more, goal_id=goal.id, written_at=self.now)
        if not is_flagged:  # what it said while it was flagged stays closed, also when the goal is not flagged any more
            past: dict[str, Any] = {"label": "flagged then", "part2": True, "version": 8, "replaced_at": self.now}
            yield self._row(standing, person, GoalVersion, "", goal_id=goal.id, **past)
        sheet = self._row(
            standing,
            person,
            ChoiceSheet,
            "sheet_id",
            **more,
            goal_id=goal.id,
            language="en",
            made_at=self.now,
        )
        yield sheet
        option = ChoiceOption(id=uuid4(), sheet_id=sheet.id, service_id=self.service_id, position=1)
        (subject.flagged if is_flagged else subject.rows)["option_id"] = option.id
        yield option
        if not is_flagged:  # one sheet waits for the choice, one has it, with its reason
            more_of = {"label": "chosen", "goal_id": goal.id, "language": "en", "made_at": self.now}
            yield self._row(standing, person, ChoiceSheet, "", **more_of, chosen_at=self.now)
        referral = self._row(
            standing, person, Referral, "referral_id", **more, goal_id=goal.id, service_id=self.promised_id,
            agreement_id=self.agreement_id, promised_hours=24, made_at=self.now - 2 * DAY, state="no capacity",
            follow_up_at=self.now - DAY,
        )  # fmt: skip
        yield referral
        yield self._row(
            standing, person, ReferralEvent, "", **more, referral_id=referral.id, seq=1, state="no capacity",
            happened_at=self.now - DAY,
        )  # fmt: skip

    def _row(
        self,
        standing: str,
        person: Enrollee,
        model: type[Any],
        argument: str,
        *,
        label: str = "",
        is_flagged: bool = False,
        part2: bool = False,
        **values: Any,
    ) -> Any:
        row = model(id=uuid4(), enrollee_id=person.id, **values)
        row.sealed = self._seal(standing, person, model.__tablename__, row.id, label=label, part2=part2)
        subject = self.subjects[standing]
        if argument:
            (subject.flagged if is_flagged else subject.rows)[argument] = row.id
        return row

    def _seal(
        self, standing: str, person: Enrollee, table: str, row_id: UUID, *, label: str = "", part2: bool = False
    ) -> bytes:
        values = self.canaries.values_for(standing, table, label)
        if "part2" in FIELDS[table]:
            values["part2"] = part2
        return vault.seal_fields(person, table, row_id, values)

    def _ties(self, standing: str, subject: Subject, person: Enrollee) -> Iterator[Any]:
        """What makes the standing: assignments, consents, openings."""
        ago, soon = self.now - 5 * DAY, self.now + 2 * DAY
        coordinator, mentor = self.users["coordinator"], self.users["mentor"]
        assign, give = self._assignment(standing, person), self._consent(standing, person)
        if standing == "own":
            yield assign(coordinator, starts_at=ago)
            yield assign(mentor, role="mentor", starts_at=ago)
            yield give("family", covers_part2=True)
        elif standing == "former":
            yield assign(coordinator, starts_at=ago, ends_at=self.now - DAY)
            yield assign(self.max, starts_at=self.now - DAY)
            yield assign(mentor, role="mentor", starts_at=ago, ends_at=self.now - DAY)
        elif standing == "later":
            yield assign(self.lee, starts_at=ago, ends_at=soon)
            yield assign(coordinator, starts_at=soon)
            yield assign(mentor, role="mentor", starts_at=soon)
        elif standing == "role lost":
            yield assign(self.max, starts_at=ago)
            for role, user_id in self.users.items():
                if role != "coordinator":
                    yield assign(user_id, starts_at=ago, ends_at=soon)
                if role != "mentor":
                    yield assign(user_id, role="mentor", starts_at=ago)
        else:
            yield assign(self.max, starts_at=ago)
        for role, user_id in self.users.items():
            if standing == "consent":
                yield give(role)
            elif standing == "consent part 2":
                yield give(role, covers_part2=True)
            elif standing == "consent narrow":
                yield give(role, fields="contact", covers_part2=True)
            elif standing == "consent mixed":
                yield give(role, fields="contact", covers_part2=True)
                yield give(role, fields="health")
            elif standing == "consent later":
                yield give(role, starts_on=self.today + 2 * DAY)
            elif standing == "consent expired":
                yield give(role, expires_on=self.today - 2 * DAY)
            elif standing == "consent revoked":
                yield give(role, revoked_at=self.now - DAY)
            elif standing in {"glass", "glass over"}:
                yield self._opening(standing, person, user_id)
        if "consent_id" not in subject.rows:
            yield give(None, covers_part2=True)
        if standing == "own":
            consent_id = subject.rows["consent_id"]
            yield Disclosure(
                id=uuid4(), enrollee_id=person.id, consent_id=consent_id, fields=ALL, disclosed_at=self.now,
                disclosed_by=coordinator, digest="0" * 64,
            )  # fmt: skip
        if "opening_id" not in subject.rows:
            row = self._opening(standing, person, self.lee)
            row.expires_at = self.now + (timedelta(hours=1) if standing == "other" else -DAY)
            yield row

    def _assignment(self, standing: str, person: Enrollee) -> Any:
        def assign(user_id: UUID, *, role: str = "coordinator", **values: Any) -> Assignment:
            return self._row(standing, person, Assignment, "", user_id=user_id, role=role, **values)

        return assign

    def _consent(self, standing: str, person: Enrollee) -> Any:
        def give(role: str | None, **values: Any) -> Consent:
            usual: dict[str, Any] = {
                "recipient_user_id": self.users[role] if role else None,
                "fields": ALL,
                "covers_part2": False,
                "starts_on": self.today - 30 * DAY,
                "expires_on": self.today + 90 * DAY,
                "given_at": self.now,
            }
            return self._row(standing, person, Consent, "consent_id", **{**usual, **values})

        return give

    def _opening(self, standing: str, person: Enrollee, user_id: UUID) -> BreakGlass:
        ends = self.now + timedelta(hours=1) if standing == "glass" else self.now - timedelta(minutes=1)
        return self._row(
            standing, person, BreakGlass, "opening_id", user_id=user_id, opened_at=ends - timedelta(hours=1),
            expires_at=ends,
        )  # fmt: skip

    def _supervise(
        self,
        supervisor: str,
        coordinator_id: UUID,
        *,
        starts_at: datetime | None = None,
        ends_at: datetime | None = None,
    ) -> None:
        db.session.add(
            Supervision(
                id=uuid4(),
                supervisor_id=self.users[supervisor],
                coordinator_id=coordinator_id,
                starts_at=starts_at or self.now - 9 * DAY,
                ends_at=ends_at,
            )
        )


def sealed_tables() -> dict[str, type[Any]]:
    """Every table of care that has a sealed column, by its name."""
    models = [getattr(care.models, name) for name in care.models.__all__]
    return {model.__tablename__: model for model in models if hasattr(model, "sealed")}
