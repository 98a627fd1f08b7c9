"""The forms of papers, payees, cards and bank files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, MultipleFileField
from wtforms import BooleanField, HiddenField, RadioField, TextAreaField
from wtforms.validators import Optional

from core.errors import Sentence
from core.forms import DayField, MoneyField, MultiCheckboxField, NewIdField, line, long_text, options, select
from funds.forms.asking import VerbForm
from funds.words import DOCUMENT_WORDS

KIND_WORDS: Final[Mapping[str, Sentence]] = {
    "vendor": Sentence("A vendor"),
    "staff": Sentence("Somebody of the staff, to be paid back"),
}
TAX_WORDS: Final[Mapping[str, Sentence]] = {
    "": Sentence("Not known yet"),
    "individual": Sentence("Individual or sole proprietor"),
    "partnership": Sentence("Partnership"),
    "corporation": Sentence("Corporation"),
    "nonprofit": Sentence("Nonprofit"),
    "government": Sentence("Government"),
}
CARD_WORDS: Final[Mapping[str, Sentence]] = {
    "gift_card": Sentence("Gift card"),
    "pass": Sentence("Pass or ticket"),
    "card": Sentence("Program card"),
}
COLUMN_WORDS: Final[Mapping[str, Sentence]] = {
    "on": Sentence("Day"),
    "amount": Sentence("Amount"),
    "debit": Sentence("Money out"),
    "credit": Sentence("Money in"),
    "number": Sentence("Check or reference number"),
    "words": Sentence("Description"),
}


class PapersForm(VerbForm):
    """Photos and files of papers, and what they say."""

    photo = FileField(lazy_gettext("Take a photo"))
    files = MultipleFileField(lazy_gettext("Choose files"))
    kind = select(lazy_gettext("What it is"))
    vendor = line(lazy_gettext("Vendor on the paper"), most=200)
    dated_on = DayField(lazy_gettext("Day on the paper"), validators=[Optional()])
    total = MoneyField(lazy_gettext("Total on the paper"), validators=[Optional()])
    explained = line(lazy_gettext("Why the same file belongs here too"))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.kind.choices = options((code, label) for code, label in DOCUMENT_WORDS.items() if code != "affidavit")


class AffidavitForm(VerbForm):
    """A receipt that is lost."""

    document_id = NewIdField()
    vendor = line(lazy_gettext("Where it was bought"), most=200)
    dated_on = DayField(lazy_gettext("Day of the purchase"), validators=[Optional()])
    cents = MoneyField(lazy_gettext("Amount"), validators=[Optional()])
    words = long_text(lazy_gettext("What was bought, and how the receipt was lost"))


class PayeeForm(VerbForm):
    """A payee. Sealed numbers are never shown in it: empty leaves them as they are."""

    payee_id = NewIdField()
    name = line(lazy_gettext("Name as on the W-9"), most=300)
    kind = RadioField(lazy_gettext("Who it is"), validators=[Optional()], default="vendor")
    user = select(lazy_gettext("Who of the staff"))
    tax_class = select(lazy_gettext("Tax class"))
    tin = line(lazy_gettext("Tax number (EIN)"), most=20)
    remit_to = long_text(lazy_gettext("Address for checks"))
    routing = line(lazy_gettext("Routing number"), most=20)
    account = line(lazy_gettext("Account number"), most=30)

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.kind.choices = options(KIND_WORDS.items())
        self.tax_class.choices = options(TAX_WORDS.items())


class TaxFormForm(VerbForm):
    """A W-9 that came."""

    tax_form_id = NewIdField()
    document_id = NewIdField()
    received_on = DayField(lazy_gettext("Received on"), validators=[Optional()])
    document = FileField(lazy_gettext("The signed W-9"))


class CardForm(FlaskForm):
    """A card or pass that was bought."""

    instrument_id = NewIdField()
    fund = select(lazy_gettext("Fund"))
    kind = RadioField(lazy_gettext("What it is"), validators=[Optional()])
    label = line(lazy_gettext("Name of it, like “Grocery card”"), most=100)
    number = line(lazy_gettext("Whole number"), most=60)
    value = MoneyField(lazy_gettext("What it is worth"), validators=[Optional()])
    second = select(lazy_gettext("Second person who saw it"))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.kind.choices = options(CARD_WORDS.items())


class SecondForm(FlaskForm):
    """A second person."""

    second = select(lazy_gettext("Second person"))


class CountForm(FlaskForm):
    """What lies in the safe."""

    fund = HiddenField()
    seen = MultiCheckboxField(lazy_gettext("Seen in the safe"))
    second = select(lazy_gettext("Counted together with"))


class BankForm(FlaskForm):
    """A bank or card file: first read and shown, then imported."""

    batch_id = NewIdField()
    fund = select(lazy_gettext("Fund"))
    bank_account = line(lazy_gettext("Which bank account or card"), most=60)
    file = FileField(lazy_gettext("The file (CSV)"))
    text = TextAreaField(validators=[Optional()])
    is_turned = BooleanField(lazy_gettext("Charges stand without a minus sign (card statements)"))
    on = select(COLUMN_WORDS["on"])
    amount = select(COLUMN_WORDS["amount"])
    debit = select(COLUMN_WORDS["debit"])
    credit = select(COLUMN_WORDS["credit"])
    number = select(COLUMN_WORDS["number"])
    words = select(COLUMN_WORDS["words"])

    def mapping(self) -> dict[str, int]:
        """What the person said of the columns."""
        return {name: int(self[name].data) for name in COLUMN_WORDS if str(self[name].data or "").isdigit()}


class NoteForm(FlaskForm):
    """Why a bank line is no payment of the fund."""

    note = line(lazy_gettext("What this line is"))
