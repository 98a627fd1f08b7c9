"""The kinds of rule that measure money, counts and time against a limit; papers, people and words stand elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from funds.policy.cases import NOTHING, Case, Measured, Trip, ids, remedy, span_of, tripped, working_days_words
from funds.policy.params import window_of
from funds.policy.sentences import (
    Both,
    both,
    counted_words,
    day_words,
    methods_words,
    money,
    months_words,
    roles_words,
    tiers_words,
    weeks_words,
    window_now,
    window_words,
)
from funds.policy.values import CONSENT, COUNTY, Facts, Rule, Severity, Spending, Step, WindowKind
from funds.policy.windows import (
    DAYS_OF_52_WEEKS,
    MONTHS_OF_52_WEEKS,
    Window,
    add_months,
    days_of,
    months_of,
    most_in_span,
    reopens_on,
    rows_in,
    weeks_of,
)

_DAYS_MISSING = Trip(
    Both(
        "It is not known which days this pays for, so they cannot be counted.",
        "No se sabe qué días paga esto, así que no se pueden contar.",
    ),
    Both(
        "Write the first and the last day that this pays for.",
        "Escriba el primer y el último día que esto paga.",
    ),
)


def cap_request(rule: Rule, case: Case) -> Measured:
    """One request against an amount, a number of months' rent, or a number of months; a part is a month."""
    facts, params = case.facts, rule.params
    if "months" in params:
        return _months_in_one(rule, facts)
    limit = params.get("cents")
    why = Both("for one request", "por solicitud")
    if "methods" in params:
        why = both("for one request by {how}", "por solicitud con {how}", how=methods_words(params["methods"]))
    if limit is None:
        months = params["months_of_rent"]
        if facts.monthly_rent_cents is None:
            return tripped(_rent_missing())
        limit = months * facts.monthly_rent_cents
        why = Both(f"for one request: {months} months' rent", f"por solicitud: {months} meses de renta")
    if facts.cents <= limit:
        return NOTHING
    less = both("ask for {limit} or less", "pida {limit} o menos", limit=money(limit))
    reason = both(
        "This is {cents}; the limit is {limit} {why}.",
        "Esto es {cents}; el límite es {limit} {why}.",
        cents=money(facts.cents),
        limit=money(limit),
        why=why,
    )
    return tripped(Trip(reason, remedy(rule, less), facts.cents, limit))


def cap_window(rule: Rule, case: Case) -> Measured:
    """What one person's requests hold and have spent in a window, this one included, against an amount."""
    if rule.params.get("per") == "slot":
        return NOTHING  # binds the appropriation, not a request: appropriation_findings() measures it
    facts, limit, window = case.facts, rule.params["cents"], window_of(rule.params)
    rows = rows_in(window, case.earlier(rule), facts, lambda row: row.cents)
    before = sum(row.cents for row in rows)
    figure = before + facts.cents
    if figure <= limit:
        return Measured(left_cents=limit - figure)
    words = window_now(window, facts)
    reason = both(
        "With this request it is {figure} in {window}; the limit is {limit}",
        "Con esta solicitud son {figure} en {window}; el límite es {limit}",
        figure=money(figure),
        window=words,
        limit=money(limit),
    )
    if before < limit:
        way = both(
            "ask for {room} or less{when}",
            "pida {room} o menos{when}",
            room=money(limit - before),
            when=_this_year(window),
        )
    else:
        fits = min(facts.cents, limit)
        way = _wait(window, rows, facts, lambda left: sum(row.cents for row in left) + fits > limit)
        if way and facts.cents > limit:
            way += both("and ask for {limit} or less", "y pida {limit} o menos", limit=money(limit))
    trip = Trip(_full(reason, rows), remedy(rule, way), figure, limit, words, ids(rows))
    return Measured((trip,), left_cents=limit - figure)


def count_window(rule: Rule, case: Case) -> Measured:
    """How many requests, or months that they pay for, lie in a window, this one included."""
    facts, limit, window = case.facts, rule.params["count"], window_of(rule.params)
    if rule.params.get("unit") == "months":
        return _months_in_window(rule, case, window)
    rows = rows_in(window, case.earlier(rule), facts, lambda row: 1)
    figure = len(rows) + 1
    if figure <= limit:
        return NOTHING
    words = window_now(window, facts)
    reason = both(
        "With this request it is number {figure} in {window}; at most {limit} may be made",
        "Con esta solicitud es la número {figure} en {window}; se permite un máximo de {limit}",
        figure=figure,
        window=words,
        limit=limit,
    )
    way = _wait(window, rows, facts, lambda left: len(left) + 1 > limit)
    return tripped(Trip(_full(reason, rows), remedy(rule, way), figure, limit, words, ids(rows)))


