"""Runs every check and every test, and closes with one summary: what `make test` and continuous integration call.

Installs Chromium, PostgreSQL, hledger and gcc when they are missing and it may; otherwise it says what to install. A
part that fails does not stop the next one. It knows no test.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from scripts.postgres import find_programs, private_cluster, scratch_folder

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
PARALLEL = ("-n", "2")
BROWSER_TESTS = "tests/browser"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = {
    "Chromium": ("chromium", "fonts-liberation"),
    "PostgreSQL": ("postgresql",),
    "hledger": ("hledger",),
    "gcc": ("gcc", "libc6-dev"),
}


@dataclass(frozen=True)
class Outcome:
    """How one part went; tests are counted only where there are any."""

    name: str
    succeeded: bool
    seconds: float
    tests: int = 0
    failed: int = 0
    skipped: int = 0


def main() -> int:
    """Run all parts in order; 0 only when every part succeeded and tests were run."""
    if not _provide():
        return 1
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gt-tests-", dir=scratch_folder()) as scratch:
        outcomes = run_parts(test_environment() | {"TMPDIR": scratch})
    return summarise(outcomes, time.monotonic() - started)


def run_parts(environ: dict[str, str]) -> list[Outcome]:
    """Every check and every kind of test, whatever the one before said; types beside the first tests."""
    first = [
        _check("build", [sys.executable, "-m", "scripts.build"], environ),
        _check("lint", [BIN / "ruff", "check", "."], environ),
        _check("format", [BIN / "ruff", "format", "--check", "."], environ),
        _check("contracts", [BIN / "lint-imports"], environ),
    ]
    with ThreadPoolExecutor(max_workers=1) as beside, tempfile.TemporaryFile() as said:
        # One process that reads files, beside tests that also wait: for the disk, a kill, another process.
        types = beside.submit(_check, "types", [BIN / "mypy", "."], environ, said)
        on_sqlite = _tests("tests on SQLite", ["-m", "not browser", f"--ignore={BROWSER_TESTS}", *PARALLEL], environ)
        first += [types.result(), on_sqlite]
        said.seek(0)
        print(said.read().decode(errors="replace"), end="", flush=True)
    return [
        *first,
        _tests_on_postgres(environ),
        _tests("tests in the browser", ["-m", "browser", BROWSER_TESTS, *PARALLEL], environ),
    ]


def test_environment() -> dict[str, str]:
    """The environment of the tests: no setting of a real site in it, and where the shared feeds are, if anywhere."""
    environ = {name: text for name, text in os.environ.items() if not name.startswith("GOLDTHREAD_")}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of processes would compile the same modules
    shared = ROOT.parent / "shared"
    if "SHARED_DIR" not in environ and shared.is_dir():
        environ["SHARED_DIR"] = str(shared)
    browser = find_browser()
    if browser is not None:
        environ["CHROMIUM"] = browser
    return environ


def find_browser() -> str | None:
    """A Chromium of this machine; the variable CHROMIUM goes first."""
    return os.environ.get("CHROMIUM") or next((found for name in BROWSERS if (found := shutil.which(name))), None)


def _provide() -> bool:
    """Install the programs that the tests need and this machine lacks; False, with a sentence, when that fails."""
    missing = _missing()
    if not missing:
        return True
    wanted = [package for name in missing for package in PACKAGES[name]]
    names = " and ".join(missing)
    prefix = _administrator()
    if shutil.which("apt-get") is None or prefix is None:
        print(f"The tests need {names}. Install it first, for example: sudo apt-get install {' '.join(wanted)}")
        return False
    print(f"Installing {names} for the tests: apt-get install {' '.join(wanted)}", flush=True)
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", *wanted]):
        subprocess.run([*prefix, "apt-get", *command], env=environ, check=False, stdout=subprocess.DEVNULL)
    still = _missing()
    if still:
        print(f"{' and '.join(still)} could not be installed. Install it by hand: apt-get install {' '.join(wanted)}")
    return not still


def _missing() -> list[str]:
    present = {
        "Chromium": find_browser() is not None,
        "PostgreSQL": find_programs() is not None,
        "hledger": shutil.which("hledger") is not None,
        "gcc": shutil.which("gcc") is not None,
    }
    return [name for name, is_there in present.items() if not is_there]


def _administrator() -> list[str] | None:
    """What to put before a command that installs: nothing for root, sudo where it asks for no password, else None."""
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], check=False, capture_output=True).returncode == 0
    ):
        return ["sudo", "-n", "--preserve-env=DEBIAN_FRONTEND"]
    return None


def _check(name: str, command: Iterable[object], environ: dict[str, str], said: IO[bytes] | None = None) -> Outcome:
    """Run a program; what it says goes to `said` where something else is on the screen."""
    if said is None:
        _title(name)
    started = time.monotonic()
    done = subprocess.run(
        [str(word) for word in command], cwd=ROOT, env=environ, check=False, stdin=subprocess.DEVNULL,
        stdout=said, stderr=said,
    )  # fmt: skip
    return Outcome(name, done.returncode == 0, time.monotonic() - started)


def _tests(name: str, options: list[str], environ: dict[str, str]) -> Outcome:
    """One run of pytest. No test collected is a failure: it would look like success."""
    _title(name)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *options]
        done = subprocess.run(command, cwd=ROOT, env=environ, check=False, stdin=subprocess.DEVNULL)
        tests, failed, skipped = count_tests(report)
    succeeded = done.returncode == 0 and tests > 0
    return Outcome(name, succeeded, time.monotonic() - started, tests, failed, skipped)


def _tests_on_postgres(environ: dict[str, str]) -> Outcome:
    name = "database tests on PostgreSQL"
    started = time.monotonic()
    try:
        with private_cluster() as address:
            return _tests(
                name,
                ["-m", "database and not browser", f"--ignore={BROWSER_TESTS}", *PARALLEL],
                environ | {"GOLDTHREAD_TEST_DATABASE_URL": address},
            )
    except (RuntimeError, OSError, KeyError) as error:
        print(f"PostgreSQL could not be started for the tests: {error}")
        return Outcome(name, False, time.monotonic() - started)


def count_tests(report: Path) -> tuple[int, int, int]:
    """Tests, failures with errors, and skipped ones, as pytest wrote them down."""
    if not report.exists():
        return 0, 0, 0
    suites = list(ElementTree.parse(report).getroot().iter("testsuite"))  # noqa: S314 - written by our own pytest

    def total(name: str) -> int:
        return sum(int(suite.get(name, "0")) for suite in suites)

    return total("tests"), total("failures") + total("errors"), total("skipped")


def _title(name: str) -> None:
    print(f"\n── {name} ──", flush=True)


def summarise(outcomes: list[Outcome], seconds: float) -> int:
    """Print how each part went and the sum of all tests; 0 only when every part succeeded."""
    _title("summary")
    for outcome in outcomes:
        passed = f"  {outcome.tests - outcome.failed - outcome.skipped} passed" if outcome.tests else ""
        more = f", {outcome.failed} failed" if outcome.failed else ""
        more += f", {outcome.skipped} skipped" if outcome.skipped else ""
        word = "ok    " if outcome.succeeded else "FAILED"
        print(f"{word} {outcome.name:30} {outcome.seconds:6.1f} s{passed}{more}")
    tests = sum(outcome.tests for outcome in outcomes)
    failed = sum(outcome.failed for outcome in outcomes)
    skipped = sum(outcome.skipped for outcome in outcomes)
    succeeded = all(outcome.succeeded for outcome in outcomes)
    print(f"{'All parts succeeded' if succeeded else 'Something FAILED'} in {seconds / 60:.1f} minutes.")
    print(f"{tests - failed - skipped} passed, {failed} failed, {skipped} skipped", flush=True)
    return 0 if succeeded else 1


if __name__ == "__main__":
    raise SystemExit(main())
