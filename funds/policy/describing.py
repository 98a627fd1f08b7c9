"""One sentence per rule for people: what it asks, made from its settings so that it never says an old figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from funds.policy.cases import working_days_words
from funds.policy.evaluating import source
from funds.policy.params import validate_rule, window_of
from funds.policy.sentences import (
    LANGUAGES,
    Both,
    both,
    capital,
    document_words,
    duty_words,
    either,
    methods_words,
    money,
    months_words,
    roles_words,
    tiers_words,
    together,
    weeks_words,
    window_words,
)
from funds.policy.values import COUNTY, Rule, RuleKind, Severity

Params = Mapping[str, Any]
_COUNTINGS: Final = {
    "by_days": Both("counted by days", "contadas por días"),
    "four_week_months": Both("a month counting as four weeks", "un mes cuenta como cuatro semanas"),
    "part_weeks": Both("a part counting as a week", "una parte cuenta como una semana"),
}


def describe(rule: Rule, language: str, categories: Mapping[str, str] | None = None) -> str:
    """What the rule asks, who may set it aside, and its source, in "en" or "es".

    `categories` are the names of the categories in that language; without them the codes are printed.
    """
    if language not in LANGUAGES:
        raise ValueError("Rules speak English and Spanish.")
    if validate_rule(rule):
        text = Both(
            "This rule cannot be read and stops every request.", "Esta regla no se puede leer y detiene toda solicitud."
        )
        return text.en if language == "en" else text.es
    parts = [
        _DESCRIPTIONS[RuleKind(rule.kind)](rule.params),
        _scope(rule, categories or {}),
        _after(rule),
        source(rule),
    ]
    return " ".join(filter(None, (part.en if language == "en" else part.es for part in parts)))


def _scope(rule: Rule, names: Mapping[str, str]) -> Both:
    """The categories that the rule is about."""
    codes = [*([rule.category] if rule.category else ()), *rule.params.get("categories", ())]
    if not codes:
        return Both()
    listed = ", ".join(names.get(code, code) for code in codes)
    return Both(f"This holds for: {listed}.", f"Esto vale para: {listed}.")


def _after(rule: Rule) -> Both:
    """What happens when the rule trips, where its own sentence does not say it."""
    match rule.severity:
        case Severity.EXCEPTION if rule.exception_role == COUNTY:
            return Both("Above that, the county must consent.", "Más allá, el condado debe dar su consentimiento.")
        case Severity.EXCEPTION:
            return both(
                "{who} may make an exception.",
                "{who} puede hacer una excepción.",
                who=capital(roles_words([rule.exception_role or ""])),
            )
        case Severity.ADD_TIER:
            return both(
                "Otherwise {who} must approve too.",
                "De lo contrario, también debe aprobar {who}.",
                who=roles_words(rule.params["tier"]),
            )
        case Severity.WARN:
            return Both("Otherwise it warns and does not stop.", "De lo contrario, avisa y no detiene.")
    return Both()


def _prohibited(params: Params) -> Both:
    names = either([Both(item["name_en"], item["name_es"]) for item in params["items"]])
    return both("The fund does not pay for {names}.", "El fondo no paga {names}.", names=names)


def _cap_request(params: Params) -> Both:
    limit = Both()
    if "cents" in params:
        limit = money(params["cents"])
    elif "months_of_rent" in params:
        limit = Both(f"{params['months_of_rent']} months' rent", f"{params['months_of_rent']} meses de renta")
    else:
        limit = months_words(params["months"])
    how = both(" by {how}", " con {how}", how=methods_words(params["methods"])) if "methods" in params else Both()
    return both(
        "One request{how} may be for up to {limit}.",
        "Una solicitud{how} puede ser de hasta {limit}.",
        how=how,
        limit=limit,
    )


def _cap_window(params: Params) -> Both:
    if params.get("per") == "slot":
        return both(
            "The budget of a fiscal year may be up to {limit} for each slot of the program.",
            "El presupuesto de un año fiscal puede ser de hasta {limit} por cada lugar del programa.",
            limit=money(params["cents"]),
        )
    return both(
        "One person may receive up to {limit} in {window}.",
        "Una persona puede recibir hasta {limit} en {window}.",
        limit=money(params["cents"]),
        window=window_words(window_of(params)),
    )


def _count_window(params: Params) -> Both:
    count, window = params["count"], window_words(window_of(params))
    if params.get("unit") == "months":
        return both(
            "One person may receive this for {months} in {window}; a part of a month is a month.",
            "Una persona puede recibir esto durante {months} en {window}; una parte de un mes cuenta como un mes.",
            months=months_words(count),
            window=window,
        )
    return both(
        "One person may make {requests} for this in {window}.",
        "Una persona puede hacer {requests} de esto en {window}.",
        requests=Both("1 request", "1 solicitud") if count == 1 else Both(f"{count} requests", f"{count} solicitudes"),
        window=window,
    )


def _weeks(params: Params) -> Both:
    return both(
        "One person may be helped for {weeks} of any 52, {counting}.",
        "Una persona puede recibir ayuda durante {weeks} de 52 cualesquiera, {counting}.",
        weeks=weeks_words(params["weeks"]),
        counting=_COUNTINGS[params["counting"]],
    )


def _one_time(params: Params) -> Both:
    return both(
        "One person may receive this once in {window}.",
        "Una persona puede recibir esto una vez en {window}.",
        window=window_words(window_of(params)),
    )


def _tier(params: Params) -> Both:
    parts = []
    for band in params["bands"]:
        who = tiers_words(band["tiers"])
        if band.get("county_consent"):
            who = together([*map(roles_words, band["tiers"]), Both("the county", "el condado")])
        if "below_cents" in band:
            parts.append(
                both("below {limit}: {who}", "menos de {limit}: {who}", limit=money(band["below_cents"]), who=who)
            )
        else:
            parts.append(both("else: {who}", "en otro caso: {who}", who=who))
    return both(
        "Who approves, by what the person asked for in {days} days in the category or from the payee: {parts}.",
        "Quién aprueba, según lo que la persona pidió en {days} días en la categoría o al mismo proveedor: {parts}.",
        days=params["days"],
        parts=Both("; ".join(part.en for part in parts), "; ".join(part.es for part in parts)),
    )


def _document(params: Params) -> Both:
    kinds = [document_words(kind) for kind in params["documents"]]
    papers = either(kinds) if params.get("any_of") else together(kinds)
    above = (
        both(" above {limit}", " de más de {limit}", limit=money(params["above_cents"]))
        if "above_cents" in params
        else Both()
    )
    how = both(" by {how}", " con {how}", how=methods_words(params["methods"])) if "methods" in params else Both()
    return both(
        "A request{above}{how} needs {papers}.",
        "Una solicitud{above}{how} necesita {papers}.",
        above=above,
        how=how,
        papers=papers,
    )


def _quotes(params: Params) -> Both:
    return both(
        "Above {limit}, {count} quotes or a reason.",
        "Por encima de {limit}, {count} cotizaciones o un motivo.",
        limit=money(params["above_cents"]),
        count=params["count"],
    )


def _methods(params: Params) -> Both:
    return both(
        "The fund pays by {methods}, in this order.",
        "El fondo paga con {methods}, en este orden.",
        methods=methods_words(params["order"]),
    )


def _last_resort(params: Params) -> Both:
    count = params["tried"]
    return Both(
        f"Before a request, {count} other resource{'' if count == 1 else 's'} must have been tried, with the outcome.",
        f"Antes de una solicitud se debe haber intentado {count} recurso{'' if count == 1 else 's'}, con su resultado.",
    )


def _goal_link(params: Params) -> Both:
    ahead = params.get("days_ahead", 0)
    return Both(
        "Every request serves an active goal of a person who is enrolled"
        + (f" or will be within {ahead} days." if ahead else "."),
        "Toda solicitud sirve a una meta activa de una persona inscrita"
        + (f" o que lo estará en {ahead} días." if ahead else "."),
    )


def _sustainability(params: Params) -> Both:
    above = params.get("above_cents", 0)
    return both(
        "A request{above} says how it goes on after the fund's help.",
        "Una solicitud{above} dice cómo sigue después de la ayuda del fondo.",
        above=both(" above {limit}", " de más de {limit}", limit=money(above)) if above else Both(),
    )


def _receipts(params: Params) -> Both:
    return both(
        "Receipts{how} are due in {days}; no new money while one is {state}.",
        "Los recibos{how} se entregan en {days}; no hay dinero nuevo mientras {state}.",
        how=both(" for {how}", " de {how}", how=methods_words(params["methods"])) if "methods" in params else Both(),
        days=working_days_words(params["days"], working=params.get("working_days", False)),
        state=Both("missing", "falte alguno")
        if params["stops_when"] == "missing"
        else Both("overdue", "haya uno atrasado"),
    )


def _emergency(params: Params) -> Both:
    return both(
        "In an emergency {who} alone may approve up to {limit}; money moves in {hours} hours, ratified in {days}.",
        "En una emergencia {who} puede aprobar sin más firmas hasta {limit}; "
        "se paga en {hours} horas y se ratifica en {days}.",
        who=roles_words(params["approvers"]),
        limit=money(params["max_cents"]),
        hours=params["hours"],
        days=working_days_words(params["ratify_working_days"], working=True),
    )


def _w9(params: Params) -> Both:
    verified = params.get("needs_verified", True)
    return Both(
        "Before a payee is paid: a valid W-9" + (", and a second person's verification." if verified else "."),
        "Antes de pagar: un W-9 vigente de quien cobra" + (" y la verificación de otra persona." if verified else "."),
    )


def _tax(params: Params) -> Both:
    return Both(
        "Payments to a vendor that reach the year's threshold are reported on a form 1099.",
        "Los pagos a un proveedor que llegan al límite del año se declaran en un formulario 1099.",
    )


def _carry(params: Params) -> Both:
    months = params["months_past_year_end"]
    if not months:
        return Both(
            "Money of a fiscal year pays for days of that year only.",
            "El dinero de un año fiscal paga solo días de ese año.",
        )
    return both(
        "Money of a fiscal year pays for days up to {months} past its end.",
        "El dinero de un año fiscal paga días hasta {months} después de su fin.",
        months=months_words(months),
    )


def _sod(params: Params) -> Both:
    each = [
        both("{one} and {two}", "{one} y {two}", one=duty_words(one), two=duty_words(two))
        for one, two in params["pairs"]
    ]
    pairs = Both("; ".join(pair.en for pair in each), "; ".join(pair.es for pair in each))
    small = params.get("approver_may_pay_to_cents")
    pays = Both()
    if small is not None:
        pays = both(
            " Up to {limit} the approver may pay, and a third person reviews it.",
            " Hasta {limit} puede pagar quien aprueba, y lo revisa una tercera persona.",
            limit=money(small),
        )
    return both(
        "Two different people: {pairs}.{pays}", "Dos personas distintas: {pairs}.{pays}", pairs=pairs, pays=pays
    )


def _benefit(params: Params) -> Both:
    return both(
        "May change the person's {benefit}: ask a benefits adviser.",
        "Puede cambiar el beneficio {benefit} de la persona: consulte a una asesora de beneficios.",
        benefit=params["benefit"],
    )


_DESCRIPTIONS: Final[Mapping[RuleKind, Callable[[Params], Both]]] = {
    RuleKind.PROHIBITED_ITEM: _prohibited,
    RuleKind.CAP_REQUEST: _cap_request,
    RuleKind.CAP_WINDOW: _cap_window,
    RuleKind.COUNT_WINDOW: _count_window,
    RuleKind.WEEKS_OF_52: _weeks,
    RuleKind.ONE_TIME: _one_time,
    RuleKind.TIER: _tier,
    RuleKind.DOCUMENT: _document,
    RuleKind.QUOTES: _quotes,
    RuleKind.METHOD_ALLOWED: _methods,
    RuleKind.LAST_RESORT: _last_resort,
    RuleKind.GOAL_LINK: _goal_link,
    RuleKind.SUSTAINABILITY: _sustainability,
    RuleKind.RECEIPT_DUE: _receipts,
    RuleKind.EMERGENCY: _emergency,
    RuleKind.W9_REQUIRED: _w9,
    RuleKind.TAX_THRESHOLD: _tax,
    RuleKind.CARRY_FORWARD: _carry,
    RuleKind.SOD: _sod,
    RuleKind.BENEFIT_HINT: _benefit,
}
