"""People in the program for tests: made straight into the tables, sealed as the actions seal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from accounts.models import User
from care import vault
from care.models import Assignment, Enrollee, Goal, Plan
from core.db import db, transaction
from core.identity import Identity
from tests.builders import NOW, day_of
from tests.cast import Person, identity_for, make_user


def user_of(person: Person) -> Identity:
    """The identity of one of the cast, whose account is made when it is not there."""
    if db.session.scalar(select(User.id).where(User.email == person.email)) is None:
        db.session.rollback()
        make_user(person)
    db.session.rollback()
    return identity_for(person)


@dataclass(frozen=True)
class Made:
    """A person with one active goal."""

    enrollee_id: UUID
    goal_id: UUID


def make_person(
    coordinator: Person | None = None, *, at: datetime = NOW, fields: Mapping[str, Any] | None = None, **values: Any
) -> Made:
    """An enrolled person of a coordinator, with a plan and a housing goal, referred a day before `at`."""
    worker = user_of(coordinator) if coordinator else None
    enrollee_id, plan_id, goal_id = uuid4(), uuid4(), uuid4()
    with transaction() as session:
        person = Enrollee(
            id=enrollee_id,
            **{
                "code": f"E-{uuid4().hex[:6]}",
                "status": "enrolled",
                "referred_at": at - timedelta(hours=2),
                "enrolled_on": day_of(at),
                "data_key": vault.new_data_key(enrollee_id),
                **values,
            },
        )
        shown = {"preferred_name": "Ana", "home_area": "10601", **(fields or {})}
        person.sealed = vault.seal_fields(person, "enrollee", enrollee_id, shown)
        session.add(person)
        session.flush()
        if worker is not None:
            session.add(
                Assignment(
                    enrollee_id=enrollee_id,
                    user_id=worker.user_id,
                    role="coordinator",
                    starts_at=at - timedelta(days=1),
                )
            )
        session.add(Plan(id=plan_id, enrollee_id=enrollee_id, number=1, status="current", starts_on=day_of(at)))
        session.flush()
        session.add(
            Goal(
                id=goal_id,
                enrollee_id=enrollee_id,
                plan_id=plan_id,
                number=1,
                domain="housing",
                sealed=vault.seal_fields(person, "goal", goal_id, {"own_words": "A door that locks"}),
            )
        )
    return Made(enrollee_id, goal_id)