def one_time(rule: Rule, case: Case) -> Measured:
    """Whether this was given before, ever or in a window."""
    facts, window = case.facts, window_of(rule.params)
    rows = rows_in(window, case.earlier(rule), facts, lambda row: 1)
    if not rows:
        return NOTHING
    words = window_now(window, facts)
    reason = both(
        "This is given once in {window}, and was given on {day}",
        "Esto se da una vez en {window}, y se dio el {day}",
        window=words,
        day=day_words(max(row.on for row in rows)),
    )
    way = _wait(window, rows, facts, lambda left: len(left) > 0)
    return tripped(Trip(_full(reason, rows), remedy(rule, way), len(rows) + 1, 1, words, ids(rows)))


def weeks_of_52(rule: Rule, case: Case) -> Measured:
    """Weeks helped in the fullest 52 weeks that this request touches, by one of HUD's three ways of counting.

    A day that two requests pay for counts once. A row whose days are not known counts as a month from its approval.
    """
    facts, weeks, counting = case.facts, rule.params["weeks"], rule.params["counting"]
    if facts.days is None:
        return tripped(_DAYS_MISSING)
    units, length, limit, weight = {
        "by_days": (days_of, DAYS_OF_52_WEEKS, weeks * 7, 1),
        "part_weeks": (weeks_of, 52, weeks, 1),
        "four_week_months": (months_of, MONTHS_OF_52_WEEKS, weeks, 4),
    }[counting]
    in_days = counting == "by_days"
    rows = case.earlier(rule)
    spans = [span_of(row) if row.days else (row.on, add_months(row.on, 1) - timedelta(days=1)) for row in rows]
    figure = most_in_span(units(facts.days), [units(span) for span in spans], length) * weight
    if figure <= limit:
        return NOTHING
    window = Window(WindowKind.ANY_52_WEEKS)
    reason = both(
        "With this request it is {figure} in any 52 weeks; the limit is {limit}",
        "Con esta solicitud son {figure} en 52 semanas; el límite es {limit}",
        figure=Both(f"{figure} days", f"{figure} días") if in_days else weeks_words(figure),
        limit=weeks_words(weeks) + (Both(f"({limit} days)", f"({limit} días)") if in_days else Both()),
    )
    reach = timedelta(days=DAYS_OF_52_WEEKS + 31)  # a month at the edge may count whole
    near = [row for row, span in zip(rows, spans, strict=True) if _touch(span, facts.days, reach)]
    fewer = both("ask for fewer days", "pida menos días")
    return tripped(Trip(_full(reason, near), remedy(rule, fewer), figure, limit, window_words(window), ids(near)))


def tier(rule: Rule, case: Case) -> Measured:
    """Who approves: the band of the larger sum of the last days, of person and category or of person and payee.

    Sums include this request, so splitting a purchase saves no signature.
    """
    facts, days, bands = case.facts, rule.params["days"], rule.params["bands"]
    recent = [row for row in case.own if row.on > facts.today - timedelta(days=days)]
    same_category = [row for row in recent if row.category == facts.category]
    same_payee = [row for row in recent if facts.payee_id is not None and row.payee_id == facts.payee_id]
    rows = max(same_category, same_payee, key=_sum)
    figure = _sum(rows) + facts.cents
    at, alone = _band(bands, figure), _band(bands, facts.cents)
    tiers = _tiers(bands[at])
    trips = []
    if at > alone:
        trips.append(_lifted(figure, rows, days, bands, at))
    needs_consent = bands[at].get("county_consent", False)
    if needs_consent and CONSENT not in facts.documents and rule.code not in facts.exceptions:
        trips.append(_needs_consent(figure, rows, days, bands[at - 1].get("below_cents") if at else 0, case.step))
    return Measured(tuple(trips), tiers, needs_consent)


