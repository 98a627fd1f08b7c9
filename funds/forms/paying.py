"""The forms of those who pay: vouchers, payments, advances, refunds, steps of two people, receipts counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext
from wtforms import BooleanField, RadioField
from wtforms.validators import Optional

from core.errors import Sentence
from core.forms import DayField, MoneyField, NewIdField, line, long_text, options, select
from funds.forms.asking import VerbForm
from funds.rules import FAIL_REASONS, UNDO_REASONS
from funds.states import Action
from funds.words import METHOD_WORDS

UNDO_WORDS: Final[Mapping[Action, Sentence]] = {
    Action.CORRECT: Sentence("Correct: it was entered wrongly and is not paid"),
    Action.VOID: Sentence("Void: it is not to be paid, or the payment never happened"),
    Action.DISALLOW: Sentence("Disallow: it was paid and is not accepted"),
    Action.RECOVER: Sentence("Recovered: disallowed money was paid back"),
    Action.WRITE_OFF: Sentence("Give up: disallowed money cannot be recovered"),
}


def late_reason() -> Any:
    """The box that is shown once the books ask for it: the day lies in a soft-closed month."""
    return long_text(lazy_gettext("Why this is posted to a month that is soft-closed"))


class VoucherForm(VerbForm):
    """A debt to the payee."""

    voucher_id = NewIdField()
    cents = MoneyField(lazy_gettext("Amount of the invoice"), validators=[Optional()])
    invoice_no = line(lazy_gettext("Invoice number"), most=60)
    is_final = BooleanField(lazy_gettext("This is the last voucher: what is left of the held money is freed"))
    repeat_reason = line(lazy_gettext("Why this invoice number stands in the books already"))
    late_reason = late_reason()


class PayForm(VerbForm):
    """A payment of one voucher."""

    payment_id = NewIdField()
    voucher = RadioField(lazy_gettext("Voucher"), validators=[Optional()])
    method = select(lazy_gettext("How it is paid"))
    bank_account = line(lazy_gettext("From which bank account or card"), most=60)
    number = line(lazy_gettext("Number of the check, transfer or card receipt"), most=60)
    paid_on = DayField(lazy_gettext("Paid on"), validators=[Optional()])

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.method.choices = options(METHOD_WORDS.items())


class FailedForm(VerbForm):
    """Why a payment failed."""

    reason_code = RadioField(lazy_gettext("Reason"), validators=[Optional()])
    note = long_text(lazy_gettext("Note"))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.reason_code.choices = options(FAIL_REASONS.items())


class RefundForm(VerbForm):
    """Money that came back."""

    target = RadioField(lazy_gettext("What it came back from"), validators=[Optional()])
    cents = MoneyField(lazy_gettext("How much came back"), validators=[Optional()])
    reason_code = RadioField(lazy_gettext("Reason"), validators=[Optional()])
    note = long_text(lazy_gettext("Note"))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.reason_code.choices = options(UNDO_REASONS.items())


class UndoForm(VerbForm):
    """What a second person is asked to do."""

    proposal_id = NewIdField()
    action = RadioField(lazy_gettext("What is to be done"), validators=[Optional()])
    target = RadioField(lazy_gettext("With which one"), validators=[Optional()])
    cents = MoneyField(lazy_gettext("How much; not needed for a void or a correction"), validators=[Optional()])
    reason_code = RadioField(lazy_gettext("Reason"), validators=[Optional()])
    note = long_text(lazy_gettext("Note for the second person"))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.reason_code.choices = options(UNDO_REASONS.items())


class AdvanceForm(VerbForm):
    """Money or a card before receipts."""

    advance_id = NewIdField()
    method = RadioField(lazy_gettext("What goes out"), validators=[Optional()])
    cents = MoneyField(lazy_gettext("Amount"), validators=[Optional()])
    instrument = select(lazy_gettext("Card or pass from the register"))
    holder = select(lazy_gettext("Who takes it"))
    late_reason = late_reason()


class AmountForm(VerbForm):
    """An amount of an advance that is covered or comes back."""

    cents = MoneyField(lazy_gettext("Amount"), validators=[Optional()])


class AcceptForm(VerbForm):
    """So much of a paper for a voucher or an advance."""

    target = select(lazy_gettext("Counts for"))
    cents = MoneyField(lazy_gettext("Amount"), validators=[Optional()])
