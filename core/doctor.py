"""What makes an installation unsafe for real people, one sentence a finding (security.md, `flask doctor`).

In production the application starts only when nothing is found. Nothing is repaired here.
"""

from __future__ import annotations

import os
import re
import sqlite3
import stat
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import text

from core.config import PREFIX, ROOT, SECRET_NAMES, Config, read_data_keys
from core.db import db, safe_journal_mode

MIN_SECRET_LENGTH = 32
NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "afs", "ceph", "glusterfs"}
UNSAFE_POLICY = re.compile(r"'unsafe-(?:inline|eval)'|(?:^|;)\s*(?:script|style|default)-src[^;]*\*")
Check = Callable[[Flask, Config], Iterator[str]]


def examine(app: Flask, config: Config) -> list[str]:
    """Every finding as a sentence that says what to set. Needs an application context; reads the database."""
    return [finding for check in CHECKS for finding in check(app, config)]


def _secrets(app: Flask, config: Config) -> Iterator[str]:
    values = [read_data_keys(config) if name == "data_keys" else getattr(config, name) for name in SECRET_NAMES]
    for name, value in zip(SECRET_NAMES, values, strict=True):
        if len(value) < MIN_SECRET_LENGTH:
            yield f"{PREFIX}{name.upper()} is missing or shorter than {MIN_SECRET_LENGTH} characters."
        elif values.count(value) > 1:
            yield f"{PREFIX}{name.upper()} is the same as another secret: each needs its own."
    folder = config.data_dir / "keys"
    for path in sorted(folder.glob("*")) if folder.is_dir() else []:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield f"The key file {path.name} can be read by others: set its mode to 0400."


def _modes(app: Flask, config: Config) -> Iterator[str]:
    if app.debug:
        yield "Debug mode is on: unset FLASK_DEBUG."
    if app.testing:
        yield "Testing mode is on."
    if config.demo:
        yield f"Demo sign-ins and data are on: set {PREFIX}DEMO=no."


def _addresses(app: Flask, config: Config) -> Iterator[str]:
    hosts = set(config.trusted_hosts)
    if not hosts or hosts & {"*", "."} or hosts <= {"127.0.0.1", "localhost", "[::1]"}:
        yield f"{PREFIX}TRUSTED_HOSTS must name the hosts that people use, and no wildcard."
    if not config.uses_https:
        yield f"{PREFIX}PUBLIC_URL must start with https://; cookies and HSTS depend on it."
    if config.proxy_count < 1:
        yield f"{PREFIX}PROXY_COUNT must say how many proxies stand in front (usually 1), or addresses can be forged."


def _forms(app: Flask, config: Config) -> Iterator[str]:
    if not app.config["SESSION_COOKIE_SECURE"] or not app.config["SESSION_COOKIE_HTTPONLY"]:
        yield "The session cookie is not Secure and HttpOnly."
    if app.config.get("SESSION_COOKIE_SAMESITE") not in {"Lax", "Strict"}:
        yield "The session cookie has no SameSite."
    if not app.config.get("WTF_CSRF_ENABLED", True) or "csrf" not in app.extensions:
        yield "Forms are not protected against other sites (CSRF)."
    if not app.config.get("MAX_CONTENT_LENGTH"):
        yield "Requests have no size limit."


def _policy(app: Flask, config: Config) -> Iterator[str]:
    with app.test_request_context("/", base_url=config.public_url):
        response = app.process_response(app.response_class(""))
    policy = response.headers.get("Content-Security-Policy", "")
    if not policy:
        yield "Answers carry no Content-Security-Policy."
    elif UNSAFE_POLICY.search(policy):
        yield "The Content-Security-Policy allows inline or foreign scripts."


def _second_factor(app: Flask, config: Config) -> Iterator[str]:
    if not config.two_factor_required:
        yield f"A second factor at sign-in is off: set {PREFIX}TWO_FACTOR_REQUIRED=yes."


def _database(app: Flask, config: Config) -> Iterator[str]:
    with db.engine.connect() as connection:
        if db.engine.dialect.name == "sqlite":
            yield from sqlite_findings(
                {name: connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in SQLITE_PRAGMAS},
                sqlite3.sqlite_version_info,
            )
            yield from _file_system(Path(db.engine.url.database or ""))
        context = MigrationContext.configure(connection)
        if context.get_current_revision() != newest_revision():
            yield "The database's tables are older than the program: run `flask --app app db upgrade`."


