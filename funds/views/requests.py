"""Fund requests that a viewer may know: the list, one request whole with its next steps, and those of one person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from flask import current_app, request, url_for

from care.actions.opening import open_person
from care.fields import Group
from care.queries import find_access
from care.words import DOMAIN_WORDS
from core.clock import now_utc
from core.errors import Bilingual, NotFound, Sentence
from core.guard import current_identity, needs
from core.identity import Permission
from core.layout import NavigationItem, address_with
from core.pages import PageOf, page_number
from funds import queries, rules
from funds.actions.opening import OpenedRequest, open_lines, open_request
from funds.forms.asking import ReasonForm, SupplementForm, VerbForm
from funds.queries import asking, deciding
from funds.queries.standing import standings
from funds.states import COORDINATOR, ENROLLEE, STATE_NAMES, Action, State, who
from funds.views.blueprint import PAGE_SIZE, blueprint, page, person_page, today_of
from funds.words import (
    ANSWER_WORDS,
    DOCUMENT_WORDS,
    METHOD_WORDS,
    NOTICE_WORDS,
    REMEDY_WORDS,
    STATE_TONES,
    STATEMENT_WORDS,
    STEP_WORDS,
    TRIED_WORDS,
)

# What each of them decides, as the queue calls it: offered here to whom the queue offers it.
DECIDING: Final[Mapping[Action, str]] = {
    Action.APPROVE_TIER: "request",
    Action.RATIFY: "ratification",
    Action.APPROVE_SUPPLEMENT: "supplement",
    Action.UPHOLD: "appeal",
}
UNDO: Final = Sentence("Void, correct or disallow")
RESUME: Final = Sentence("Let the money move again")
# What others do next: the action that must be open to the viewer, the page, what the button says. A page that is not
# there, or that asks for more than the request's id, is not shown.
NEXT: Final[Sequence[tuple[Action, str, Sentence]]] = (
    (Action.APPROVE_TIER, "funds.decide_request", Sentence("Decide")),
    (Action.RATIFY, "funds.ratify_request", Sentence("Confirm the emergency approval")),
    (Action.APPROVE_SUPPLEMENT, "funds.decide_supplement", Sentence("Decide about more money")),
    (Action.VOUCHER, "funds.make_voucher", Sentence("Make a voucher")),
    (Action.ISSUE_ADVANCE, "funds.issue_advance", Sentence("Give out an advance")),
    (Action.PAY, "funds.pay_voucher", Sentence("Pay")),
    (Action.ADD_DOCUMENT, "funds.add_document", Sentence("Add a receipt or paper")),
    (Action.RECONCILE, "funds.reconcile_request", Sentence("Reconcile")),
    (Action.REFUND, "funds.refund_request", Sentence("Record a refund")),
    (Action.VOID, "funds.undo_request", UNDO),
    (Action.CORRECT, "funds.undo_request", UNDO),
    (Action.DISALLOW, "funds.undo_request", UNDO),
    (Action.APPEAL, "funds.appeal", Sentence("Appeal")),
    (Action.UPHOLD, "funds.decide_appeal", Sentence("Decide the appeal")),
    (Action.TAKE_BACK, "funds.take_back_approval", Sentence("Take the approval back")),
    (Action.PAUSE, "funds.pause_request", Sentence("Stop the money")),
)
GROUPS: Final[Mapping[str, tuple[Sentence, Sequence[State]]]] = {
    "open": (
        Sentence("Going on"),
        (State.DRAFT, State.SUBMITTED, State.RETURNED, State.APPROVED, State.VOUCHER, State.PAID, State.APPEALED),
    ),
    "ended": (
        Sentence("Ended"),
        (State.RECONCILED, State.DENIED, State.WITHDRAWN, State.CANCELLED, State.EXPIRED, State.VOIDED, State.REFUNDED),
    ),
}
WORDS: Final[Mapping[str, Any]] = {
    "method_words": METHOD_WORDS,
    "tried_words": TRIED_WORDS,
    "statement_words": STATEMENT_WORDS,
    "document_words": DOCUMENT_WORDS,
    "notice_words": NOTICE_WORDS,
    "reason_words": {**rules.RETURN_REASONS, **rules.DENY_REASONS},
    "remedy_words": REMEDY_WORDS,
    "state_tones": STATE_TONES,
    "domain_words": DOMAIN_WORDS,
    "ended": frozenset(str(state) for state in GROUPS["ended"][1]),
}


@dataclass(frozen=True, slots=True)
class TimelineLine:
    """Some steps in a row that somebody made alike: when the last was, who, what, and the words left with it."""

    at: datetime
    who: str
    role: Sentence | None
    what: Sentence
    times: int
    cents: int | None
    note: str


@blueprint.get("/fund/requests")
@needs(Permission.SEE_FUND_REQUESTS)
def list_requests() -> tuple[str, int]:
    """Requests that the viewer may know: their own first choice, by state or by person."""
    identity, now = current_identity(), now_utc()
    state, number = request.args.get("state", ""), page_number(request.args.get("page"))
    mine = request.args.get("mine") == "1"
    enrollee_id = _id_of(request.args.get("person"))
    found, total = queries.list_requests(
        identity,
        now,
        states=_states_of(state),
        enrollee_id=enrollee_id,
        author_id=identity.user_id if mine else None,
        page=number,
        size=PAGE_SIZE,
    )
    lines = open_lines(identity, found, purpose="list of requests", now=now)
    return page(
        "list_requests",
        now=now,
        lines=lines,
        standings=standings([line.request for line in lines]),
        categories=category_names(),
        filters=_filters(state, mine),
        is_filtered=bool(state or mine or enrollee_id),
        may_ask=identity.may(Permission.ASK_FUND) and "funds.choose_goal" in current_app.view_functions,
        where=PageOf(number, PAGE_SIZE, total),
        address=lambda n: address_with(page=None if n == 1 else str(n)),
        **WORDS,
    )


@blueprint.get("/fund/requests/<uuid:request_id>")
@needs(Permission.SEE_FUND_REQUESTS)
def show_request(request_id: UUID) -> tuple[str, int]:
    """One request whole: from the goal to the money, and what may be done next."""
    return request_page(request_id)


@blueprint.get("/enrollees/<uuid:enrollee_id>/fund")
@needs(Permission.SEE_FUND_REQUESTS)
def list_person_requests(enrollee_id: UUID) -> tuple[str, int]:
    """The money of one person: what is left, and each request with who has it."""
    identity, now = current_identity(), now_utc()
    person = open_person(identity, enrollee_id=enrollee_id, purpose="money", now=now)
    if Group.PLAN not in person.access.groups:
        raise NotFound
    found, total = queries.list_requests(identity, now, enrollee_id=enrollee_id, size=PAGE_SIZE)
    lines = open_lines(identity, found, purpose="requests of a person", now=now)
    funds = asking.list_open_funds(today_of(now))
    return person_page(
        "list_person_requests",
        person,
        now=now,
        lines=lines,
        total=total,
        standings=standings([line.request for line in lines]),
        categories=category_names(),
        left=asking.left_for_person(enrollee_id, funds[0].id, now) if funds else [],
        **WORDS,
        may_ask=COORDINATOR in queries.roles_on(identity, enrollee_id, now) and identity.may(Permission.ASK_FUND),
    )


def request_page(
    request_id: UUID,
    *,
    template: str = "show_request",
    purpose: str = "request page",
    verb: str = "",
    form: Any = None,
    reasons: Sequence[Sentence] = (),
    more: Callable[[OpenedRequest], Mapping[str, Any]] | None = None,
    action: Action | None = None,
) -> tuple[str, int]:
    """The page of one request; `verb` names the form that was refused, which keeps what was typed.

    A page that extends it for a next step names its template and brings `more` for it. Whoever is not offered its
    `action` is told so instead of being shown a form; one that was sent stands there again with all that was typed.
    """
    identity, now = current_identity(), now_utc()
    opened = open_request(identity, request_id=request_id, purpose=purpose, now=now)
    forms = {name: kind(formdata=None, row_version=str(opened.request.row_version)) for name, kind in _VERBS.items()}
    if form is not None and verb in forms:
        form.row_version.data = str(opened.request.row_version)
        form.row_version.raw_data = None
        form.key.data = forms[verb].key.data
        form.key.raw_data = None
        forms[verb] = form
    for name, each in forms.items():
        if "reason" in each:  # three forms of one page hold this field: each box has an id of its own
            each.reason.id = f"{name}-reason"
    row, offered = opened.request, offered_to_viewer(opened, now)
    return page(
        template,
        now=now,
        form=form,
        reasons=reasons,
        opened=opened,
        forms=forms,
        verb=verb,
        standing=standings([row])[row.id],
        timeline=timeline_of(opened),
        verbs=author_verbs(opened),
        nexts=_nexts(opened, offered),
        is_open=action is None or action in offered or request.method == "POST",
        categories=category_names(),
        payee=asking.payee_name(row.payee_id),
        services=asking.service_names([each.service_id for each, _ in opened.tried if each.service_id]),
        findings=findings_of(opened),
        left=_left_of(opened, now),
        goal_cents=asking.spent_on_goals(row.enrollee_id).get(row.goal_id, 0) if opened.reads_words else None,
        tiers=tiers_of(opened),
        opens_record=opened.knows_name and _opens_record(row.enrollee_id, now),
        paper_page="funds.show_document" in current_app.view_functions,
        **(more(opened) if more else {}),
        **WORDS,
    )


def _opens_record(enrollee_id: UUID, now: datetime) -> bool:
    """Whether the viewer has the person's record by their own standing: who stands in for a supervisor gets none."""
    identity = current_identity()
    if not queries.delegations_of(identity, now):
        return True
    return find_access(identity, enrollee_id, now) is not None


