"""The commands behind the Makefile: what they say when something is in the way, and that they count honestly."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import build, postgres, run, setup, test

ROOT = Path(__file__).resolve().parent.parent
PO = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "Open"
msgstr "{}"

msgid "%(num)d place"
msgid_plural "%(num)d places"
msgstr[0] "%(num)d lugar"
msgstr[1] "%(num)d lugares"

msgid "%(num)d mile"
msgid_plural "%(num)d miles"
msgstr[0] ""
msgstr[1] ""
"""


def test_a_port_in_use_is_said_with_another_to_try() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not run.port_is_free(port)
        done = _run_site({"PORT": str(port)})
    assert done.returncode == 1
    assert done.stderr.startswith(f"Port {port} is in use by another program. Try another: make run PORT=")


@pytest.mark.parametrize("text", ["abc", "0", "70000", "-1", "８０"])
def test_a_senseless_port_is_refused(text: str) -> None:
    done = _run_site({"PORT": text})
    assert done.returncode == 1
    assert "PORT must be a number" in done.stderr


def test_no_setting_of_a_real_site_reaches_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOLDTHREAD_DATABASE_URL", "postgresql://real")
    monkeypatch.setenv("UNRELATED", "stays")
    environ = test.test_environment()
    assert "GOLDTHREAD_DATABASE_URL" not in environ
    assert environ["UNRELATED"] == "stays"


def test_each_part_collects_all_that_is_marked_for_it() -> None:
    """The browser's tests are collected from their folder alone, the others from everywhere else."""
    mark = "pytestmark = pytest.mark.browser"
    marked = {path for path in (ROOT / "tests").rglob("test_*.py") if mark in path.read_text("utf-8").splitlines()}
    assert marked == set((ROOT / test.BROWSER_TESTS).glob("test_*.py"))
    assert marked


def test_what_a_check_says_meanwhile_is_kept(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Beside the tests it writes into a file; a failure is one there too."""
    with (tmp_path / "said").open("wb") as said:
        program = "import sys; print('one'); print('two', file=sys.stderr); sys.exit(3)"
        outcome = test._check("types", [sys.executable, "-c", program], dict(os.environ), said)
    assert not outcome.succeeded
    assert sorted((tmp_path / "said").read_text().split()) == ["one", "two"]
    assert "one" not in capfd.readouterr().out


def test_tests_are_counted_from_what_pytest_wrote(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text('<testsuites><testsuite tests="7" failures="1" errors="1" skipped="2"/></testsuites>')
    assert test.count_tests(report) == (7, 2, 2)


def test_a_run_without_a_report_counts_as_no_test(tmp_path: Path) -> None:
    assert test.count_tests(tmp_path / "none.xml") == (0, 0, 0)


def test_one_failed_part_fails_the_whole(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = [test.Outcome("lint", True, 1.0), test.Outcome("tests", False, 2.0, tests=5, failed=1)]
    assert test.summarise(outcomes, 3.0) == 1
    printed = capsys.readouterr().out
    assert "FAILED tests" in printed
    assert printed.endswith("4 passed, 1 failed, 0 skipped\n")


def test_all_parts_together_succeed(capsys: pytest.CaptureFixture[str]) -> None:
    assert test.summarise([test.Outcome("tests", True, 2.0, tests=5, skipped=2)], 2.0) == 0
    assert capsys.readouterr().out.endswith("3 passed, 0 failed, 2 skipped\n")


def test_the_fingerprint_follows_the_requirements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("flask==3.1.3")
    before = setup.fingerprint(setup.RUNTIME, sys.executable)
    assert setup.fingerprint(setup.RUNTIME, sys.executable) == before
    requirements.write_text("flask==3.1.4")
    assert setup.fingerprint(setup.RUNTIME, sys.executable) != before


def test_static_files_are_compressed_again_when_one_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    static = tmp_path / "static"
    static.mkdir()
    style = static / "site.css"
    style.write_text("a{color:red}" * 200)
    monkeypatch.setattr(build, "STATIC", static)
    monkeypatch.setattr(build, "STAMP", tmp_path / "stamp")
    assert build.compress_static()
    assert (static / "site.css.br").exists()
    assert not build.compress_static()
    style.write_text("a{}")
    assert build.compress_static()
    assert not (static / "site.css.br").exists(), "a stale compressed file would be served in place of the new one"


def test_translations_are_compiled_when_they_say_something_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "TRANSLATIONS", tmp_path)
    source = tmp_path / "es" / "LC_MESSAGES" / "messages.po"
    source.parent.mkdir(parents=True)
    source.write_text(PO.format("Abierto"))
    assert build.compile_translations() == 1
    assert build.compile_translations() == 0
    source.write_text(PO.format("Abierto ahora"))
    assert build.compile_translations() == 1
    assert build.compile_translations() == 0


def test_a_private_cluster_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if postgres.find_programs() is None:
        pytest.skip("PostgreSQL is not installed; `make test` installs it")
    before = set(postgres.scratch_folder().glob("gt-pg-*"))
    with pytest.raises(ZeroDivisionError), postgres.private_cluster() as address:
        assert address.startswith("postgresql+psycopg://goldthread@/goldthread_test?host=/")
        raise ZeroDivisionError
    assert set(postgres.scratch_folder().glob("gt-pg-*")) <= before


def _run_site(changes: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts.run"],
        cwd=ROOT,
        env=os.environ | changes,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
