"""Every setting of the program in one frozen value, read once from the environment; no rule lives here."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

PREFIX = "GOLDTHREAD_"
ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ("development", "production", "test")
SECRET_NAMES = ("secret_key", "password_salt", "totp_key", "recovery_key", "data_keys", "tombstone_key")


class BadSetting(Exception):
    """A setting in the environment makes no sense. The message names it and says what would do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All settings. Each is `GOLDTHREAD_` + the field's name in capitals; the README's table explains them.

    An empty secret means: made at random on first start and kept under `data_dir/keys`, readable by the owner only.
    """

    environment: str = "development"
    data_dir: Path = ROOT / "data"
    database_url: str = ""
    secret_key: str = field(default="", repr=False)
    password_salt: str = field(default="", repr=False)
    totp_key: str = field(default="", repr=False)
    recovery_key: str = field(default="", repr=False)
    data_keys: str = field(default="", repr=False)
    tombstone_key: str = field(default="", repr=False)
    public_url: str = "http://127.0.0.1:8000"
    trusted_hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    proxy_count: int = 0
    site_name: str = "Goldthread"
    county_name: str = "Your county"
    county_banner: str = ""
    county_state: str = "NY"
    contact_email: str = ""
    contact_phone: str = ""
    mobile_crisis_name: str = ""
    mobile_crisis_phone: str = ""
    on_call_name: str = ""
    on_call_phone: str = ""
    quick_exit_url: str = "https://www.weather.gov/"
    timezone: str = "America/New_York"
    languages: tuple[str, ...] = ("en", "es")
    geocoder: str = ""
    geocoder_url: str = ""
    tile_url: str = ""
    tile_attribution: str = ""
    mail_host: str = ""
    mail_port: int = 587
    mail_user: str = ""
    mail_password: str = field(default="", repr=False)
    mail_sender: str = "goldthread@localhost"
    max_upload_mb: int = 50
    search_rate: str = "300 per minute"
    suggestion_rate: str = "10 per hour"
    sign_in_rate: str = "60 per minute"
    backup_target: str = ""
    audit_head_target: str = ""
    two_factor_required: bool = True
    demo: bool = True

    @property
    def is_production(self) -> bool:
        """True where real people are served: then `flask doctor` must find nothing before the start."""
        return self.environment == "production"

    @property
    def uses_https(self) -> bool:
        """True when the public address is HTTPS: cookies are then Secure and HSTS is sent."""
        return self.public_url.startswith("https://")

    @property
    def index_dir(self) -> Path:
        """Where the derived search index lives; it may be deleted at any time."""
        return self.data_dir / "index"

    @property
    def files_dir(self) -> Path:
        """Where the sealed files that people sent lie; backups copy them."""
        return self.data_dir / "files"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Config:
        """The settings of this process. Raises BadSetting with a sentence for an unknown or senseless one."""
        known = {PREFIX + f.name.upper(): f.name for f in fields(cls)}
        given = {name: text for name, text in environ.items() if name.startswith(PREFIX)}
        for name in given.keys() - known.keys():
            if not name.startswith(PREFIX + "TEST_"):
                raise BadSetting(f"{name} is no setting of this program; the README lists them all.")
        hints = get_type_hints(cls)
        values = {known[name]: _read(name, text, hints[known[name]]) for name, text in given.items() if name in known}
        return _with_secrets(_with_database(_checked(cls(**values))))

    @classmethod
    def for_tests(cls, **changes: Any) -> Config:
        """Settings for tests: fixed secrets, no limits on rates, nothing outside `data_dir`."""
        values: dict[str, Any] = {
            "environment": "test",
            "secret_key": "test-secret-key-of-the-test-suite-only",
            "password_salt": "146585145368132386173505678016728509634",
            "totp_key": "qL0Wm4rTzHMnb2QMlBvLjDUbNmTEcXv3",
            "recovery_key": "7sQ9fRWsF0v7sK2n0aHq6bFz8S1mUrN9HhYx3n1mUoM=",
            "data_keys": "1:dGVzdC1kYXRhLWtleS1vZi10aGUtdGVzdC1zdWl0ZSE",
            "tombstone_key": "test-tombstone-key-of-the-test-suite-only",
            "search_rate": "100000 per minute",
            "suggestion_rate": "100000 per minute",
            "sign_in_rate": "100000 per minute",
            "mobile_crisis_name": "Westchester Mobile Crisis",
            "mobile_crisis_phone": "914-555-0100",
            "on_call_name": "On-call coordinator",
            "on_call_phone": "914-555-0124",
        }
        return _with_database(cls(**(values | changes)))


def _read(name: str, text: str, kind: Any) -> Any:
    if kind is bool:
        if text.lower() not in {"0", "1", "true", "false", "yes", "no"}:
            raise BadSetting(f"{name} must be yes or no, not “{text}”.")
        return text.lower() in {"1", "true", "yes"}
    if kind is int:
        if not text.isascii() or not text.isdigit():
            raise BadSetting(f"{name} must be a whole number, not “{text}”.")
        return int(text)
    if kind is Path:
        return Path(text).expanduser().resolve()
    if kind == tuple[str, ...]:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text


def _checked(config: Config) -> Config:
    if config.environment not in ENVIRONMENTS:
        raise BadSetting(f"{PREFIX}ENVIRONMENT must be one of {', '.join(ENVIRONMENTS)}.")
    if config.geocoder not in {"", "nominatim", "photon", "census"}:
        raise BadSetting(f"{PREFIX}GEOCODER must be empty, nominatim, photon or census.")
    if not set(config.languages) <= {"en", "es"} or "en" not in config.languages:
        raise BadSetting(f"{PREFIX}LANGUAGES must be en or en,es.")
    if not config.public_url.startswith(("http://", "https://")):
        raise BadSetting(f"{PREFIX}PUBLIC_URL must start with http:// or https://.")
    try:
        ZoneInfo(config.timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadSetting(f"{PREFIX}TIMEZONE must be a zone like America/New_York.") from error
    return config


def _with_database(config: Config) -> Config:
    """The full database address: the default file, and SQLAlchemy's name of the PostgreSQL driver."""
    url = config.database_url or f"sqlite:///{config.data_dir / 'goldthread.db'}"
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            url = "postgresql+psycopg://" + url.removeprefix(plain)
    return _replace(config, database_url=url)