def author_verbs(opened: OpenedRequest) -> frozenset[str]:
    """The author's verbs that this viewer can use now, by name."""
    mine = opened.request.author_id is not None and opened.request.author_id == current_identity().user_id
    if not current_identity().may(Permission.ASK_FUND):
        return frozenset({"cancel"} if Action.CANCEL in opened.may else set())
    asks = opened.roles & {COORDINATOR}
    allowed = {
        "adopt": Action.ADOPT in opened.may and not mine,
        "edit": Action.EDIT in opened.may and mine,
        "submit": Action.SUBMIT in opened.may and mine,
        "recall": Action.RECALL in opened.may,
        "withdraw": Action.WITHDRAW in opened.may and bool(asks),
        "amend": Action.AMEND in opened.may and mine,
        "supplement": Action.REQUEST_SUPPLEMENT in opened.may and opened.request.supplement_cents is None,
        "cancel": Action.CANCEL in opened.may,
    }
    return frozenset(name for name, is_open in allowed.items() if is_open)


def timeline_of(opened: OpenedRequest) -> list[TimelineLine]:
    """The steps of a request, newest first; edits in a row by one hand are one line."""
    lines = []
    for _, steps in groupby(opened.events, key=_kind_of_step):
        together = list(steps)
        event, words = together[-1]
        what = ANSWER_WORDS.get(event.reason_code or "") if event.action == Action.EDIT else None
        lines.append(
            TimelineLine(
                event.at,
                event.actor_name,
                who({event.role}) if event.role else None,
                what or STEP_WORDS.get(event.action, Sentence(event.action)),
                len(together),
                event.amount_cents,
                str(words.get("note") or ""),
            )
        )
    return lines[::-1]


