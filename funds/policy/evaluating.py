"""Rules + facts + step → findings, tiers and figures. How a kind is measured, and what its words are, stand elsewhere.

Fail closed: a row that is not understood, a category that nobody knows, a request that nobody could approve: each stops
the request with a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from core.errors import Sentence
from funds.policy import amounts, papers
from funds.policy.cases import Case, Measured, Receipts, Trip, remedy
from funds.policy.params import validate_rule
from funds.policy.sentences import Both, both, capital, money, roles_words
from funds.policy.values import (
    DEFAULT_RECEIPT_DAYS,
    NO_RULE,
    Evaluation,
    Facts,
    Finding,
    Rule,
    RuleKind,
    Severity,
    Step,
)

_MONEY: Final = frozenset({Step.SUBMIT, Step.APPROVE, Step.SUPPLEMENT})
_ALWAYS: Final = frozenset(Step)
_MEASURES: Final[Mapping[RuleKind, tuple[Callable[[Rule, Case], Measured], frozenset[Step]]]] = {
    RuleKind.PROHIBITED_ITEM: (papers.prohibited_item, _ALWAYS),
    RuleKind.CAP_REQUEST: (amounts.cap_request, _MONEY | {Step.ADVANCE}),
    RuleKind.CAP_WINDOW: (amounts.cap_window, _MONEY),
    RuleKind.COUNT_WINDOW: (amounts.count_window, _MONEY),
    RuleKind.WEEKS_OF_52: (amounts.weeks_of_52, _MONEY),
    RuleKind.ONE_TIME: (amounts.one_time, _MONEY),
    RuleKind.TIER: (amounts.tier, _MONEY),
    RuleKind.DOCUMENT: (papers.document, _ALWAYS),  # the rule itself names its steps
    RuleKind.QUOTES: (papers.quotes, _MONEY),
    RuleKind.METHOD_ALLOWED: (papers.method_allowed, _ALWAYS),
    RuleKind.LAST_RESORT: (papers.last_resort, frozenset({Step.SUBMIT, Step.APPROVE})),
    RuleKind.GOAL_LINK: (papers.goal_link, _MONEY),
    RuleKind.SUSTAINABILITY: (papers.sustainability, frozenset({Step.SUBMIT, Step.APPROVE})),
    RuleKind.RECEIPT_DUE: (papers.receipt_due, _ALWAYS),  # its days are asked for at any step
    RuleKind.EMERGENCY: (amounts.emergency, _ALWAYS),
    RuleKind.W9_REQUIRED: (papers.w9_required, frozenset({Step.VOUCHER})),
    RuleKind.TAX_THRESHOLD: (amounts.tax_threshold, frozenset({Step.VOUCHER})),
    RuleKind.CARRY_FORWARD: (amounts.carry_forward, _MONEY),
    RuleKind.SOD: (papers.sod, _ALWAYS - {Step.SUBMIT}),
    RuleKind.BENEFIT_HINT: (papers.benefit_hint, frozenset({Step.SUBMIT, Step.APPROVE})),
}
"""Kind → how it is measured, and at which steps it speaks."""

_IN_CITATIONS: Final = (("(example)", "(ejemplo)"), ("Program's own", "Propia del programa"))
_ORDER: Final = tuple(Severity)


def appropriation_findings(
    rules: Iterable[Rule], *, slots: int, appropriated_cents: int, today: date
) -> tuple[Finding, ...]:
    """What speaks against a fund's budget of one fiscal year: rules that limit it by the program's slots.

    `appropriated_cents` is the whole fund's appropriation of the year, the new line included.
    """
    findings = []
    for rule in in_force(rules, today):
        if rule.kind != RuleKind.CAP_WINDOW or rule.params.get("per") != "slot":
            continue
        if problems := validate_rule(rule):
            findings.append(_unreadable(rule, problems))
            continue
        limit = slots * rule.params["cents"]
        if appropriated_cents <= limit:
            continue
        reason = both(
            "The budget would be {figure}; for {slots} slots it may be {limit}.",
            "El presupuesto sería de {figure}; para {slots} lugares puede ser de {limit}.",
            figure=money(appropriated_cents),
            slots=slots,
            limit=money(limit),
        )
        less = both("appropriate {limit} or less", "asigne {limit} o menos", limit=money(limit))
        window = Both("a fiscal year", "un año fiscal")
        findings.append(_kept(rule, Trip(reason, remedy(rule, less), appropriated_cents, limit, window)))
    return tuple(findings)


def evaluate(rules: Sequence[Rule], facts: Facts, step: Step) -> Evaluation:
    """What the rules in force today say of one request at one step; findings that stop come first.

    `Facts.cents` is what this step would hold or move: the request's amount, its new total at a supplement, the
    voucher's or advance's own amount. No error leaves here: what cannot be judged is a finding that blocks.
    """
    findings = list(_misfits(facts))
    if facts.days is not None and facts.days[1] < facts.days[0]:
        facts = replace(facts, days=None)  # told above; no measure counts days that run backwards
    case = Case(facts, step)
    measured: list[tuple[Rule, Measured]] = []
    for rule in in_force(rules, facts.today):
        problems = validate_rule(rule) or _unknown_categories(rule, facts)
        if problems:
            findings.append(_unreadable(rule, problems))
            continue
        measure, steps = _MEASURES[RuleKind(rule.kind)]
        if step in steps and case.applies(rule):
            measured.append((rule, measure(rule, case)))
    findings += [_finding(rule, trip, case) for rule, result in measured for trip in result.trips]
    tiers = _tiers(measured, findings)
    findings += _unanswered(measured, facts, step)
    receipts = _receipts(measured)
    return Evaluation(
        findings=tuple(sorted(findings, key=lambda finding: (_ORDER.index(finding.severity), finding.code))),
        tiers=tiers,
        needs_county_consent=any(result.needs_county_consent for _, result in measured),
        receipt_days=receipts.days if receipts else DEFAULT_RECEIPT_DAYS,
        receipts_in_working_days=receipts is not None and receipts.in_working_days,
        emergency_approvers=next((result.approvers for _, result in measured if result.approvers), frozenset()),
        figures={f"left:{rule.code}": result.left_cents for rule, result in measured if result.left_cents is not None},
    )


def in_force(rules: Iterable[Rule], today: date) -> list[Rule]:
    """The newest version of each code that is in force today, by code."""
    newest: dict[str, Rule] = {}
    for rule in rules:
        if rule.effective_from <= today and (rule.effective_to is None or today <= rule.effective_to):
            known = newest.get(rule.code)
            if known is None or rule.version > known.version:
                newest[rule.code] = rule
    return [newest[code] for code in sorted(newest)]


def _finding(rule: Rule, trip: Trip, case: Case) -> Finding:
    """The trip as it is kept: an exception in force, or a paper that may follow, only informs."""
    severity = trip.severity or Severity(rule.severity)
    note = Both()
    if severity is Severity.EXCEPTION and rule.code in case.facts.exceptions:
        severity = Severity.INFO
        note = Both("An exception for this request is in force.", "Hay una excepción vigente para esta solicitud.")
    elif case.facts.is_emergency and trip.is_paper and severity is not Severity.INFO:
        severity = Severity.INFO
        note = Both("In an emergency it may follow later.", "En una emergencia puede entregarse después.")
    elif severity is Severity.ADD_TIER:
        note = capital(
            both("{who} must approve too.", "También debe aprobar {who}.", who=roles_words(rule.params["tier"]))
        )
    return _kept(rule, trip, severity=severity, note=note)


def _kept(rule: Rule, trip: Trip, *, severity: Severity | None = None, note: Both | None = None) -> Finding:
    text = trip.reason + Both(rule.message_en, rule.message_es or rule.message_en) + (note or Both()) + source(rule)
    return Finding(
        code=rule.code,
        version=rule.version,
        rule_id=rule.id,
        kind=RuleKind(rule.kind),
        severity=severity or Severity(rule.severity),
        text_en=text.en,
        text_es=text.es,
        figure=trip.figure,
        limit=trip.limit,
        window=trip.window.en,
        window_es=trip.window.es,
        counted=trip.counted,
        document=trip.document,
        remedy_en=trip.remedy.en,
        remedy_es=trip.remedy.es,
        exception_role=trip.exception_role or (rule.exception_role if rule.severity == Severity.EXCEPTION else None),
        citation=rule.citation,
    )


def source(rule: Rule) -> Both:
    """Where the rule comes from, as the last sentence of what it says."""
    if not rule.citation:
        return Both()
    spanish = rule.citation
    for english, translated in _IN_CITATIONS:
        spanish = spanish.replace(english, translated)
    return Both(f"Source: {rule.citation}.", f"Fuente: {spanish}.")


def _tiers(measured: Sequence[tuple[Rule, Measured]], findings: Sequence[Finding]) -> tuple[frozenset[str], ...]:
    """The longest of the tier rules' answers, and then what rules add that is not already asked for."""
    tiers = max((result.tiers for _, result in measured), key=len, default=())
    adding = {finding.code for finding in findings if finding.severity is Severity.ADD_TIER}
    for rule, _ in measured:
        if rule.code in adding and not any(tier <= frozenset(rule.params["tier"]) for tier in tiers):
            tiers = (*tiers, frozenset(rule.params["tier"]))
    return tiers


