"""Who may be paid: proposed by one person, verified by another; tax numbers and bank details lie sealed by the ring."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from audit import actions as trail
from audit.rules import EventKind
from care import vault
from core.clock import local_day, now_utc
from core.crypto import key_number
from core.db import current_config, db, rerun, transaction
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Sentence
from core.identity import Identity, Permission
from funds.models import Document, Payee, TaxForm, Voucher
from funds.posting import OTHER_PAYLOAD
from funds.queries import payees

KINDS: Final = ("vendor", "staff")  # to the enrollee: off (funds.md, 10)
TAX_CLASSES: Final = ("individual", "partnership", "corporation", "nonprofit", "government")
W9_YEARS: Final = 3  # funds.md, 10
EIN: Final = re.compile(r"\d{2}-\d{7}", re.ASCII)
SSN: Final = re.compile(r"\d{3}-\d{2}-\d{4}", re.ASCII)
DIGITS: Final = re.compile(r"\d{9}", re.ASCII)
ROUTING_WEIGHTS: Final = (3, 7, 1) * 3  # the check digit of a routing number (ABA)
SEALED: Final = ("tin", "bank")
BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class PayeeValues:
    """What a form says of a payee. Empty `tin`, `routing` and `account` leave what is sealed as it is."""

    name: str
    kind: str = "vendor"
    organization_id: UUID | None = None
    user_id: UUID | None = None
    tax_class: str | None = None
    remit_to: str = ""
    tin: str = ""
    routing: str = ""
    account: str = ""


@rerun
def propose_payee(identity: Identity, *, payee_id: UUID, values: PayeeValues, now: datetime | None = None) -> UUID:
    """Propose a payee; nothing is paid to it until a second person verified it. Same id twice: one payee."""
    now = now or now_utc()
    _require(identity, Permission.KEEP_PAYEES)
    clean = _clean(values)
    with transaction() as session:
        there = session.get(Payee, payee_id)
        if there is not None:
            if there.name != clean.name:
                raise Conflict(OTHER_PAYLOAD)
            return payee_id
        _check_links(clean)
        payee = Payee(id=payee_id, proposed_by=identity.user_id, proposed_at=now, status="proposed", name=clean.name)
        _write(payee, clean)
        session.add(payee)
        session.flush()
        _record(EventKind.PAYEE_PROPOSED, identity, payee, now)
    return payee_id


@rerun
def change_payee(
    identity: Identity, *, payee_id: UUID, row_version: int, values: PayeeValues, now: datetime | None = None
) -> None:
    """Change a payee: whatever was changed, it must be verified again by somebody else before it is paid.

    A verified payee is changed by a fiscal approver; a proposed one also by who may propose.
    """
    now = now or now_utc()
    _require(identity, Permission.KEEP_PAYEES)
    clean = _clean(values)
    with transaction() as session:
        payee = _locked(session, payee_id, row_version)
        if payee.status != "proposed":
            _require(identity, Permission.RECOGNIZE_SPENDING)
        _check_links(clean)
        fields = _write(payee, clean)
        if not fields and payee.status != "inactive":
            return
        payee.status, payee.proposed_by, payee.proposed_at = "proposed", identity.user_id, now
        payee.verified_by = payee.verified_at = None
        payee.row_version += 1
        session.flush()
        _record(EventKind.PAYEE_CHANGED, identity, payee, now, fields=fields)


@rerun
def verify_payee(identity: Identity, *, payee_id: UUID, row_version: int, now: datetime | None = None) -> None:
    """Confirm a payee as the second person: that it exists, and that name, tax number and bank are its own."""
    now = now or now_utc()
    _require(identity, Permission.RECOGNIZE_SPENDING)
    with transaction() as session:
        payee = _locked(session, payee_id, None)
        if payee.status == "verified" and payee.verified_by == identity.user_id:
            return
        if payee.row_version != row_version:
            raise Conflict(CHANGED)
        if identity.user_id is None or payee.proposed_by == identity.user_id:
            raise NotAllowed(Sentence("You proposed or changed this payee, so a second person must verify it."))
        if payee.status != "proposed":
            raise NotAllowed(Sentence("This payee does not wait to be verified."))
        payee.status, payee.verified_by, payee.verified_at = "verified", identity.user_id, now
        payee.row_version += 1
        session.flush()
        _record(EventKind.PAYEE_VERIFIED, identity, payee, now)


@rerun
def retire_payee(identity: Identity, *, payee_id: UUID, row_version: int, now: datetime | None = None) -> None:
    """Pay nothing more to a payee. Raises NotAllowed while a voucher of it waits for payment."""
    now = now or now_utc()
    _require(identity, Permission.RECOGNIZE_SPENDING)
    with transaction() as session:
        payee = _locked(session, payee_id, None)
        if payee.status == "inactive":
            return
        if payee.row_version != row_version:
            raise Conflict(CHANGED)
        if session.scalar(select(exists().where(Voucher.payee_id == payee_id, Voucher.status == "unpaid"))):
            raise NotAllowed(Sentence("A voucher of this payee waits for payment. Pay or void it first."))
        payee.status = "inactive"
        payee.row_version += 1
        session.flush()
        _record(EventKind.PAYEE_RETIRED, identity, payee, now)


@rerun
def record_tax_form(
    identity: Identity,
    *,
    tax_form_id: UUID,
    payee_id: UUID,
    received_on: date,
    document_id: UUID | None = None,
    now: datetime | None = None,
) -> UUID:
    """Write down that a payee's signed W-9 came; it is valid for three years. Same id twice: one form."""
    now = now or now_utc()
    _require(identity, Permission.KEEP_PAYEES)
    if received_on > local_day(now, current_config().timezone):
        raise InvalidInput("received_on", Sentence("Write the day on which it came; that is today or earlier."))
    with transaction() as session:
        if session.get(TaxForm, tax_form_id) is not None:
            return tax_form_id
        payee = session.get(Payee, payee_id)
        if payee is None:
            raise NotFound
        if document_id is not None:
            document = session.get(Document, document_id)
            if document is None or document.payee_id != payee_id or document.kind != "w9":
                raise InvalidInput("document_id", Sentence("Choose the W-9 of this payee."))
        session.add(
            TaxForm(
                id=tax_form_id,
                payee_id=payee_id,
                received_on=received_on,
                expires_on=_years_after(received_on, W9_YEARS),
                recorded_by=identity.user_id,
                document_id=document_id,
            )
        )
        session.flush()
        trail.record(
            EventKind.TAX_FORM_RECORDED,
            identity,
            now=now,
            subject_type="payee",
            subject_id=payee_id,
            details={"form": str(tax_form_id), "received": received_on.isoformat()},
        )
    return tax_form_id


