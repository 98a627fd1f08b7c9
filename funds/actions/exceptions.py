"""Setting a rule aside for one request: by whom, why, until when."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from audit import actions as trail
from audit.rules import EventKind
from core.clock import local_day, now_utc
from core.db import current_config, db, rerun, transaction
from core.errors import InvalidInput, NotAllowed, Sentence
from core.identity import Identity
from funds import policy, queries
from funds.models import PolicyException
from funds.states import DIRECTOR, ROLE_WORDS


@rerun
def grant_exception(
    identity: Identity,
    *,
    request_id: UUID,
    rule_code: str,
    reason: str,
    key: str,
    now: datetime | None = None,
) -> None:
    """Set a rule aside for one request: only the role that the rule names, never the author, with a reason."""
    now = now or now_utc()
    if not reason.strip():
        raise InvalidInput("reason", Sentence("Write why the rule is set aside."))
    with transaction():
        request = queries.lock_request(identity, request_id, now)
        today = local_day(now, current_config().timezone)
        rule = next(
            (
                each
                for each in queries.list_rules(request.fund_id, today)
                if each.code == rule_code
                and (each.severity == policy.Severity.EXCEPTION or each.kind == policy.RuleKind.TIER)
            ),
            None,
        )
        roles = queries.roles_on(identity, request.enrollee_id, now)
        if rule is None:
            raise InvalidInput("rule_code", Sentence("This rule knows no exception."))
        # The county signs nothing here: its consent is recorded by the director.
        needed = rule.exception_role if rule.exception_role in ROLE_WORDS else DIRECTOR
        if needed not in roles or identity.user_id is None:
            raise NotAllowed(Sentence("Your role cannot set this rule aside."))
        if identity.user_id in (request.author_id, request.started_by):
            raise NotAllowed(Sentence("Nobody decides their own request. Somebody else must look at it."))
        exception_id = uuid4()
        db.session.add(
            PolicyException(
                id=exception_id,
                fund_request_id=request.id,
                rule_code=rule_code,
                reason=reason.strip(),
                granted_by=identity.user_id,
                granted_role=str(needed),
                granted_at=now,
                until=today + timedelta(days=queries.get_fund(request.fund_id).hold_days),
            )
        )
        trail.record(
            EventKind.POLICY_EXCEPTION_GRANTED,
            identity,
            now=now,
            subject_type="fund_request",
            subject_id=request.id,
            details={"number": request.number, "rule": rule_code, "exception": str(exception_id), "key": key},
        )
