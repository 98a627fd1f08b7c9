"""What my people have left: for coordinators their own people, for supervisors those of their coordinators, and of the
coordinators of a supervisor for whom somebody stands in.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from flask import request, url_for

import accounts.queries
from core.clock import now_utc
from core.errors import Sentence
from core.guard import current_identity, needs
from core.identity import Identity, Permission
from core.layout import NavigationItem, address_with
from core.pages import PageOf, page_number
from funds import queries
from funds.actions.caseload import open_caseload
from funds.queries import asking
from funds.queries.caseload import usual_fund
from funds.states import SUPERVISOR
from funds.views.blueprint import blueprint, page, today_of

PEOPLE_A_PAGE = 25


@blueprint.get("/fund/people")
@needs(Permission.ASK_FUND)
def list_own_people() -> tuple[str, int]:
    """Each person of one's own: used this year, still possible by category, held, and receipts that are due."""
    identity, now = current_identity(), now_utc()
    today, number = today_of(now), page_number(request.args.get("page"))
    funds = asking.list_open_funds(today)
    wanted = request.args.get("fund") or str(usual_fund(identity, now))
    chosen = next((fund for fund in funds if str(fund.id) == wanted), funds[0] if funds else None)
    opened = open_caseload(identity, fund_id=chosen.id if chosen else None, page=number, size=PEOPLE_A_PAGE, now=now)
    by_coordinator = groupby(opened.people, lambda person: (person.absent_id, person.coordinator_id))
    groups = [(absent, coordinator, list(people)) for (absent, coordinator), people in by_coordinator]
    whose = {each for absent, coordinator, _people in groups for each in (absent, coordinator) if each}
    return page(
        "list_own_people",
        now=now,
        opened=opened,
        groups=groups,
        names=accounts.queries.names_of(whose),
        is_only_mine=[(absent, coordinator) for absent, coordinator, _ in groups] in ([], [(None, identity.user_id)]),
        funds=funds,
        fund=chosen,
        today=today,
        category_names={row.code: asking.in_both(row.name, row.name_es) for row in queries.list_categories()},
        where=PageOf(number, PEOPLE_A_PAGE, opened.total),
        address=lambda n: address_with(page=None if n == 1 else str(n)),
    )


def standing_in(identity: Identity) -> Sequence[NavigationItem]:
    """For the page of people: for whom somebody stands in as a supervisor today, leading to their people's money."""
    now = now_utc()
    acting = [each for each in queries.delegations_of(identity, now) if each.role == SUPERVISOR]
    names = accounts.queries.names_of({each.from_user_id for each in acting})
    return [
        NavigationItem(
            Sentence(
                "You stand in for %(name)s until %(day)s: what their people have left",
                name=names.get(each.from_user_id, ""),
                day=each.ends_on,
            ),
            url_for("funds.list_own_people"),
        )
        for each in acting
        if identity.may(Permission.ASK_FUND)
    ]
