"""What is flagged under 42 CFR Part 2 and stays closed to one whose consent does not cover it; nothing says that it is.

A flag on the record closes its health fields and screenings; a flag on a goal closes the goal with all that hangs on
it: notes, earlier wordings, choice sheets, referrals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from care import vault
from care.fields import Group
from care.queries import records
from care.rules import Access


def narrowed(access: Access, fields: Mapping[str, Any]) -> Access:
    """The access to one record whose own fields are known: without its health group where the flag closes that."""
    if access.covers_part2(Group.HEALTH) or not fields.get("part2"):
        return access
    return replace(access, groups=access.groups - {Group.HEALTH})


def closed_goals(access: Access, enrollee_id: UUID, group: Group = Group.PLAN) -> frozenset[UUID]:
    """The goals of which this viewer may not know what lies in a group. No query where Part 2 is covered in it."""
    if access.covers_part2(group):
        return frozenset()
    opened = vault.open_fields(records.list_goals(enrollee_id))
    return frozenset(goal_id for goal_id, fields in opened.items() if fields.get("part2"))