def _receipts(measured: Sequence[tuple[Rule, Measured]]) -> Receipts | None:
    """The rule of this method before a general one; of two alike the shorter."""
    found = [result.receipts for _, result in measured if result.receipts is not None]
    return min(found, key=lambda each: (not each.is_specific, each.days), default=None)


def _unknown_categories(rule: Rule, facts: Facts) -> list[Sentence]:
    named = [*([rule.category] if rule.category is not None else ()), *rule.params.get("categories", ())]
    return [
        Sentence("There is no category called “%(name)s”.", name=name) for name in named if name not in facts.parents
    ]


def _unreadable(rule: Rule, problems: Sequence[Sentence]) -> Finding:
    """A rule row that is not understood stops everything until it is put right."""
    what = " ".join(str(problem) for problem in problems)
    return _block(
        rule.code,
        RuleKind(rule.kind) if rule.kind in tuple(RuleKind) else rule.kind,
        both(
            "The rule “{code}” (version {version}) cannot be read. {what}",
            "La regla “{code}” (versión {version}) no se puede leer. {what}",
            code=rule.code,
            version=rule.version,
            what=what,
        ),
        Both(
            "Ask who keeps the fund's rules to put it right.", "Pida a quien lleva las reglas del fondo que la corrija."
        ),
        rule,
    )


