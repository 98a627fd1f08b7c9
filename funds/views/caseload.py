"""What my people have left: for coordinators their own people, for supervisors those of their coordinators."""

from __future__ import annotations

from itertools import groupby

from flask import request

import accounts.queries
from core.clock import now_utc
from core.guard import current_identity, needs
from core.identity import Permission
from core.layout import address_with
from core.pages import PageOf, page_number
from funds import queries
from funds.actions.caseload import open_caseload
from funds.queries import asking
from funds.queries.caseload import usual_fund
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
    by_coordinator = groupby(opened.people, lambda person: person.coordinator_id)
    groups = [(coordinator_id, list(people)) for coordinator_id, people in by_coordinator]
    return page(
        "list_own_people",
        now=now,
        opened=opened,
        groups=groups,
        coordinators=accounts.queries.names_of(coordinator_id for coordinator_id, _people in groups),
        is_only_mine=[coordinator_id for coordinator_id, _people in groups] in ([], [identity.user_id]),
        funds=funds,
        fund=chosen,
        today=today,
        category_names={row.code: asking.in_both(row.name, row.name_es) for row in queries.list_categories()},
        where=PageOf(number, PEOPLE_A_PAGE, opened.total),
        address=lambda n: address_with(page=None if n == 1 else str(n)),
    )
