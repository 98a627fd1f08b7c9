"""The kinds of rule that look at words, papers, ways of payment and people; amounts and windows stand elsewhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from funds.policy.cases import NOTHING, Case, Measured, Receipts, Trip, remedy, tripped, working_days_words
from funds.policy.sentences import (
    Both,
    both,
    capital,
    day_words,
    document_words,
    duty_words,
    either,
    methods_words,
    money,
)
from funds.policy.values import Facts, Rule, Severity, Step

_PAYS_AND_APPROVES: Final = ({"approver", "payer"}, {"final_approver", "payer"})


def prohibited_item(rule: Rule, case: Case) -> Measured:
    """Whether the words of the item name what the fund never buys; each listed item is told once."""
    trips = []
    for item in rule.params["items"]:
        word = case.item.find(item["words"], item.get("allowed", ()))
        if word is not None:
            reason = both(
                "The word “{word}” names what the fund may not buy: {name}.",
                "La palabra “{word}” nombra algo que el fondo no puede comprar: {name}.",
                word=word,
                name=Both(item["name_en"], item["name_es"]),
            )
            ways = (
                Both("take it off the request", "quítelo de la solicitud"),
                Both("say it in other words if you mean something else", "dígalo con otras palabras si es otra cosa"),
            )
            trips.append(Trip(reason, remedy(rule, *ways)))
    return Measured(tuple(trips))


def document(rule: Rule, case: Case) -> Measured:
    """Which papers are missing: each of the list, or one of it. Told until approval unless the rule names its steps."""
    facts, params = case.facts, rule.params
    steps = params.get("steps", (Step.SUBMIT, Step.APPROVE, Step.SUPPLEMENT))
    if case.step not in steps or ("above_cents" in params and facts.cents <= params["above_cents"]):
        return NOTHING
    missing = [kind for kind in params["documents"] if not _has(facts, kind)]
    if not missing or (params.get("any_of") and len(missing) < len(params["documents"])):
        return NOTHING
    wanted = [tuple(missing)] if params.get("any_of") else [(kind,) for kind in missing]
    return Measured(tuple(_missing(rule, kinds) for kinds in wanted))


def quotes(rule: Rule, case: Case) -> Measured:
    """Above an amount: so many quotes, or a reason why there are fewer."""
    facts, limit, count = case.facts, rule.params["above_cents"], rule.params["count"]
    if facts.cents <= limit or facts.quotes >= count or facts.quote_reason.strip():
        return NOTHING
    reason = both(
        "Above {limit} the fund asks for {count} quotes; there are {figure}.",
        "Por encima de {limit} el fondo pide {count} cotizaciones; hay {figure}.",
        limit=money(limit),
        count=count,
        figure=facts.quotes,
    )
    ways = (
        Both("write why fewer are enough", "escriba por qué bastan menos"),
        both("add {more} more", "agregue {more} más", more=count - facts.quotes),
    )
    return tripped(Trip(reason, remedy(rule, *ways), facts.quotes, count, document="quote", is_paper=True))


def method_allowed(rule: Rule, case: Case) -> Measured:
    """Whether this way of paying is one of the rule's, and a note when better ones stand before it."""
    method, order = case.facts.method, rule.params["order"]
    if method not in order:
        reason = Both("The fund does not pay in this way.", "El fondo no paga de esta forma.")
        if not method:
            reason = Both("It is not chosen how this is paid.", "No se ha elegido cómo se paga esto.")
        way = both("choose {methods}", "elija {methods}", methods=methods_words(order))
        return tripped(Trip(reason, remedy(rule, way)))
    place = order.index(method)
    if "note_from" not in rule.params or place + 1 < rule.params["note_from"]:
        return NOTHING
    reason = both(
        "The fund pays by {better} where it can.",
        "Cuando puede, el fondo paga con {better}.",
        better=methods_words(order[: rule.params["note_from"] - 1] or order[:1]),
    )
    return tripped(Trip(reason, figure=place + 1, limit=rule.params["note_from"] - 1, severity=Severity.INFO))


