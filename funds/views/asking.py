"""The request on one screen: new, drafts that save themselves, returned ones, and changes after sending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from flask import Response as JsonResponse
from flask import current_app, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from care.actions import plans
from care.actions.opening import open_caseload, require_access
from care.actions.plans import OpenedPlan
from care.queries.referrals import ReferralLine, list_referrals_of
from care.words import DOMAIN_WORDS, REFERRAL_WORDS
from core.clock import now_utc
from core.errors import Bilingual, NotAllowed, NotFound, Sentence
from core.forms import options
from core.guard import current_identity, needs
from core.identity import Permission
from core.pages import attempt, flash_sentence, translate
from directory.rules import viewer_level
from directory.search import SearchQuery, search
from funds import policy, queries, rules
from funds.actions import payees, requests
from funds.actions.opening import OpenedRequest, open_request
from funds.actions.requests import Statement, Tried, Values
from funds.forms.asking import (
    AskForm,
    TriedRow,
    day_or,
    key_of,
    read_tried,
    told,
    version_of,
)
from funds.queries import asking
from funds.queries.asking import Preview
from funds.states import COORDINATOR, Action, who
from funds.views.blueprint import blueprint, page, person_page, today_of
from funds.words import STATEMENT_WORDS, TRIED_WORDS

Answer = Response | tuple[str, int]
MOST_FOUND: Final = 8
DAYS_AGO: Final = timedelta(days=1)
# A referral's state → what it most likely means for the fund; the coordinator changes what is wrong.
OUTCOME_OF_REFERRAL: Final[Mapping[str, str]] = {
    "not eligible": "not eligible",
    "no capacity": "no capacity",
    "waitlisted": "waitlisted",
}


@dataclass(slots=True)
class Screen:
    """Everything that the page of a request needs, gathered once."""

    enrollee_id: UUID
    plan: OpenedPlan
    now: datetime
    today: date
    funds: Sequence[Any]
    opened: OpenedRequest | None = None
    tried: list[TriedRow] = field(default_factory=list)
    found: list[TriedRow] = field(default_factory=list)

    @property
    def fund_id(self) -> UUID | None:
        """The fund of the request, or the first that is open."""
        if self.opened is not None:
            return self.opened.request.fund_id
        chosen = _id_of(request.form.get("fund"))
        ids = [fund.id for fund in self.funds]
        return chosen if chosen in ids else (ids[0] if ids else None)


@blueprint.get("/fund/new")
@needs(Permission.ASK_FUND)
def choose_goal() -> tuple[str, int]:
    """For whom to ask: the people of one's caseload, each one press from their goals."""
    identity, now = current_identity(), now_utc()
    lines, _ = open_caseload(identity, status="enrolled", size=100, now=now)
    return page("choose_goal", now=now, people=lines, gap=_id_of(request.args.get("gap")))


@blueprint.route("/enrollees/<uuid:enrollee_id>/fund/new", methods=["GET", "POST"])
@needs(Permission.ASK_FUND)
def ask(enrollee_id: UUID) -> Answer:
    """A new request on one screen."""
    screen = _screen(enrollee_id, now_utc())
    form = AskForm()
    _offer(form, screen)
    if request.method == "GET":
        _begin(form, screen)
    screen.tried = _tried_rows(form, screen)
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
    screen = _screen(opened.request.enrollee_id, now, opened)
    form = AskForm() if request.method == "POST" else AskForm(data=_values_of(opened))
    _offer(form, screen)
    screen.tried = _tried_rows(form, screen)
    return _answered(form, screen, is_new=False, amends=action is Action.AMEND)


