"""Putting invented people of the program into the database through the actions, at the moments when things happened."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import accounts.queries
import care.queries
import directory.queries
from accounts.rules import permissions_of
from care.actions import (
    assignments,
    consents,
    contacts,
    discharges,
    gaps,
    goals,
    outcomes,
    people,
    plans,
    referrals,
    support,
)
from care.figures import MEASURES
from care.rules import contact_days
from core.clock import local_day
from core.db import current_config, db
from core.identity import VISITOR, Identity
from directory import actions as directory_actions
from directory.unmet import known_unmet
from seeds.content import FOLDER
from seeds.records import chance, identify

DIRECTOR, FIRST_SUPERVISOR = "dee@example.org", "sue@example.org"
LONG_AGO = 500.0  # days: supervision and the steward's work began before everybody here was referred
CONTACT_NOTES = (
    "Talked on the porch for a while.",
    "Short call. Will meet again tomorrow.",
    "Went over the papers together.",
    "A walk around the block.",
)
# Name → number and the day after enrollment on which it is known.
OUTCOME_PERIODS = {"before": (-1, 4), "first": (1, 186), "second": (2, 370)}
Step = tuple[float, Callable[[datetime], object]]


@dataclass(slots=True)
class Story:
    """What happened with one person: steps, each with its age in days."""

    row: dict[str, Any]
    now: datetime
    steps: list[Step] = field(default_factory=list)

    @property
    def id(self) -> UUID:
        """The person's lasting id."""
        return identify("enrollee", self.row["key"])

    def id_of(self, table: str, key: str) -> UUID:
        """The lasting id of something of this person."""
        return identify(table, f"{self.row['key']}/{key}")

    def add(self, days: float, step: Callable[..., object], **values: Any) -> None:
        """Let an action happen so many days ago; `now` is that moment."""
        self.steps.append((days, lambda moment: step(now=moment, **values)))

    def day(self, days: float) -> Any:
        """The day so many days ago, in the county."""
        return local_day(self.moment(days), current_config().timezone)

    def moment(self, days: float) -> datetime:
        """The moment so many days ago."""
        return self.now - timedelta(days=days)

    def play(self) -> None:
        """Do everything, oldest first; what happens in one moment stays in the order written."""
        for days, step in sorted(self.steps, key=lambda each: -each[0]):
            step(self.moment(days))


def load_care(now: datetime) -> dict[str, int]:
    """Add the people, agreements and gaps that are not there yet; answers how many of each.

    A person who is there is left as they are, whatever happened to them since.
    """
    content, partners = _read("care.toml"), _read("care_partners.toml")
    everybody = [*content["person"], *_read("care_caseloads.toml")["person"]]  # in this order: codes stay what they are
    agreements = _load_agreements(partners["agreement"], now)
    missing = [row for row in everybody if care.queries.get_enrollee(identify("enrollee", row["key"])) is None]
    is_new = len(missing) == len(everybody)
    db.session.rollback()
    if missing:
        for row in content["supervision"]:
            assignments.start_supervision(
                _as(DIRECTOR),
                supervisor_id=_user_id(row["supervisor"]),
                coordinator_id=_user_id(row["coordinator"]),
                now=now - timedelta(days=LONG_AGO),
            )
    for row in missing:
        story = Story(row, now)
        _tell(story)
        story.play()
    found = {"enrollee": len(missing), "agreement": agreements, "gap": 0}
    if is_new:
        found["gap"] = _load_gaps(partners["gap"], now)
        found["unit_cost"] = _state_costs(partners["unit_cost"], now)
    return {table: count for table, count in found.items() if count}


def _tell(story: Story) -> None:
    row = story.row
    worker = row.get("coordinator")
    story.add(
        row["referred"],
        people.refer_person,
        identity=_as(FIRST_SUPERVISOR),
        enrollee_id=story.id,
        referred_at=story.moment(row["referred"]),
        fields=row["fields"],
        coordinator_id=_user_id(worker) if worker else None,
    )
    if not worker:
        return
    do = partial(_add_step, story, _as(worker))
    if "access" in row:
        do(row["access"], referrals.stop_clock, which="access", reason="met")
    if "enrolled" in row:
        do(row["enrolled"], people.change_status, status="enrolled", on=story.day(row["enrolled"]))
    if "discharged" in row:
        do(row["discharged"] - 0.1, discharges.record_discharge, at=story.moment(row["discharged"]))
    if "account" in row:
        do(row["enrolled"] - 0.1, people.link_account, email=row["account"])
    if "mentor" in row:
        do(row["enrolled"] - 5, assignments.assign_mentor, mentor_id=_user_id(row["mentor"]))
    if "plan" in row:
        _tell_plan(story, do)
    for one in row.get("referrals", ()):
        _tell_referral(story, do, one)
    _tell_supports(story, do)
    if row.get("contacts"):
        _tell_contacts(story, do)
    for name, values in row.get("outcomes", {}).items():
        period, days = OUTCOME_PERIODS[name]
        do(row["enrolled"] - days, outcomes.record_outcomes, period=period, values=_observed(values))
    if "ended" in row:
        do(row["ended"], people.change_status, status="ended", on=story.day(row["ended"]))


