"""The demo's books as a stranger checks them: both checkers pass, and their balances are the published table's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest
from click.testing import Result
from flask import current_app

from tests.funds.exports.checkers import bean_check, beancount_reads, hledger_balances, hledger_check

# Net spending of the study's fourteen people in dollars, as the program published it category by category.
TABLE: Final = {"Housing": 5_105, "Transportation": 474, "Health": 1_325, "Communications": 900, "Other": 1_505}


def export(format: str, path: Path, *options: str) -> Path:
    """The command's file."""
    done = current_app.test_cli_runner().invoke(
        args=["funds", "export", "--format", format, "--output", str(path), *options]
    )
    assert done.exit_code == 0, done.output
    assert path.with_name(f"{path.name}.manifest.json").exists()
    return path


@pytest.mark.parametrize(
    ("format", "check", "balances"),
    [
        ("beancount", bean_check, lambda path: beancount_reads([path])[path][1]),
        ("hledger", hledger_check, hledger_balances),
    ],
)
def test_both_checkers_pass_and_find_the_published_table(
    demo: Result,
    tmp_path: Path,
    format: str,
    check: Callable[[Path], tuple[int, str]],
    balances: Callable[[Path], Mapping[str, int]],
) -> None:
    """The whole demo passes the strict checks; of the pilot alone both tools find what the study spent, to the cent."""
    assert check(export(format, tmp_path / f"all.{format}")) == (0, "")
    pilot = export(format, tmp_path / f"pilot.{format}", "--fund", "PILOT")
    assert check(pilot) == (0, "")
    spent: dict[str, int] = {}
    for account, cents in balances(pilot).items():
        if account.startswith("Expenses:"):
            name = account.split(":")[-1]
            spent[name] = spent.get(name, 0) + cents
    assert spent == {name: dollars * 100 for name, dollars in TABLE.items()}


def test_a_cent_off_is_found(demo: Result, tmp_path: Path) -> None:
    """The control: the same checkers refuse the demo's journal with one amount changed."""
    path = export("hledger", tmp_path / "pilot.journal", "--fund", "PILOT")
    text = path.read_text(encoding="utf-8")
    wrong = next(line for line in text.splitlines() if line.startswith("    Expenses:") and "  " in line.strip())
    path.write_text(text.replace(wrong, wrong + "1", 1), encoding="utf-8")
    assert hledger_check(path)[0] != 0