def _answered(form: AskForm, screen: Screen, *, is_new: bool, amends: bool = False) -> Answer:
    """What a press of a button, a check or the clock of the draft is answered with."""
    do = request.form.get("do", "")
    if request.method == "GET":
        return _page(form, screen, is_new=is_new, amends=amends)
    is_sound = form.validate_on_submit()
    if do == "find":
        screen.found = _look_up(form.find.data or "", screen)
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
            gap_id=_id_of(request.args.get("gap")),
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
    organization_id = _id_of(form.organization.data)
    like = dict(asking.list_organizations_like(name))
    if organization_id not in like:
        organization_id = next((each for each, words in like.items() if words.lower() == name.lower()), None)
    payee_id = uuid5(form.request_id.id_of_row, f"{name.lower()}|{organization_id or ''}")
    payees.propose_payee(
        current_identity(), payee_id=payee_id, name=like.get(organization_id, name) if organization_id else name,
        organization_id=organization_id,
    )  # fmt: skip
    return payee_id


def _values(form: AskForm, screen: Screen, *, payee_id: UUID | None) -> Values:
    statement = None
    if form.agreement.data:
        statement = Statement(
            form.agreement.data, form.agreed_on.data or screen.today, form.words.data or "", form.witness.data or ""
        )
    return Values(
        goal_id=UUID(form.goal.data),
        category_id=_id_of(form.category.data),
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


def _preview(form: AskForm, screen: Screen) -> Preview | None:
    """What would come of it: read from what is typed, saved or not."""
    fund_id, goal_id = screen.fund_id, _id_of(form.goal.data)
    if fund_id is None or goal_id is None:
        return None
    category_id = _id_of(form.category.data)
    payee = asking.find_payee_named(form.payee.data) if form.payee.data else None
    goals = {goal.id: goal for goal, _ in screen.plan.goals}
    statement = form.agreement.data or _given_online(screen)
    line = category_id is not None and bool(asking.list_left_of_category(fund_id, category_id, 0, screen.today))
    facts = rules.SubmitFacts(
        cents=form.amount.data or 0,
        has_category=category_id is not None,
        has_payee=bool(form.payee.data),
        has_method=bool(form.method.data),
        has_item=bool(form.item.data),
        has_line=line,
        goal_is_active=goal_id in goals and goals[goal_id].status == "active",
        is_enrolled=screen.plan.person.enrollee.status == "enrolled",
        is_author=True,
        statement=statement or None,
        evaluation=policy.Evaluation((), ()),
    )
    first, last = form.covers_from.data, form.covers_to.data
    asked = None
    if category_id is not None and (form.amount.data or 0) > 0:
        asked = queries.Asked(
            request_id=screen.opened.request.id if screen.opened else form.request_id.id_of_row,
            enrollee_id=screen.enrollee_id,
            goal_id=goal_id,
            fund_id=fund_id,
            category_id=category_id,
            payee_id=payee.id if payee else None,
            cents=form.amount.data or 0,
            method=form.method.data or "",
            version=screen.opened.request.version if screen.opened else 1,
            texts=form.texts(),
            quotes=form.quotes.data or 0,
            is_emergency=bool(form.is_emergency.data),
            days=(first, last) if first and last else None,
        )
    return asking.preview(
        current_identity(),
        asked,
        facts=facts,
        enrollee_id=screen.enrollee_id,
        goal_id=goal_id,
        fund_id=fund_id,
        tried=len(told(screen.tried)),
        now=screen.now,
    )


def _screen(enrollee_id: UUID, now: datetime, opened: OpenedRequest | None = None) -> Screen:
    identity = current_identity()
    require_access(identity, enrollee_id, now)
    if COORDINATOR not in queries.roles_on(identity, enrollee_id, now):
        raise NotAllowed(Sentence("Only this person's coordinator asks the fund for them."))
    plan = plans.open_plan(identity, enrollee_id=enrollee_id, purpose="fund request", now=now)
    today = today_of(now)
    return Screen(enrollee_id, plan, now, today, asking.list_open_funds(today), opened)


def _offer(form: AskForm, screen: Screen) -> None:
    """Put the choices into the form."""
    goals = [(goal, words) for goal, words in screen.plan.goals if goal.status in ("active", "paused")]
    kept = screen.opened.goal if screen.opened else None
    if kept is not None and kept.id not in {goal.id for goal, _ in goals}:
        goals.append((kept, dict(screen.opened.goal_words) if screen.opened else {}))
    form.goal.choices = options(
        (str(goal.id), f"{words.get('own_words') or ''} ({translate(DOMAIN_WORDS[goal.domain])})".strip())
        for goal, words in goals
    )
    form.fund.choices = options((str(fund.id), fund.name) for fund in screen.funds)
    if not form.fund.data or form.fund.data == "None":
        form.fund.data = str(screen.fund_id or "")
    rows = asking.list_open_categories(screen.today)
    choices: dict[str, Any] = {"": options([("", Sentence("Choose"))])}
    for top in (row for row in rows if row.parent_id is None):
        below = [row for row in rows if row.parent_id == top.id]
        choices[translate(_named(top))] = options(
            (str(row.id), _named(row) if row is not top else Sentence("%(name)s: other", name=_named(top)))
            for row in (*below, top)
        )
    form.category.choices = choices
    names = asking.list_organizations_like(form.payee.data or "") if form.payee.data else []
    form.organization.choices = options((str(each), name) for each, name in names)


def _begin(form: AskForm, screen: Screen) -> None:
    """Fill in what the way here already says: the goal, and who offers the service that was looked at."""
    ids = [value for value, *_ in form.goal.iter_choices()]
    asked = request.args.get("goal", "")
    active = [str(goal.id) for goal, _ in screen.plan.goals if goal.status == "active"]
    form.goal.data = asked if asked in ids else (active[0] if active else (ids[0] if ids else None))
    form.agreement.data = ""
    form.payee.data = asking.seller_of(_id_of(request.args.get("service"))) or None
    if form.payee.data:
        form.organization.choices = options(
            (str(each), name) for each, name in asking.list_organizations_like(form.payee.data)
        )


def _tried_rows(form: AskForm, screen: Screen) -> list[TriedRow]:
    """The person's referrals, what stood on choice sheets for the goal, what the draft holds, and rows to write in."""
    offered: dict[str, TriedRow] = {}
    goal_id = _id_of(form.goal.data)
    lines: list[ReferralLine] = sorted(
        list_referrals_of(screen.enrollee_id), key=lambda each: each.row.goal_id != goal_id
    )[:12]
    for each in lines:
        offered[str(each.row.service_id)] = TriedRow(
            str(each.row.service_id),
            each.service,
            OUTCOME_OF_REFERRAL.get(each.row.state, ""),
            _day_text(each.row.made_at.date()),
            "",
            each.row.service_id,
            each.row.id,
        )
    sheet_ids = asking.offered_services(screen.enrollee_id, goal_id)
    kept = list(screen.opened.tried) if screen.opened and request.method == "GET" else []
    wanted = [*sheet_ids, *(row.service_id for row, _ in kept if row.service_id)]
    wanted += [found for found in map(_id_of, request.form.getlist("listed")) if found]
    names = asking.service_names(wanted)
    for service_id in dict.fromkeys(wanted):
        if service_id in names:
            offered.setdefault(str(service_id), TriedRow(str(service_id), names[service_id], "", "", "", service_id))
    own = []
    for row, words in kept:
        key = str(row.service_id)
        if key in offered:
            was = offered[key]
            offered[key] = TriedRow(
                key,
                was.name,
                row.outcome,
                _day_text(row.tried_on),
                words.get("note", ""),
                row.service_id,
                was.referral_id,
            )
        else:
            own.append((row, words))
    if kept:
        for key in offered.keys() - {str(row.service_id) for row, _ in kept}:
            offered[key] = TriedRow(
                key, offered[key].name, "", offered[key].on, "", offered[key].service_id, offered[key].referral_id
            )
    rows = read_tried(request.form, offered.values())
    for place, (row, words) in enumerate(own[:3], 1):
        rows = [
            TriedRow(
                each.key,
                words.get("name", ""),
                row.outcome,
                _day_text(row.tried_on),
                words.get("note", ""),
                is_own=True,
            )
            if each.key == f"own{place}"
            else each
            for each in rows
        ]
    return rows


def _look_up(words: str, screen: Screen) -> list[TriedRow]:
    """Listings of the directory that fit some words and are not on the screen yet."""
    if not words.strip():
        return []
    query = SearchQuery(words=words[:200], size=MOST_FOUND, visibility=viewer_level(current_identity()))
    ids = list(dict.fromkeys(UUID(item.service_id) for item in search(query, screen.now).items))
    names = asking.service_names(ids)
    there = {row.key for row in screen.tried}
    return [
        TriedRow(str(each), names[each], "", "", "", each) for each in ids if each in names and str(each) not in there
    ]


def _values_of(opened: OpenedRequest) -> dict[str, Any]:
    """A stored request as the form shows it."""
    row, given = opened.request, opened.statement
    is_online = given is not None and given[0].kind == "online"
    values: dict[str, Any] = {
        "request_id": str(row.id),
        "row_version": str(row.row_version),
        "fund": str(row.fund_id),
        "goal": str(row.goal_id),
        "category": str(row.category_id or ""),
        "amount": row.requested_cents or None,
        "payee": asking.payee_name(row.payee_id) or None,
        "method": row.method,
        "need_by": row.need_by,
        "covers_from": row.covers_from,
        "covers_to": row.covers_to,
        "quotes": row.quotes or None,
        "is_emergency": row.is_emergency,
        "agreement": "",
        **{
            name: opened.texts.get(name)
            for name in ("item", "purpose", "sustainability", "quote_reason", "emergency_reason")
        },
    }
    if given is not None and not is_online:
        values |= {
            "agreement": given[0].kind,
            "agreed_on": given[0].given_on,
            "words": given[1].get("words"),
            "witness": given[1].get("witness"),
        }
    return values


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
        check=_preview(form, screen),
        online=_online(screen),
        payees=asking.list_payees_to_choose(),
        notices=list(screen.opened.notices)[-1:]
        if screen.opened and screen.opened.request.status == "returned"
        else [],
        saves=not amends and not (screen.opened and screen.opened.request.status != "draft"),
        **_WORDS,
        **_payee_news(form),
    )


