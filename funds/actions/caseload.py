"""The money of one's own people, opened: who they are is in the trail before a name is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import care.queries
from audit import actions as trail
from audit.rules import EventKind
from care import vault
from core.clock import local_day, now_utc
from core.db import current_config, transaction
from core.errors import NotAllowed, Sentence
from core.identity import Identity, Permission
from funds import queries
from funds.queries import caseload
from funds.queries.caseload import CategoryLeft, OwnPerson, PersonMoney

PURPOSE = "what my people have left"


@dataclass(frozen=True, slots=True)
class OpenedCaseload:
    """A page of one's own people, with what each wants to be called, and how many there are in all."""

    people: Sequence[OwnPerson]
    names: Mapping[UUID, str]
    money: Mapping[UUID, PersonMoney]
    budget: Sequence[CategoryLeft]
    total: int


def open_caseload(
    identity: Identity, *, fund_id: UUID | None, page: int = 1, size: int = 25, now: datetime | None = None
) -> OpenedCaseload:
    """Those whom somebody coordinates today, whose coordinators they supervise, or whose supervisor they stand in for,
    with their money in a fund.

    Without a fund, or a budget year today, the money is empty. Raises NotAllowed for who does not ask the fund.
    """
    now = now or now_utc()
    if not identity.may(Permission.ASK_FUND):
        raise NotAllowed(Sentence("Your role does not allow this."))
    today = local_day(now, current_config().timezone)
    people, total = caseload.list_own_people(identity, now, page=page, size=size)
    if not people:
        return OpenedCaseload((), {}, {}, (), total)
    ids = [each.enrollee_id for each in people]
    with transaction():
        trail.record(
            EventKind.FUND_REQUESTS_LISTED,
            identity,
            now=now,
            details={"purpose": PURPOSE, "people": [str(each) for each in ids]},
        )
    # Once more after the event: whoever was handed over meanwhile is not opened.
    people, total = caseload.list_own_people(identity, now, page=page, size=size)
    rows = care.queries.get_enrollees([each.enrollee_id for each in people])
    words = vault.open_fields(list(rows.values()))
    year = queries.find_year(today)
    budget = caseload.list_category_left(fund_id, today) if fund_id and year else ()
    return OpenedCaseload(
        people=people,
        names={
            key: str(fields.get("preferred_name") or fields.get("legal_name") or rows[key].code)
            for key, fields in words.items()
        },
        money=caseload.money_of_people(people, fund_id, (year.starts_on, year.ends_on), today, budget)
        if fund_id and year
        else {},
        budget=budget,
        total=total,
    )
