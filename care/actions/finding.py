"""Where a search for a person starts: their area, needs, languages, insurance and access, after the access check.

Nothing is searched here, and the place that is answered goes to the search engine only: never into an address, a log
or a page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import directory.queries
from care.actions.opening import OpenedPerson, open_person, open_rows
from care.actions.part2 import closed_goals
from care.fields import DOMAIN_NEEDS, Group
from care.models import Goal
from care.queries import plans
from core.clock import local_day, now_utc
from core.db import current_config
from core.errors import NotFound
from core.identity import Identity
from directory.facets import LANGUAGES, Visibility
from directory.gazetteer import Place, find_place
from directory.queries import PriorityTerms
from directory.rules import viewer_level

# What is written of a person → the question of the directory that it asks.
ACCESS_QUESTIONS: Final[Mapping[str, str]] = {"wheelchair": "step_free", "asl": "interpreter", "remote": "remote"}
INSURANCE_QUESTIONS: Final = (("medicaid", "medicaid"), ("medicare", "medicare"), ("uninsured", "uninsured_ok"),
                              ("none", "uninsured_ok"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class SearchStart:
    """What a search for one person is filled in with. `place` is None where no home area is known or understood."""

    person: OpenedPerson
    goal: Goal | None
    goals: Sequence[tuple[Goal, dict[str, Any]]] = field(repr=False)
    place: Place | None = field(repr=False)
    needs: tuple[str, ...] = field(repr=False)
    languages: tuple[str, ...] = field(repr=False)
    yes: tuple[str, ...] = field(repr=False)
    priority: Mapping[UUID, PriorityTerms] = field(repr=False)


def open_search(
    identity: Identity, *, enrollee_id: UUID, goal_id: UUID | None = None, now: datetime | None = None
) -> SearchStart:
    """What a search near a person begins with, for a goal of theirs or for none. Raises NotFound.

    Agreements in force today in the person's county come with it, for those who may see them.
    """
    now = now or now_utc()
    person = open_person(identity, enrollee_id=enrollee_id, purpose="search", now=now)
    if Group.NEEDS not in person.access.groups:
        raise NotFound
    goals: Sequence[tuple[Goal, dict[str, Any]]] = ()
    plan = plans.find_plan(enrollee_id) if Group.PLAN in person.access.groups else None
    closed = closed_goals(person.access, enrollee_id)
    if plan is not None:
        goals = open_rows([row for row in plans.list_goals(plan.id) if row.id not in closed], person.access)
    goal = None
    if goal_id is not None:
        goal = plans.get_goal(goal_id, enrollee_id)
        if Group.PLAN not in person.access.groups or goal_id in closed:
            raise NotFound
    place = home_place(person.fields)
    priority: Mapping[UUID, PriorityTerms] = {}
    if viewer_level(identity) >= Visibility.COORDINATOR:
        county = f"county:{place.county_fips}" if place and place.county_fips else None
        today = local_day(now, current_config().timezone)
        priority = directory.queries.list_priority_terms(today, county)
    return SearchStart(
        person,
        goal,
        goals,
        place,
        DOMAIN_NEEDS.get(goal.domain, ()) if goal else (),
        _languages(person.fields),
        _questions(person.fields),
        priority,
    )


def home_place(fields: Mapping[str, Any]) -> Place | None:
    """The place of a person's home area as the gazetteer knows it; None where it is not clear."""
    text = str(fields.get("home_area") or "")
    return find_place(text, prefer_state=current_config().county_state).place if text else None


def _languages(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """The languages to ask for: none where English does, unless the person wants an interpreter."""
    spoken = [code for code in fields.get("languages") or () if code in LANGUAGES]
    if "en" in spoken and not fields.get("interpreter"):
        return ()
    return tuple(code for code in spoken if code != "en")


def _questions(fields: Mapping[str, Any]) -> tuple[str, ...]:
    insured = str(fields.get("insurance") or "").casefold()
    asked = [code for word, code in INSURANCE_QUESTIONS if word in insured][:1]
    asked += [ACCESS_QUESTIONS[need] for need in fields.get("access_needs") or () if need in ACCESS_QUESTIONS]
    return tuple(dict.fromkeys(asked))
