"""Stopping the money of a request, and letting it move again. Nothing but money stops."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from core.clock import now_utc
from core.db import rerun, transaction
from core.errors import InvalidInput, NotAllowed, Sentence
from core.identity import Identity
from funds.actions.stepping import begin, finish
from funds.states import Action


@rerun
def pause_request(
    identity: Identity,
    *,
    request_id: UUID,
    row_version: int,
    key: str,
    is_paused: bool,
    reason: str,
    now: datetime | None = None,
) -> None:
    """Stop the money of a request, or let it move again. Nothing but money stops."""
    now = now or now_utc()
    if not reason.strip():
        raise InvalidInput("reason", Sentence("Write why."))
    with transaction():
        step = begin(
            identity,
            request_id=request_id,
            action=Action.PAUSE if is_paused else Action.RESUME,
            row_version=row_version,
            key=key,
            payload={"reason": reason},
            now=now,
        )
        if step.is_repeat:
            return
        if step.request.is_paused == is_paused:
            raise NotAllowed(Sentence("It is paused already.") if is_paused else Sentence("It is not paused."))
        step.request.is_paused = is_paused
        finish(step, note=reason.strip())
