"""Putting the demo data into the database through the actions; what it says is in the content files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from accounts import actions as account_actions
from accounts.actions import DemoUser
from core.clock import local_day, now_utc
from core.db import current_config
from core.errors import NotAllowed, Sentence
from core.identity import system_identity
from directory import actions as directory_actions
from directory.actions.source_records import add_source_records
from seeds.build import build
from seeds.care import load_care
from seeds.content import demo_people
from seeds.funds import load_funds
from seeds.holidays import closing_days

SOURCE = "Demo data"
LICENCE = "Apache-2.0"
CREDIT = "Invented for Goldthread; 988 and 211 are real. Points of towns: GeoNames, CC BY 4.0."


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one run added; all zero when everything was there."""

    records: dict[str, int]
    closing_days: int
    people: int
    care: dict[str, int] = field(default_factory=dict)
    funds: dict[str, int] = field(default_factory=dict)

    @property
    def is_nothing(self) -> bool:
        """True when the demo data was there already."""
        return not (self.records or self.closing_days or self.people or self.care or self.funds)


def load_demo(*, hash_password: Callable[[str], str]) -> Loaded:
    """Add what is missing of the directory, the closed days, the accounts and the program. A second run adds nothing.

    Ages (last checked, beds free) count from the day of the run that adds a record. Refused in production.
    """
    config = current_config()
    if config.is_production:
        raise NotAllowed(Sentence("There is no demo data where real people are served."))
    identity = system_identity("demo data")
    records = add_source_records(
        identity,
        source_name=SOURCE,
        licence=LICENCE,
        credit=CREDIT,
        rows=build(local_day(now_utc(), config.timezone)),
    )
    days = directory_actions.set_closing_days(identity, add=closing_days())
    people = account_actions.create_demo_users(list_demo_users(), hash_password=hash_password)
    now = now_utc()
    return Loaded(dict(records), days, people, load_care(now), load_funds(now))


def list_demo_users() -> list[DemoUser]:
    """The invented people with role and password, as written."""
    password, people = demo_people()
    return [DemoUser(email=email, name=name, role=role, password=password) for name, email, role in people]
