"""The report of an import: as JSON with every change, as text with counts and examples; it decides nothing."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any, Final

from directory.hsds.records import CODES, Change, Plan

EXAMPLES: Final = 3
STORED_CHANGES: Final = 2000  # in the database's copy; the file has all


def as_dict(plan: Plan, *, dry_run: bool, most_changes: int | None = None) -> dict[str, Any]:
    """Everything the report says, for JSON. `most_changes` bounds the list; the counts by code are always whole."""
    changes = plan.changes if most_changes is None else plan.changes[:most_changes]
    return {
        "source": plan.source,
        "dialect": plan.dialect,
        "dry_run": dry_run,
        "changes_nothing": plan.changes_nothing,
        "tables": {table: count.as_dict() for table, count in plan.counts.items()},
        "figures": plan.figures,
        "notices": [str(sentence) for sentence in plan.notices],
        "stops": [str(sentence) for sentence in plan.stops],
        "codes": {
            code: {"count": len(group), "sentence": str(CODES[code])} for code, group in _by_code(plan.changes).items()
        },
        "changes": [change.as_dict() for change in changes],
        "changes_left_out": len(plan.changes) - len(changes),
    }


def as_json(plan: Plan, *, dry_run: bool, most_changes: int | None = None, indent: int | None = None) -> str:
    """The report as JSON text."""
    return json.dumps(as_dict(plan, dry_run=dry_run, most_changes=most_changes), ensure_ascii=False, indent=indent)


def as_lines(plan: Plan, *, dry_run: bool) -> list[str]:
    """The report to read: a line a table, the sentences, then each kind of change with its count and examples."""
    heads = ("read", "added", "changed", "unchanged", "retired", "refused", "merged")
    width = max([len(table) for table in plan.counts] + [5])
    lines = [f"Source {plan.source}, format {plan.dialect}." + (" Tried only: nothing was written." if dry_run else "")]
    lines += ["", f"{'table':{width}}" + "".join(f"{head:>11}" for head in heads)]
    for table, count in plan.counts.items():
        figures = count.as_dict()
        lines.append(f"{table:{width}}" + "".join(f"{figures[head]:>11,}" for head in heads))
    figures = plan.figures
    if figures.get("points_read"):
        lines += ["", f"Points: {figures['points_read']:,} read, {figures.get('points_kept', 0):,} kept, "
                      f"{figures.get('points_dropped', 0):,} left out, "
                      f"{figures.get('points_of_zips', 0):,} places stand at the middle of their ZIP."]  # fmt: skip
    if plan.changes_nothing:
        lines += ["", "Nothing changed: 0 changes since the last import."]
    if plan.stops:
        lines += ["", *(f"STOPPED: {sentence}" for sentence in plan.stops)]
    if plan.notices:
        lines += ["", *(f"Note: {sentence}" for sentence in plan.notices)]
    groups = _by_code(plan.changes)
    if groups:
        lines += ["", "What was changed, dropped or refused on the way in:"]
    for code, group in sorted(groups.items(), key=lambda item: -len(item[1])):
        lines.append(f"  {len(group):>7,}  {CODES[code]}")
        lines += [f"           {_example(change)}" for change in group[:EXAMPLES]]
    return lines


def _by_code(changes: list[Change]) -> dict[str, list[Change]]:
    groups: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        groups[change.code].append(change)
    return groups


def _example(change: Change) -> str:
    where = f"{change.file} row {change.row}" if change.file else change.table
    old, new = _short(change.old), _short(change.new)
    values = f": {old} → {new}" if old and new else f": {old}" if old else f": {new}" if new else ""
    return f"{where}, {change.field}{values}" if change.field else f"{where}{values}"


def _short(value: str | None) -> str:
    text = " ".join((value or "").split())
    return text if len(text) <= 60 else text[:59] + "…"
