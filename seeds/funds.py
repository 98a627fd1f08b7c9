"""Putting two funds with requests in every state into the database through the actions, when things happened.

The pilot's purchases add up to the table of a published study, category by category: its worked example.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from PIL import Image, ImageDraw

import accounts.queries
from accounts.rules import permissions_of
from core.clock import local_day
from core.db import current_config, db
from core.identity import Identity, system_identity
from core.money import format_cents
from funds import policy, queries
from funds.actions import (
    appeals,
    approving,
    budgets,
    documents,
    emergencies,
    expiring,
    payees,
    payments,
    publishing,
    reconcile,
    refusing,
    requests,
    seconds,
    supplements,
    vouchers,
)
from funds.actions.contents import Statement, Tried, Values
from funds.queries.people import list_enrolled
from funds.states import Action
from seeds.content import FOLDER
from seeds.records import identify

DATA: Final = Path(__file__).resolve().parent.parent.joinpath("funds", "data")
DIRECTOR, FISCAL, SECOND = "dee@example.org", "fay@example.org", "flo@example.org"
PAYER, RECONCILER = "pat@example.org", "rex@example.org"
COORDINATORS: Final = ("cal@example.org", "max@example.org", "kim@example.org")
SUPERVISORS: Final = ("sue@example.org", "sol@example.org")
STEP: Final = timedelta(hours=3)  # between one hand and the next
PEOPLE: Final = 14
CARD: Final = "Program card"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody whose goals the demo's fund buys for."""

    enrollee_id: UUID
    goal_id: UUID
    enrolled_on: date
    coordinator: Identity
    supervisor: Identity


def load_funds(now: datetime) -> dict[str, int]:
    """Add the funds, payees and requests that are not there yet; answers how many of each."""
    content = _read()
    people = _recipients()
    there = {fund.id for fund in queries.list_funds()}
    known = queries.request_ids()
    db.session.rollback()
    if not people:
        return {}
    missing = [row for row in content["fund"] if identify("fund", row["key"]) not in there]
    if missing:
        _set_up(content["fund"], now)
        _load_payees(content["payee"], now)
        publishing.record_published(_as(DIRECTOR), now=now, **content["published"])
    categories = {row.code: row.id for row in queries.list_categories()}
    db.session.rollback()
    count = 0
    for group in content["study"]:
        for number, (person, cents, item, place) in enumerate(group["items"]):
            if person > len(people):
                continue  # a demo without all its people
            who = people[person - 1]
            key = f"study/{group['category']}/{number}"
            if identify("fund_request", key) in known:
                continue
            _buy(
                Purchase(
                    key=key,
                    fund="pilot",
                    who=who,
                    category_id=categories[group["category"]],
                    payee_id=identify("payee", group["payee"]),
                    cents=cents,
                    item=item,
                    purpose="It serves a goal that the person chose.",
                    at=_moment(who, place, now),
                ),
                "paid",
            )
            count += 1
    for row in content["request"]:
        who = people[(row["person"] - 1) % len(people)]
        if identify("fund_request", row["key"]) in known:
            continue
        _tell(row, who, categories, now)
        count += 1
    found = {"fund": len(missing), "payee": len(content["payee"]) if missing else 0, "fund_request": count}
    return {table: number for table, number in found.items() if number}


@dataclass(frozen=True, slots=True)
class Purchase:
    """One request of the demo, from its draft on."""

    key: str
    fund: str
    who: Recipient
    category_id: UUID
    payee_id: UUID
    cents: int
    item: str
    purpose: str
    at: datetime
    emergency: str = ""

    @property
    def id(self) -> UUID:
        """The request's lasting id."""
        return identify("fund_request", self.key)

    def form_key(self, verb: str) -> str:
        """The key of a form that somebody sends."""
        return identify("form", f"{self.key}/{verb}").hex


