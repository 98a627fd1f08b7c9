"""One request whole (12): steps, approvals, rules, papers with their hashes, postings, and its events in the trail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from audit import queries as trail
from core.clock import local_day
from core.db import current_config
from core.errors import Sentence
from funds import queries
from funds.ledger import Account, Kind
from funds.models import FundRequest
from funds.policy import Step
from funds.queries.entries import iterate_entries
from funds.queries.reporting.names import staff_names
from funds.queries.scope import Scope
from funds.queries.sums import net_by
from funds.reports.names import ACCOUNT_NAMES, KIND_NAMES
from funds.reports.shape import Ask, Footing, Report, Table, count, day, money, numbers, text, words
from funds.rules import DENY_REASONS, FAIL_REASONS, RETURN_REASONS, UNDO_REASONS
from funds.states import ROLE_ORDER, STATE_NAMES, State, who
from funds.words import STEP_WORDS

MOST_EVENTS = 1000
REASONS: Final[Mapping[str, Sentence]] = {**FAIL_REASONS, **UNDO_REASONS, **DENY_REASONS, **RETURN_REASONS}
DECISIONS: Final[Mapping[str, Sentence]] = {
    "approved": Sentence("approved"),
    "returned": Sentence("returned"),
    "denied": Sentence("denied"),
}
STEPS: Final[Mapping[str, Sentence]] = {
    Step.SUBMIT: Sentence("sending"),
    Step.APPROVE: Sentence("approving"),
    Step.SUPPLEMENT: Sentence("asking for more"),
    Step.VOUCHER: Sentence("the voucher"),
    Step.ADVANCE: Sentence("an advance"),
}


def request_report(ask: Ask, request: FundRequest) -> Report:
    """Report 12. The page opened the request before, so the read is in the trail."""
    zone = current_config().timezone
    scope = Scope(fund_request_id=request.id)
    entries = list(iterate_entries(scope))
    events = queries.list_events(request.id)
    steps = [
        step
        for version in range(1, request.version + 1)
        for purpose in ("request", "supplement", "ratification")
        for step in queries.list_steps(request.id, version, purpose)
    ]
    evaluations = queries.list_evaluations(request.id)
    documents = queries.list_documents(request.id)
    names = staff_names([step.actor_id for step in steps] + [document.added_by for document in documents])
    links, _total = trail.list_events(page=1, size=MOST_EVENTS, subject_id=str(request.id))
    money_of = queries.request_money([request.id])[request.id]
    return Report(
        basis=Sentence("Everything that is written down about the request %(number)s, by code.", number=request.number),
        tables=[
            Table(
                Sentence("Steps"),
                [
                    *words(
                        Sentence("On"),
                        Sentence("Step"),
                        Sentence("Became"),
                        Sentence("By"),
                        Sentence("Role"),
                        Sentence("Reason"),
                    ),
                    *numbers(Sentence("Amount"), Sentence("Version")),
                ],
                [
                    [
                        day(local_day(event.at, zone)),
                        text(STEP_WORDS.get(event.action, Sentence(event.action.replace("_", " ")))),
                        text(STATE_NAMES[State(event.to_status)]),
                        text(event.actor_name),
                        text(who({event.role}) if event.role in ROLE_ORDER else event.role),
                        text(REASONS.get(event.reason_code or "", (event.reason_code or "").replace("_", " "))),
                        money(event.amount_cents),
                        count(event.version),
                    ]
                    for event in events
                ],
            ),
            Table(
                Sentence("Approvals"),
                [
                    *numbers(Sentence("Version"), Sentence("Tier")),
                    *words(Sentence("By"), Sentence("Decision"), Sentence("On")),
                    *numbers(Sentence("Amount")),
                ],
                [
                    [
                        count(step.version),
                        count(step.tier + 1),
                        text(names.get(step.actor_id, "–")),
                        text(DECISIONS.get(step.decision, step.decision)),
                        day(local_day(step.decided_at, zone)),
                        money(step.cents),
                    ]
                    for step in steps
                ],
            ),
            Table(
                Sentence("Rules that were asked"),
                [
                    *words(
                        Sentence("At"),
                        Sentence("On"),
                        Sentence("What they found"),
                        Sentence("Digest of the evaluation"),
                    ),
                ],
                [
                    [
                        text(STEPS.get(str(each.step), str(each.step))),
                        day(local_day(each.at, zone)),
                        text(", ".join(f"{finding['code']} v{finding['version']}" for finding in each.findings) or "–"),
                        text(each.digest[:16]),
                    ]
                    for each in evaluations
                ],
            ),
            Table(
                Sentence("Papers"),
                [
                    *words(Sentence("Kind"), Sentence("Dated"), Sentence("Added by"), Sentence("SHA-256 of the file")),
                    *numbers(Sentence("Says")),
                ],
                [
                    [
                        text(each.kind),
                        day(each.dated_on),
                        text(names.get(each.added_by, "–") if each.added_by else "–"),
                        text(each.sha256),
                        money(each.total_cents),
                    ]
                    for each in documents
                ],
            ),
            Table(
                Sentence("Postings"),
                [
                    *numbers(Sentence("Posting")),
                    *words(Sentence("On"), Sentence("What"), Sentence("Debit"), Sentence("Credit")),
                    *numbers(Sentence("Amount")),
                    *words(Sentence("Hash")),
                ],
                [
                    [
                        count(entry.posting_id),
                        day(entry.effective_on),
                        text(KIND_NAMES[Kind(entry.kind)]),
                        text(ACCOUNT_NAMES[entry.debit]),
                        text(ACCOUNT_NAMES[entry.credit]),
                        money(entry.cents),
                        text(entry.payload_sha256[:16]),
                    ]
                    for entry in entries
                ],
            ),
            Table(
                Sentence("In the audit trail"),
                [
                    *numbers(Sentence("Event")),
                    *words(Sentence("On"), Sentence("What"), Sentence("By"), Sentence("Hash")),
                ],
                [
                    [
                        count(link.seq),
                        day(local_day(link.at, zone)),
                        text(link.kind),
                        text(link.actor_name),
                        text(link.hash[:16]),
                    ]
                    for link in reversed(links)
                ],
            ),
        ],
        footings=_footings(scope, money_of.held_cents, money_of.spent_cents),
    )


def _footings(scope: Scope, held: int, spent: int) -> list[Footing]:
    books = net_by(scope).get((), dict.fromkeys(Account, 0))
    return [
        Footing(Sentence("Held by this request"), held, books[Account.ENCUMBERED]),
        Footing(Sentence("Spent for this request"), spent, books[Account.EXPENSE]),
    ]
