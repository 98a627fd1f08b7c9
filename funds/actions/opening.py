"""Audited reading of fund requests: the event of the read is committed before any word about a person is opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import care.queries
from audit import actions as trail
from audit.rules import EventKind
from care import vault
from care.queries import plans
from core.clock import now_utc
from core.db import transaction
from core.identity import Identity
from funds import queries
from funds.actions.stepping import get_enrollee
from funds.models import (
    Advance,
    Appeal,
    ApprovalStep,
    ChoiceStatement,
    Document,
    FundRequest,
    FundRequestEvent,
    Notice,
    Payment,
    PolicyEvaluation,
    PolicyException,
    ResourceTried,
    Voucher,
)
from funds.queries import RequestMoney
from funds.states import (
    AUDITOR,
    COORDINATOR,
    DIRECTOR,
    ENROLLEE,
    FISCAL,
    RECONCILER,
    SUPERVISOR,
    TABLE,
    Action,
    decide_step,
)

if TYPE_CHECKING:
    from care.models import Enrollee, Goal

KNOW_THE_NAME: Final = frozenset({ENROLLEE, COORDINATOR, SUPERVISOR})
READ_THE_WORDS: Final = KNOW_THE_NAME | {FISCAL, RECONCILER, DIRECTOR, AUDITOR}
"""Who pays needs number, payee and amount; the person's words are for those who ask, decide, finish and audit."""

Opened = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OpenedRequest:
    """One request with all that belongs to it, as this viewer may see it. `may`: what their roles allow now."""

    request: FundRequest
    enrollee: Enrollee
    roles: frozenset[str]
    name: str  # what the person wants to be called, or the code
    texts: Opened = field(repr=False)
    money: RequestMoney
    may: frozenset[Action]
    events: Sequence[tuple[FundRequestEvent, Opened]] = field(repr=False)
    steps: Sequence[ApprovalStep]
    tried: Sequence[tuple[ResourceTried, Opened]] = field(repr=False)
    statement: tuple[ChoiceStatement, Opened] | None = field(repr=False)
    documents: Sequence[Document]
    vouchers: Sequence[Voucher]
    payments: Sequence[Payment]
    advances: Sequence[Advance]
    evaluations: Sequence[PolicyEvaluation]
    exceptions: Sequence[PolicyException]
    notices: Sequence[tuple[Notice, Opened]] = field(repr=False)
    appeals: Sequence[tuple[Appeal, Opened]] = field(repr=False)
    goal: Goal
    goal_words: Opened = field(repr=False)

    @property
    def knows_name(self) -> bool:
        """True for the person and those who work with them; others see the code."""
        return bool(self.roles & KNOW_THE_NAME)

    @property
    def reads_words(self) -> bool:
        """True when this viewer may read what was written about the person."""
        return bool(self.roles & READ_THE_WORDS)


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request in a list: the row, what the books say, whose it is, and what is to be bought if one may read that."""

    request: FundRequest
    money: RequestMoney
    code: str
    name: str
    item: str = field(repr=False)


def open_request(identity: Identity, *, request_id: UUID, purpose: str, now: datetime | None = None) -> OpenedRequest:
    """One request whole. `purpose` is a code of the page. Raises NotFound. About 25 queries."""
    now = now or now_utc()
    request = queries.get_request(identity, request_id, now)
    roles = queries.roles_on(identity, request.enrollee_id, now)
    reads = bool(roles & READ_THE_WORDS)
    with transaction():
        trail.record(
            EventKind.FUND_REQUEST_OPENED,
            identity,
            now=now,
            subject_type="fund_request",
            subject_id=request_id,
            details={
                "enrollee": str(request.enrollee_id),
                "purpose": purpose,
                "roles": sorted(roles),
                "words": reads,
            },
        )
    request = queries.get_request(identity, request_id, now)
    enrollee = get_enrollee(request.enrollee_id)
    vouchers = queries.list_vouchers(request_id)
    statement = queries.find_statement(request_id, request.version)

    def opened(rows: Sequence[Any]) -> list[tuple[Any, Opened]]:
        words = vault.open_fields(rows) if reads else {}
        return [(row, words.get(row.id, {})) for row in rows]

    return OpenedRequest(
        request=request,
        enrollee=enrollee,
        roles=roles,
        name=_name(enrollee, vault.open_fields([enrollee])[enrollee.id] if roles & KNOW_THE_NAME else {}),
        texts=vault.open_fields([request])[request.id] if reads else {},
        money=queries.request_money([request_id])[request_id],
        may=frozenset(
            action for action in TABLE if decide_step(request.state, action, roles, is_paused=request.is_paused).allowed
        ),
        events=opened(queries.list_events(request_id)),
        steps=[
            step
            for purpose_of_step in ("request", "supplement", "ratification")
            for step in queries.list_steps(request_id, request.version, purpose_of_step)
        ],
        tried=opened(queries.list_tried(request_id)),
        statement=opened([statement])[0] if statement else None,
        documents=queries.list_documents(request_id),
        vouchers=vouchers,
        payments=queries.list_payments([voucher.id for voucher in vouchers]),
        advances=queries.list_advances(request_id),
        evaluations=queries.list_evaluations(request_id),
        exceptions=queries.list_exceptions(request_id),
        notices=opened(queries.list_notices(request_id)),
        appeals=opened(queries.list_appeals(request_id)),
        goal=(goal := plans.get_goal(request.goal_id, request.enrollee_id)),
        goal_words=_goal_words(goal, roles),
    )


def open_lines(
    identity: Identity, requests: Sequence[FundRequest], *, purpose: str, now: datetime | None = None
) -> list[RequestLine]:
    """A list of requests that the viewer may know, with their words where these may be read. About 15 queries."""
    now = now or now_utc()
    ids = [request.id for request in requests]
    enrollee_ids = sorted({request.enrollee_id for request in requests}, key=str)
    if not ids:
        return []
    with transaction():
        trail.record(
            EventKind.FUND_REQUESTS_LISTED,
            identity,
            now=now,
            details={
                "purpose": purpose,
                "requests": [str(each) for each in ids],
                "people": [str(each) for each in enrollee_ids],
            },
        )
    rows = {row.id: row for row in queries.list_by_ids(identity, ids, now)}
    words = vault.open_fields(list(rows.values()))
    money = queries.request_money(list(rows))
    people = care.queries.get_enrollees(enrollee_ids)
    roles = queries.roles_on_each(identity, enrollee_ids, now)
    known = vault.open_fields([people[each] for each in enrollee_ids if roles[each] & KNOW_THE_NAME])
    return [
        RequestLine(
            request=rows[request_id],
            money=money[request_id],
            code=people[rows[request_id].enrollee_id].code,
            name=_name(people[rows[request_id].enrollee_id], known.get(rows[request_id].enrollee_id, {})),
            item=str(words[request_id].get("item") or "")
            if roles[rows[request_id].enrollee_id] & READ_THE_WORDS
            else "",
        )
        for request_id in ids
        if request_id in rows
    ]


def _goal_words(goal: Goal, roles: frozenset[str]) -> Opened:
    """What the person said of the goal; one flagged under 42 CFR Part 2 only for those who work with the person."""
    if not roles & READ_THE_WORDS:
        return {}
    words = vault.open_fields([goal])[goal.id]
    return {} if words.get("part2") and not roles & KNOW_THE_NAME else words


def _name(enrollee: Enrollee, fields: Opened) -> str:
    """What the person wants to be called; the code where nothing may be opened."""
    return str(fields.get("preferred_name") or fields.get("legal_name") or enrollee.code)
