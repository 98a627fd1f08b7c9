"""Separation of duties (8): who did two things that two people should do. It should be empty."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.clock import local_day
from core.db import current_config
from core.errors import Sentence
from core.money import format_cents
from funds.queries.reporting import decisions
from funds.queries.reporting.names import staff_names
from funds.reports.shape import Ask, Cell, Report, Table, bars, day, request_link, text, words

BREACHES = (
    Sentence("approved their own request"),
    Sentence("approved two tiers"),
    Sentence("approved last and paid"),
    Sentence("paid and reconciled"),
    Sentence("verified the payee and approved its first payment"),
)


def duties(ask: Ask) -> Report:
    """Report 8: breaches of I9 from the steps and approvals themselves, and reviews that a small office owes."""
    looked_at = decisions.acted_twice(ask.scope)
    by_request: dict[UUID, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for event in looked_at.events:
        by_request[event.fund_request_id][event.action].append(event)
    of_request: dict[UUID, list[Any]] = defaultdict(list)
    for step in looked_at.approvals:
        of_request[step.fund_request_id].append(step)
    found: list[tuple[UUID, str, Sentence, UUID | None, Any]] = []
    extra: list[tuple[UUID, str, UUID | None, Any, bool]] = []
    for request_id, steps in of_request.items():
        acts = by_request.get(request_id, {})
        number = steps[0].number
        authors = {steps[0].author_id} | {event.actor_id for event in acts.get("submit", [])}
        tiers: dict[tuple[Any, ...], set[int]] = defaultdict(set)
        for step in steps:
            if step.actor_id in authors:
                found.append((request_id, number, BREACHES[0], step.actor_id, step.decided_at))
            seen = tiers[step.version, step.purpose, step.actor_id]
            if seen and step.tier not in seen:
                found.append((request_id, number, BREACHES[1], step.actor_id, step.decided_at))
            seen.add(step.tier)
        last = max(steps, key=lambda step: (step.version, step.tier, step.decided_at))
        payers = {event.actor_id for event in acts.get("pay", [])}
        reconcilers = {event.actor_id for event in acts.get("reconcile", [])}
        for event in acts.get("pay", []):
            if event.actor_id == last.actor_id:
                if 0 < last.cents <= last.payer_may_approve_cents:
                    extra.append((request_id, number, event.actor_id, event.at, bool(reconcilers - payers)))
                else:
                    found.append((request_id, number, BREACHES[2], event.actor_id, event.at))
        for event in acts.get("reconcile", []):
            if event.actor_id in payers:
                found.append((request_id, number, BREACHES[3], event.actor_id, event.at))
        if request_id in looked_at.verified:
            found.append((request_id, number, BREACHES[4], steps[0].verified_by, last.decided_at))
    names = staff_names([each[3] for each in found] + [each[2] for each in extra])
    lenient = decisions.lenient_funds()
    return Report(
        basis=Sentence(
            "Read from the approvals and steps themselves, whatever the pages allowed: author, approvers, payer, "
            "reconciler and verifier of each request."
        ),
        tables=[
            Table(
                Sentence("Breaches"),
                words(Sentence("Request"), Sentence("What"), Sentence("Who"), Sentence("On")),
                [_row(ask, *each, names) for each in found],
                empty=Sentence("None: as it should be."),
                anchor="breaches",
            ),
            Table(
                Sentence("Small-office payments with a third person's review"),
                words(Sentence("Request"), Sentence("Approved and paid by"), Sentence("On"), Sentence("Reviewed")),
                [
                    [
                        text(number, request_link(request_id)),
                        text(names.get(actor, "–") if actor else "–"),
                        day(local_day(at, current_config().timezone)),
                        text(Sentence("by a third person") if is_reviewed else Sentence("not yet")),
                    ]
                    for request_id, number, actor, at, is_reviewed in extra
                ],
                empty=Sentence("None."),
                anchor="extra",
            ),
        ],
        plots=[
            bars(
                Sentence("Breaches, by kind"),
                [(kind, sum(1 for each in found if each[2] == kind)) for kind in BREACHES],
                "count",
            )
        ],
        notes=[
            Sentence(
                "In the fund %(code)s the approver may pay up to %(cents)s.",
                code=row.code,
                cents=format_cents(row.payer_may_approve_cents),
            )
            for row in lenient
        ],
    )


def _row(
    ask: Ask,
    request_id: UUID,
    number: str,
    what: Sentence,
    who: UUID | None,
    at: Any,
    names: Mapping[UUID, str],
) -> list[Cell]:
    return [
        text(number, request_link(request_id)),
        text(what),
        text(names.get(who, "–") if who else "–"),
        day(local_day(at, current_config().timezone)),
    ]
