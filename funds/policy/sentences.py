"""What the rules say, in English and Spanish at once, as an evaluation is kept as it was said. It judges nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from core.money import format_cents
from funds.policy.values import COUNTY, Facts, WindowKind
from funds.policy.windows import Window

LANGUAGES: Final = ("en", "es")


@dataclass(frozen=True, slots=True)
class Both:
    """The same text in English and in Spanish."""

    en: str = ""
    es: str = ""

    def __bool__(self) -> bool:
        return bool(self.en)

    def __add__(self, other: Both) -> Both:
        return Both(" ".join(filter(None, (self.en, other.en))), " ".join(filter(None, (self.es, other.es))))


_MONTHS: Final = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "es": ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
}
ROLE_WORDS: Final = {
    "coordinator": Both("the coordinator", "la coordinación"),
    "supervisor": Both("the supervisor", "la supervisión"),
    "fiscal_approver": Both("the fiscal approver", "quien aprueba los gastos"),
    "payer": Both("the payer", "quien paga"),
    "reconciler": Both("the reconciler", "quien concilia"),
    "director": Both("the director", "la dirección"),
    "auditor": Both("the auditor", "la auditoría"),
    COUNTY: Both("the county", "el condado"),
}
METHOD_WORDS: Final = {
    "check": Both("check to the vendor", "cheque al proveedor"),
    "ach": Both("bank transfer to the vendor", "transferencia bancaria al proveedor"),
    "card": Both("program card", "tarjeta del programa"),
    "reimbursement": Both("reimbursement of staff", "reembolso al personal"),
    "gift_card": Both("gift card", "tarjeta de regalo"),
    "pass": Both("pass", "pase"),
    "petty_cash": Both("petty cash", "caja chica"),
    "to_enrollee": Both("payment to the person", "pago a la persona"),
}
DOCUMENT_WORDS: Final = {
    "receipt": Both("a receipt", "un recibo"),
    "invoice": Both("an invoice", "una factura"),
    "quote": Both("a quote", "una cotización"),
    "lease": Both("the lease", "el contrato de renta"),
    "bill": Both("the bill", "la cuenta"),
    "estimate": Both("an estimate", "un presupuesto"),
    "statement": Both("a statement of what is owed", "un estado de cuenta"),
    "affidavit": Both("an affidavit", "una declaración jurada"),
    "w9": Both("the payee's form W-9", "el formulario W-9 de quien cobra"),
    "consent": Both("the county's consent", "el consentimiento del condado"),
    "choice_statement": Both("the person's choice statement", "la declaración de elección de la persona"),
}
_DUTIES: Final = {
    "author": Both("who wrote the request", "quien escribió la solicitud"),
    "approver": Both("who approves it", "quien la aprueba"),
    "final_approver": Both("who approves it last", "quien la aprueba al final"),
    "payer": Both("who pays it", "quien la paga"),
    "reconciler": Both("who reconciles it", "quien la concilia"),
    "payee_verifier": Both("who verified the payee", "quien verificó a quien cobra"),
}
DUTIES: Final = tuple(_DUTIES)


def money(cents: int) -> Both:
    """An amount, the same in both languages."""
    return Both(format_cents(cents), format_cents(cents))


def both(en: str, es: str, **values: Any) -> Both:
    """Two texts with the same {places}; a Both goes into each in its own language."""
    return Both(
        en.format(**{key: value.en if isinstance(value, Both) else value for key, value in values.items()}),
        es.format(**{key: value.es if isinstance(value, Both) else value for key, value in values.items()}),
    )


def day_words(day: date) -> Both:
    """Jul 1, 2026 · 1 jul 2026."""
    return Both(
        f"{_MONTHS['en'][day.month - 1]} {day.day}, {day.year}", f"{day.day} {_MONTHS['es'][day.month - 1]} {day.year}"
    )


def counted_words(count: int) -> Both:
    """How many earlier requests were counted, as a bracket; nothing for none."""
    match count:
        case 0:
            return Both()
        case 1:
            return Both("(1 earlier request counted)", "(se contó 1 solicitud anterior)")
        case _:
            return Both(f"({count} earlier requests counted)", f"(se contaron {count} solicitudes anteriores)")


def months_words(count: int) -> Both:
    """1 month · 2 months."""
    return Both("1 month", "1 mes") if count == 1 else Both(f"{count} months", f"{count} meses")


def weeks_words(count: int) -> Both:
    """1 week · 2 weeks."""
    return Both("1 week", "1 semana") if count == 1 else Both(f"{count} weeks", f"{count} semanas")


def either(choices: Sequence[Both]) -> Both:
    """a, b or c."""
    return Both(_join([each.en for each in choices], "or"), _join([each.es for each in choices], "o"))


def together(parts: Sequence[Both]) -> Both:
    """a, b and c."""
    return Both(_join([each.en for each in parts], "and"), _join([each.es for each in parts], "y"))


def roles_words(roles: Iterable[str]) -> Both:
    """One tier in words: the supervisor or the fiscal approver."""
    return either([ROLE_WORDS[role] for role in sorted(roles, key=list(ROLE_WORDS).index)])


def tiers_words(tiers: Iterable[Iterable[str]]) -> Both:
    """The tiers in words, in order."""
    return together([roles_words(tier) for tier in tiers])


def methods_words(methods: Iterable[str]) -> Both:
    """Methods of payment in words, in order."""
    return either([METHOD_WORDS[method] for method in methods])


def document_words(kind: str) -> Both:
    """A kind of paper in words."""
    return DOCUMENT_WORDS[kind]


def duty_words(duty: str) -> Both:
    """Who has done what, in words."""
    return _DUTIES[duty]


def ask_words(role: str | None) -> Both:
    """Whom to ask when a rule may be set aside; nothing when nobody may."""
    if role is None:
        return Both()
    if role == COUNTY:
        return Both("ask the county for consent", "pida el consentimiento del condado")
    return both("ask {who} for an exception", "pida una excepción a {who}", who=ROLE_WORDS[role])


def window_now(window: Window, facts: Facts) -> Both:
    """The window of one request, with its days: this fiscal year (Jul 1, 2026 to Jun 30, 2027)."""
    match window.kind:
        case WindowKind.FISCAL_YEAR:
            return both(
                "this fiscal year ({first} to {last})",
                "este año fiscal ({first} a {last})",
                first=day_words(facts.fiscal_year[0]),
                last=day_words(facts.fiscal_year[1]),
            )
        case WindowKind.CALENDAR_YEAR:
            return Both(f"the calendar year {facts.today.year}", f"el año calendario {facts.today.year}")
        case WindowKind.ROLLING_MONTHS:
            return both(
                "the {months} months up to {today}",
                "los {months} meses hasta el {today}",
                months=window.months,
                today=day_words(facts.today),
            )
        case WindowKind.ENROLMENT if facts.enrolled_on is not None:
            return both(
                "this enrollment (since {day})", "esta inscripción (desde el {day})", day=day_words(facts.enrolled_on)
            )
    return window_words(window)


def window_words(window: Window) -> Both:
    """A window in general, as a rule's description says it after "in"."""
    months = window.months
    match window.kind:
        case WindowKind.FISCAL_YEAR:
            return Both("a fiscal year", "un año fiscal")
        case WindowKind.CALENDAR_YEAR:
            return Both("a calendar year", "un año calendario")
        case WindowKind.ROLLING_MONTHS:
            return Both(f"any {months} months", f"{months} meses cualesquiera")
        case WindowKind.FIRST_PAYMENT_MONTHS:
            return Both(f"the {months} months from the first payment", f"los {months} meses desde el primer pago")
        case WindowKind.ANY_52_WEEKS:
            return Both("any 52 weeks", "52 semanas cualesquiera")
        case WindowKind.ENROLMENT:
            return Both("one enrollment", "una inscripción")
        case WindowKind.LIFETIME:
            return Both("a lifetime", "toda la vida")


def capital(text: Both) -> Both:
    """The text as a sentence begins."""
    return Both(text.en[:1].upper() + text.en[1:], text.es[:1].upper() + text.es[1:])


def _join(parts: Sequence[str], word: str) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}"