SQLITE_PRAGMAS = ("synchronous", "foreign_keys", "busy_timeout", "journal_mode", "trusted_schema")


def sqlite_findings(pragmas: dict[str, object], library: tuple[int, int, int]) -> Iterator[str]:
    """Findings about how SQLite is opened; `library` is the linked version."""
    if pragmas["synchronous"] not in {2, 3} or pragmas["foreign_keys"] != 1 or int(str(pragmas["busy_timeout"])) < 1000:
        yield "SQLite is opened unsafely: synchronous, foreign_keys or busy_timeout is off."
    if pragmas["trusted_schema"] != 0:
        yield "SQLite trusts its schema: trusted_schema must be off."
    if str(pragmas["journal_mode"]).upper() == "WAL" and safe_journal_mode(library) != "WAL":
        yield "SQLite writes a WAL with a version below 3.51.3, which can corrupt it."


def _file_system(path: Path) -> Iterator[str]:
    kind = file_system_of(path, Path("/proc/mounts").read_text() if Path("/proc/mounts").exists() else "")
    if kind in NETWORK_FILE_SYSTEMS:
        yield f"The SQLite database lies on a network disk ({kind}), where locks fail: use PostgreSQL or a local disk."


def file_system_of(path: Path, mounts: str) -> str:
    """The file system of a path by a table like /proc/mounts: the longest mount point that holds it."""
    best, kind = "", ""
    for line in mounts.splitlines():
        parts = line.split()
        if len(parts) >= 3 and Path(parts[1]) in (path, *path.parents) and len(parts[1]) >= len(best):
            best, kind = parts[1], parts[2]
    return kind


def newest_revision(folder: Path = ROOT / "migrations") -> str:
    """The newest migration's name, as `migrations/HEAD` says."""
    return (folder / "HEAD").read_text(encoding="utf-8").strip()


def _files(app: Flask, config: Config) -> Iterator[str]:
    if (ROOT / "static") in (config.data_dir, *config.data_dir.parents):
        yield f"{PREFIX}DATA_DIR lies under static/, where everybody can read it."
    if config.data_dir.exists() and config.data_dir.stat().st_mode & stat.S_IRWXO:
        yield f"{PREFIX}DATA_DIR is open to other users of the machine: set its mode to 0700."


def _versions(app: Flask, config: Config) -> Iterator[str]:
    for name, locked in locked_versions((ROOT / "requirements.txt").read_text(encoding="utf-8")).items():
        try:
            installed = version(name)
        except PackageNotFoundError:
            yield f"The package {name} is missing: run `make setup`."
            continue
        if installed != locked:
            yield f"The package {name} is {installed}, but requirements.txt locks {locked}: run `make setup`."


def locked_versions(lock_file: str) -> dict[str, str]:
    """Package → version of a lock file, without those that this platform does not use."""
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s\\;]+)([^\n\\]*)", lock_file, re.MULTILINE)
    return {name: locked for name, locked, marker in found if ";" not in marker}


def _outside(app: Flask, config: Config) -> Iterator[str]:
    if config.geocoder in {"nominatim", "photon"} and not config.geocoder_url:
        yield f"{PREFIX}GEOCODER calls a host outside: name it in {PREFIX}GEOCODER_URL."
    if config.tile_url and not config.tile_url.startswith("https://"):
        yield f"{PREFIX}TILE_URL must start with https://."
    if not config.quick_exit_url.startswith("https://"):
        yield f"{PREFIX}QUICK_EXIT_URL must start with https://."


def _safety_copies(app: Flask, config: Config) -> Iterator[str]:
    if not config.backup_target:
        yield f"No place for backups is set: {PREFIX}BACKUP_TARGET."
    elif os.path.commonpath([config.data_dir, Path(config.backup_target).resolve()]) == str(config.data_dir):
        yield f"{PREFIX}BACKUP_TARGET lies in the data folder itself: it must be another disk."
    if not config.audit_head_target:
        yield f"The head of the audit trail goes nowhere outside: set {PREFIX}AUDIT_HEAD_TARGET."


CHECKS: tuple[Check, ...] = (
    _secrets,
    _modes,
    _addresses,
    _forms,
    _policy,
    _second_factor,
    _database,
    _files,
    _versions,
    _outside,
    _safety_copies,
)
