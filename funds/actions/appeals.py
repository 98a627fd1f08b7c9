"""A second look at a denial: asked for in the person's own words, decided by who took no part before."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from care import vault
from core.clock import local_day, now_utc
from core.db import current_config, db, rerun, transaction
from core.errors import InvalidInput, Sentence
from core.identity import Identity
from funds import queries, rules
from funds.actions import stepping
from funds.actions.refusing import make_notice
from funds.actions.stepping import Step, begin, finish
from funds.models import Appeal
from funds.states import DIRECTOR, Action


@rerun
def appeal_denial(
    identity: Identity, *, request_id: UUID, row_version: int, key: str, words: str, now: datetime | None = None
) -> None:
    """Ask for a second look at a denial, in the person's own words, within the days that the fund gives."""
    now = now or now_utc()
    if not words.strip():
        raise InvalidInput("words", Sentence("Write in your own words why this should be looked at again."))
    with transaction():
        step = begin(
            identity,
            request_id=request_id,
            action=Action.APPEAL,
            row_version=row_version,
            key=key,
            payload={"words": words},
            now=now,
        )
        if step.is_repeat:
            return
        request = step.request
        denial = _last_denial(step)
        stepping.require(
            rules.decide_appeal(
                denied_on=denial,
                today=step.today,
                days=queries.get_fund(request.fund_id).appeal_days,
                is_closed=request.is_appeal_closed,
            )
        )
        appeal_id = uuid4()
        db.session.add(
            Appeal(
                id=appeal_id,
                enrollee_id=request.enrollee_id,
                fund_request_id=request.id,
                filed_by=identity.user_id,
                filed_at=now,
                sealed=stepping.seal(step.enrollee, "appeal", appeal_id, {"words": words.strip()}),
            )
        )
        finish(step)


@rerun
def decide_appeal(
    identity: Identity,
    *,
    request_id: UUID,
    row_version: int,
    key: str,
    is_overturned: bool,
    words: str,
    now: datetime | None = None,
) -> None:
    """Uphold a denial, which closes it, or overturn it: then it is decided again. Never by who took part before."""
    now = now or now_utc()
    if not words.strip():
        raise InvalidInput("words", Sentence("Write the answer that the person will read."))
    with transaction():
        step = begin(
            identity,
            request_id=request_id,
            action=Action.OVERTURN if is_overturned else Action.UPHOLD,
            row_version=row_version,
            key=key,
            payload={"words": words},
            now=now,
        )
        if step.is_repeat:
            return
        request = step.request
        denials = [each for each in queries.list_events(request.id) if each.action in ("deny", "uphold")]
        deciders = {each.actor_id for each in denials} | {request.author_id, request.started_by}
        is_below = DIRECTOR not in step.roles and any(each.role == DIRECTOR for each in denials)
        stepping.require(
            rules.decide_review(
                actor_id=identity.user_id,
                deciders={each for each in deciders if each is not None},
                subordinates={identity.user_id} if is_below and identity.user_id else (),
            )
        )
        appeal = queries.list_appeals(request.id)[-1]
        old = vault.open_fields([appeal])[appeal.id]
        appeal.decided_by, appeal.decided_at = identity.user_id, now
        appeal.outcome = "overturned" if is_overturned else "upheld"
        appeal.sealed = stepping.seal(step.enrollee, "appeal", appeal.id, {**old, "answer": words.strip()})
        if is_overturned:
            stepping.start_version(step)
            request.approved_cents = None
            request.submitted_at = now
        else:
            request.is_appeal_closed = True
            make_notice(step, "upheld", "other", words)
        finish(step, note=words.strip())


def _last_denial(step: Step) -> Any:
    for event in reversed(queries.list_events(step.request.id)):
        if event.action == "deny":
            return local_day(event.at, current_config().timezone)
    return None
