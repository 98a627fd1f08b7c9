"""The request on one screen: new, drafts that save themselves, returned ones, and changes after sending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID, uuid5

from flask import Response as JsonResponse
from flask import current_app, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from care.actions.opening import open_caseload
from care.words import DOMAIN_WORDS, REFERRAL_WORDS
from core.clock import now_utc
from core.errors import NotAllowed, NotFound, Sentence
from core.guard import current_identity, needs
from core.identity import Permission
from core.pages import attempt, flash_sentence, translate
from funds import queries, rules
from funds.actions import payees, requests
from funds.actions.contents import Statement, Tried, Values
from funds.actions.opening import open_request
from funds.forms.asking import (
    AskForm,
    day_or,
    key_of,
    told,
    version_of,
)
from funds.queries import asking
from funds.states import COORDINATOR, Action, who
from funds.views.ask_screen import (
    Screen,
    answered_online,
    begin,
    id_of,
    look_up,
    offer,
    open_screen,
    payee_news,
    preview_of,
    tried_rows,
    values_of,
)
from funds.views.blueprint import blueprint, page, person_page
from funds.words import NOTICE_WORDS, REMEDY_WORDS, STATEMENT_WORDS, TRIED_WORDS

Answer = Response | tuple[str, int]


@blueprint.get("/fund/new")
@needs(Permission.ASK_FUND)
def choose_goal() -> tuple[str, int]:
    """For whom to ask: the people of one's caseload, each one press from their goals."""
    identity, now = current_identity(), now_utc()
    lines, _ = open_caseload(identity, status="enrolled", size=100, now=now)
    return page("choose_goal", now=now, people=lines, gap=id_of(request.args.get("gap")))


@blueprint.route("/enrollees/<uuid:enrollee_id>/fund/new", methods=["GET", "POST"])
@needs(Permission.ASK_FUND)
def ask(enrollee_id: UUID) -> Answer:
    """A new request on one screen."""
    screen = open_screen(enrollee_id, now_utc())
    form = AskForm()
    offer(form, screen)
    if request.method == "GET":
        begin(form, screen)
    screen.tried = tried_rows(form, screen)
    return _answered(form, screen, is_new=True)


@blueprint.route("/fund/requests/<uuid:request_id>/edit", methods=["GET", "POST"])
@needs(Permission.ASK_FUND)
def edit_request(request_id: UUID) -> Answer:
    """A draft or a returned request, on the same screen."""
    return _existing(request_id, Action.EDIT)


@blueprint.route("/fund/requests/<uuid:request_id>/amend", methods=["GET", "POST"])
@needs(Permission.ASK_FUND)
def amend_request(request_id: UUID) -> Answer:
    """Change a request after it was sent: its approvals begin again."""
    return _existing(request_id, Action.AMEND)


def _existing(request_id: UUID, action: Action) -> Answer:
    now = now_utc()
    opened = open_request(current_identity(), request_id=request_id, purpose="request form", now=now)
    if action not in opened.may or COORDINATOR not in opened.roles:
        raise NotAllowed(Sentence("This request cannot be changed now. Look at it as it stands."))
    screen = open_screen(opened.request.enrollee_id, now, opened)
    form = AskForm() if request.method == "POST" else AskForm(data=values_of(opened))
    offer(form, screen)
    screen.tried = tried_rows(form, screen)
    return _answered(form, screen, is_new=False, amends=action is Action.AMEND)


def _answered(form: AskForm, screen: Screen, *, is_new: bool, amends: bool = False) -> Answer:
    """What a press of a button, a check or the clock of the draft is answered with."""
    do = request.form.get("do", "")
    if request.method == "GET":
        return _page(form, screen, is_new=is_new, amends=amends)
    is_sound = form.validate_on_submit()
    if do == "find":
        screen.found = look_up(form.find.data or "", screen)
        screen.tried += screen.found
        return _page(form, screen, is_new=is_new, amends=amends, is_checked=False)
    if do == "check":
        if _asks_part():
            return _part(form, screen)
        return _page(form, screen, is_new=is_new, amends=amends)
    if not is_sound or screen.fund_id is None:
        if _asks_json():
            return _not_saved(form, ())
        return _page(form, screen, is_new=is_new, amends=amends)
    tried = attempt(form, lambda: _write(form, screen, is_new=is_new, amends=amends, sends=do == "send"))
    if not tried.done:
        if _asks_json():
            return _not_saved(form, tried.reasons)
        request_id = screen.opened.request.id if screen.opened else form.request_id.id_of_row
        saved = _saved_now(form, request_id)
        return _page(
            form, screen, is_new=is_new and not saved, amends=amends, reasons=tried.reasons, saved_id=request_id
        )
    if _asks_json():
        return _saved(tried.result)
    flash_sentence(
        Sentence("The request is sent. You can see here who has it.")
        if do == "send" or amends
        else Sentence("The draft is saved.")
    )
    onward = "funds.edit_request" if do == "save" and not amends else "funds.show_request"
    return redirect(url_for(onward, request_id=tried.result), 303)


def _write(form: AskForm, screen: Screen, *, is_new: bool, amends: bool, sends: bool) -> UUID:
    """Save what stands on the screen, and send it where that was pressed. Answers the request's id."""
    identity, key = current_identity(), key_of(form.key.data)
    values = _values(form, screen, payee_id=_payee(form))
    version = version_of(form.row_version.data)
    if is_new:
        assert screen.fund_id is not None
        request_id = requests.create_request(
            identity,
            request_id=form.request_id.id_of_row,
            enrollee_id=screen.enrollee_id,
            fund_id=screen.fund_id,
            values=values,
            key=key,
            gap_id=id_of(request.args.get("gap")),
        )
        version = 1
    else:
        assert screen.opened is not None
        request_id = screen.opened.request.id
        if amends:
            requests.amend_request(identity, request_id=request_id, row_version=version, values=values, key=key)
            return request_id
        requests.edit_request(identity, request_id=request_id, row_version=version, values=values, key=key)
        version += 1
    form.row_version.data = str(version)
    if sends:
        requests.submit_request(identity, request_id=request_id, row_version=version, key=f"{key}send")
    return request_id