def _part(form: AskForm, screen: Screen) -> tuple[str, int]:
    """The part of the screen that says what would come of it, for htmx."""
    return render_template(
        "funds/ask_check.html", form=form, check=_preview(form, screen), is_part=True, **_WORDS, **_payee_news(form)
    ), 200


def _payee_news(form: AskForm) -> dict[str, Any]:
    name = form.payee.data or ""
    there = asking.find_payee_named(name) if name else None
    return {"payee_there": there, "payee_is_new": bool(name) and there is None}


def _given_online(screen: Screen) -> str:
    if screen.opened is None or screen.opened.statement is None:
        return ""
    given = screen.opened.statement[0]
    return given.kind if given.recorded_by == screen.opened.enrollee.user_id else ""


def _online(screen: Screen) -> tuple[Any, Mapping[str, Any]] | None:
    """What the person answered online to this version."""
    return screen.opened.statement if screen.opened is not None and _given_online(screen) else None


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


def _named(row: Any) -> Sentence:
    return Bilingual({"en": row.name, "es": row.name_es or row.name})


def _day_text(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"


def _id_of(text: Any) -> UUID | None:
    try:
        return UUID(str(text or ""))
    except ValueError:
        return None


_WORDS: Final[Mapping[str, Any]] = {
    "tried_words": TRIED_WORDS,
    "statement_words": STATEMENT_WORDS,
    "referral_words": REFERRAL_WORDS,
    "domain_words": DOMAIN_WORDS,
    "reason_words": rules.RETURN_REASONS,
    "who_words": who,
}