def _buy(one: Purchase, until: str) -> datetime:
    """Take a request as far as a state; answers the moment after the last step."""
    now = one.at
    requests.create_request(
        one.who.coordinator,
        request_id=one.id,
        enrollee_id=one.who.enrollee_id,
        fund_id=identify("fund", one.fund),
        values=Values(
            goal_id=one.who.goal_id,
            category_id=one.category_id,
            payee_id=one.payee_id,
            method="card",
            cents=one.cents,
            is_emergency=bool(one.emergency),
            texts={
                "item": one.item,
                "purpose": one.purpose,
                **({"emergency_reason": one.emergency} if one.emergency else {}),
            },
            tried=(Tried("no capacity", _day(now), name="A program that gives this free of charge"),),
            statement=Statement("spoken", _day(now), words="Yes, this is what I want.", witness="The coordinator"),
        ),
        key=one.form_key("create"),
        now=now,
    )
    if until == "draft":
        return now
    now += STEP
    requests.submit_request(one.who.coordinator, **_seen(one, "submit", now))
    if until == "submitted":
        return now
    while True:
        now += STEP
        held = approving.approve_request(_next_approver(one, now), **_seen(one, f"approve{now:%j%H}", now))
        if held or until == "first tier":
            break
    if until in ("first tier", "approved"):
        return now
    now += STEP
    voucher_id = identify("voucher", one.key)
    vouchers.make_voucher(
        _as(FISCAL),
        voucher_id=voucher_id,
        cents=one.cents,
        invoice_no=f"INV-{identify('invoice', one.key).int % 100_000:05d}",
        is_final=True,
        **_seen(one, "voucher", now),
    )
    if until == "voucher":
        return now
    now += STEP
    values = _seen(one, "pay", now)
    del values["request_id"]
    payments.pay_voucher(
        _as(PAYER),
        voucher_id=voucher_id,
        payment_id=identify("payment", one.key),
        method="card",
        bank_account=CARD,
        number=_number(one.key),
        **values,
    )
    return now


def _tell(row: Mapping[str, Any], who: Recipient, categories: Mapping[str, UUID], now: datetime) -> None:
    one = Purchase(
        key=row["key"],
        fund="sdf",
        who=who,
        category_id=categories[row["category"]],
        payee_id=identify("payee", row["payee"]),
        cents=row["cents"],
        item=row["item"],
        purpose=row["purpose"],
        at=now - min(timedelta(days=row["days"]), timedelta(days=(_day(now) - who.enrolled_on).days - 1)),
        emergency=row.get("emergency", ""),
    )
    known: Mapping[str, str] = {
        "emergency": "submitted",
        "returned": "submitted",
        "denied": "submitted",
        "appealed": "submitted",
        "withdrawn": "submitted",
        "cancelled": "approved",
        "supplement": "approved",
        "voided": "voucher",
        "refunded": "paid",
        "reconciled": "paid",
        "expired": "approved",
    }
    at = _buy(one, known.get(row["to"], row["to"])) + STEP
    if row["to"] in known:
        ENDINGS[row["to"]](one, row, at)


def _emergency(one: Purchase, row: Mapping[str, Any], now: datetime) -> None:
    emergencies.approve_emergency(
        one.who.supervisor, call="Called at the shelter's door, read back the amount.", **_seen(one, "emergency", now)
    )


def _return(one: Purchase, row: Mapping[str, Any], now: datetime) -> None:
    refusing.return_request(
        one.who.supervisor, reason_code=row["reason"], words=row["words"], **_seen(one, "return", now)
    )


def _deny(one: Purchase, row: Mapping[str, Any], now: datetime) -> None:
    refusing.deny_request(one.who.supervisor, reason_code=row["reason"], words=row["words"], **_seen(one, "deny", now))


def _appeal(one: Purchase, row: Mapping[str, Any], now: datetime) -> None:
    _deny(one, row, now)
    appeals.appeal_denial(one.who.coordinator, words=row["appeal"], **_seen(one, "appeal", now + STEP))


def _withdraw(one: Purchase, row: Mapping[str, Any], now: datetime) -> None:
    requests.withdraw_request(one.who.coordinator, reason=row["words"], **_seen(one, "withdraw", now))


