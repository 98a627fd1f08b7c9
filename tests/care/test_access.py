"""Several standings to one person add up: what is nearer takes nothing away from what one sees anyway."""

from __future__ import annotations

from typing import Any

import pytest

from care.actions.part2 import narrowed
from care.fields import Group
from care.rules import ALL_GROUPS, STANDING_GROUPS, AccessFacts, Standing, decide_access

CONTACT = frozenset({Group.CONTACT})


@pytest.mark.parametrize("role", ["director", "auditor"])
@pytest.mark.parametrize(
    ("facts", "nearest"),
    [
        ({"consented": CONTACT}, Standing.CONSENT),
        ({"has_broken_glass": True}, Standing.EMERGENCY),
        ({"consented": CONTACT, "has_broken_glass": True}, Standing.EMERGENCY),
    ],
)
def test_oversight_sees_everything_with_a_consent_or_an_opening_too(
    role: str, facts: dict[str, Any], nearest: Standing
) -> None:
    access = decide_access(AccessFacts(roles=frozenset({role}), **facts))
    assert access is not None
    assert access.groups == access.part2_groups == ALL_GROUPS
    assert access.standing == nearest and Standing.OVERSIGHT in access.standings
    assert narrowed(access, {"part2": True}) == access


def test_a_mentor_with_a_consent_sees_what_both_give_and_part_2_where_one_covers_it() -> None:
    facts = AccessFacts(
        roles=frozenset({"mentor"}), assigned_as=frozenset({"mentor"}), consented=frozenset({Group.HEALTH, Group.PLAN})
    )
    access = decide_access(facts)
    assert access is not None and access.standing == Standing.MENTOR
    assert access.groups == STANDING_GROUPS[Standing.MENTOR] | {Group.HEALTH}
    assert access.covers_part2(Group.PLAN) and not access.covers_part2(Group.HEALTH)
    assert Group.HEALTH not in narrowed(access, {"part2": True}).groups


def test_a_mentor_with_an_emergency_opening_sees_what_the_opening_gives_too() -> None:
    facts = AccessFacts(roles=frozenset({"mentor"}), assigned_as=frozenset({"mentor"}), has_broken_glass=True)
    access = decide_access(facts)
    assert access is not None and access.standings == {Standing.EMERGENCY, Standing.MENTOR}
    assert access.groups == STANDING_GROUPS[Standing.EMERGENCY] and not access.may_write


def test_a_consent_alone_gives_what_it_names_and_nothing_gives_nothing() -> None:
    access = decide_access(AccessFacts(consented=CONTACT))
    assert access is not None and access.groups == CONTACT and access.part2_groups == frozenset()
    assert decide_access(AccessFacts(roles=frozenset({"coordinator"}))) is None


def test_who_works_with_a_person_writes_whatever_else_they_hold() -> None:
    facts = AccessFacts(
        roles=frozenset({"coordinator"}), assigned_as=frozenset({"coordinator"}), consented=CONTACT,
        has_broken_glass=True,
    )  # fmt: skip
    access = decide_access(facts)
    assert access is not None and access.may_write and access.groups == ALL_GROUPS == access.part2_groups