def _add_step(story: Story, identity: Identity, days: float, action: Callable[..., object], **values: Any) -> None:
    story.add(days, action, identity=identity, enrollee_id=story.id, **values)


def _tell_plan(story: Story, do: Callable[..., None]) -> None:
    plan, plan_id = story.row["plan"], story.id_of("plan", "1")
    do(
        plan["days"],
        plans.start_plan,
        plan_id=plan_id,
        starts_on=story.day(plan["days"]),
        review_on=story.day(plan["review"]),
        words={"participants": plan["participants"], "strengths": plan["strengths"]},
    )
    if plan["agreement"] != "none":
        do(
            plan["days"] - 0.1,
            plans.record_agreement,
            plan_id=plan_id,
            row_version=1,
            agreement=plan["agreement"],
            agreed_on=story.day(plan["days"]),
            words=plan["words"],
        )
    for goal in story.row["goals"]:
        goal_id = story.id_of("goal", goal["key"])
        words = {"own_words": goal["words"], "strategies": goal["strategies"], "indicator": goal["indicator"]}
        words |= {"part2": True} if goal.get("part2") else {}
        values = {"domain": goal["domain"], "words": words, "review_on": story.day(plan["review"])}
        do(plan["days"], goals.add_goal, goal_id=goal_id, **values)
        for number, (days, text, measure) in enumerate(goal["notes"]):
            note_id = story.id_of("goal_note", f"{goal['key']}/{number}")
            do(days, goals.note_progress, goal_id=goal_id, note_id=note_id, words=text, measure=measure)
        if "status" in goal:
            last = goal["notes"][-1][0] if goal["notes"] else plan["days"]
            do(last - 1, goals.change_goal, goal_id=goal_id, version=1, status=goal["status"], **values)


def _tell_referral(story: Story, do: Callable[..., None], one: dict[str, Any]) -> None:
    referral_id = story.id_of("referral", one["service"])
    do(
        one["days"],
        referrals.make_referral,
        referral_id=referral_id,
        goal_id=story.id_of("goal", one["goal"]),
        service_id=identify("service", one["service"]),
        fields={"introduced_by": "Coordinator", "note": one.get("note", "")},
    )
    worker, last = _as(story.row["coordinator"]), one["days"]
    for version, (state, days, note) in enumerate(one["steps"], 1):
        last = days
        story.add(
            days,
            referrals.move_referral,
            identity=worker,
            referral_id=referral_id,
            state=state,
            row_version=version,
            note=note,
        )
    if "got_in" in one:
        story.add(
            last - 1,
            referrals.follow_up_referral,
            identity=worker,
            referral_id=referral_id,
            row_version=len(one["steps"]) + 1,
            got_in=one["got_in"],
        )


def _tell_supports(story: Story, do: Callable[..., None]) -> None:
    row = story.row
    days = row.get("enrolled", row["referred"]) - 3
    for one in row.get("benefits", ()):
        do(
            days,
            support.set_benefit,
            benefit_id=story.id_of("benefit", one["key"]),
            kind=one["kind"],
            state=one["state"],
            renewal_on=story.day(-one["renewal"]) if "renewal" in one else None,
            soar_steps=one.get("soar", ()),
        )
    for one in row.get("supports", ()):
        values = {name: one[name] for name in ("kind", "name", "role", "phone")}
        do(days, support.set_support, support_id=story.id_of("support_person", one["key"]), **values)
    for one in row.get("consents", ()):
        do(
            one["days"],
            consents.give_consent,
            consent_id=story.id_of("consent", one["key"]),
            recipient=one["recipient"],
            recipient_email=one["email"],
            purpose=one["purpose"],
            groups=one["groups"],
            starts_on=story.day(one["days"]),
            expires_on=story.day(one["days"] - one["lasts"]),
            given_how=one["given_how"],
        )