def findings_of(opened: OpenedRequest) -> list[tuple[str, Sentence]]:
    """What the rules said last, with how much each weighs."""
    if not opened.evaluations:
        return []
    return [
        (
            each["severity"],
            Bilingual(
                {
                    "en": " ".join(filter(None, (each["en"], each.get("remedy_en")))),
                    "es": " ".join(filter(None, (each["es"], each.get("remedy_es")))),
                }
            ),
        )
        for each in opened.evaluations[-1].findings
    ]


def tiers_of(opened: OpenedRequest) -> list[tuple[Sentence, str, datetime | None]]:
    """The tiers of the last evaluation: who decides, and who did and when, as far as they are decided."""
    if not opened.evaluations:
        return []
    done = [step for step in opened.steps if step.purpose == "request" and step.decision == "approved"]
    names = {event.actor_id: event.actor_name for event, _ in opened.events}
    return [
        (
            who(tier),
            str(names.get(done[place].actor_id, "")) if place < len(done) else "",
            done[place].decided_at if place < len(done) else None,
        )
        for place, tier in enumerate(opened.evaluations[-1].tiers)
    ]


def category_names() -> dict[UUID, Sentence]:
    """The names of all categories in both languages."""
    return {row.id: Bilingual({"en": row.name, "es": row.name_es or row.name}) for row in queries.list_categories()}


