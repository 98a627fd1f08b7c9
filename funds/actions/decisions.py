"""The approvers' verbs: approve by tiers, in an emergency, return, deny, take back, ratify, review, pause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import directory.queries
from audit import actions as trail
from audit.rules import EventKind
from care import vault
from care.queries import plans
from core.clock import local_day, now_utc
from core.db import current_config, db, rerun, transaction
from core.errors import InvalidInput, NotAllowed, Sentence
from core.identity import Identity
from funds import ledger, policy, queries, rules
from funds.actions import stepping
from funds.actions.requests import books_context, release_untouched
from funds.actions.stepping import Step, begin, finish
from funds.ledger import Account, Key
from funds.models import Appeal, ApprovalStep, Notice, PolicyException
from funds.posting import post
from funds.states import DIRECTOR, ROLE_WORDS, TIER_ROLES, Action


@rerun
def approve_request(
    identity: Identity,
    *,
    request_id: UUID,
    row_version: int,
    key: str,
    cents: int | None = None,
    note: str = "",
    now: datetime | None = None,
) -> bool:
    """Approve the next tier of a request, all of it or less; the last tier holds the money. True when it did.

    The rules run again as of now and the sum left is taken by a conditional update, so that approvals at the same
    moment can never overspend. Raises NotAllowed with the figures. About 40 queries.
    """
    now = now or now_utc()
    with transaction():
        request = queries.get_request(identity, request_id, now)
        asked = cents if cents is not None else _most(request)
        texts = stepping.open_texts(request)
        evaluation = stepping.evaluate(request, texts, policy.Step.APPROVE, cents=asked, now=now)
        done = len(stepping.approvals_of(request))
        action = Action.APPROVE_FINAL if done + 1 >= len(evaluation.tiers) else Action.APPROVE_TIER
        repeated = queries.find_event(key)
        if repeated is not None:
            action = Action(repeated.action)
        step = begin(
            identity,
            request_id=request_id,
            action=action,
            row_version=row_version,
            key=key,
            payload={"cents": asked if cents is not None else None, "note": note},
            now=now,
            locks_spending=True,
        )
        if step.is_repeat:
            return action is Action.APPROVE_FINAL
        evaluation = stepping.evaluate(step.request, texts, policy.Step.APPROVE, cents=asked, now=now)
        _require(rules.decide_approve(_approval_facts(step, evaluation, cents=asked)))
        evaluation_id = stepping.store_evaluation(step.request, evaluation, policy.Step.APPROVE, cents=asked, now=now)
        tier = len(stepping.approvals_of(step.request))
        role = _decide(step, "approved", tier, evaluation, cents=asked)
        step.request.approved_cents = asked
        posting_id = _hold(step, asked, evaluation_id) if action is Action.APPROVE_FINAL else None
        finish(step, posting_id=posting_id, cents=asked, note=note, role=role, tier=tier)
    return action is Action.APPROVE_FINAL


@rerun
def approve_emergency(
    identity: Identity,
    *,
    request_id: UUID,
    row_version: int,
    key: str,
    call: str,
    cents: int | None = None,
    now: datetime | None = None,
) -> None:
    """Hold money in the emergency lane by one approver, by phone if need be; ratified within some business days.

    `call` says who was called, when, how, and that it was read back. Prohibited things, caps, the balance and
    author ≠ approver bind all the same.
    """
    now = now or now_utc()
    if not call.strip():
        raise InvalidInput("call", Sentence("Write who approved, when, how, and that it was read back."))
    with transaction():
        step = begin(
            identity,
            request_id=request_id,
            action=Action.APPROVE_EMERGENCY,
            row_version=row_version,
            key=key,
            payload={"call": call, "cents": cents},
            now=now,
            locks_spending=True,
        )
        if step.is_repeat:
            return
        request = step.request
        if not request.is_emergency:
            raise NotAllowed(Sentence("This request was not sent as an emergency."))
        asked = cents if cents is not None else _most(request)
        texts = stepping.open_texts(request)
        evaluation = stepping.evaluate(request, texts, policy.Step.APPROVE, cents=asked, now=now)
        lane = (evaluation.emergency_approvers,)
        _require(rules.decide_approve(_approval_facts(step, evaluation, cents=asked, tiers=lane, decided=0)))
        evaluation_id = stepping.store_evaluation(request, evaluation, policy.Step.APPROVE, cents=asked, now=now)
        tier = len(stepping.approvals_of(request))
        role = _decide(step, "approved", tier, evaluation, cents=asked, tiers=lane, asked_tier=0)
        request.sealed = stepping.seal(
            step.enrollee, "fund_request", request.id, {**texts, "emergency_call": call.strip()}
        )
        request.approved_cents = asked
        request.needs_ratification = True
        request.ratify_by = rules.business_days_after(
            step.today, queries.get_fund(request.fund_id).ratify_days, _holidays()
        )
        posting_id = _hold(step, asked, evaluation_id)
        finish(step, posting_id=posting_id, cents=asked, note=call.strip(), role=role)


@rerun
def ratify_request(
    identity: Identity,
    *,
    request_id: UUID,
    row_version: int,
    key: str,
    is_confirmed: bool,
    note: str = "",
    now: datetime | None = None,
) -> None:
    """Confirm an emergency approval, or refuse it: then the request is paused and may be disallowed."""
    now = now or now_utc()
    if not is_confirmed and not note.strip():
        raise InvalidInput("note", Sentence("Write why it is not confirmed."))
    with transaction():
        step = begin(
            identity,
            request_id=request_id,
            action=Action.RATIFY if is_confirmed else Action.REFUSE_RATIFICATION,
            row_version=row_version,
            key=key,
            payload={"note": note},
            now=now,
        )
        if step.is_repeat:
            return
        request = step.request
        if not request.needs_ratification:
            raise NotAllowed(Sentence("There is no emergency approval to ratify."))
        last = (_stored_tiers(request.id).tiers[-1],)
        facts = _approval_facts(
            step,
            policy.Evaluation((), last),
            cents=request.approved_cents or 0,
            tiers=last,
            decided=0,
            earlier=frozenset(each.actor_id for each in queries.list_steps(request.id, request.version)),
        )
        _require(rules.decide_who(facts))
        _decide(
            step,
            "approved" if is_confirmed else "denied",
            len(queries.list_steps(request.id, request.version, "ratification")),
            policy.Evaluation((), last),
            cents=request.approved_cents or 0,
            purpose="ratification",
            asked_tier=0,
        )
        if is_confirmed:
            request.needs_ratification = False
        else:
            request.is_paused = True
        finish(step, note=note.strip())


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


@rerun
def take_back_approval(
    identity: Identity, *, request_id: UUID, row_version: int, key: str, reason: str, now: datetime | None = None
) -> None:
    """Take one's own last approval back within some minutes, of a tier too: a logged release, not an erasure."""
    now = now or now_utc()
    with transaction():
        step = begin(
            identity,
            request_id=request_id,
            action=Action.TAKE_BACK,
            row_version=row_version,
            key=key,
            payload={"reason": reason},
            now=now,
        )
        if step.is_repeat:
            return
        request = step.request
        approvals = stepping.approvals_of(request)
        _require(
            rules.decide_take_back(
                actor_id=identity.user_id,
                approver_id=approvals[-1].actor_id if approvals else None,
                approved_at=approvals[-1].decided_at if approvals else now,
                now=now,
                minutes=queries.get_fund(request.fund_id).take_back_minutes,
            )
        )
        posting_id = release_untouched(step)
        stepping.start_version(step)
        request.approved_at = None
        request.approved_cents = None
        request.expires_on = None
        request.needs_ratification = False
        finish(step, posting_id=posting_id, note=reason.strip())


