"""Returning a request for a change, or denying it, with a notice in plain words for the person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from core.clock import now_utc
from core.db import db, rerun, transaction
from core.errors import InvalidInput, Sentence
from core.identity import Identity
from funds import queries, rules
from funds.actions import stepping
from funds.actions.stepping import Step, begin, finish
from funds.actions.tiers import approval_facts, stored_tiers, write_decision
from funds.models import Notice
from funds.states import Action


@rerun
def return_request(
    identity: Identity,
    *,
    request_id: UUID,
    row_version: int,
    key: str,
    reason_code: str,
    words: str,
    now: datetime | None = None,
) -> None:
    """Send a request back for a change, with a reason that the person reads too; approvals begin again."""
    _turn_down(
        identity,
        request_id=request_id,
        row_version=row_version,
        key=key,
        reason_code=reason_code,
        words=words,
        now=now or now_utc(),
        action=Action.RETURN,
    )


@rerun
def deny_request(
    identity: Identity,
    *,
    request_id: UUID,
    row_version: int,
    key: str,
    reason_code: str,
    words: str,
    now: datetime | None = None,
) -> None:
    """Deny a request with a reason; the person gets a notice in plain words with the last day to appeal."""
    _turn_down(
        identity,
        request_id=request_id,
        row_version=row_version,
        key=key,
        reason_code=reason_code,
        words=words,
        now=now or now_utc(),
        action=Action.DENY,
    )


def make_notice(step: Step, kind: str, reason_code: str, words: str) -> None:
    request = step.request
    notice_id = uuid4()
    appeal_by = step.today + timedelta(days=queries.get_fund(request.fund_id).appeal_days)
    db.session.add(
        Notice(
            id=notice_id,
            enrollee_id=request.enrollee_id,
            fund_request_id=request.id,
            kind=kind,
            reason_code=reason_code,
            made_at=step.now,
            appeal_by=appeal_by if kind == "denied" else None,
            sealed=stepping.seal(step.enrollee, "notice", notice_id, {"words": words.strip()}),
        )
    )


def _turn_down(
    identity: Identity,
    *,
    request_id: UUID,
    row_version: int,
    key: str,
    reason_code: str,
    words: str,
    now: datetime,
    action: Action,
) -> None:
    reasons: Mapping[str, Sentence] = rules.RETURN_REASONS if action is Action.RETURN else rules.DENY_REASONS
    if reason_code not in reasons:
        raise InvalidInput("reason_code", Sentence("Choose a reason."))
    if not words.strip():
        raise InvalidInput("words", Sentence("Write in plain words what the person and the coordinator should know."))
    with transaction():
        step = begin(
            identity,
            request_id=request_id,
            action=action,
            row_version=row_version,
            key=key,
            payload={"reason": reason_code, "words": words},
            now=now,
        )
        if step.is_repeat:
            return
        request = step.request
        evaluation = stored_tiers(request.id)
        approvals = stepping.approvals_of(request)
        facts = approval_facts(step, evaluation, cents=0, approvals=approvals)
        stepping.require(rules.decide_who(facts))
        decision = "returned" if action is Action.RETURN else "denied"
        role = write_decision(step, decision, len(approvals), evaluation, cents=0)
        make_notice(step, decision, reason_code, words)
        if action is Action.RETURN:
            stepping.start_version(step)
            request.approved_cents = None
        finish(step, reason_code=reason_code, note=words.strip(), role=role)
