"""What the rules of every step say alike: reasons that a notice explains, findings of the policy, amounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.errors import Bilingual, Sentence
from core.money import format_cents
from funds.policy import Evaluation, Finding, Severity

# Why a request goes back or is denied: a code that the person's notice explains (funds.md, 13).
RETURN_REASONS: Final[Mapping[str, Sentence]] = {
    "amount": Sentence("The amount needs a closer look."),
    "papers": Sentence("A paper is missing or cannot be read."),
    "payee": Sentence("Who is to be paid needs a change."),
    "tried": Sentence("Other help should be tried first."),
    "goal": Sentence("It is not clear how this helps the goal."),
    "other": Sentence("Something needs a change; the note says what."),
}
DENY_REASONS: Final[Mapping[str, Sentence]] = {
    "not_covered": Sentence("The fund's rules do not allow this purchase."),
    "other_source": Sentence("Another program or benefit pays for this."),
    "limit": Sentence("The yearly limit for one person is reached."),
    "no_money": Sentence("There is not enough money left in this part of the fund."),
    "goal": Sentence("It does not fit a goal in the plan."),
    "other": Sentence("The decision note says why."),
}
FAIL_REASONS: Final[Mapping[str, Sentence]] = {
    "returned": Sentence("The bank returned it."),
    "lost": Sentence("The check was lost or stolen."),
    "stale": Sentence("The check was never cashed."),
    "wrong": Sentence("It went to a wrong address or account."),
    "other": Sentence("Another reason; the note says which."),
}
UNDO_REASONS: Final[Mapping[str, Sentence]] = {
    "entered_wrongly": Sentence("It was entered wrongly."),
    "not_delivered": Sentence("The goods or service did not come."),
    "not_needed": Sentence("It is no longer needed."),
    "came_back": Sentence("Goods were returned, or the payee sent money back."),
    "no_receipt": Sentence("There is no receipt."),
    "not_allowed": Sentence("The fund's rules do not allow this purchase."),
    "paid_back": Sentence("It was paid back."),
    "cannot_recover": Sentence("It cannot be recovered."),
    "other": Sentence("Another reason; the note says which."),
}


def finding_sentence(finding: Finding) -> Sentence:
    """A finding of the policy as a sentence in both languages, with what would comply."""
    return Bilingual(
        {
            "en": " ".join(filter(None, (finding.text_en, finding.remedy_en))),
            "es": " ".join(filter(None, (finding.text_es, finding.remedy_es))),
        }
    )


def policy_reasons(evaluation: Evaluation, *, may_be_set_aside: bool = False) -> list[Sentence]:
    """What the policy says against going on now. `may_be_set_aside`: exceptions are for later."""
    return [
        finding_sentence(finding)
        for finding in evaluation.blocks
        if not (may_be_set_aside and finding.severity is Severity.EXCEPTION)
    ]


def money(cents: int) -> str:
    return format_cents(max(0, cents))
