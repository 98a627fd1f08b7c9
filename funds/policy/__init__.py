"""Fund rules as data, pure: rule rows and the facts of one request → findings, tiers, papers. No figure lives here.

A rule is a row with a version, dates and a citation; this package knows the *kinds* of rule and how each is measured.
"""

from funds.policy.describing import describe
from funds.policy.evaluating import appropriation_findings, evaluate, in_force
from funds.policy.history import DryRun, dry_run
from funds.policy.params import validate_params, validate_rule
from funds.policy.shipped import (
    CategoryDraft,
    RuleDraft,
    TaxThresholdDraft,
    UnreadableData,
    categories_of,
    rules_of,
    tax_thresholds_of,
)
from funds.policy.values import (
    METHODS,
    NO_RULE,
    Evaluation,
    Facts,
    Finding,
    Rule,
    RuleKind,
    Severity,
    Spending,
    Step,
    WindowKind,
)
from funds.policy.windows import add_months

__all__ = [
    "METHODS",
    "NO_RULE",
    "CategoryDraft",
    "DryRun",
    "Evaluation",
    "Facts",
    "Finding",
    "Rule",
    "RuleDraft",
    "RuleKind",
    "Severity",
    "Spending",
    "Step",
    "TaxThresholdDraft",
    "UnreadableData",
    "WindowKind",
    "add_months",
    "appropriation_findings",
    "categories_of",
    "describe",
    "dry_run",
    "evaluate",
    "in_force",
    "rules_of",
    "tax_thresholds_of",
    "validate_params",
    "validate_rule",
]
