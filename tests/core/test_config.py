"""Settings from the environment: read, refused with a sentence, secrets made once and kept."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from core.config import SECRET_NAMES, BadSetting, Config


def test_secrets_are_made_once_and_only_the_owner_reads_them(tmp_path: Path) -> None:
    """A second start finds the same keys; no two are alike."""
    environ = {"GOLDTHREAD_DATA_DIR": str(tmp_path)}
    first, second = Config.from_env(environ), Config.from_env(environ)
    assert first == second
    assert len({getattr(first, name) for name in SECRET_NAMES}) == len(SECRET_NAMES)
    for path in (tmp_path / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o400


def test_no_secret_is_printed(tmp_path: Path) -> None:
    """The settings can be logged."""
    config = Config.from_env({"GOLDTHREAD_DATA_DIR": str(tmp_path)})
    assert not any(getattr(config, name) in repr(config) for name in SECRET_NAMES)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("GOLDTHREAD_DATABSE_URL", "x", "no setting of this program"),
        ("GOLDTHREAD_DEMO", "maybe", "must be yes or no"),
        ("GOLDTHREAD_MAIL_PORT", "abc", "whole number"),
        ("GOLDTHREAD_ENVIRONMENT", "live", "must be one of"),
        ("GOLDTHREAD_GEOCODER", "google", "nominatim, photon or census"),
        ("GOLDTHREAD_TIMEZONE", "Mars/Base", "zone like America/New_York"),
        ("GOLDTHREAD_PUBLIC_URL", "ftp://x", "http"),
        ("GOLDTHREAD_LANGUAGES", "fr", "en or en,es"),
    ],
)
def test_a_senseless_setting_is_refused_by_name(tmp_path: Path, name: str, value: str, words: str) -> None:
    """The message names the setting and what would do."""
    with pytest.raises(BadSetting, match=words):
        Config.from_env({"GOLDTHREAD_DATA_DIR": str(tmp_path), name: value})


def test_postgresql_address_gets_its_driver(tmp_path: Path) -> None:
    """The usual spelling of the address works."""
    environ = {"GOLDTHREAD_DATA_DIR": str(tmp_path), "GOLDTHREAD_DATABASE_URL": "postgres://u:p@h/d"}
    assert Config.from_env(environ).database_url == "postgresql+psycopg://u:p@h/d"
