"""The author's verbs: start, edit, adopt, submit, recall, withdraw, amend, cancel. Each is one step."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from audit.rules import EventKind
from care.queries import plans
from core.clock import local_day, now_utc
from core.db import current_config, db, rerun, transaction
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Sentence
from core.identity import Identity
from funds import policy, queries, rules
from funds.actions import stepping
from funds.actions.booking import release_untouched
from funds.actions.contents import Values, check_goal, write_contents
from funds.actions.stepping import Step, begin, finish
from funds.models import (
    FundRequest,
)
from funds.posting import OTHER_PAYLOAD
from funds.states import COORDINATOR, ENROLLEE, Action, State


@rerun
def create_request(
    identity: Identity,
    *,
    request_id: UUID,
    enrollee_id: UUID,
    fund_id: UUID,
    values: Values,
    key: str,
    gap_id: UUID | None = None,
    now: datetime | None = None,
) -> UUID:
    """Start a draft for a goal: a coordinator for their person, or the person for themselves. Same id twice: one draft.

    Raises NotFound for a person who is not theirs, InvalidInput for what makes no sense.
    """
    now = now or now_utc()
    with transaction() as session:
        roles = queries.roles_on(identity, enrollee_id, now)
        if not roles & {COORDINATOR, ENROLLEE}:
            raise NotFound
        queries.get_fund(fund_id)
        there = session.get(FundRequest, request_id)
        digest = stepping.payload_digest(request_id, "create", values.payload)
        if there is not None:
            first = queries.find_event(key)
            if there.enrollee_id != enrollee_id or first is None or first.payload_sha256 != digest:
                raise Conflict(OTHER_PAYLOAD)
            return request_id
        enrollee = stepping.get_enrollee(enrollee_id)
        role = COORDINATOR if COORDINATOR in roles else ENROLLEE
        today = local_day(now, current_config().timezone)
        year = queries.find_year(today)
        code = year.code if year else str(today.year)
        request = FundRequest(
            id=request_id,
            number=f"FR-{code}-{stepping.count_up(f'number:{code}'):04d}",
            enrollee_id=enrollee_id,
            goal_id=values.goal_id,
            gap_id=gap_id,
            fund_id=fund_id,
            author_id=identity.user_id if role == COORDINATOR else None,
            started_by=identity.user_id,
            status=str(State.DRAFT),
            created_at=now,
            version=1,
            row_version=1,
        )
        check_goal(enrollee_id, values.goal_id)
        session.add(request)
        step = Step(
            identity=identity,
            request=request,
            enrollee=enrollee,
            action=Action.EDIT,
            now=now,
            today=today,
            roles=roles,
            key=key,
            payload=digest,
            came_from=State.DRAFT,
            role=role,
        )
        write_contents(step, values, is_new=True)
        stepping.append_event(step, action="create", to=State.DRAFT, role=role, is_first=True)
        stepping.record(step, EventKind.FUND_REQUEST_CREATED)
    return request_id


@rerun
def edit_request(
    identity: Identity,
    *,
    request_id: UUID,
    row_version: int,
    values: Values,
    key: str,
    now: datetime | None = None,
) -> None:
    """Change a draft or a returned request. The person may change only a draft that no coordinator adopted."""
    now = now or now_utc()
    with transaction():
        step = begin(
            identity,
            request_id=request_id,
            action=Action.EDIT,
            row_version=row_version,
            key=key,
            payload=values.payload,
            now=now,
        )
        if step.is_repeat:
            return
        if step.role == ENROLLEE and step.request.author_id is not None:
            raise NotAllowed(Sentence("Your coordinator works on this request now. Tell them what should change."))
        check_goal(step.request.enrollee_id, values.goal_id)
        write_contents(step, values)
        finish(step)


@rerun
def adopt_request(
    identity: Identity, *, request_id: UUID, row_version: int, key: str, now: datetime | None = None
) -> None:
    """Take over a draft that the person started or an earlier coordinator left: who adopts it is its author."""
    now = now or now_utc()
    with transaction():
        step = begin(
            identity,
            request_id=request_id,
            action=Action.ADOPT,
            row_version=row_version,
            key=key,
            payload={},
            now=now,
        )
        if step.is_repeat:
            return
        step.request.author_id = identity.user_id
        finish(step)


@rerun
def submit_request(
    identity: Identity, *, request_id: UUID, row_version: int, key: str, now: datetime | None = None
) -> None:
    """Send a draft to be decided. Raises NotAllowed with every sentence that stands against it.

    The evaluation behind it is kept with rule versions. About 25 queries.
    """
    now = now or now_utc()
    with transaction():
        step = begin(
            identity,
            request_id=request_id,
            action=Action.SUBMIT,
            row_version=row_version,
            key=key,
            payload={},
            now=now,
            locks_spending=True,
        )
        if step.is_repeat:
            return
        _submit(step)
        finish(step, cents=step.request.requested_cents)


@rerun
def recall_request(
    identity: Identity, *, request_id: UUID, row_version: int, key: str, now: datetime | None = None
) -> None:
    """Take a request back to the draft while no tier has decided."""
    now = now or now_utc()
    with transaction():
        step = begin(
            identity,
            request_id=request_id,
            action=Action.RECALL,
            row_version=row_version,
            key=key,
            payload={},
            now=now,
        )
        if step.is_repeat:
            return
        if stepping.approvals_of(step.request):
            raise NotAllowed(Sentence("Somebody approved a step already. Amend the request, or withdraw it."))
        finish(step)


@rerun
def withdraw_request(
    identity: Identity, *, request_id: UUID, row_version: int, key: str, reason: str, now: datetime | None = None
) -> None:
    """Stop a request that holds no money yet: the person or the author, with a reason."""
    now = now or now_utc()
    if not reason.strip():
        raise InvalidInput("reason", Sentence("Write why it is withdrawn."))
    with transaction():
        step = begin(
            identity,
            request_id=request_id,
            action=Action.WITHDRAW,
            row_version=row_version,
            key=key,
            payload={"reason": reason},
            now=now,
        )
        if step.is_repeat:
            return
        finish(step, note=reason.strip())


@rerun
def amend_request(
    identity: Identity,
    *,
    request_id: UUID,
    row_version: int,
    values: Values,
    key: str,
    now: datetime | None = None,
) -> None:
    """Change amount, payee, category, goal or method after sending: held money goes back and approvals begin again.

    Raises NotAllowed once anything was vouchered or advanced.
    """
    now = now or now_utc()
    with transaction():
        step = begin(
            identity,
            request_id=request_id,
            action=Action.AMEND,
            row_version=row_version,
            key=key,
            payload=values.payload,
            now=now,
            locks_spending=True,
        )
        if step.is_repeat:
            return
        posting_id = release_untouched(step)
        stepping.start_version(step)
        step.request.approved_cents = None
        step.request.approved_at = None
        step.request.expires_on = None
        step.request.is_emergency = False
        step.request.needs_ratification = False
        check_goal(step.request.enrollee_id, values.goal_id)
        db.session.flush()
        write_contents(step, values)
        _submit(step)
        finish(step, posting_id=posting_id, cents=step.request.requested_cents)


@rerun
def cancel_request(
    identity: Identity, *, request_id: UUID, row_version: int, key: str, reason: str, now: datetime | None = None
) -> None:
    """Cancel an approved request of which nothing was vouchered or advanced: the held money goes back."""
    now = now or now_utc()
    if not reason.strip():
        raise InvalidInput("reason", Sentence("Write why it is cancelled."))
    with transaction():
        step = begin(
            identity,
            request_id=request_id,
            action=Action.CANCEL,
            row_version=row_version,
            key=key,
            payload={"reason": reason},
            now=now,
            late_reason=reason,
        )
        if step.is_repeat:
            return
        posting_id = release_untouched(step)
        finish(step, posting_id=posting_id, note=reason.strip())


def _submit(step: Step) -> None:
    request = step.request
    texts = stepping.open_texts(request)
    line_id = queries.find_line(request.fund_id, request.category_id, step.today) if request.category_id else None
    goal = plans.get_goal(request.goal_id, request.enrollee_id)
    statement = queries.find_statement(request.id, request.version)
    cents = request.requested_cents
    evaluation = (
        stepping.evaluate(request, texts, policy.Step.SUBMIT, cents=cents, now=step.now)
        if request.category_id and request.method and cents > 0
        else policy.Evaluation((), ())  # refused for what is missing: the rules would say the same again
    )
    decision = rules.decide_submit(
        rules.SubmitFacts(
            cents=cents,
            has_category=request.category_id is not None,
            has_payee=request.payee_id is not None,
            has_method=request.method is not None,
            has_item=bool(texts.get("item")),
            has_line=line_id is not None,
            goal_is_active=goal.status == "active",
            is_enrolled=step.enrollee.status == "enrolled",
            is_author=request.author_id is not None and request.author_id == step.identity.user_id,
            statement=statement.kind if statement else None,
            evaluation=evaluation,
        )
    )
    if not decision.allowed:
        raise NotAllowed(*decision.reasons)
    stepping.store_evaluation(request, evaluation, policy.Step.SUBMIT, cents=cents, now=step.now)
    request.budget_line_id = line_id
    request.submitted_at = step.now
