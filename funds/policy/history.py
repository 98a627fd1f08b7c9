"""What a changed rule would have said of the past, before anybody approves the change. It reads and writes no row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from funds.policy.evaluating import evaluate
from funds.policy.values import Evaluation, Facts, Rule, RuleKind, Severity, Step


@dataclass(frozen=True, slots=True)
class DryRun:
    """Requests that the changed rule would flag, of all that were tried; and the difference to the rule as it was.

    `flagged` of `total`: "would flag 7 of 212". The ids are in the order of the past.
    """

    flagged: int
    total: int
    newly_flagged_ids: tuple[UUID, ...]
    no_longer_flagged_ids: tuple[UUID, ...]


def dry_run(rules: Sequence[Rule], changed_rule: Rule, past: Sequence[tuple[Facts, Step]]) -> DryRun:
    """Evaluate the past with the rule as it was on the day and as it would be, as if the change had always held.

    A request is flagged when the rule stops it, warns or adds a tier; one that only informs, when it speaks at all; a
    tier rule, when it asks for other approvals than before. A request tried at several steps counts once.
    """
    before = [rule for rule in rules if rule.code == changed_rule.code and rule.version != changed_rule.version]
    after = [replace(changed_rule, effective_from=date.min, effective_to=None)]
    was: dict[UUID, bool] = {}
    would: dict[UUID, bool] = {}
    for facts, step in past:
        old, new = evaluate(before, facts, step), evaluate(after, facts, step)
        key = facts.request_id
        if changed_rule.kind == RuleKind.TIER:
            fewer, other = _asks_less(new, old), _approvals(new) != _approvals(old)
            was[key] = was.get(key, False) or fewer
            would[key] = would.get(key, False) or (other and not fewer)
        else:
            was[key] = was.get(key, False) or _is_flagged(old, before, changed_rule.code)
            would[key] = would.get(key, False) or _is_flagged(new, after, changed_rule.code)
    newly = tuple(key for key, flag in would.items() if flag and not was[key])
    no_longer = tuple(key for key, flag in was.items() if flag and not would[key])
    return DryRun(sum(would.values()), len(would), newly, no_longer)


def _is_flagged(evaluation: Evaluation, rules: Sequence[Rule], code: str) -> bool:
    only_informs = all(rule.severity == Severity.INFO for rule in rules)
    return any(
        finding.code == code and (only_informs or finding.severity is not Severity.INFO)
        for finding in evaluation.findings
    )


def _approvals(evaluation: Evaluation) -> tuple[tuple[frozenset[str], ...], bool]:
    return evaluation.tiers, evaluation.needs_county_consent


def _asks_less(one: Evaluation, other: Evaluation) -> bool:
    """Fewer tiers, or as many without the county. Merely other roles are not less."""
    return (len(one.tiers), one.needs_county_consent) < (len(other.tiers), other.needs_county_consent)