def _tell_contacts(story: Story, do: Callable[..., None]) -> None:
    """Most of the contacts that were due; the last two days are left open, so that something is due today."""
    row, luck = story.row, chance(f"contacts/{story.row['key']}")
    enrolled_on, today = story.day(row["enrolled"]), story.day(0)
    for number, day in enumerate(contact_days(enrolled_on, today - timedelta(days=2))):
        days = row["enrolled"] - (day - enrolled_on).days
        if luck.random() < 0.1:
            continue
        do(
            days - 0.01,
            contacts.log_contact,
            entry_id=story.id_of("contact_entry", str(number)),
            channel=luck.choice(("visit", "phone", "text")),
            result=luck.choices(("reached", "not reached"), weights=(4, 1))[0],
            note=luck.choice(CONTACT_NOTES),
        )


def _load_agreements(rows: list[dict[str, Any]], now: datetime) -> int:
    """The agreements of partners who have none yet."""
    today = local_day(now, current_config().timezone)
    known = {line.organization_id for line in directory.queries.list_agreements(today, size=1000)[0]}
    db.session.rollback()
    missing = [row for row in rows if identify("organization", row["organization"]) not in known]
    for row in missing:
        agreement_id = directory_actions.record_agreement(
            _as(DIRECTOR),
            organization_id=identify("organization", row["organization"]),
            values={
                "counties": row.get("counties", ""),
                "populations": row.get("populations", ""),
                "promise": row["promise"],
                "promised_hours": row["hours"],
                "places_per_month": row.get("places"),
                "intake_contact": row.get("contact"),
                "intake_phone": row["phone"],
                "intake_route": row.get("route"),
                "papers": row.get("papers"),
                "starts_on": today + timedelta(days=row["starts"]),
                "ends_on": today + timedelta(days=row["ends"]),
            },
            service_ids=[identify("service", f"{row['organization']}/{code}") for code in row["services"]],
        )
        if row["state"] != "draft":
            directory_actions.set_agreement_state(_as(DIRECTOR), agreement_id=agreement_id, state="active")
        if row["state"] not in {"draft", "active"}:
            directory_actions.set_agreement_state(_as(DIRECTOR), agreement_id=agreement_id, state=row["state"])
    return len(missing)


def _load_gaps(rows: list[dict[str, Any]], now: datetime) -> int:
    for row in rows:
        unmet = known_unmet(row["needs"], row.get("languages", ()), row.get("yes", ()), row["county"])
        gap_id = None
        for source, days in row["seen"]:
            seen_by = VISITOR if source == "public" else _as("cal@example.org")
            gap_id = gaps.record_gap(seen_by, unmet=unmet, source=source, now=now - timedelta(days=days))
        if gap_id and "decided" in row:
            gaps.decide_gap(_as(DIRECTOR), gap_id=gap_id, state=row["decided"], now=now)
    return len(rows)


def _observed(values: dict[str, int] | list[int]) -> dict[str, int | None]:
    """Outcomes by measure; a row of figures stands in the measures' order, -1 for what was not observed."""
    named = values if isinstance(values, dict) else dict(zip(MEASURES, values, strict=True))
    return {name: None if value < 0 else value for name, value in named.items()}


def _state_costs(rows: list[dict[str, Any]], now: datetime) -> int:
    """What a day or an event costs in the demo."""
    for row in rows:
        outcomes.state_unit_cost(
            _as(DIRECTOR),
            measure=row["measure"],
            cents=row["cents"],
            source=row["source"],
            as_of=local_day(now - timedelta(days=row["days"]), current_config().timezone),
            version=0,
            now=now - timedelta(days=1),
        )
    return len(rows)


def _as(email: str) -> Identity:
    """One of the demo people, as who they are when signed in."""
    account = accounts.queries.find_account(email)
    if account is None:
        raise LookupError(f"The demo has no account {email}.")
    return Identity(account.id, account.name, account.roles, permissions_of(account.roles))


def _user_id(email: str) -> UUID:
    user_id = _as(email).user_id
    assert user_id is not None  # every account has one
    return user_id


def _read(name: str) -> dict[str, Any]:
    with (FOLDER / name).open("rb") as file:
        return tomllib.load(file)
