"""What waits for those who govern the fund, for the start page: budget changes, rules, months."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for

from core.clock import local_day, now_utc
from core.errors import Sentence
from core.identity import Identity, Permission
from core.layout import NavigationItem, current_site
from funds.queries import budgets, periods, policies


def waiting_to_govern(identity: Identity) -> Sequence[NavigationItem]:
    """Budget changes and rules that another person proposed, and months that are over."""
    today = local_day(now_utc(), current_site().zone)
    items: list[tuple[Sentence, str, int]] = []
    if identity.may(Permission.APPROVE_GOVERNANCE):
        items += [
            (
                Sentence("Budget changes to approve"),
                url_for("funds.show_budget", _anchor="history"),
                budgets.count_changes_for(identity),
            ),
            (
                Sentence("Rules to approve"),
                url_for("funds.list_rules", _anchor="proposed"),
                policies.count_proposed_for(identity),
            ),
            (
                Sentence("Months to close for good"),
                url_for("funds.list_years"),
                periods.count_to_close_finally(today),
            ),
        ]
    if identity.may(Permission.GOVERN_FUND):
        items.append((Sentence("Months to close"), url_for("funds.list_years"), periods.count_to_close(today)))
    return [NavigationItem(label, address, count=count) for label, address, count in items]