def open_sealed(identity: Identity, *, payee_id: UUID, now: datetime | None = None) -> dict[str, str]:
    """A payee's tax number and bank details, read by a fiscal approver or payer; the event is committed first."""
    now = now or now_utc()
    if not (identity.may(Permission.RECOGNIZE_SPENDING) or identity.may(Permission.PAY_VOUCHERS)):
        raise NotFound
    with transaction() as session:
        payee = session.get(Payee, payee_id)
        if payee is None:
            raise NotFound
        _record(EventKind.PAYEE_OPENED, identity, payee, now)
    payee = db.session.get(Payee, payee_id)
    assert payee is not None
    found: dict[str, str] = {}
    if payee.tin is not None:
        found["tin"] = _ring().open(payee.tin, bound_to=_bound("tin", payee_id)).decode()
    if payee.bank is not None:
        found |= json.loads(_ring().open(payee.bank, bound_to=_bound("bank", payee_id)))
    return found


def reseal_payees(
    identity: Identity, *, after: UUID | None = None, size: int = BATCH, now: datetime | None = None
) -> tuple[int, UUID | None]:
    """Seal the next payees' numbers under the newest key: how many changed, and where to go on (None: the end)."""
    now, ring = now or now_utc(), _ring()
    with transaction() as session:
        wanted = select(Payee).where(or_(Payee.tin.is_not(None), Payee.bank.is_not(None))).order_by(Payee.id)
        if after is not None:
            wanted = wanted.where(Payee.id > after)
        batch = session.scalars(wanted.limit(size).with_for_update()).all()
        changed = 0
        for payee in batch:
            for name in SEALED:
                sealed: bytes | None = getattr(payee, name)
                if sealed is not None and key_number(sealed) != ring.newest:
                    bound_to = _bound(name, payee.id)
                    setattr(payee, name, ring.seal(ring.open(sealed, bound_to=bound_to), bound_to=bound_to))
                    changed += 1
        if changed:
            trail.record(EventKind.KEYS_ROTATED, identity, now=now, details={"key": ring.newest, "payees": changed})
        return changed, batch[-1].id if len(batch) == size else None


def count_by_key() -> dict[int, int]:
    """How many sealed numbers of payees each key of the ring holds."""
    counted: Counter[int] = Counter()
    for row in db.session.execute(select(Payee.tin, Payee.bank)):
        counted.update(key_number(sealed) for sealed in row if sealed is not None)
    return dict(counted)