def _with_secrets(config: Config) -> Config:
    missing = [name for name in SECRET_NAMES if not getattr(config, name)]
    kept = {name: _kept_secret(config.data_dir / "keys", name) for name in missing}
    if "data_keys" in kept:  # read anew at each use, so that keys can be rotated while the site runs
        kept["data_keys"] = f"@{config.data_dir / 'keys' / 'data_keys'}"
    return _replace(config, **kept)


def _kept_secret(folder: Path, name: str) -> str:
    """The secret in `folder`, made when it is not there. Two processes that start at once get the same one."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / name
    if not path.exists():
        secret = secrets.token_urlsafe(32)
        fresh = folder / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write({"recovery_key": f"{secret}=", "data_keys": f"1:{secret}"}.get(name, secret))
        try:
            os.link(fresh, path)  # appears whole, and only if no other process was quicker
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text(encoding="ascii").strip()


def data_keys_file(config: Config) -> Path | None:
    """The file that holds the data keys, or None where the environment gives the keys themselves.

    `GOLDTHREAD_DATA_KEYS=@/path/to/file` names a file; without the setting the program keeps one in `data_dir/keys`.
    """
    return Path(config.data_keys[1:]) if config.data_keys.startswith("@") else None


def read_data_keys(config: Config) -> str:
    """The data keys as they stand now: read anew from their file, so that a running site sees an added key."""
    path = data_keys_file(config)
    return path.read_text(encoding="ascii").strip() if path else config.data_keys


def add_data_key(config: Config, encoded: str) -> int | None:
    """Add a key to the file under the next number and answer it; None where the environment gives the keys.

    The file is replaced whole, so a reader sees the old or the new ring.
    """
    path = data_keys_file(config)
    if path is None:
        return None
    held = path.read_text(encoding="ascii").strip()
    number = max(int(part.partition(":")[0]) for part in held.split(",")) + 1
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"{held},{number}:{encoded}")
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)
    return number


def _replace(config: Config, **changes: Any) -> Config:
    return Config(**({f.name: getattr(config, f.name) for f in fields(config)} | changes))