def _payee(form: AskForm) -> UUID | None:
    """The payee that was named: one that is there, an organization of the directory, or a new vendor's proposal."""
    name = (form.payee.data or "").strip()
    if not name:
        return None
    there = asking.find_payee_named(name)
    if there is not None:
        return there.id
    organization_id = id_of(form.organization.data)
    like = dict(asking.list_organizations_like(name))
    if organization_id not in like:
        organization_id = next((each for each, words in like.items() if words.lower() == name.lower()), None)
    payee_id = uuid5(form.request_id.id_of_row, f"{name.lower()}|{organization_id or ''}")
    words = like.get(organization_id, name) if organization_id else name
    values = payees.PayeeValues(name=words, organization_id=organization_id)
    payees.propose_payee(current_identity(), payee_id=payee_id, values=values)
    return payee_id


def _values(form: AskForm, screen: Screen, *, payee_id: UUID | None) -> Values:
    statement = None
    if form.agreement.data:
        statement = Statement(
            form.agreement.data, form.agreed_on.data or screen.today, form.words.data or "", form.witness.data or ""
        )
    return Values(
        goal_id=UUID(form.goal.data),
        category_id=id_of(form.category.data),
        payee_id=payee_id,
        method=form.method.data or None,
        cents=form.amount.data or 0,
        covers_from=form.covers_from.data,
        covers_to=form.covers_to.data,
        need_by=form.need_by.data,
        quotes=form.quotes.data or 0,
        is_emergency=bool(form.is_emergency.data),
        texts=form.texts(),
        tried=[
            Tried(
                row.outcome,
                day_or(row.on, screen.today),
                row.service_id,
                row.referral_id,
                row.name if row.is_own else "",
                row.note,
            )
            for row in told(screen.tried)
        ],
        statement=statement,
    )


def _page(
    form: AskForm,
    screen: Screen,
    *,
    is_new: bool,
    amends: bool,
    reasons: Sequence[Sentence] = (),
    is_checked: bool = True,
    saved_id: UUID | None = None,
) -> tuple[str, int]:
    request_id = screen.opened.request.id if screen.opened else (saved_id if not is_new else None)
    if request_id is None:
        address = url_for(
            "funds.ask", enrollee_id=screen.enrollee_id, goal=request.args.get("goal"), gap=request.args.get("gap")
        )
    else:
        address = url_for("funds.amend_request" if amends else "funds.edit_request", request_id=request_id)
    return person_page(
        "ask",
        screen.plan.person,
        tab="funds.list_person_requests",
        now=screen.now,
        form=form,
        reasons=reasons,
        screen=screen,
        address=address,
        request_id=request_id,
        amends=amends,
        check=preview_of(form, screen),
        online=answered_online(screen),
        payees=asking.list_payees_to_choose(),
        notices=list(screen.opened.notices)[-1:]
        if screen.opened and screen.opened.request.status == "returned"
        else [],
        saves=not amends and not (screen.opened and screen.opened.request.status != "draft"),
        **_WORDS,
        **payee_news(form),
    )


def _part(form: AskForm, screen: Screen) -> tuple[str, int]:
    """The part of the screen that says what would come of it, for htmx."""
    return render_template(
        "funds/ask_check.html", form=form, check=preview_of(form, screen), is_part=True, **_WORDS, **payee_news(form)
    ), 200


def _asks_part() -> bool:
    return request.headers.get("HX-Request") == "true"


def _asks_json() -> bool:
    return request.headers.get("Accept") == "application/json"


def _saved(request_id: UUID) -> Response:
    """What the script of the draft needs to go on: the new version, a fresh key, the draft's own address."""
    row = queries.get_request(current_identity(), request_id, now_utc())
    now = now_utc()
    return jsonify(
        row_version=row.row_version,
        key=key_of(None),
        address=url_for("funds.edit_request", request_id=request_id),
        message=translate(Sentence("Saved at %(time)s.", time=current_app.jinja_env.filters["local_clock"](now))),
    )


def _not_saved(form: AskForm, reasons: Sequence[Sentence]) -> Response:
    found = [translate(reason) for reason in reasons] + [
        f"{translate(each.label.text)}: {message}" for each in form for message in each.errors
    ]
    answer: JsonResponse = jsonify(message=" ".join([translate(Sentence("Not saved yet.")), *found]))
    answer.status_code = 422
    return answer


def _saved_now(form: AskForm, request_id: UUID) -> bool:
    """True when the request is there although this step was refused.

    The form then carries the version that it has now: after looking, a second press goes on from there.
    """
    try:
        row = queries.get_request(current_identity(), request_id, now_utc())
    except NotFound:
        return False
    form.row_version.data, form.key.data = str(row.row_version), key_of(None)
    return True


_WORDS: Final[Mapping[str, Any]] = {
    "tried_words": TRIED_WORDS,
    "statement_words": STATEMENT_WORDS,
    "referral_words": REFERRAL_WORDS,
    "domain_words": DOMAIN_WORDS,
    "notice_words": NOTICE_WORDS,
    "reason_words": rules.RETURN_REASONS,
    "remedy_words": REMEDY_WORDS,
    "who_words": who,
}