_VERBS: Final[Mapping[str, Any]] = {
    "adopt": VerbForm,
    "submit": VerbForm,
    "recall": VerbForm,
    "withdraw": ReasonForm,
    "cancel": ReasonForm,
    "supplement": SupplementForm,
}


def _kind_of_step(pair: tuple[Any, Any]) -> tuple[Any, ...]:
    event = pair[0]
    if event.action == Action.EDIT and not event.reason_code:
        return (event.action, event.actor_id)
    return (event.seq,)


def _left_of(opened: OpenedRequest, now: datetime) -> list[asking.Left]:
    row = opened.request
    if not opened.reads_words or row.status not in (State.DRAFT, State.RETURNED, State.SUBMITTED):
        return []
    return [
        *asking.list_left_of_category(row.fund_id, row.category_id, row.requested_cents, today_of(now)),
        *asking.left_for_person(row.enrollee_id, row.fund_id, now, cents=row.requested_cents),
    ]


def offered_to_viewer(opened: OpenedRequest, now: datetime) -> frozenset[Action]:
    """What the viewer's roles allow, less what this request does not call for now: nothing is offered to be refused."""
    waits: set[str] = set()
    if opened.may & DECIDING.keys():
        waits = {each.purpose for each in deciding.list_waiting(current_identity(), now, request_id=opened.request.id)}
    return frozenset(
        action
        for action in opened.may
        if (action not in DECIDING or DECIDING[action] in waits)
        and (action not in (Action.VOUCHER, Action.ISSUE_ADVANCE) or opened.money.free_cents > 0)
        and (action is not Action.TAKE_BACK or _may_take_back(opened, now))
    )


def _nexts(opened: OpenedRequest, offered: frozenset[Action]) -> list[NavigationItem]:
    rules_of = current_app.url_map.iter_rules
    pages = {
        endpoint: RESUME if action is Action.PAUSE and opened.request.is_paused else label
        for action, endpoint, label in NEXT
        if action in offered
        and endpoint in current_app.view_functions
        and any(rule.arguments == {"request_id"} for rule in rules_of(endpoint))
        and (ENROLLEE not in opened.roles or action is Action.APPEAL)
    }
    return [NavigationItem(label, url_for(page_, request_id=opened.request.id)) for page_, label in pages.items()]


def _may_take_back(opened: OpenedRequest, now: datetime) -> bool:
    """Whether the last approval is the viewer's own, and fresh enough to be taken back."""
    approvals = [step for step in opened.steps if step.purpose == "request" and step.decision == "approved"]
    me = current_identity().user_id
    if not approvals or approvals[-1].actor_id != me:
        return False
    return rules.decide_take_back(
        actor_id=me,
        approver_id=approvals[-1].actor_id,
        approved_at=approvals[-1].decided_at,
        now=now,
        minutes=queries.get_fund(opened.request.fund_id).take_back_minutes,
    ).allowed


def _states_of(state: str) -> Sequence[str]:
    if state in GROUPS:
        return [str(each) for each in GROUPS[state][1]]
    return [state] if state in set(State) else []


def _filters(state: str, mine: bool) -> dict[str, Any]:
    choices = [("", Sentence("All")), *((code, label) for code, (label, _) in GROUPS.items())]
    choices += [(str(each), STATE_NAMES[each]) for each in State]
    return {"states": choices, "state": state, "mine": mine}


def _id_of(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
