"""Payees: two people, numbers sealed, W-9s of three years; keys rotate over them."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

import core.config
from care import vault
from core.crypto import KeyRing, new_key
from core.db import db
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.identity import Identity, system_identity
from funds.actions import payees
from funds.actions.payees import PayeeValues
from funds.models import Payee, TaxForm
from funds.queries.facts import has_w9
from tests.builders import NOW
from tests.care.events import events_of
from tests.care.people import user_of
from tests.cast import ADA, CAL, DAN, FAY, FLO, PAT, SAM
from tests.funds.books import make_world
from tests.funds.paying import make_vouchered

TIN = "12-3456789"
BANK: dict[str, Any] = {"routing": "021000021", "account": "0004455"}


def propose(who: Identity, **values: Any) -> UUID:
    """Propose a corporation."""
    return payees.propose_payee(
        who, payee_id=uuid4(), values=PayeeValues(**{"name": "Elm Street Furniture", **values}), now=NOW
    )


def row(payee_id: UUID) -> Payee:
    """The payee as it stands."""
    db.session.rollback()
    found = db.session.get(Payee, payee_id)
    assert found is not None
    return found


def test_a_payee_is_proposed_by_one_and_verified_by_another(app: Flask) -> None:
    fay, flo = user_of(FAY), user_of(FLO)
    payee_id = propose(fay)
    with pytest.raises(NotAllowed, match="You proposed or changed this payee, so a second person must verify it."):
        payees.verify_payee(fay, payee_id=payee_id, row_version=1, now=NOW)
    with pytest.raises(NotAllowed, match="Your role does not allow this."):
        payees.verify_payee(user_of(PAT), payee_id=payee_id, row_version=1, now=NOW)
    with pytest.raises(Conflict, match="Somebody changed this payee meanwhile"):
        payees.verify_payee(flo, payee_id=payee_id, row_version=7, now=NOW)
    for _ in range(2):  # the second press changes nothing
        payees.verify_payee(flo, payee_id=payee_id, row_version=1, now=NOW)
    assert (row(payee_id).status, row(payee_id).row_version) == ("verified", 2)
    assert len(events_of("payee:proposed")) == len(events_of("payee:verified")) == 1


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"name": " "}, "name", "Write the payee's name"),
        ({"kind": "enrollee"}, "kind", "The fund pays vendors, not the person"),
        ({"tax_class": "trust"}, "tax_class", "Choose the tax class"),
        ({"kind": "staff"}, "user_id", "Choose who of the staff"),
        ({"organization_id": uuid4()}, "organization_id", "Choose an organization of the directory"),
        ({"tin": "123-45-6789", "tax_class": "corporation"}, "tin", "This looks like a Social Security number"),
        ({"tin": "123-45-6789"}, "tin", "This looks like a Social Security number"),
        ({"tin": "123456789", "tax_class": "individual"}, "tin", "Write the tax number as it stands on the W-9"),
        ({"tin": "12345"}, "tin", "Write the tax number as it stands on the W-9"),
        ({"routing": "021000022", "account": "0004455"}, "routing", "This is no routing number"),
        ({"routing": "021000021", "account": "12"}, "account", "An account number has 4 to 17 digits"),
    ],
)
def test_what_makes_no_sense_is_refused(app: Flask, change: dict[str, Any], field: str, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence) as refused:
        propose(user_of(CAL), **change)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("tin", "tax_class"),
    [(TIN, "corporation"), (TIN, None), (TIN, "individual"), ("123456789", "nonprofit"), ("123-45-6789", "individual")],
)
def test_a_tax_number_lies_sealed(app: Flask, tin: str, tax_class: str | None) -> None:
    payee_id = propose(user_of(FAY), tin=tin, tax_class=tax_class, **BANK)
    payee = row(payee_id)
    assert payee.tin is not None and payee.bank is not None
    assert b"3456789" not in payee.tin and b"4455" not in payee.bank
    assert (payee.tin_last4, payee.bank_last4) == ("6789", "4455")
    db.session.rollback()
    opened = payees.open_sealed(user_of(FAY), payee_id=payee_id, now=NOW)
    assert opened == {"tin": "123456789", **BANK}
    assert len(events_of("payee:opened")) == 1
    for stranger in (CAL, ADA, SAM, DAN):
        with pytest.raises(NotFound):
            payees.open_sealed(user_of(stranger), payee_id=payee_id, now=NOW)


def test_a_number_copied_to_another_payee_does_not_open(app: Flask) -> None:
    from core.crypto import CannotOpen
    from core.db import transaction

    fay = user_of(FAY)
    first, second = propose(fay, tin=TIN), propose(fay, name="Another")
    with transaction() as session:
        session.get(Payee, second).tin = session.get(Payee, first).tin
    with pytest.raises(CannotOpen):
        payees.open_sealed(fay, payee_id=second, now=NOW)


def test_a_change_must_be_verified_again(app: Flask) -> None:
    fay, flo = user_of(FAY), user_of(FLO)
    payee_id = propose(fay, tin=TIN)
    payees.verify_payee(flo, payee_id=payee_id, row_version=1, now=NOW)
    values = PayeeValues(name="Elm Street Furniture")
    payees.change_payee(flo, payee_id=payee_id, row_version=2, values=values, now=NOW)  # nothing changed
    assert row(payee_id).status == "verified"
    db.session.rollback()
    with pytest.raises(NotAllowed, match="Your role does not allow this."):  # a coordinator proposes only
        payees.change_payee(user_of(CAL), payee_id=payee_id, row_version=2, values=PayeeValues("Evil"), now=NOW)
    payees.change_payee(
        flo, payee_id=payee_id, row_version=2, values=PayeeValues(name="Elm Street Furniture", **BANK), now=NOW
    )
    changed = row(payee_id)
    assert (changed.status, changed.verified_by, changed.tin_last4) == ("proposed", None, "6789")
    db.session.rollback()
    assert events_of("payee:changed")[0]["fields"] == ["bank"]
    with pytest.raises(NotAllowed, match="You proposed or changed this payee"):
        payees.verify_payee(flo, payee_id=payee_id, row_version=3, now=NOW)
    payees.verify_payee(fay, payee_id=payee_id, row_version=3, now=NOW)


def test_the_same_form_twice_is_one_payee(app: Flask) -> None:
    cal, payee_id = user_of(CAL), uuid4()
    for _ in range(2):
        payees.propose_payee(cal, payee_id=payee_id, values=PayeeValues("Elm"), now=NOW)
    with pytest.raises(Conflict, match="sent before with other values"):
        payees.propose_payee(cal, payee_id=payee_id, values=PayeeValues("Oak"), now=NOW)
    with pytest.raises(NotAllowed):
        payees.propose_payee(user_of(ADA), payee_id=uuid4(), values=PayeeValues("Oak"), now=NOW)


def test_a_w9_is_valid_for_three_years(app: Flask) -> None:
    fay = user_of(FAY)
    payee_id, form_id = propose(fay), uuid4()
    for _ in range(2):
        payees.record_tax_form(fay, tax_form_id=form_id, payee_id=payee_id, received_on=date(2024, 2, 29), now=NOW)
    form = db.session.scalars(select(TaxForm)).one()
    assert form.expires_on == date(2027, 2, 28)
    assert has_w9(payee_id, date(2027, 2, 27)) and not has_w9(payee_id, date(2027, 2, 28))
    db.session.rollback()
    with pytest.raises(InvalidInput, match="today or earlier"):
        payees.record_tax_form(fay, tax_form_id=uuid4(), payee_id=payee_id, received_on=date(2026, 11, 19), now=NOW)
    with pytest.raises(NotFound):
        payees.record_tax_form(fay, tax_form_id=uuid4(), payee_id=uuid4(), received_on=date(2026, 1, 1), now=NOW)
    assert len(events_of("tax_form:recorded")) == 1


def test_a_payee_with_a_voucher_to_pay_is_not_retired(app: Flask) -> None:
    world = make_world()
    make_vouchered(world)
    with pytest.raises(NotAllowed, match="A voucher of this payee waits for payment. Pay or void it first."):
        payees.retire_payee(world.fay, payee_id=world.payee_id, row_version=1, now=NOW)
    other = propose(world.fay)
    for _ in range(2):
        payees.retire_payee(world.flo, payee_id=other, row_version=1, now=NOW)
    assert row(other).status == "inactive"
    db.session.rollback()
    assert len(events_of("payee:retired")) == 1


def test_keys_rotate_over_payees(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    fay = user_of(FAY)
    ids = [propose(fay, name=f"Payee {number}", tin=TIN, **BANK) for number in range(3)]
    propose(fay, name="Without numbers")
    ring = KeyRing({**vault.ring().keys, 2: new_key()})
    monkeypatch.setattr(vault, "ring", lambda: ring)
    assert payees.count_by_key() == {1: 6}
    db.session.rollback()
    who, total, after = system_identity("test"), 0, None
    while True:
        changed, after = payees.reseal_payees(who, after=after, size=2, now=NOW)
        total += changed
        if after is None:
            break
    assert total == 6
    assert payees.count_by_key() == {2: 6}
    db.session.rollback()
    assert payees.open_sealed(fay, payee_id=ids[0], now=NOW)["tin"] == "123456789"
    assert sum(event.get("payees", 0) for event in events_of("keys:rotated")) == 6
    assert core.config  # the ring itself is read by care.vault
