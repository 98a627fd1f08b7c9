"""Who has each fund request now and since when, and how many wait for somebody: from its steps alone. No write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

import accounts.queries
from care.models import Enrollee
from care.queries.access import people_worked_with
from core.db import db
from core.errors import Sentence
from core.identity import Identity
from funds.models import ApprovalStep, Document, FundRequest, FundRequestEvent, PolicyEvaluation
from funds.rules import holder
from funds.states import Action, State

QUIET = (Action.EDIT, Action.ADD_DOCUMENT, Action.PAUSE, Action.RESUME)  # steps after which the same hands hold it


@dataclass(frozen=True, slots=True)
class Standing:
    """Whose turn it is, in words, and since when."""

    who: Sentence
    since: datetime


@dataclass(frozen=True, slots=True)
class AskWaiting:
    """What waits for one who asks, as counts."""

    drafts: int
    returned: int
    receipts: int
    to_adopt: int


def standings(requests: Sequence[FundRequest]) -> dict[UUID, Standing]:
    """Whose turn each request is. Four queries."""
    ids = [request.id for request in requests]
    if not ids:
        return {}
    since = _since(ids)
    tiers = _tiers(ids)
    decided = _decided(ids)
    names = accounts.queries.names_of(request.author_id for request in requests if request.author_id)
    return {
        request.id: Standing(
            holder(
                request.state,
                author=names.get(request.author_id, "") if request.author_id else "",
                tiers=tiers.get(request.id, ()),
                decided=decided.get((request.id, request.version), 0),
            ),
            since.get(request.id, request.created_at),
        )
        for request in requests
    }


def count_asking(identity: Identity, now: datetime) -> AskWaiting:
    """How many drafts, returned requests and missing receipts of their own wait for an author; drafts of their people.

    Four queries.
    """
    mine = FundRequest.author_id == identity.user_id
    seen = FundRequest.enrollee_id.in_(select(Enrollee.id).where(people_worked_with(identity, now)))
    covered = select(Document.fund_request_id).where(Document.kind.in_(("receipt", "affidavit")))
    return AskWaiting(
        drafts=_count(mine, seen, FundRequest.status == State.DRAFT),
        returned=_count(mine, seen, FundRequest.status == State.RETURNED),
        receipts=_count(mine, seen, FundRequest.status == State.PAID, FundRequest.id.not_in(covered)),
        to_adopt=_count(seen, FundRequest.author_id.is_(None), FundRequest.status == State.DRAFT),
    )


def _count(*conditions: object) -> int:
    return int(db.session.scalar(select(func.count()).select_from(FundRequest).where(*conditions)) or 0)  # type: ignore[arg-type]


def _since(ids: Iterable[UUID]) -> Mapping[UUID, datetime]:
    rows = db.session.execute(
        select(FundRequestEvent.fund_request_id, func.max(FundRequestEvent.at).label("at"))
        .where(FundRequestEvent.fund_request_id.in_(list(ids)), FundRequestEvent.action.not_in([*QUIET]))
        .group_by(FundRequestEvent.fund_request_id)
    )
    return {row.fund_request_id: row.at for row in rows}


def _tiers(ids: Iterable[UUID]) -> Mapping[UUID, Sequence[frozenset[str]]]:
    rows = db.session.execute(
        select(PolicyEvaluation.fund_request_id, PolicyEvaluation.tiers)
        .where(PolicyEvaluation.fund_request_id.in_(list(ids)))
        .order_by(PolicyEvaluation.at, PolicyEvaluation.id)
    )
    return {row.fund_request_id: [frozenset(tier) for tier in row.tiers] for row in rows}


def _decided(ids: Iterable[UUID]) -> Mapping[tuple[UUID, int], int]:
    rows = db.session.execute(
        select(ApprovalStep.fund_request_id, ApprovalStep.version, func.count().label("steps"))
        .where(
            ApprovalStep.fund_request_id.in_(list(ids)),
            ApprovalStep.purpose == "request",
            ApprovalStep.decision == "approved",
        )
        .group_by(ApprovalStep.fund_request_id, ApprovalStep.version)
    )
    return {(row.fund_request_id, row.version): int(row.steps) for row in rows}
