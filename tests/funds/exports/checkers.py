"""Other people's bookkeeping programs, run as programs: what they say of a journal, and the balances that they find."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

# bean-check for each file in one process: starting Python fifty times would cost more than checking.
BEAN_CHECK = """
import io, json, sys
from beancount import loader
from beancount.core import realization
from beancount.ops import validation
found = {}
for path in sys.argv[1:]:
    said = io.StringIO()
    entries, errors, options = loader.load_file(
        path, log_errors=said, extra_validations=validation.HARDCORE_VALIDATIONS)
    balances = {}
    for account in realization.iter_children(realization.realize(entries)):
        for position in account.balance:
            balances[account.account] = str(position.units.number)
    found[path] = {"errors": [error.message for error in errors], "balances": balances, "entries": len(entries)}
print(json.dumps(found))
"""


def bean_check(path: Path) -> tuple[int, str]:
    """The exit code of `bean-check` and what it says."""
    program = Path(sys.executable).with_name("bean-check")
    done = subprocess.run([sys.executable, program, "--no-cache", path], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def beancount_reads(paths: Sequence[Path]) -> dict[Path, tuple[list[str], dict[str, int]]]:
    """What bean-check's own loader and validations say of each journal, and its balances in cents by account."""
    done = subprocess.run(
        [sys.executable, "-c", BEAN_CHECK, *map(str, paths)], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    assert all(found[str(path)]["entries"] for path in paths), "beancount read an empty journal"
    return {
        path: (
            found[str(path)]["errors"],
            {name: _cents(amount) for name, amount in found[str(path)]["balances"].items() if Decimal(amount)},
        )
        for path in paths
    }


def hledger_check(path: Path) -> tuple[int, str]:
    """The exit code of `hledger check --strict` and what it says."""
    done = _hledger("check", "--strict", "-f", str(path))
    return done.returncode, done.stdout + done.stderr


def hledger_balances(path: Path) -> dict[str, int]:
    """Cents by account as hledger adds them up."""
    done = _hledger("balance", "--flat", "-N", "-O", "json", "-f", str(path))
    assert done.returncode == 0, done.stderr
    rows, _totals = json.loads(done.stdout)
    return {
        row[0]: _cents(Decimal(amount["aquantity"]["decimalMantissa"]).scaleb(-amount["aquantity"]["decimalPlaces"]))
        for row in rows
        for amount in row[3]
    }


def _hledger(*words: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("hledger")
    assert program, "hledger is not installed: apt-get install hledger"
    return subprocess.run([program, *words], capture_output=True, text=True, check=False)


def _cents(amount: str | Decimal) -> int:
    cents = Decimal(amount) * 100
    assert cents == int(cents)
    return int(cents)