def _cancel(one: Purchase, row: Mapping[str, Any], now: datetime) -> None:
    requests.cancel_request(one.who.coordinator, reason=row["words"], **_seen(one, "cancel", now))


def _supplement(one: Purchase, row: Mapping[str, Any], now: datetime) -> None:
    supplements.request_supplement(
        one.who.coordinator, cents=row["more"], reason=row["words"], **_seen(one, "supplement", now)
    )


def _void(one: Purchase, row: Mapping[str, Any], now: datetime) -> None:
    proposal_id = identify("step_proposal", one.key)
    seen = _seen(one, "void", now)
    seconds.propose_step(
        _as(PAYER),
        proposal_id=proposal_id,
        request_id=one.id,
        row_version=seen["row_version"],
        action=Action.VOID,
        reason_code="not_delivered",
        note=row["words"],
        voucher_id=identify("voucher", one.key),
        now=now,
    )
    del seen["request_id"]
    vouchers.void_voucher(_as(DIRECTOR), proposal_id=proposal_id, **{**seen, "now": now + STEP})


def _refund(one: Purchase, row: Mapping[str, Any], now: datetime) -> None:
    payments.enter_refund(
        _as(FISCAL),
        cents=one.cents,
        reason_code="came_back",
        voucher_id=identify("voucher", one.key),
        note=row["words"],
        **_seen(one, "refund", now),
    )


def _reconcile(one: Purchase, row: Mapping[str, Any], now: datetime) -> None:
    reconciler, document_id = _as(RECONCILER), identify("document", one.key)
    paper = documents.Paper(
        id=document_id,
        data=_receipt(one),
        vendor="Maple Street Market",
        dated_on=_day(now),
        total_cents=one.cents,
    )
    documents.add_documents(
        one.who.coordinator, request_id=one.id, papers_sent=[paper], key=one.form_key("receipt"), now=now
    )
    accepted = _seen(one, "accept", now + STEP)
    del accepted["request_id"]
    documents.accept_receipt(
        reconciler, document_id=document_id, cents=one.cents, voucher_id=identify("voucher", one.key), **accepted
    )
    reconcile.import_bank_lines(
        reconciler,
        batch_id=identify("import_batch", one.key),
        fund_id=identify("fund", one.fund),
        bank_account=CARD,
        sha256=identify("bank file", one.key).hex,
        lines=[
            reconcile.NewLine(1, _day(now), -one.cents, _number(one.key), "MAPLE STREET MARKET"),
            reconcile.NewLine(2, _day(now), -1_250, None, "ACCOUNT FEE"),
        ],
        now=now + STEP,
    )
    reconcile.reconcile_request(reconciler, **_seen(one, "reconcile", now + 2 * STEP))


def _expire(one: Purchase, row: Mapping[str, Any], now: datetime) -> None:
    expiring.expire_requests(system_identity("daily run"), now=now + timedelta(days=62))


def _receipt(one: Purchase) -> bytes:
    """A picture of a receipt."""
    image = Image.new("RGB", (320, 200), "white")
    lines = ("Maple Street Market", "White Plains", "", one.item, f"Total {format_cents(one.cents)}", "Thank you")
    ImageDraw.Draw(image).text((20, 20), "\n".join(lines), fill="black")
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def _number(key: str) -> str:
    return f"C{identify('number', key).int % 10_000_000:07d}"


ENDINGS: Final[Mapping[str, Callable[[Purchase, Mapping[str, Any], datetime], None]]] = {
    "emergency": _emergency,
    "returned": _return,
    "denied": _deny,
    "appealed": _appeal,
    "withdrawn": _withdraw,
    "cancelled": _cancel,
    "supplement": _supplement,
    "voided": _void,
    "refunded": _refund,
    "reconciled": _reconcile,
    "expired": _expire,
}


def _seen(one: Purchase, verb: str, now: datetime) -> dict[str, Any]:
    """What a form sends of what it saw."""
    version = queries.get_request(one.who.coordinator, one.id, now).row_version
    db.session.rollback()
    return {"request_id": one.id, "row_version": version, "key": one.form_key(verb), "now": now}