@rerun
def decide_supplement(
    identity: Identity,
    *,
    request_id: UUID,
    row_version: int,
    key: str,
    is_approved: bool,
    note: str = "",
    now: datetime | None = None,
) -> bool:
    """Approve the next tier of a supplement, or deny it, by the tiers of the new total. True when money is held."""
    now = now or now_utc()
    if not is_approved and not note.strip():
        raise InvalidInput("note", Sentence("Write why it is denied."))
    with transaction():
        step = begin(
            identity,
            request_id=request_id,
            action=Action.APPROVE_SUPPLEMENT if is_approved else Action.DENY_SUPPLEMENT,
            row_version=row_version,
            key=key,
            payload={"note": note},
            now=now,
            locks_spending=True,
        )
        if step.is_repeat:
            return queries.request_money([request_id])[request_id].held_cents > 0
        request = step.request
        more = request.supplement_cents
        if more is None:
            raise NotAllowed(Sentence("No supplement is waiting for a decision."))
        total = (request.approved_cents or 0) + more
        texts = stepping.open_texts(request)
        evaluation = stepping.evaluate(request, texts, policy.Step.SUPPLEMENT, cents=total, now=now)
        steps = queries.list_steps(request.id, request.version, "supplement")
        denied = max((each.tier for each in steps if each.decision == "denied"), default=-1)
        approvals = [
            each for each in steps if each.decision == "approved" and each.cents == total and each.tier > denied
        ]
        facts = _approval_facts(
            step,
            evaluation,
            cents=more,
            most=more,
            decided=len(approvals),
            earlier=frozenset(each.actor_id for each in approvals),
        )
        _require(rules.decide_approve(facts) if is_approved else rules.decide_who(facts))
        evaluation_id = stepping.store_evaluation(request, evaluation, policy.Step.SUPPLEMENT, cents=total, now=now)
        tier = len(steps)
        role = _decide(
            step,
            "approved" if is_approved else "denied",
            tier,
            evaluation,
            cents=total,
            purpose="supplement",
            asked_tier=len(approvals),
        )
        posting_id = None
        is_held = is_approved and len(approvals) + 1 >= len(evaluation.tiers)
        if is_held:
            assert request.budget_line_id is not None
            posting_id = post(
                identity,
                ledger.hold_more(request.budget_line_id, more),
                books_context(step, evaluation_id=evaluation_id),
            )
            request.requested_cents += more
            request.approved_cents = total
        if is_held or not is_approved:
            request.supplement_cents = None
        finish(step, posting_id=posting_id, cents=more, note=note.strip(), role=role)
    return is_held


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
        _require(
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
        _require(
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
            _notice(step, "upheld", "other", words)
        finish(step, note=words.strip())


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
        evaluation = _stored_tiers(request.id)
        approvals = stepping.approvals_of(request)
        facts = _approval_facts(step, evaluation, cents=0)
        _require(rules.decide_who(facts))
        decision = "returned" if action is Action.RETURN else "denied"
        role = _decide(step, decision, len(approvals), evaluation, cents=0)
        _notice(step, decision, reason_code, words)
        if action is Action.RETURN:
            stepping.start_version(step)
            request.approved_cents = None
        finish(step, reason_code=reason_code, note=words.strip(), role=role)


def _notice(step: Step, kind: str, reason_code: str, words: str) -> None:
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


def _approval_facts(
    step: Step,
    evaluation: policy.Evaluation,
    *,
    cents: int,
    tiers: Sequence[frozenset[str]] | None = None,
    decided: int | None = None,
    earlier: frozenset[UUID] | None = None,
    most: int | None = None,
) -> rules.ApprovalFacts:
    request = step.request
    approvals = stepping.approvals_of(request)
    goal = plans.get_goal(request.goal_id, request.enrollee_id)
    line_id = request.budget_line_id
    payee = queries.get_payee(request.payee_id) if request.payee_id else None
    return rules.ApprovalFacts(
        actor_id=step.identity.user_id,
        roles=step.roles,
        author_id=request.author_id,
        started_by=request.started_by,
        enrollee_user_id=step.enrollee.user_id,
        payee_user_id=payee.user_id if payee else None,
        earlier_actors=earlier if earlier is not None else frozenset(each.actor_id for each in approvals),
        tiers=tiers if tiers is not None else evaluation.tiers,
        decided=decided if decided is not None else len(approvals),
        cents=cents,
        most_cents=most if most is not None else _most(request),
        goal_is_active=goal.status == "active",
        evaluation=evaluation,
        left_cents=queries.balance_of(Key(Account.AVAILABLE, line_id)) if line_id else None,
    )


def _decide(
    step: Step,
    decision: str,
    tier: int,
    evaluation: policy.Evaluation,
    *,
    cents: int,
    purpose: str = "request",
    tiers: Sequence[frozenset[str]] | None = None,
    asked_tier: int | None = None,
) -> str:
    """Write the decision of a tier, with the role that it was made in, and answer that role."""
    wanted = tiers if tiers is not None else evaluation.tiers
    place = asked_tier if asked_tier is not None else tier
    allowed = wanted[place] if place < len(wanted) else TIER_ROLES
    roles = sorted(step.roles & allowed) or [step.role]
    assert step.identity.user_id is not None
    delegations = {each.role: each.from_user_id for each in queries.delegations_of(step.identity, step.now)}
    role = roles[0]
    db.session.add(
        ApprovalStep(
            fund_request_id=step.request.id,
            version=step.request.version,
            purpose=purpose,
            tier=tier,
            role=role,
            actor_id=step.identity.user_id,
            on_behalf_of=None if role in step.identity.roles else delegations.get(role),
            decision=decision,
            cents=cents,
            decided_at=step.now,
        )
    )
    db.session.flush()
    return role


def _hold(step: Step, cents: int, evaluation_id: UUID) -> int:
    request = step.request
    line_id = queries.find_line(request.fund_id, request.category_id, step.today) if request.category_id else None
    if line_id is None:
        raise NotAllowed(Sentence("Nothing is budgeted for this kind of purchase this year. Ask the fiscal office."))
    request.budget_line_id = line_id
    request.approved_at = step.now
    request.expires_on = step.today + timedelta(days=queries.get_fund(request.fund_id).hold_days)
    return post(step.identity, ledger.hold(line_id, cents), books_context(step, evaluation_id=evaluation_id))


def _stored_tiers(request_id: UUID) -> policy.Evaluation:
    """The tiers of the last evaluation, where a decision takes no money and so asks the rules nothing new."""
    stored = queries.list_evaluations(request_id)
    tiers = tuple(frozenset(tier) for tier in stored[-1].tiers) if stored else (TIER_ROLES,)
    return policy.Evaluation((), tiers or (TIER_ROLES,))


def _last_denial(step: Step) -> Any:
    for event in reversed(queries.list_events(step.request.id)):
        if event.action == "deny":
            return local_day(event.at, current_config().timezone)
    return None


def _holidays() -> list[Any]:
    return [day for day, _name in directory.queries.list_county_closing_days()]


def _most(request: Any) -> int:
    return int(request.approved_cents if request.approved_cents is not None else request.requested_cents)


def _require(decision: Any) -> None:
    if not decision.allowed:
        raise NotAllowed(*decision.reasons)
