"""One walk over the syntax trees: habits that the house style forbids and no linter of ours knows.

Each check is proved by a planted source that it must refuse. Sizes are aims: the largest files are printed, none fails.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("core", "audit", "accounts", "directory", "care", "funds", "seeds")
CLOCKS = {"now", "utcnow", "today", "fromtimestamp"}
MONEY = re.compile(r"^(core/money\.py|funds/.*)$")
MAY_COMMIT = {
    "core/db.py",  # transaction() ends every write
    "accounts/sign_in.py",  # Flask-Security's datastore commits for itself; its write begins and ends here
}

Check = Callable[[str, ast.Module], Iterator[str]]


def reads_the_clock(name: str, tree: ast.Module) -> Iterator[str]:
    """Sentences for each reading of the system or database clock outside core/clock.py."""
    if name == "core/clock.py":
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = ast.unparse(node.value).rsplit(".", 1)[-1]
            is_clock = (owner in {"datetime", "date", "dt"} and node.attr in CLOCKS - {"fromtimestamp"}) or (
                owner == "time" and node.attr in {"time", "time_ns", "localtime", "gmtime"}
            )
            if is_clock or (owner == "func" and node.attr in {"now", "current_timestamp"}):
                yield f"{name}:{node.lineno} reads the clock ({ast.unparse(node)}); take `now` instead."
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            for alias in node.names:
                if alias.name in {"time", "time_ns", "localtime", "gmtime"}:
                    yield f"{name}:{node.lineno} reads the clock (time.{alias.name}); take `now` instead."


def uses_floats_for_money(name: str, tree: ast.Module) -> Iterator[str]:
    """Sentences for each float and each true division where money is handled."""
    if not MONEY.match(name):
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.expr | ast.stmt):
            continue
        is_float = (isinstance(node, ast.Name) and node.id == "float") or (
            isinstance(node, ast.Constant) and isinstance(node.value, float)
        )
        if is_float or (isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)):
            yield f"{name}:{node.lineno} handles money as a float; money is whole cents."


def imports_the_application(name: str, tree: ast.Module) -> Iterator[str]:
    """Sentences for each import of app.py: it wires everything and nothing may lean on it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        else:
            continue
        if "app" in names:
            yield f"{name}:{node.lineno} imports app; only a server and tests do."


def commits_by_itself(name: str, tree: ast.Module) -> Iterator[str]:
    """Sentences for each commit outside the two files that end a write."""
    if name in MAY_COMMIT:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit":
            yield f"{name}:{node.lineno} commits; use core.db.transaction()."


def marks_text_as_safe(name: str, text: str) -> Iterator[str]:
    """Sentences for each place where a template switches escaping off."""
    for number, line in enumerate(text.splitlines(), start=1):
        if re.search(r"\|\s*safe\b", line) or re.search(r"{%-?\s*autoescape\s+false", line):
            yield f"{name}:{number} prints text without escaping it."


CHECKS: tuple[Check, ...] = (
    reads_the_clock,
    uses_floats_for_money,
    imports_the_application,
    commits_by_itself,
)


def _sources() -> list[tuple[str, str]]:
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return [(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) for path in paths]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: str(check.__name__))
def test_the_code_keeps_the_habit(check: Check) -> None:
    sources = _sources()
    assert sources
    assert [fault for name, text in sources for fault in check(name, ast.parse(text))] == []


def test_no_template_switches_escaping_off() -> None:
    templates = sorted((ROOT / "templates").rglob("*.html"))
    assert templates
    faults = [
        fault
        for path in templates
        for fault in marks_text_as_safe(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
    ]
    assert faults == []


@pytest.mark.parametrize(
    ("check", "name", "planted"),
    [
        (reads_the_clock, "funds/actions.py", "from datetime import datetime\nnow = datetime.now()"),
        (reads_the_clock, "funds/actions.py", "import datetime as dt\nnow = dt.datetime.utcnow()"),
        (reads_the_clock, "care/rules.py", "from datetime import date\nday = date.today()"),
        (reads_the_clock, "audit/rules.py", "import time\nstamp = time.time()"),
        (reads_the_clock, "audit/rules.py", "from time import time"),
        (reads_the_clock, "directory/models.py", "default = func.now()"),
        (uses_floats_for_money, "core/money.py", "def f(cents): return float(cents)"),
        (uses_floats_for_money, "core/money.py", "dollars = cents / 100"),
        (uses_floats_for_money, "funds/ledger.py", "rate = 0.5"),
        (imports_the_application, "seeds/load.py", "from app import create_app"),
        (imports_the_application, "core/cli.py", "import app"),
        (commits_by_itself, "directory/actions.py", "db.session.commit()"),
    ],
)
def test_a_planted_fault_is_found(check: Check, name: str, planted: str) -> None:
    assert len(list(check(name, ast.parse(planted)))) == 1


@pytest.mark.parametrize("planted", ["{{ text|safe }}", "{{ text | safe }}", "{% autoescape false %}"])
def test_planted_unescaped_text_is_found(planted: str) -> None:
    assert len(list(marks_text_as_safe("templates/x.html", planted))) == 1


@pytest.mark.parametrize(
    ("check", "name", "allowed"),
    [
        (reads_the_clock, "core/clock.py", "now = datetime.now(UTC)"),
        (reads_the_clock, "directory/cli.py", "started = time.monotonic()"),
        (uses_floats_for_money, "core/geo.py", "half = metres / 2.0"),
        (uses_floats_for_money, "core/money.py", "dollars = cents // 100"),
        (imports_the_application, "core/db.py", "from core import app_words"),
        (commits_by_itself, "core/db.py", "session.commit()"),
    ],
)
def test_what_is_allowed_passes(check: Check, name: str, allowed: str) -> None:
    assert list(check(name, ast.parse(allowed))) == []


def test_the_largest_files_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """An aim, not a limit: house style, rule 6."""
    sizes = sorted(((text.count("\n"), name) for name, text in _sources()), reverse=True)
    with capsys.disabled():
        print("\nlargest files: " + ", ".join(f"{name} {lines}" for lines, name in sizes[:5]))
    assert sizes[0][0] > 0