def _next_approver(one: Purchase, now: datetime) -> Identity:
    """The supervisor first, then fiscal, then the director."""
    request = queries.get_request(one.who.coordinator, one.id, now)
    done = len([step for step in queries.list_steps(one.id, request.version) if step.decision == "approved"])
    db.session.rollback()
    return (one.who.supervisor, _as(SECOND), _as(DIRECTOR))[done]


def _recipients() -> list[Recipient]:
    """The people of the demo who were enrolled the longest and have a goal, with who works with them."""
    found = []
    for line in list_enrolled()[:PEOPLE]:
        coordinator = next((each for each in map(_as, COORDINATORS) if each.user_id == line.coordinator_id), None)
        if coordinator is None:
            continue
        supervisor = next(each for each in map(_as, SUPERVISORS) if each.user_id == line.supervisor_id)
        found.append(Recipient(line.enrollee_id, line.goal_id, line.enrolled_on, coordinator, supervisor))
    db.session.rollback()
    return found


def _set_up(rows: list[Mapping[str, Any]], now: datetime) -> None:
    director, fiscal = _as(DIRECTOR), _as(FISCAL)
    today = _day(now)
    for row in rows:
        budgets.set_up_fund(
            director,
            fund_id=identify("fund", row["key"]),
            code=row["code"],
            name=row["name"],
            public_name=row["public_name"],
            starts_on=date(today.year - 2, 1, 1),
            categories=policy.categories_of(DATA.joinpath("categories.toml").read_text(encoding="utf-8")),
            thresholds=policy.tax_thresholds_of(DATA.joinpath("tax_thresholds.toml").read_text(encoding="utf-8")),
            rules=policy.rules_of(DATA.joinpath("policy_rules.toml").read_text(encoding="utf-8")),
            now=now,
        )
    for number in (today.year - 1, today.year):
        if queries.find_year(date(number, 6, 1)) is not None:
            continue
        db.session.rollback()
        first, last = date(number, 1, 1), date(number, 12, 31)
        budgets.open_year(director, code=str(number), starts_on=first, ends_on=last, now=now)
    for row in rows:
        for line_id, code, year in queries.list_lines(identify("fund", row["key"])):
            change_id = identify("budget_change", f"{row['key']}/{code}/{year}")
            budgets.propose_budget(
                fiscal,
                change_id=change_id,
                budget_line_id=line_id,
                cents=row["lines"][code],
                reason="Adopted with the county's budget",
                is_drawn=True,
                now=now,
            )
            budgets.decide_budget(director, change_id=change_id, is_approved=True, now=now)


def _load_payees(rows: list[Mapping[str, Any]], now: datetime) -> None:
    for row in rows:
        payee_id = identify("payee", row["key"])
        began = now - timedelta(days=600)
        payees.propose_payee(
            _as(COORDINATORS[0]),
            payee_id=payee_id,
            values=payees.PayeeValues(name=row["name"], tax_class=row["tax_class"]),
            now=began,
        )
        if row.get("proposed_only"):
            continue
        payees.verify_payee(_as(FISCAL), payee_id=payee_id, row_version=1, now=began)
        payees.record_tax_form(
            _as(FISCAL),
            tax_form_id=identify("tax_form", row["key"]),
            payee_id=payee_id,
            received_on=_day(began),
            now=began,
        )


def _moment(who: Recipient, place: float, now: datetime) -> datetime:
    """A moment between a person's enrolment and today, never so late that its steps would lie ahead."""
    whole = (_day(now) - who.enrolled_on).days
    return now - timedelta(days=max(3.0, whole * (1 - place)))


def _day(moment: datetime) -> date:
    return local_day(moment, current_config().timezone)


def _as(email: str) -> Identity:
    """One of the demo people, as who they are when signed in."""
    account = accounts.queries.find_account(email)
    if account is None:
        raise LookupError(f"The demo has no account {email}.")
    return Identity(account.id, account.name, account.roles, permissions_of(account.roles))


def _read() -> dict[str, Any]:
    with FOLDER.joinpath("fund.toml").open("rb") as file:
        return tomllib.load(file)
