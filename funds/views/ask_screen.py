"""What stands on the screen of a fund request: its choices, what was tried, and what would come of sending it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from flask import request

from care.actions import plans
from care.actions.opening import require_access
from care.actions.plans import OpenedPlan
from care.queries.referrals import ReferralLine, list_referrals_of
from care.words import DOMAIN_WORDS
from core.errors import Bilingual, NotAllowed, Sentence
from core.forms import options
from core.guard import current_identity
from core.pages import translate
from directory.rules import viewer_level
from directory.search import SearchQuery, search
from funds import policy, queries, rules
from funds.actions.opening import OpenedRequest
from funds.forms.asking import TEXTS, AskForm, TriedRow, read_tried, told
from funds.queries import asking
from funds.queries.asking import Preview
from funds.states import COORDINATOR
from funds.views.blueprint import today_of

MOST_FOUND: Final = 8
MOST_REFERRALS: Final = 12


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
        chosen = id_of(request.form.get("fund"))
        ids = [fund.id for fund in self.funds]
        return chosen if chosen in ids else (ids[0] if ids else None)


def open_screen(enrollee_id: UUID, now: datetime, opened: OpenedRequest | None = None) -> Screen:
    """Open the person and their plan for who asks for them. Raises NotFound; NotAllowed for all but the coordinator."""
    identity = current_identity()
    require_access(identity, enrollee_id, now)
    if COORDINATOR not in queries.roles_on(identity, enrollee_id, now):
        raise NotAllowed(Sentence("Only this person's coordinator asks the fund for them."))
    plan = plans.open_plan(identity, enrollee_id=enrollee_id, purpose="fund request", now=now)
    today = today_of(now)
    return Screen(enrollee_id, plan, now, today, asking.list_open_funds(today), opened)


def offer(form: AskForm, screen: Screen) -> None:
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


def begin(form: AskForm, screen: Screen) -> None:
    """Fill in what the way here already says: the goal, and who offers the service that was looked at."""
    ids = [value for value, *_ in form.goal.iter_choices()]
    asked = request.args.get("goal", "")
    active = [str(goal.id) for goal, _ in screen.plan.goals if goal.status == "active"]
    form.goal.data = asked if asked in ids else (active[0] if active else (ids[0] if ids else None))
    form.agreement.data = ""
    form.payee.data = asking.seller_of(id_of(request.args.get("service"))) or None
    if form.payee.data:
        form.organization.choices = options(
            (str(each), name) for each, name in asking.list_organizations_like(form.payee.data)
        )


def tried_rows(form: AskForm, screen: Screen) -> list[TriedRow]:
    """The person's referrals, what stood on choice sheets for the goal, what the draft holds, and rows to write in."""
    offered: dict[str, TriedRow] = {}
    goal_id = id_of(form.goal.data)
    lines: list[ReferralLine] = sorted(
        list_referrals_of(screen.enrollee_id), key=lambda each: each.row.goal_id != goal_id
    )[:MOST_REFERRALS]
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
    wanted += [found for found in map(id_of, request.form.getlist("listed")) if found]
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


def look_up(words: str, screen: Screen) -> list[TriedRow]:
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


def values_of(opened: OpenedRequest) -> dict[str, Any]:
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
        **{name: opened.texts.get(name) for name in TEXTS},
        "monthly_rent": int(opened.texts["monthly_rent"]) if opened.texts.get("monthly_rent") else None,
    }
    if given is not None and not is_online:
        values |= {
            "agreement": given[0].kind,
            "agreed_on": given[0].given_on,
            "words": given[1].get("words"),
            "witness": given[1].get("witness"),
        }
    return values


def preview_of(form: AskForm, screen: Screen) -> Preview | None:
    """What would come of it: read from what is typed, saved or not."""
    fund_id, goal_id = screen.fund_id, id_of(form.goal.data)
    if fund_id is None or goal_id is None:
        return None
    category_id = id_of(form.category.data)
    payee = asking.find_payee_named(form.payee.data) if form.payee.data else None
    goals = {goal.id: goal for goal, _ in screen.plan.goals}
    statement = form.agreement.data or given_online(screen)
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


def payee_news(form: AskForm) -> dict[str, Any]:
    """Whether the payee that was named is there."""
    name = form.payee.data or ""
    there = asking.find_payee_named(name) if name else None
    return {"payee_there": there, "payee_is_new": bool(name) and there is None}


def given_online(screen: Screen) -> str:
    """How the person themselves answered this version online; empty where they did not."""
    if screen.opened is None or screen.opened.statement is None:
        return ""
    given = screen.opened.statement[0]
    return given.kind if given.recorded_by == screen.opened.enrollee.user_id else ""


def answered_online(screen: Screen) -> tuple[Any, Mapping[str, Any]] | None:
    """What the person answered online to this version."""
    return screen.opened.statement if screen.opened is not None and given_online(screen) else None


def _named(row: Any) -> Sentence:
    return Bilingual({"en": row.name, "es": row.name_es or row.name})


def _day_text(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"


def id_of(text: Any) -> UUID | None:
    """The id that a text holds, or None."""
    try:
        return UUID(str(text or ""))
    except ValueError:
        return None
