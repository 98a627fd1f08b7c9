"""The whole matrix of states, actions and roles as rows; `python -m tests.funds.transitions` writes it to be reviewed.

`transitions.csv` was compared with the design's table line by line; the tests compare the code with the file.
"""

from __future__ import annotations

import csv
from itertools import product
from pathlib import Path

from funds.states import BY_RANK, ROLE_ORDER, SAME, TABLE, Action, State, decide_step

FILE = Path(__file__).with_suffix(".csv")
HEADER = ("state", "action", *ROLE_ORDER, "leads to", "while paused", "posts")


def rows() -> list[tuple[str, ...]]:
    """One row for each state and action: who may, where it leads, whether it goes on while paused, what it posts."""
    found = []
    for state, action in product(State, Action):
        may = ["yes" if decide_step(state, action, [role]).allowed else "" for role in ROLE_ORDER]
        allowed = any(may)
        target = TABLE[action].target
        leads = {SAME: str(state), BY_RANK: BY_RANK}.get(str(target), str(target))
        goes_on = decide_step(state, action, ROLE_ORDER, is_paused=True).allowed
        found.append(
            (
                str(state),
                str(action),
                *may,
                leads if allowed else "",
                ("goes on" if goes_on else "stops") if allowed else "",
                " ".join(TABLE[action].posts) if allowed else "",
            )
        )
    return found


def reviewed() -> list[tuple[str, ...]]:
    """The rows of the file."""
    with FILE.open(newline="") as file:
        header, *body = csv.reader(file)
    assert tuple(header) == HEADER
    return [tuple(row) for row in body]


def main() -> None:
    """Write the file anew, to be reviewed before it is kept."""
    with FILE.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([HEADER, *rows()])


if __name__ == "__main__":
    main()
