"""What was decided, why, and how long people waited (9)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Final

from core.clock import local_day
from core.db import current_config
from core.errors import Sentence
from funds.queries.listed import moment_of
from funds.queries.reporting import decisions as found
from funds.reports.shape import Ask, Report, Table, bars, count, median, numbers, percentile, text, words

DECIDED: Final = {
    "approve_final": Sentence("Approved"),
    "approve_emergency": Sentence("Approved in an emergency"),
    "return": Sentence("Returned"),
    "deny": Sentence("Denied"),
}
OUTCOMES: Final = {
    None: Sentence("waits for a decision"),
    "upheld": Sentence("denial upheld"),
    "overturned": Sentence("denial overturned"),
}
AGES: Final = ((0, 2), (3, 5), (6, 10), (11, 20), (21, 10**6))


def decisions(ask: Ask) -> Report:
    """Report 9: decisions up to the day, within the days of the filter."""
    zone = current_config().timezone
    first = ask.scope.from_on
    before = moment_of(ask.as_of + timedelta(days=1))
    counts: Counter[str] = Counter()
    reasons: Counter[tuple[str, str]] = Counter()
    for row in found.count_events(ask.scope, DECIDED, first=moment_of(first) if first else None, before=before):
        counts[row.action] += row.number
        if row.action in ("deny", "return"):
            reasons[row.action, row.reason_code or ""] += row.number
    appeals = Counter(
        appeal.outcome for appeal in found.list_appeals(ask.scope) if local_day(appeal.filed_at, zone) <= ask.as_of
    )
    to_approval, to_payment = [], []
    for row in found.list_waits(ask.until, before):
        to_approval.append((row.approved_at - row.submitted_at).days)
        if row.paid_at and row.paid_at < before:
            to_payment.append((row.paid_at - row.approved_at).days)
    waits = [
        [
            text(title),
            count(len(values)),
            count(median(values)),
            count(percentile(values, 90)),
            count(max(values, default=None)),
        ]
        for title, values in (
            (Sentence("From submitting to approval"), to_approval),
            (Sentence("From approval to payment"), to_payment),
        )
    ]
    ages = [
        (
            Sentence("%(first)s–%(last)s days", first=low, last=high) if high < 10**6 else Sentence("over 20 days"),
            sum(1 for value in to_approval if low <= value <= high),
        )
        for low, high in AGES
    ]
    return Report(
        basis=Sentence("Decisions by the day they were made; days are whole days from step to step."),
        tables=[
            Table(
                Sentence("Decisions"),
                [*words(Sentence("Decision")), *numbers(Sentence("How many"))],
                [[text(title), count(counts[action])] for action, title in DECIDED.items()],
                [text(Sentence("Together")), count(sum(counts.values()))],
            ),
            Table(
                Sentence("Reasons"),
                [*words(Sentence("Decision"), Sentence("Reason")), *numbers(Sentence("How many"))],
                [
                    [text(DECIDED[action]), text((reason or "–").replace("_", " ")), count(number)]
                    for (action, reason), number in sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))
                ],
            ),
            Table(
                Sentence("Appeals"),
                [*words(Sentence("Outcome")), *numbers(Sentence("How many"))],
                [[text(title), count(appeals[outcome])] for outcome, title in OUTCOMES.items()],
            ),
            Table(
                Sentence("Days of waiting"),
                [
                    *words(Sentence("Step")),
                    *numbers(
                        Sentence("Requests"), Sentence("Median"), Sentence("Nine of ten within"), Sentence("Longest")
                    ),
                ],
                waits,
            ),
        ],
        plots=[bars(Sentence("Days from submitting to approval"), ages, "count")],
    )
