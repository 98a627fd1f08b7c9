"""The person's own answer to a request that somebody else writes for them: agreed or declined online."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from audit.rules import EventKind
from core.clock import now_utc
from core.db import rerun, transaction
from core.errors import InvalidInput, NotAllowed, Sentence
from core.identity import Identity
from funds.actions import stepping
from funds.actions.contents import Statement, write_statement
from funds.actions.stepping import begin
from funds.states import ENROLLEE, Action

MOST = 2_000


@rerun
def agree_to_request(
    identity: Identity,
    *,
    request_id: UUID,
    row_version: int,
    agrees: bool,
    key: str,
    words: str = "",
    now: datetime | None = None,
) -> None:
    """Write down the person's own answer to a draft or returned request, in their words.

    Raises NotAllowed for anybody but the person, and once the request was sent.
    """
    now = now or now_utc()
    if len(words) > MOST:
        raise InvalidInput("words", Sentence("This text is too long."))
    answer = "agreed" if agrees else "declined"
    with transaction():
        step = begin(
            identity,
            request_id=request_id,
            action=Action.EDIT,
            row_version=row_version,
            key=key,
            payload={"answer": answer, "words": words},
            now=now,
        )
        if step.is_repeat:
            return
        if ENROLLEE not in step.roles:
            raise NotAllowed(Sentence("Only the person can answer online."))
        write_statement(step, Statement("online" if agrees else "declined", step.today, words))
        step.request.row_version += 1
        stepping.append_event(
            step, action=str(Action.EDIT), to=step.request.state, role=ENROLLEE, reason_code=answer, note=words.strip()
        )
        stepping.record(step, EventKind.FUND_REQUEST_ANSWERED, to=step.request.status, reason=answer)
