"""The author's verbs: start, edit, adopt, submit, recall, withdraw, amend, cancel. Each is one step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import delete

from audit.rules import EventKind
from care.queries import plans
from core.clock import local_day, now_utc
from core.db import current_config, db, rerun, transaction
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Sentence
from core.identity import Identity
from funds import policy, queries, rules
from funds.actions import stepping
from funds.actions.booking import release_untouched
from funds.actions.stepping import Step, begin, finish
from funds.fields import FIELDS
from funds.models import (
    METHODS,
    TRIED_OUTCOMES,
    Category,
    ChoiceStatement,
    FundRequest,
    Payee,
    ResourceTried,
)
from funds.posting import OTHER_PAYLOAD
from funds.states import COORDINATOR, ENROLLEE, Action, State

TEXTS: Final = tuple(FIELDS["fund_request"])
MOST_CENTS: Final = 100_000_000  # a million dollars: more is a slip of the finger
MOST_TRIED: Final = 20


@dataclass(frozen=True, slots=True)
class Tried:
    """Something that was tried before: a listing of the directory, a referral, or a name."""

    outcome: str
    tried_on: date
    service_id: UUID | None = None
    referral_id: UUID | None = None
    name: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """How the person agreed."""

    kind: str  # signed, spoken, online, declined
    given_on: date
    words: str = ""
    witness: str = ""


@dataclass(frozen=True, slots=True)
class Values:
    """What a draft says; everything may still be missing. `texts` holds the sealed fields by name."""

    goal_id: UUID
    category_id: UUID | None = None
    payee_id: UUID | None = None
    method: str | None = None
    cents: int = 0
    covers_from: date | None = None
    covers_to: date | None = None
    need_by: date | None = None
    quotes: int = 0
    is_emergency: bool = False
    texts: Mapping[str, str] = field(default_factory=dict)
    tried: Sequence[Tried] = ()
    statement: Statement | None = None

    @property
    def payload(self) -> dict[str, Any]:
        """The values as the digest of a form takes them."""
        return {
            name: repr(sorted(value.items())) if isinstance(value, Mapping) else repr(value)
            for name, value in ((each, getattr(self, each)) for each in self.__dataclass_fields__)
        }


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
        _check_goal(enrollee_id, values.goal_id)
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
        _write(step, values, is_new=True)
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
        _check_goal(step.request.enrollee_id, values.goal_id)
        _write(step, values)
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
        _check_goal(step.request.enrollee_id, values.goal_id)
        db.session.flush()
        _write(step, values)
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


def _check_goal(enrollee_id: UUID, goal_id: UUID) -> None:
    try:
        plans.get_goal(goal_id, enrollee_id)
    except NotFound as error:
        raise InvalidInput("goal_id", Sentence("Choose a goal of this person's plan.")) from error


def _write(step: Step, values: Values, *, is_new: bool = False) -> None:
    """Put the values of a form into the row, its texts sealed, with what was tried and the person's agreement."""
    request = step.request
    _check(values)
    request.goal_id = values.goal_id
    request.category_id = values.category_id
    request.payee_id = values.payee_id
    request.method = values.method
    request.requested_cents = values.cents
    request.covers_from, request.covers_to = values.covers_from, values.covers_to
    request.need_by = values.need_by
    request.quotes = values.quotes
    request.is_emergency = values.is_emergency
    old = {} if is_new else stepping.open_texts(request)
    texts = {**old, **{name: text.strip() for name, text in values.texts.items()}}
    request.sealed = stepping.seal(step.enrollee, "fund_request", request.id, texts)
    db.session.flush()
    _write_tried(step, values.tried)
    if values.statement is not None:
        if values.statement.kind == "online" and step.role != ENROLLEE:
            raise InvalidInput("statement", Sentence("Only the person can answer online."))
        write_statement(step, values.statement)


def _write_tried(step: Step, tried: Sequence[Tried]) -> None:
    request = step.request
    db.session.execute(delete(ResourceTried).where(ResourceTried.fund_request_id == request.id))
    for each in tried:
        row_id = uuid4()
        words = {"name": each.name.strip(), "note": each.note.strip()}
        db.session.add(
            ResourceTried(
                id=row_id,
                enrollee_id=request.enrollee_id,
                fund_request_id=request.id,
                service_id=each.service_id,
                referral_id=each.referral_id,
                tried_on=each.tried_on,
                outcome=each.outcome,
                sealed=stepping.seal(step.enrollee, "resource_tried", row_id, words) if any(words.values()) else None,
            )
        )


def write_statement(step: Step, statement: Statement) -> None:
    """Put down how the person agreed to the present version of the request."""
    request = step.request
    there = queries.find_statement(request.id, request.version)
    if there is None:
        there = ChoiceStatement(
            id=uuid4(),
            enrollee_id=request.enrollee_id,
            fund_request_id=request.id,
            version=request.version,
            kind=statement.kind,
            given_on=statement.given_on,
        )
        db.session.add(there)
    there.kind, there.given_on, there.recorded_by = statement.kind, statement.given_on, step.identity.user_id
    words = {"words": statement.words.strip(), "witness": statement.witness.strip()}
    there.sealed = stepping.seal(step.enrollee, "choice_statement", there.id, words) if any(words.values()) else None


def _check(values: Values) -> None:
    if not 0 <= values.cents <= MOST_CENTS:
        raise InvalidInput("cents", Sentence("This amount is too large."))
    if values.method is not None and values.method not in METHODS:
        raise InvalidInput("method", Sentence("Choose how it is to be paid."))
    if values.covers_from and values.covers_to and values.covers_to < values.covers_from:
        raise InvalidInput("covers_to", Sentence("The last day comes after the first."))
    if values.quotes < 0 or values.quotes > 50:
        raise InvalidInput("quotes", Sentence("Write how many quotes there are."))
    if set(values.texts) - set(TEXTS):
        raise InvalidInput("texts", Sentence("There is no such field."))
    if len(values.tried) > MOST_TRIED:
        raise InvalidInput("tried", Sentence("Write at most %(count)s things that were tried.", count=MOST_TRIED))
    for each in values.tried:
        if each.outcome not in TRIED_OUTCOMES:
            raise InvalidInput("tried", Sentence("Choose what came of it."))
        if each.service_id is None and each.referral_id is None and not each.name.strip():
            raise InvalidInput("tried", Sentence("Choose a listing, or write what was tried."))
    if values.statement and values.statement.kind not in ("signed", "spoken", "online", "declined"):
        raise InvalidInput("statement", Sentence("Choose how the person agreed."))
    session = db.session()
    if values.category_id is not None:
        category = session.get(Category, values.category_id)
        if category is None:
            raise InvalidInput("category_id", Sentence("Choose what kind of purchase this is."))
    if values.payee_id is not None:
        payee = session.get(Payee, values.payee_id)
        if payee is None or payee.status == "inactive":
            raise InvalidInput("payee_id", Sentence("Choose a payee that may be paid."))