def emergency(rule: Rule, case: Case) -> Measured:
    """Whether the emergency lane is open for this amount, and what it asks afterwards."""
    facts, params = case.facts, rule.params
    if not facts.is_emergency:
        return NOTHING
    limit = params["max_cents"]
    if facts.cents > limit:
        reason = both(
            "This is {cents}; the emergency lane takes {limit} or less.",
            "Esto es {cents}; la vía de emergencia admite {limit} o menos.",
            cents=money(facts.cents),
            limit=money(limit),
        )
        less = both("ask for {limit} or less", "pida {limit} o menos", limit=money(limit))
        ordinary = Both("send it the ordinary way", "envíela por la vía normal")
        return tripped(Trip(reason, remedy(rule, less, ordinary), facts.cents, limit))
    reason = both(
        "Emergency: {who} approves alone, the money moves within {hours} hours, and the last approver ratifies within "
        "{days}.",
        "Emergencia: aprueba {who}, sin más firmas; el dinero sale en {hours} horas y quien aprueba al final lo "
        "ratifica en {days}.",
        who=roles_words(params["approvers"]),
        hours=params["hours"],
        days=working_days_words(params["ratify_working_days"], working=True),
    )
    notice = Trip(reason, figure=facts.cents, limit=limit, severity=Severity.INFO)
    return Measured((notice,), approvers=frozenset(params["approvers"]))


def tax_threshold(rule: Rule, case: Case) -> Measured:
    """Whether a payee reaches the year's amount from which payments are reported to the tax office."""
    facts = case.facts
    if facts.payee_id is None:
        return NOTHING
    if facts.tax_threshold_cents is None:
        reason = Both(
            f"No reporting threshold is entered for {facts.today.year}.",
            f"No hay un límite de declaración registrado para {facts.today.year}.",
        )
        return tripped(Trip(reason, Both("Enter the year's figure.", "Registre la cifra del año.")))
    figure = facts.payee_paid_year_cents + facts.cents
    if figure < facts.tax_threshold_cents:
        return NOTHING
    reason = both(
        "With this the payee has received {figure} in {year}; from {limit} on a form 1099 is due.",
        "Con esto, quien cobra ha recibido {figure} en {year}; desde {limit} se debe un formulario 1099.",
        figure=money(figure),
        year=facts.today.year,
        limit=money(facts.tax_threshold_cents),
    )
    way = Both("see that the payee's W-9 is valid", "revise que el W-9 de quien cobra sea válido")
    year = window_now(Window(WindowKind.CALENDAR_YEAR), facts)
    return tripped(Trip(reason, remedy(rule, way), figure, facts.tax_threshold_cents, year))


def carry_forward(rule: Rule, case: Case) -> Measured:
    """Whether this year's money would buy days of the next year."""
    facts, months = case.facts, rule.params["months_past_year_end"]
    last = add_months(facts.fiscal_year[1] + timedelta(days=1), months) - timedelta(days=1)
    if facts.days is None or facts.days[1] <= last:
        return NOTHING
    reason = both(
        "This pays for days until {end}; money of this fiscal year may pay until {last}.",
        "Esto paga días hasta el {end}; el dinero de este año fiscal puede pagar hasta el {last}.",
        end=day_words(facts.days[1]),
        last=day_words(last),
    )
    way = both("ask for the days until {last} only", "pida solo los días hasta el {last}", last=day_words(last))
    return tripped(Trip(reason, remedy(rule, way)))


def _months_in_one(rule: Rule, facts: Facts) -> Measured:
    limit = rule.params["months"]
    if facts.days is None:
        return tripped(_DAYS_MISSING)
    figure = len(months_of(facts.days))
    if figure <= limit:
        return NOTHING
    reason = Both(
        f"This pays for {figure} months; at most {limit} may be paid.",
        f"Esto paga {figure} meses; se pueden pagar {limit} como máximo.",
    )
    fewer = both("ask for {limit} or less", "pida {limit} o menos", limit=months_words(limit))
    return tripped(Trip(reason, remedy(rule, fewer), figure, limit))


def _months_in_window(rule: Rule, case: Case, window: Window) -> Measured:
    """Calendar months that the requests pay for; rolling: in the fullest run of months that this request touches."""
    facts, limit = case.facts, rule.params["count"]
    if facts.days is None:
        return tripped(_DAYS_MISSING)
    own = months_of(facts.days)
    if window.kind is WindowKind.ROLLING_MONTHS:
        rows = [row for row in case.earlier(rule) if _months_apart(months_of(span_of(row)), own) < window.months]
        figure = most_in_span(own, [months_of(span_of(row)) for row in rows], window.months)
        words = window_words(window)
    else:
        rows = rows_in(window, case.earlier(rule), facts, lambda row: len(months_of(span_of(row))))
        figure = len(set(own).union(*(months_of(span_of(row)) for row in rows)))
        words = window_now(window, facts)
    if figure <= limit:
        return NOTHING
    reason = both(
        "With this request it is {figure} in {window}; the limit is {limit}",
        "Con esta solicitud son {figure} en {window}; el límite es {limit}",
        figure=months_words(figure),
        window=words,
        limit=months_words(limit),
    )
    fewer = both("ask for fewer months", "pida menos meses")
    return tripped(Trip(_full(reason, rows), remedy(rule, fewer), figure, limit, words, ids(rows)))