def read_tin(text: str, tax_class: str | None) -> str | None:
    """The nine digits of a tax number; None for an empty text. Raises InvalidInput on `tin`.

    An employer's number is written 12-3456789. A person's own number (SSN) is taken only of a payee whose tax class is
    individual, since a sole proprietor's W-9 may carry nothing else; without dashes it must not be guessed which it is.
    """
    text = text.strip()
    if not text:
        return None
    if EIN.fullmatch(text):
        return text.replace("-", "")
    if SSN.fullmatch(text):
        if tax_class == "individual":
            return text.replace("-", "")
        raise InvalidInput(
            "tin",
            Sentence("This looks like a Social Security number. Only a payee taxed as an individual may have one."),
        )
    if DIGITS.fullmatch(text) and tax_class not in (None, "individual"):
        return text
    raise InvalidInput("tin", Sentence("Write the tax number as it stands on the W-9: 12-3456789."))


def read_bank(routing: str, account: str) -> dict[str, str] | None:
    """Routing and account number for ACH; None when both are empty. Raises InvalidInput."""
    routing, account = "".join(routing.split()), "".join(account.split())
    if not routing and not account:
        return None
    digits = [int(each) for each in routing] if DIGITS.fullmatch(routing) else []
    if not digits or sum(weight * digit for weight, digit in zip(ROUTING_WEIGHTS, digits, strict=True)) % 10:
        raise InvalidInput("routing", Sentence("This is no routing number: it has nine digits and stands on a check."))
    if not (account.isascii() and account.isdigit() and 4 <= len(account) <= 17):
        raise InvalidInput("account", Sentence("An account number has 4 to 17 digits."))
    return {"routing": routing, "account": account}


CHANGED: Final = Sentence("Somebody changed this payee meanwhile. Look at it as it is now.")


def _clean(values: PayeeValues) -> PayeeValues:
    name = " ".join(values.name.split())
    if not name:
        raise InvalidInput("name", Sentence("Write the payee's name as it stands on its W-9."))
    if values.kind not in KINDS:
        raise InvalidInput("kind", Sentence("The fund pays vendors, not the person."))
    if values.tax_class is not None and values.tax_class not in TAX_CLASSES:
        raise InvalidInput("tax_class", Sentence("Choose the tax class that stands on the W-9."))
    if values.kind == "staff" and values.user_id is None:
        raise InvalidInput("user_id", Sentence("Choose who of the staff is reimbursed."))
    read_tin(values.tin, values.tax_class)
    read_bank(values.routing, values.account)
    return PayeeValues(
        **{
            **{each: getattr(values, each) for each in PayeeValues.__dataclass_fields__},
            "name": name,
            "remit_to": values.remit_to.strip(),
            "user_id": values.user_id if values.kind == "staff" else None,
        }
    )


def _check_links(values: PayeeValues) -> None:
    if values.organization_id is not None and not payees.has_organization(values.organization_id):
        raise InvalidInput("organization_id", Sentence("Choose an organization of the directory."))


def _write(payee: Payee, values: PayeeValues) -> list[str]:
    """Put the values into the row and answer the names of the fields that changed."""
    changed = []
    plain: dict[str, Any] = {
        "name": values.name,
        "kind": values.kind,
        "organization_id": values.organization_id,
        "user_id": values.user_id,
        "tax_class": values.tax_class,
        "remit_to": values.remit_to or None,
    }
    for name, value in plain.items():
        if getattr(payee, name) != value:
            setattr(payee, name, value)
            changed.append(name)
    tin = read_tin(values.tin, values.tax_class)
    if tin is not None:
        payee.tin = _ring().seal(tin.encode(), bound_to=_bound("tin", payee.id))
        payee.tin_last4 = tin[-4:]
        changed.append("tin")
    bank = read_bank(values.routing, values.account)
    if bank is not None:
        payee.bank = _ring().seal(json.dumps(bank).encode(), bound_to=_bound("bank", payee.id))
        payee.bank_last4 = bank["account"][-4:]
        changed.append("bank")
    return changed


def _locked(session: Session, payee_id: UUID, row_version: int | None) -> Payee:
    payee = session.scalar(
        select(Payee).where(Payee.id == payee_id).with_for_update().execution_options(populate_existing=True)
    )
    if payee is None:
        raise NotFound
    if row_version is not None and payee.row_version != row_version:
        raise Conflict(CHANGED)
    return payee


def _record(kind: EventKind, identity: Identity, payee: Payee, now: datetime, **details: Any) -> None:
    trail.record(kind, identity, now=now, subject_type="payee", subject_id=payee.id, details=details)


def _require(identity: Identity, permission: Permission) -> None:
    if not identity.may(permission):
        raise NotAllowed(Sentence("Your role does not allow this."))


def _ring() -> Any:
    return vault.ring()


def _bound(name: str, payee_id: UUID) -> str:
    return f"payee|{name}|{payee_id}"


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)