def last_resort(rule: Rule, case: Case) -> Measured:
    """Whether other resources were tried first, with an outcome written down."""
    tried, needed = case.facts.tried, rule.params["tried"]
    if tried >= needed:
        return NOTHING
    reason = both(
        "The fund pays where nothing else does: {needed} tried with an outcome, {tried} found.",
        "El fondo paga cuando nadie más lo hace: se pide haber intentado {needed}, con su resultado; hay {tried}.",
        needed=Both(
            "1 resource" if needed == 1 else f"{needed} resources", "1 recurso" if needed == 1 else f"{needed} recursos"
        ),
        tried=tried,
    )
    way = Both(
        "name a service of the directory that was tried and what came of it",
        "nombre un servicio del directorio que se intentó y qué resultó",
    )
    return tripped(Trip(reason, remedy(rule, way), tried, needed, is_paper=True))


def goal_link(rule: Rule, case: Case) -> Measured:
    """Whether the goal is active and the person enrolled, or to be enrolled within the days that the rule allows."""
    facts = case.facts
    trips = []
    if not facts.goal_is_active:
        reason = Both("The goal of this request is not active.", "La meta de esta solicitud no está activa.")
        way = Both("choose an active goal of the person's plan", "elija una meta activa del plan de la persona")
        trips.append(Trip(reason, remedy(rule, way)))
    latest = facts.today + timedelta(days=rule.params.get("days_ahead", 0))
    if facts.enrolled_on is None or facts.enrolled_on > latest:
        reason = Both("The person is not enrolled yet.", "La persona todavía no está inscrita.")
        way = Both("enroll the person first", "inscriba primero a la persona")
        if facts.enrolled_on is not None and rule.params.get("days_ahead"):
            opens = day_words(facts.enrolled_on - timedelta(days=rule.params["days_ahead"]))
            way = both("wait until {day}", "espere hasta el {day}", day=opens)
        trips.append(Trip(reason, remedy(rule, way)))
    return Measured(tuple(trips))


def sustainability(rule: Rule, case: Case) -> Measured:
    """Whether it is written how this goes on when the fund has paid."""
    facts = case.facts
    if facts.sustainability.strip() or facts.cents <= rule.params.get("above_cents", 0):
        return NOTHING
    reason = Both(
        "It is not written how this is paid for after the fund's help.",
        "No está escrito cómo se pagará esto después de la ayuda del fondo.",
    )
    way = Both("write one sentence on what comes after", "escriba una frase sobre lo que sigue")
    return tripped(Trip(reason, remedy(rule, way), is_paper=True))


def receipt_due(rule: Rule, case: Case) -> Measured:
    """When receipts are due, and no new money in hand while some are late or missing.

    A rule that names its methods speaks from the sending on; another only when money is handed out.
    """
    facts, params = case.facts, rule.params
    days, working = params["days"], params.get("working_days", False)
    receipts = Receipts(days, working, "methods" in params)
    hands_out = case.step is Step.ADVANCE or ("methods" in params and case.step is not Step.VOUCHER)
    is_late = facts.holder_is_overdue or (params["stops_when"] == "missing" and facts.receipts_missing > 0)
    if not hands_out or not is_late:
        return Measured(receipts=receipts)
    reason = Both(
        "Who would hold this money has a receipt that is overdue.",
        "Quien tendría este dinero tiene un recibo atrasado.",
    )
    if not facts.holder_is_overdue:
        reason = both("{count} not handed in yet.", "{count} por entregar.", count=_receipts(facts))
    ways = (
        Both("hand in the receipt or an affidavit", "entregue el recibo o una declaración jurada"),
        Both("choose a check to the vendor", "elija un cheque al proveedor"),
    )
    limit = 0 if params["stops_when"] == "missing" else None
    figure = facts.receipts_missing if limit == 0 else None
    window = working_days_words(days, working=working)
    return Measured((Trip(reason, remedy(rule, *ways), figure, limit, window, document="receipt"),), receipts=receipts)