def _months_apart(one: range, other: range) -> int:
    """0 when they meet, 1 when they are neighbours, and so on."""
    return max(one.start - other[-1], other.start - one[-1], 0)


def _touch(one: tuple[date, date], other: tuple[date, date], reach: timedelta) -> bool:
    return one[0] < other[1] + reach and other[0] < one[1] + reach


def _rent_missing() -> Trip:
    return Trip(
        Both("The monthly rent is not known.", "No se sabe cuánto es la renta mensual."),
        Both("Write the monthly rent of the place.", "Escriba la renta mensual de la vivienda."),
    )


def _full(reason: Both, rows: Sequence[Spending]) -> Both:
    """The reason with what was counted, and its full stop."""
    whole = reason + counted_words(len(rows))
    return Both(f"{whole.en}.", f"{whole.es}.")


def _this_year(window: Window) -> Both:
    match window.kind:
        case WindowKind.FISCAL_YEAR | WindowKind.CALENDAR_YEAR:
            return Both(" this year", " este año")
        case _:
            return Both()


def _wait(
    window: Window, rows: Sequence[Spending], facts: Facts, surplus: Callable[[Sequence[Spending]], bool]
) -> Both:
    day = reopens_on(window, rows, facts, surplus)
    return both("wait until {day}", "espere hasta el {day}", day=day_words(day)) if day else Both()


def _sum(rows: Iterable[Spending]) -> int:
    return sum(row.cents for row in rows)


def _band(bands: Sequence[Mapping[str, Any]], cents: int) -> int:
    """Which band an amount falls into: the first that it is below, else the last."""
    return next((at for at, band in enumerate(bands) if cents < band.get("below_cents", cents + 1)), len(bands) - 1)


def _tiers(band: Mapping[str, Any]) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(roles) for roles in band["tiers"])


def _last_days(days: int) -> Both:
    return Both(f"the last {days} days", f"los últimos {days} días")


def _lifted(figure: int, rows: Sequence[Spending], days: int, bands: Sequence[Mapping[str, Any]], at: int) -> Trip:
    """A split purchase: together with earlier ones it asks for more than it would alone."""
    limit = bands[at - 1]["below_cents"]
    number = len(rows)
    reason = both(
        "Counted together with {number} of the last {days} days this is {figure}: {who} must approve.",
        "Junto con {number_es} de los últimos {days} días son {figure}: deben aprobar {who}.",
        number=f"{number} request" if number == 1 else f"{number} requests",
        number_es=f"{number} solicitud" if number == 1 else f"{number} solicitudes",
        days=days,
        figure=money(figure),
        who=tiers_words(bands[at]["tiers"]),
    )
    room = limit - _sum(rows)
    less = Both()
    if room > 0:
        less = both(
            "Below {room} fewer approvals are needed.",
            "Con menos de {room} se necesitan menos firmas.",
            room=money(room),
        )
    return Trip(reason, less, figure, limit, _last_days(days), ids(list(rows)), severity=Severity.INFO)


def _needs_consent(figure: int, rows: Sequence[Spending], days: int, limit: int, step: Step) -> Trip:
    """Told when it is sent, and a stop when it is approved."""
    reason = both(
        "This is {figure} in {window}: from {limit} on the county must consent.",
        "Esto son {figure} en {window}: desde {limit} el condado debe dar su consentimiento.",
        figure=money(figure),
        window=_last_days(days),
        limit=money(limit),
    )
    way = Both("Add the county's consent to the request.", "Agregue a la solicitud el consentimiento del condado.")
    severity = Severity.INFO if step is Step.SUBMIT else Severity.EXCEPTION
    return Trip(
        reason,
        way,
        figure,
        limit,
        _last_days(days),
        ids(list(rows)),
        document=CONSENT,
        severity=severity,
        exception_role=COUNTY,
    )
