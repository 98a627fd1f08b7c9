"""The invented people of the program: told through the actions, once, and nowhere readable in the database's file."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

import accounts.queries
from accounts.rules import permissions_of
from audit.checks import verify_chain
from audit.queries import list_events
from care.actions.outcomes import open_outcomes
from care.models import Assignment, Benefit, Consent, ContactEntry, Enrollee, Gap, Goal, Plan, Referral, SupportPerson
from care.models.path import REFERRAL_STATES
from core.clock import now_utc
from core.db import db
from core.identity import Identity
from directory.models import Agreement
from seeds.content import FOLDER
from seeds.load import load_demo
from seeds.records import identify

FILES = ("care.toml", "care_caseloads.toml")
PEOPLE = [person for name in FILES for person in tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))["person"]]


pytestmark = pytest.mark.usefixtures("demo")


def count(model: type, *conditions: Any) -> int:
    """How many rows of a table meet the conditions."""
    return db.session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0


def secrets() -> Iterator[str]:
    """What the file of the database must not say: names, phones, own words, notes, people who stand by."""
    for person in PEOPLE:
        fields = person["fields"]
        yield from (fields["legal_name"], fields["phone"], *fields["legal_name"].split()[1:])
        yield from (name for name in [fields["preferred_name"]] if len(name) > 4)
        yield from (support["name"] for support in person.get("supports", ()))
        for goal in person.get("goals", ()):
            yield goal["words"]
            yield from (note[1] for note in goal["notes"])


def test_everybody_is_there_and_a_second_run_changes_nothing() -> None:
    people = PEOPLE
    assert count(Enrollee) == len(people) == 37  # three caseloads of twelve, and one who waits for a coordinator
    assert {row.status for row in db.session.scalars(select(Enrollee))} == {"referred", "enrolled", "ended"}
    assert count(Assignment, Assignment.role == "coordinator") == sum("coordinator" in one for one in people)
    assert count(Plan) == sum("plan" in one for one in people)
    domains = set(db.session.scalars(select(Goal.domain)))
    assert len(domains) == 10
    assert {row.state for row in db.session.scalars(select(Agreement))} == {"draft", "active", "suspended", "ended"}
    assert all(count(model) for model in (Benefit, Consent, ContactEntry, Gap, SupportPerson))
    assert verify_chain() == []
    events = list_events(page=1)[1]
    db.session.rollback()
    assert load_demo(hash_password=lambda _password: "not a hash").is_nothing
    assert list_events(page=1)[1] == events


def test_each_coordinator_has_twelve_and_the_first_codes_stay() -> None:
    """Other parts of the demo name people by their codes: new people come after those who were there."""
    held = Counter(person["coordinator"] for person in PEOPLE if "coordinator" in person)
    assert held == dict.fromkeys(("cal@example.org", "max@example.org", "kim@example.org"), 12)
    codes = [db.session.get(Enrollee, identify("enrollee", person["key"])).code for person in PEOPLE]
    assert codes == [f"E-{number:03d}" for number in range(1, 38)]
    assert PEOPLE[0]["key"] == "ana"


def test_the_report_of_outcomes_can_be_shown_outside() -> None:
    """More than ten people observed before and after, so that something is left when small groups are hidden."""
    director = accounts.queries.find_account("dee@example.org")
    identity = Identity(director.id, director.name, director.roles, permissions_of(director.roles))
    db.session.rollback()
    report = open_outcomes(identity, is_for_staff=False)
    assert report.periods == [-1, 1, 2]
    assert report.savings[1]["days_homeless"].people > 10
    assert report.savings[1]["days_homeless"].cents > 0
    assert report.cells[2]["days_homeless"].observed is None
    assert open_outcomes(identity).cells[2]["days_homeless"].observed == 3


def test_referrals_stand_in_every_state() -> None:
    assert set(db.session.scalars(select(Referral.state))) == set(REFERRAL_STATES)


def test_clocks_run_are_late_and_count_from_a_discharge() -> None:
    now = now_utc()
    waiting = [
        (now - row.referred_at).total_seconds() / 3600
        for row in db.session.scalars(select(Enrollee).where(Enrollee.first_access_at.is_(None)))
    ]
    assert any(hours < 24 for hours in waiting) and any(hours > 24 for hours in waiting)
    discharged = [
        (now - row.discharged_at).days
        for row in db.session.scalars(select(Enrollee).where(Enrollee.linked_at.is_(None)))
        if row.discharged_at is not None
    ]
    assert any(days < 7 for days in discharged) and any(days >= 7 for days in discharged)


def test_nobody_of_the_program_is_readable_in_what_is_stored() -> None:
    stored = stored_bytes()
    assert b"Tamarack Door" in stored  # the search finds what is open
    assert [secret for secret in secrets() if secret.encode() in stored] == []


def stored_bytes() -> bytes:
    """Everything that the database keeps: SQLite's files as they lie there, PostgreSQL's rows as it sends them."""
    db.session.rollback()
    with db.engine.connect() as connection:
        if db.engine.dialect.name != "sqlite":
            tables = [f'SELECT t::text FROM "{name}" t' for name in db.metadata.tables]
            rows = [row[0] for query in tables for row in connection.execute(text(query))]
            return "\n".join(rows).encode()
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    path = Path(str(db.engine.url.database))
    files = [path, *path.parent.glob(f"{path.name}-*")]
    return b"".join(file.read_bytes() for file in files if file.is_file())
