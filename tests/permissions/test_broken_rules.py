"""Removing any single permission rule is noticed: each is taken away alone; table, policy or canaries must object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from tests.permissions.asking import Answered, Asked, Asker, Key, all_requests
from tests.permissions.breaking import Rule, without
from tests.permissions.conftest import Stage
from tests.permissions.rules_to_break import RULES
from tests.permissions.table import differences, read_table
from tests.permissions.test_matrix import shown_too_much

pytestmark = pytest.mark.one_database


def test_there_are_enough_rules() -> None:
    """Thirty at least, each with a name of its own."""
    names = [rule.says for rule in RULES]
    assert len(names) >= 30 and len(set(names)) == len(names)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.says)
def test_a_rule_that_is_gone_is_missed(stage: Stage, rule: Rule) -> None:
    """Without the rule something differs where it matters; with it the same request is answered as written."""
    with rule.taken_away(stage.app):
        found = first_objection(stage, rule)
    assert found, f"Nothing noticed that “{rule.says}” was gone: no test would fail without this rule."
    answer, objection = found
    stage.restore()
    asker = Asker(stage.app, stage.world, answer.role, stage.restore)
    try:
        again = objections(asker.ask(answer.asked), read_table())
    finally:
        asker.close()
    assert again == [], f"“{objection}” is so with the rule too: the site differs before any rule is broken."
    stage.restore()


def test_a_rule_that_moved_is_named(stage: Stage) -> None:
    """The control of the harness: a piece of text that is not there is said, not skipped."""
    with (
        pytest.raises(AssertionError, match="rules_to_break"),
        without("care.rules:decide_access", "no such")(stage.app),
    ):
        pass


def first_objection(stage: Stage, rule: Rule) -> tuple[Answered, str] | None:
    """The first answer that table or policy object to, and the sentence; None when they agree with all."""
    cells = read_table()
    for answer in _answers(stage, rule):
        if wrong := objections(answer, cells):
            return answer, wrong[0]
    return None


def objections(answer: Answered, cells: Mapping[Key, str]) -> list[str]:
    """What table and policy say against an answer."""
    return differences([answer], cells) or [str(each) for each in shown_too_much([answer])]


def _answers(stage: Stage, rule: Rule) -> Iterator[Answered]:
    wanted = [asked for asked in all_requests(stage.app, stage.world) if _is_near(asked, rule)]
    for role in rule.roles:
        stage.restore()
        asker = Asker(stage.app, stage.world, role, stage.restore)
        try:
            # Reading first: a page that is shown tells as much as a form that is taken, and is quicker.
            yield from asker.ask_all(sorted(wanted, key=lambda asked: asked.method))
        finally:
            asker.close()


def _is_near(asked: Asked, rule: Rule) -> bool:
    return asked.standing in rule.standings and asked.endpoint.startswith(("care.", "audit.", "funds."))