def w9_required(rule: Rule, case: Case) -> Measured:
    """Whether the payee has handed in a W-9 and was verified by a second person. Only the paper may follow later."""
    facts = case.facts
    if facts.payee_id is None:
        reason = Both("There is no payee.", "No se ha nombrado a quien cobra.")
        return tripped(
            Trip(reason, remedy(rule, Both("choose who is paid", "elija a quién se paga")), severity=Severity.BLOCK)
        )
    trips = []
    if not facts.payee_has_w9:
        reason = Both("The payee has no valid W-9.", "Quien cobra no tiene un W-9 vigente.")
        way = Both("add the payee's signed W-9", "agregue el W-9 firmado de quien cobra")
        trips.append(Trip(reason, remedy(rule, way), document="w9", is_paper=True))
    if not facts.payee_is_verified and rule.params.get("needs_verified", True):
        reason = Both("The payee is not verified.", "No se ha verificado a quien cobra.")
        way = Both(
            "have a fiscal approver who did not propose the payee verify it",
            "pida la verificación a quien aprueba los gastos y no propuso a quien cobra",
        )
        trips.append(Trip(reason, remedy(rule, way), severity=Severity.BLOCK))
    return Measured(tuple(trips))


def sod(rule: Rule, case: Case) -> Measured:
    """Separation of duties: no person in both duties of a pair, but for what a small office was allowed."""
    facts, small = case.facts, rule.params.get("approver_may_pay_to_cents")
    trips = []
    for pair in rule.params["pairs"]:
        first, second = pair
        if facts.actors.get(first, frozenset()).isdisjoint(facts.actors.get(second, frozenset())):
            continue
        words = {"first": duty_words(first), "second": duty_words(second)}
        if small is not None and set(pair) in _PAYS_AND_APPROVES and facts.cents <= small:
            reason = both(
                "{first} and {second} are one person: a third person reviews this before it is reconciled.",
                "{first} y {second} son la misma persona: una tercera lo revisa antes de conciliarlo.",
                **words,
            )
            trips.append(Trip(capital(reason), figure=facts.cents, limit=small, severity=Severity.INFO))
            continue
        reason = both("{first} and {second} must be two people.", "{first} y {second} deben ser dos personas.", **words)
        trips.append(
            Trip(capital(reason), remedy(rule, Both("ask somebody else to act", "pida que actúe otra persona")))
        )
    return Measured(tuple(trips))


def benefit_hint(rule: Rule, case: Case) -> Measured:
    """A word on what this purchase may do to a benefit."""
    reason = both(
        "This may change the person's {benefit}.",
        "Esto puede cambiar el beneficio {benefit} de la persona.",
        benefit=rule.params["benefit"],
    )
    way = Both("ask a benefits adviser before it is paid", "consulte a una asesora de beneficios antes del pago")
    return tripped(Trip(reason, remedy(rule, way)))


def _has(facts: Facts, kind: str) -> bool:
    return (
        kind in facts.documents
        or (kind == "choice_statement" and facts.has_agreement)
        or (kind == "w9" and facts.payee_has_w9)
    )


def _missing(rule: Rule, kinds: tuple[str, ...]) -> Trip:
    words = either([document_words(kind) for kind in kinds])
    reason = both("Missing: {paper}.", "Falta: {paper}.", paper=words)
    way = both("add {paper}", "agregue {paper}", paper=words)
    return Trip(reason, remedy(rule, way), document=kinds[0], is_paper=True)


def _receipts(facts: Facts) -> Both:
    number = facts.receipts_missing
    return (
        Both("1 receipt is", "Hay 1 recibo") if number == 1 else Both(f"{number} receipts are", f"Hay {number} recibos")
    )