def _misfits(facts: Facts) -> Iterable[Finding]:
    """Facts that no rule could judge."""
    if facts.category not in facts.parents:
        yield _block(
            "facts.category",
            RuleKind.CAP_REQUEST,
            Both("The category of this request is not known.", "No se conoce la categoría de esta solicitud."),
            Both("Choose a category of the fund.", "Elija una categoría del fondo."),
        )
    if facts.cents <= 0:
        yield _block(
            "facts.cents",
            RuleKind.CAP_REQUEST,
            both("The amount is {cents}.", "El monto es {cents}.", cents=money(facts.cents)),
            Both("Write an amount above $0.00.", "Escriba un monto mayor de $0.00."),
        )
    if facts.days is not None and facts.days[1] < facts.days[0]:
        yield _block(
            "facts.days",
            RuleKind.CAP_REQUEST,
            Both(
                "The last day that this pays for is before the first.",
                "El último día que esto paga es anterior al primero.",
            ),
            Both("Write the days in order.", "Escriba los días en orden."),
        )


def _unanswered(measured: Sequence[tuple[Rule, Measured]], facts: Facts, step: Step) -> Iterable[Finding]:
    """Questions that some rule must answer: who approves, and whether there is an emergency lane."""
    kinds = {rule.kind for rule, _ in measured}
    if step in _MONEY and RuleKind.TIER not in kinds:
        yield _block(
            "facts.tier",
            RuleKind.TIER,
            Both("No rule says who approves this request.", "Ninguna regla dice quién aprueba esta solicitud."),
            Both(
                "Ask who keeps the fund's rules to add one.", "Pida a quien lleva las reglas del fondo que agregue una."
            ),
        )
    if facts.is_emergency and RuleKind.EMERGENCY not in kinds:
        yield _block(
            "facts.emergency",
            RuleKind.EMERGENCY,
            Both("The fund has no emergency lane for this.", "El fondo no tiene una vía de emergencia para esto."),
            Both("Send it the ordinary way.", "Envíela por la vía normal."),
        )


def _block(code: str, kind: RuleKind | str, reason: Both, way: Both, rule: Rule | None = None) -> Finding:
    return Finding(
        code=code,
        version=rule.version if rule else 0,
        rule_id=rule.id if rule else NO_RULE,
        kind=kind,
        severity=Severity.BLOCK,
        text_en=reason.en,
        text_es=reason.es,
        remedy_en=way.en,
        remedy_es=way.es,
        citation=rule.citation if rule else "",
    )
