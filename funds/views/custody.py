"""Cards and passes: the register, buying, receiving, acknowledging, losing, and the monthly count."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

import accounts.queries
from core.clock import now_utc
from core.errors import InvalidInput, Sentence
from core.guard import current_identity, needs
from core.identity import Permission
from core.pages import PageOf, attempt, flash_sentence, page_number
from funds import queries, rules
from funds.actions import custody
from funds.forms.keeping import CARD_WORDS, CardForm, CountForm, SecondForm
from funds.queries import custody as stored
from funds.queries import paying
from funds.views.blueprint import PAGE_SIZE, blueprint, page

Answer = Response | tuple[str, int]
STATE_WORDS: Final = {
    "bought": (Sentence("bought, to be put into the safe"), "warning"),
    "received": (Sentence("in the safe"), "good"),
    "issued": (Sentence("handed over"), "info"),
    "acknowledged": (Sentence("with its holder"), "info"),
    "receipted": (Sentence("used up, receipts are there"), "neutral"),
    "returned": (Sentence("back in the safe"), "good"),
    "lost": (Sentence("lost"), "bad"),
    "counted": (Sentence("counted"), "good"),
}


@blueprint.get("/fund/cards")
@needs(Permission.SEE_BOOKS)
def list_instruments() -> tuple[str, int]:
    """The register: what is in the safe, what is out and with whom."""
    number = page_number(request.args.get("page"))
    found, total = paying.list_instruments(page=number, size=PAGE_SIZE)
    counted = stored.last_counts([row.id for row in found])
    return page(
        "list_instruments",
        found=found,
        counted=counted,
        names=accounts.queries.names_of([row.holder_id for row in found if row.holder_id]),
        where=PageOf(number, PAGE_SIZE, total),
        address=lambda to: url_for("funds.list_instruments", page=to),
        may_buy=current_identity().may(Permission.RECOGNIZE_SPENDING),
        may_count=_keeps(),
        state_words=STATE_WORDS,
        card_words=CARD_WORDS,
    )


@blueprint.route("/fund/cards/new", methods=["GET", "POST"])
@needs(Permission.RECOGNIZE_SPENDING)
def buy_instrument() -> Answer:
    """Enter a card or pass that was bought."""
    form = CardForm()
    form.fund.choices = [(str(fund.id), fund.name) for fund in queries.list_funds()]
    form.second.choices = _witnesses()
    if request.method == "GET":
        form.kind.data = "gift_card"
        return page("buy_instrument", form=form)
    return _saved(
        form,
        "buy_instrument",
        lambda: custody.buy_instrument(
            current_identity(),
            instrument_id=form.instrument_id.id_of_row,
            fund_id=UUID(form.fund.data),
            kind=form.kind.data or "",
            label=form.label.data or "",
            number=form.number.data or "",
            value_cents=form.value.data or 0,
            second_id=_second(form.second.data),
        ),
        Sentence("The card stands in the register. Somebody else puts it into the safe."),
        url_for("funds.list_instruments"),
    )


@blueprint.get("/fund/cards/<uuid:instrument_id>")
@needs(Permission.SEE_FUND_REQUESTS)
def show_instrument(instrument_id: UUID) -> tuple[str, int]:
    """One card or pass and every change of hands; for the staff who keep it, and for its holder."""
    return _card_page(instrument_id)


@blueprint.post("/fund/cards/<uuid:instrument_id>/receive")
@needs(Permission.SEE_FUND_REQUESTS)
def receive_instrument(instrument_id: UUID) -> Answer:
    """Put it into the safe."""
    return _verb(
        instrument_id,
        SecondForm(),
        lambda: custody.receive_instrument(current_identity(), instrument_id=instrument_id),
        Sentence("It is in the safe."),
    )


@blueprint.post("/fund/cards/<uuid:instrument_id>/acknowledge")
@needs(Permission.SEE_FUND_REQUESTS)
def acknowledge_instrument(instrument_id: UUID) -> Answer:
    """Confirm that one holds it."""
    return _verb(
        instrument_id,
        SecondForm(),
        lambda: custody.acknowledge_instrument(current_identity(), instrument_id=instrument_id),
        Sentence("You confirmed that you hold it."),
    )


@blueprint.post("/fund/cards/<uuid:instrument_id>/lost")
@needs(Permission.SEE_FUND_REQUESTS)
def lose_instrument(instrument_id: UUID) -> Answer:
    """Enter that it is lost."""
    form = SecondForm()
    form.second.choices, form.second.validate_choice = [], False
    return _verb(
        instrument_id,
        form,
        lambda: custody.lose_instrument(
            current_identity(), instrument_id=instrument_id, second_id=_second(form.second.data)
        ),
        Sentence("It is entered as lost."),
    )


@blueprint.route("/fund/cards/count", methods=["GET", "POST"])
@needs(Permission.SEE_BOOKS)
def count_instruments() -> Answer:
    """The monthly count, by two people."""
    form = CountForm()
    funds = queries.list_funds()
    held, _total = paying.list_instruments(states=sorted(rules.IN_THE_SAFE), size=500)
    form.seen.choices = [(str(row.id), f"{row.label} …{row.last4}") for row in held]
    form.second.choices = _witnesses()
    if request.method == "GET":
        return page("count_instruments", form=form, held=held)

    def act() -> list[UUID]:
        missing = []
        for fund in funds:
            missing += custody.count_instruments(
                current_identity(),
                fund_id=fund.id,
                seen=[UUID(each) for each in form.seen.data or []],
                second_id=_second(form.second.data),
            )
        return missing

    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        tried = attempt(form, act)
        if tried.done:
            if tried.result:
                flash_sentence(
                    Sentence(
                        "%(count)s should be in the safe and were not seen. Look for them, then enter what is lost.",
                        count=len(tried.result),
                    ),
                    "warning",
                )
            else:
                flash_sentence(Sentence("The count is entered: everything was there."))
            return redirect(url_for("funds.list_instruments"), 303)
        reasons = tried.reasons
    return page("count_instruments", form=form, reasons=reasons, held=held)


def _verb(instrument_id: UUID, form: Any, act: Callable[[], Any], done: Sentence) -> Answer:
    tried = attempt(form, act)
    if not tried.done:
        return _card_page(instrument_id, form=form, reasons=tried.reasons)
    flash_sentence(done)
    return redirect(url_for("funds.show_instrument", instrument_id=instrument_id), 303)


def _saved(form: Any, template: str, act: Callable[[], Any], done: Sentence, onward: str) -> Answer:
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        tried = attempt(form, act)
        if tried.done:
            flash_sentence(done)
            return redirect(onward, 303)
        reasons = tried.reasons
    return page(template, form=form, reasons=reasons)


def _card_page(instrument_id: UUID, *, form: Any = None, reasons: Sequence[Sentence] = ()) -> tuple[str, int]:
    identity = current_identity()
    instrument, events = stored.get_instrument(identity, instrument_id)
    people = {each for event in events for each in (event.actor_id, event.second_actor_id) if each}
    second = SecondForm(formdata=None)
    second.second.choices = _witnesses(instrument.holder_id)
    return page(
        "show_instrument",
        form=form or second,
        second=second,
        reasons=reasons,
        now=now_utc(),
        instrument=instrument,
        events=events,
        names=accounts.queries.names_of(people | ({instrument.holder_id} if instrument.holder_id else set())),
        may_receive=_keeps() and instrument.state == "bought" and events[0].actor_id != identity.user_id,
        may_acknowledge=instrument.state == "issued" and instrument.holder_id == identity.user_id,
        may_lose=_keeps() and instrument.state in rules.CUSTODY_STEPS["lost"],
        state_words=STATE_WORDS,
        card_words=CARD_WORDS,
    )


def _keeps() -> bool:
    return any(current_identity().may(permission) for permission in custody.KEEPERS)


def _witnesses(holder_id: UUID | None = None) -> list[tuple[str, str]]:
    me = current_identity().user_id
    found = {
        str(each.id): each.name
        for role in sorted(custody.WITNESS_ROLES)
        for each in accounts.queries.list_holders(role)
        if each.id != me
    }
    if holder_id is not None:
        found |= {str(key): name for key, name in accounts.queries.names_of([holder_id]).items()}
    return [("", "–"), *sorted(found.items(), key=lambda each: each[1])]


def _second(text: Any) -> UUID:
    try:
        return UUID(str(text))
    except ValueError as error:
        raise InvalidInput("second", Sentence("Choose the second person: another one of the fiscal staff.")) from error
