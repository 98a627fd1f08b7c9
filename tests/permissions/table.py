"""The written permission table, `tests/permissions/expected.csv`: address × standing × role → a word for the answer.

`python -m tests.permissions` writes it anew from the site as it is; what changed shows in the diff, to be reviewed.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from accounts.rules import ROLES
from tests.permissions.asking import VISITOR_NAME, Answered, Asked, Key
from tests.permissions.world import STANDINGS

FILE: Final = Path(__file__).with_name("expected.csv")
VIEWERS: Final = (VISITOR_NAME, *ROLES)
NO_PERSON: Final = "-"  # the address names no person
HOW_TO: Final = (
    "Run `python -m tests.permissions`, read the changed lines of tests/permissions/expected.csv as a policy person "
    "would, and commit them when they are right."
)


def key_of(asked: Asked, role: str) -> Key:
    """Where an answer stands in the table."""
    return asked.address, asked.method, asked.standing or NO_PERSON, role


def read_table() -> dict[Key, str]:
    """Every cell of the table."""
    cells: dict[Key, str] = {}
    with FILE.open(newline="") as file:
        for line in csv.DictReader(file):
            for standing in line["standing"].split("; "):
                for role in VIEWERS:
                    cells[line["address"], line["method"], standing, role] = line[role]
    return cells


def write_table(words: Mapping[Key, str]) -> None:
    """Write the table: standings that all roles answer alike share a line."""
    lines: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for address, method, standing in dict.fromkeys(key[:3] for key in words):
        row = tuple(words[address, method, standing, role] for role in VIEWERS)
        lines.setdefault((address, method, row), []).append(standing)
    with FILE.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["address", "method", "standing", *VIEWERS])
        for (address, method, row), standings in lines.items():
            writer.writerow([address, method, "; ".join(standings), *row])


def differences(answers: Iterable[Answered], cells: Mapping[Key, str]) -> list[str]:
    """A sentence for each answer that the table does not say."""
    found = []
    for answer in answers:
        key = key_of(answer.asked, answer.role)
        expected = cells.get(key)
        where = f"{key[1]} {key[0]}, {key[2]}, {key[3]}"
        if expected is None:
            found.append(f"{where}: not in the table.")
        elif expected != answer.word:
            found.append(f"{where}: “{answer.word}”, and the table says “{expected}”.")
    return found


def standings_in_order(names: Iterable[str]) -> list[str]:
    """Standings as the world lists them."""
    return sorted(names, key=list(STANDINGS).index)
