"""Reading the example rules, categories and tax thresholds that the program ships; the caller brings the text."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from funds.policy.params import validate_rule
from funds.policy.values import NO_RULE, Rule, RuleKind, Severity


class UnreadableData(ValueError):
    """A shipped file does not say what it must. The text names the entry and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule before it is a row. `citation` ends in "(example)" where `label` asks the county to replace it.

    A draft that is not `is_on` ships as a proposal: a county turns it on by approving it.
    """

    code: str
    kind: RuleKind
    severity: Severity
    params: Mapping[str, Any]
    category: str | None
    exception_role: str | None
    citation: str
    citation_url: str
    message_en: str
    message_es: str
    label: str
    is_on: bool

    def rule(self, *, id: UUID, version: int = 1, effective_from: date, effective_to: date | None = None) -> Rule:
        """The draft as a rule in force from a day."""
        return Rule(
            id=id,
            code=self.code,
            version=version,
            kind=self.kind,
            severity=self.severity,
            params=self.params,
            category=self.category,
            exception_role=self.exception_role,
            effective_from=effective_from,
            effective_to=effective_to,
            citation=self.citation,
            message_en=self.message_en,
            message_es=self.message_es,
        )


@dataclass(frozen=True, slots=True)
class CategoryDraft:
    """A budget category: the top ones carry the budget, their children the HMIS code (SSVF, record type 152)."""

    code: str
    parent: str | None
    name_en: str
    name_es: str
    plain_en: str
    plain_es: str
    hmis_code: str | None
    gl_object: str


@dataclass(frozen=True, slots=True)
class TaxThresholdDraft:
    """From how many cents paid to a vendor in a calendar year a form 1099 is due."""

    year: int
    cents: int
    citation: str


_RULE_KEYS = frozenset(
    {"code", "kind", "severity", "params", "category", "exception_role", "citation", "url", "en", "es", "on"}
)


def rules_of(toml_text: str) -> list[RuleDraft]:
    """The drafts of a file of rules, in its order. Raises UnreadableData for the first bad entry."""
    data = _read(toml_text)
    label = data.get("label", "")
    drafts = [_rule(entry, label) for entry in data.get("rule", ())]
    _refuse_repeats([draft.code for draft in drafts])
    return drafts


def categories_of(toml_text: str) -> list[CategoryDraft]:
    """The categories of a file, each top one before its children. Raises UnreadableData."""
    drafts = []
    for top in _read(toml_text).get("category", ()):
        drafts.append(_category(top, None))
        drafts += [_category(child, top["code"]) for child in top.get("child", ())]
    _refuse_repeats([draft.code for draft in drafts])
    _refuse_repeats([draft.gl_object for draft in drafts])
    return drafts


def tax_thresholds_of(toml_text: str) -> list[TaxThresholdDraft]:
    """The thresholds of a file by year. Raises UnreadableData."""
    drafts = []
    for entry in _read(toml_text).get("threshold", ()):
        year, cents = entry.get("year"), entry.get("cents")
        if not isinstance(year, int) or not isinstance(cents, int) or cents < 0 or not entry.get("citation"):
            raise UnreadableData(f"Tax threshold {year}: year, cents and citation are needed.")
        drafts.append(TaxThresholdDraft(year, cents, entry["citation"]))
    _refuse_repeats([str(draft.year) for draft in drafts])
    return sorted(drafts, key=lambda draft: draft.year)


def _rule(entry: Mapping[str, Any], label: str) -> RuleDraft:
    code = entry.get("code", "?")
    unknown = set(entry) - _RULE_KEYS
    missing = {"code", "kind", "severity", "params", "citation", "en", "es"} - set(entry)
    if unknown or missing:
        raise UnreadableData(f"Rule {code}: unknown {sorted(unknown)}, missing {sorted(missing)}.")
    row = Rule(
        id=NO_RULE,
        code=code,
        version=1,
        kind=entry["kind"],
        severity=entry["severity"],
        params=entry["params"],
        exception_role=entry.get("exception_role"),
    )
    if problems := validate_rule(row):
        raise UnreadableData(f"Rule {code}: {' '.join(str(problem) for problem in problems)}")
    return RuleDraft(
        code=code,
        kind=RuleKind(entry["kind"]),
        severity=Severity(entry["severity"]),
        params=entry["params"],
        category=entry.get("category"),
        exception_role=entry.get("exception_role"),
        citation=f"{entry['citation']} (example)" if label else entry["citation"],
        citation_url=entry.get("url", ""),
        message_en=entry["en"],
        message_es=entry["es"],
        label=label,
        is_on=entry.get("on", True),
    )


def _category(entry: Mapping[str, Any], parent: str | None) -> CategoryDraft:
    try:
        return CategoryDraft(
            code=entry["code"],
            parent=parent,
            name_en=entry["en"],
            name_es=entry["es"],
            plain_en=entry["plain_en"],
            plain_es=entry["plain_es"],
            hmis_code=entry.get("hmis"),
            gl_object=entry["gl"],
        )
    except KeyError as missing:
        raise UnreadableData(f"Category {entry.get('code', '?')}: {missing} is missing.") from missing


def _read(toml_text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(toml_text)
    except tomllib.TOMLDecodeError as error:
        raise UnreadableData(f"This is not TOML: {error}") from error


def _refuse_repeats(codes: list[str]) -> None:
    for code in codes:
        if codes.count(code) > 1:
            raise UnreadableData(f"{code} stands there twice.")
