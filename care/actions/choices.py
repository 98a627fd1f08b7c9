"""Choice sheets: made for a goal, opened, and what the person chose and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

import directory.queries
from audit import actions as trail
from audit.rules import EventKind
from care import vault
from care.actions.finding import home_place
from care.actions.opening import OpenedPerson, open_person, open_rows, require_writer
from care.actions.part2 import closed_goals
from care.actions.people import locked_person
from care.fields import Group
from care.models import ChoiceOption, ChoiceSheet, Goal
from care.queries import choices, plans
from core.clock import now_utc
from core.db import db, transaction
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Sentence
from core.identity import Identity
from directory.facets import Visibility
from directory.gazetteer import Place
from directory.queries import Listing

MOST_OPTIONS = 5  # directory.md section 10: three to five; fewer only where there are not more
SHEET_LEVEL = Visibility.ENROLLED  # what a person may be handed
CALLERS = ("person", "coordinator", "together")


@dataclass(frozen=True, slots=True)
class OpenedSheet:
    """A choice sheet with its options as the directory has them now; one that is gone has no listing."""

    person: OpenedPerson
    sheet: ChoiceSheet
    words: Mapping[str, Any] = field(repr=False)
    goal: Goal
    goal_words: Mapping[str, Any] = field(repr=False)
    options: Sequence[tuple[ChoiceOption, Listing | None]] = field(repr=False)
    place: Place | None = field(repr=False)


def open_choice_sheet(
    identity: Identity, *, enrollee_id: UUID, sheet_id: UUID, now: datetime | None = None
) -> OpenedSheet:
    """One sheet of a person. Raises NotFound, also where the viewer may not see referrals."""
    now = now or now_utc()
    person = open_person(identity, enrollee_id=enrollee_id, purpose="choice sheet", now=now)
    if Group.REFERRALS not in person.access.groups:
        raise NotFound
    sheet = choices.get_sheet(sheet_id, enrollee_id)
    goal = plans.get_goal(sheet.goal_id, enrollee_id)
    if goal.id in closed_goals(person.access, enrollee_id, Group.REFERRALS):
        raise NotFound
    options = choices.list_options([sheet_id])
    found = directory.queries.list_listings([option.service_id for option in options], SHEET_LEVEL)
    listings = {listing.service_id: listing for listing in found}
    return OpenedSheet(
        person,
        sheet,
        open_rows([sheet], person.access)[0][1],
        goal,
        open_rows([goal], person.access)[0][1],
        [(option, listings.get(option.service_id)) for option in options],
        home_place(person.fields),
    )


def offer_choices(
    identity: Identity,
    *,
    enrollee_id: UUID,
    sheet_id: UUID,
    goal_id: UUID,
    options: Sequence[tuple[UUID, UUID | None]],
    language: str,
    who_calls: str,
    is_discreet: bool = False,
    now: datetime | None = None,
) -> UUID:
    """Put up to five services (each with the place that was shown) on one sheet for a goal, best first.

    The same `sheet_id` twice is one sheet. Raises InvalidInput for none or too many, NotAllowed for a service that may
    not be handed to a person.
    """
    now = now or now_utc()
    options = list({service_id: (service_id, location_id) for service_id, location_id in reversed(options)}.values())
    options.reverse()
    if not options:
        raise InvalidInput("option", Sentence("Choose at least one service; three to five is best."))
    if len(options) > MOST_OPTIONS:
        raise InvalidInput("option", Sentence("A sheet holds at most five services."))
    if language not in {"en", "es"}:
        raise InvalidInput("language", Sentence("Choose English or Spanish."))
    if who_calls not in CALLERS:
        raise InvalidInput("who_calls", Sentence("Choose who will call."))
    listings = directory.queries.list_listings([service_id for service_id, _ in options], SHEET_LEVEL)
    places = {listing.service_id: {site.location_id for site in listing.sites} for listing in listings}
    if any(service_id not in places for service_id, _ in options):
        raise NotAllowed(Sentence("One of these is for coordinators only, or is gone. Take it off and try again."))
    with transaction() as session:
        require_writer(identity, enrollee_id, now)
        person = locked_person(enrollee_id)
        plans.get_goal(goal_id, enrollee_id)
        there = session.get(ChoiceSheet, sheet_id)
        if there is not None:
            if there.enrollee_id != enrollee_id:
                raise NotFound
            return sheet_id
        session.add(
            ChoiceSheet(
                id=sheet_id,
                enrollee_id=enrollee_id,
                goal_id=goal_id,
                language=language,
                is_discreet=is_discreet,
                made_at=now,
                made_by=identity.user_id,
                sealed=vault.seal_fields(person, "choice_sheet", sheet_id, {"who_calls": who_calls}),
            )
        )
        session.flush()
        for position, (service_id, location_id) in enumerate(options, 1):
            known = location_id if location_id in places[service_id] else None
            session.add(ChoiceOption(sheet_id=sheet_id, service_id=service_id, location_id=known, position=position))
        trail.record(
            EventKind.CHOICES_OFFERED,
            identity,
            now=now,
            subject_type="enrollee",
            subject_id=enrollee_id,
            details={"sheet": str(sheet_id), "goal": str(goal_id), "options": len(options), "language": language},
        )
    return sheet_id


def record_choice(
    identity: Identity,
    *,
    enrollee_id: UUID,
    sheet_id: UUID,
    option_id: UUID | None,
    reason: str = "",
    now: datetime | None = None,
) -> None:
    """Record what the person chose from a sheet, or that they want none of it, and why in their words.

    The same answer again changes nothing. Raises Conflict when another choice was recorded already.
    """
    now = now or now_utc()
    with transaction():
        require_writer(identity, enrollee_id, now)
        person = locked_person(enrollee_id)
        sheet = db.session.scalar(
            select(ChoiceSheet)
            .where(ChoiceSheet.id == sheet_id, ChoiceSheet.enrollee_id == enrollee_id)
            .with_for_update()
        )
        if sheet is None:
            raise NotFound
        if option_id is not None and option_id not in {option.id for option in choices.list_options([sheet_id])}:
            raise InvalidInput("option", Sentence("Choose one of the sheet."))
        if sheet.chosen_at is not None:
            if sheet.chosen_option_id == option_id:
                return
            raise Conflict(Sentence("A choice was recorded already. Make a new sheet when the person changes it."))
        vault.change_fields(person, sheet, {"reason": reason.strip()})
        sheet.chosen_option_id, sheet.chosen_at = option_id, now
        trail.record(
            EventKind.CHOICE_MADE,
            identity,
            now=now,
            subject_type="enrollee",
            subject_id=enrollee_id,
            details={
                "sheet": str(sheet_id),
                "goal": str(sheet.goal_id),
                "option": str(option_id) if option_id else None,
            },
        )
