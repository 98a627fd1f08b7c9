"""What a request says: the values of its form, checked and written with what was tried and the person's agreement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import delete

from care.queries import plans
from core.db import db
from core.errors import InvalidInput, NotFound, Sentence
from funds import queries
from funds.actions import stepping
from funds.actions.stepping import Step
from funds.fields import FIELDS
from funds.models import METHODS, TRIED_OUTCOMES, Category, ChoiceStatement, Payee, ResourceTried
from funds.states import ENROLLEE

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


def check_goal(enrollee_id: UUID, goal_id: UUID) -> None:
    """Raise InvalidInput where the goal is none of this person's plan."""
    try:
        plans.get_goal(goal_id, enrollee_id)
    except NotFound as error:
        raise InvalidInput("goal_id", Sentence("Choose a goal of this person's plan.")) from error


def write_contents(step: Step, values: Values, *, is_new: bool = False) -> None:
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
