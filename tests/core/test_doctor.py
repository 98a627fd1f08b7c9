"""`flask doctor`: each unsafe setting is found, and a safe installation starts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from core.config import ROOT, SECRET_NAMES, Config
from core.doctor import SQLITE_PRAGMAS, examine, file_system_of, locked_versions, newest_revision, sqlite_findings

SECRETS = {name: f"{name}-{'x' * 40}" for name in SECRET_NAMES}


def safe(tmp_path: Path, **changes: Any) -> Config:
    """The settings of a safe installation, with some changed."""
    tmp_path.chmod(0o700)
    values: dict[str, Any] = {
        "environment": "production",
        "data_dir": tmp_path,
        "public_url": "https://help.example.org",
        "trusted_hosts": ("help.example.org",),
        "proxy_count": 1,
        "demo": False,
        "backup_target": "/srv/backups",
        "audit_head_target": "mailto:audit@example.org",
    }
    return Config(**(values | SECRETS | changes))


@pytest.fixture
def served(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application with the flags of a served one."""
    monkeypatch.setitem(app.config, "TESTING", False)
    monkeypatch.setitem(app.config, "SESSION_COOKIE_SECURE", True)
    return app


def test_a_safe_installation_has_no_finding(served: Flask, tmp_path: Path) -> None:
    """The control: without it, a doctor that always complains would pass every other test here."""
    assert examine(served, safe(tmp_path)) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"secret_key": ""}, "SECRET_KEY is missing"),
        ({"secret_key": "short"}, "SECRET_KEY is missing or shorter"),
        ({"totp_key": ""}, "TOTP_KEY"),
        ({"recovery_key": ""}, "RECOVERY_KEY"),
        ({"password_salt": SECRETS["secret_key"]}, "same as another secret"),
        ({"demo": True}, "DEMO=no"),
        ({"trusted_hosts": ("*",)}, "TRUSTED_HOSTS"),
        ({"trusted_hosts": ("127.0.0.1", "localhost")}, "TRUSTED_HOSTS"),
        ({"public_url": "http://help.example.org"}, "https://"),
        ({"proxy_count": 0}, "PROXY_COUNT"),
        ({"two_factor_required": False}, "second factor"),
        ({"geocoder": "photon"}, "GEOCODER_URL"),
        ({"tile_url": "http://tiles.example.org"}, "TILE_URL"),
        ({"quick_exit_url": "javascript:alert(1)"}, "QUICK_EXIT_URL"),
        ({"backup_target": ""}, "BACKUP_TARGET"),
        ({"audit_head_target": ""}, "AUDIT_HEAD_TARGET"),
        ({"data_dir": ROOT / "static" / "data"}, "lies under static"),
    ],
)
def test_each_unsafe_setting_is_found(served: Flask, tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    """One finding for one fault, in a sentence that says what to set."""
    findings = examine(served, safe(tmp_path, **changes))
    assert any(words in finding for finding in findings), findings


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("TESTING", True, "Testing mode"),
        ("SESSION_COOKIE_SECURE", False, "session cookie"),
        ("SESSION_COOKIE_SAMESITE", None, "SameSite"),
        ("WTF_CSRF_ENABLED", False, "CSRF"),
        ("MAX_CONTENT_LENGTH", None, "size limit"),
    ],
)
def test_each_unsafe_flag_is_found(
    served: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: object, words: str
) -> None:
    """Flags of the framework that somebody turned off."""
    monkeypatch.setitem(served.config, name, value)
    assert any(words in finding for finding in examine(served, safe(tmp_path)))


def test_open_files_are_found(served: Flask, tmp_path: Path) -> None:
    """Keys and data that other users of the machine can read."""
    config = safe(tmp_path)
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "secret_key").write_text("x")
    (tmp_path / "keys" / "secret_key").chmod(0o644)
    tmp_path.chmod(0o755)
    findings = examine(served, config)
    assert any("can be read by others" in finding for finding in findings)
    assert any("open to other users" in finding for finding in findings)


def test_a_missing_policy_is_found(served: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer without, and one with a policy that allows inline scripts."""

    def spoil(value: str) -> Any:
        def change(response: Any) -> Any:
            response.headers["Content-Security-Policy"] = value
            return response

        return change

    for value, words in (("", "no Content-Security-Policy"), ("script-src 'unsafe-inline'", "inline or foreign")):
        monkeypatch.setitem(served.after_request_funcs, None, [*[], spoil(value)])
        assert any(words in finding for finding in examine(served, replace(safe(tmp_path))))


def test_unsafe_sqlite_is_found() -> None:
    """Each pragma, and WAL with an SQLite that can corrupt it."""
    good: dict[str, object] = dict(zip(SQLITE_PRAGMAS, (2, 1, 10_000, "wal", 0), strict=True))
    assert list(sqlite_findings(good, (3, 51, 3))) == []
    assert len(list(sqlite_findings(good, (3, 40, 1)))) == 1
    for name, bad in (("synchronous", 1), ("foreign_keys", 0), ("busy_timeout", 0), ("trusted_schema", 1)):
        assert len(list(sqlite_findings({**good, name: bad}, (3, 51, 3)))) == 1, name


def test_network_disk_is_known_by_the_longest_mount() -> None:
    """The mount that holds the file decides."""
    mounts = "/dev/sda1 / ext4 rw 0 0\nserver:/x /data nfs4 rw 0 0\n/dev/sdb /data/local xfs rw 0 0\n"
    assert file_system_of(Path("/data/goldthread.db"), mounts) == "nfs4"
    assert file_system_of(Path("/data/local/goldthread.db"), mounts) == "xfs"
    assert file_system_of(Path("/var/x.db"), mounts) == "ext4"


def test_lock_file_and_revision_are_read() -> None:
    """Names, extras and markers of a lock file; the newest migration's name."""
    text = "flask==3.1.3 \\\n    --hash=sha256:aa\npsycopg[binary]==3.2.1 \\\nonly-here==1 ; sys_platform == 'win32'\n"
    assert locked_versions(text) == {"flask": "3.1.3", "psycopg": "3.2.1"}
    revisions = sorted((ROOT / "migrations" / "versions").glob("*.py"))
    assert revisions[-1].name.startswith(newest_revision())
