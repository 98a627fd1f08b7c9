"""Our own static files: compressed beside the file, served before the application, kept by browsers for a year."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from flask import Flask
from whitenoise import WhiteNoise

from core.config import ROOT, Config
from core.headers import with_headers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FOLDER = ROOT / "static"
PREFIX = "/static/"
FOR_A_YEAR = "max-age=31536000, public, immutable"


def init_static(app: Flask, config: Config) -> None:
    """Serve static/ by WhiteNoise: kept for a year where the address holds a version or a mark, else for an hour."""
    files = WhiteNoise(
        app.wsgi_app,
        root=str(FOLDER),
        prefix=PREFIX,
        max_age=3600,
        immutable_file_test=lambda path, url: "/vendor/" in url,
    )
    app.wsgi_app = with_headers(_kept_by_mark(files), config)  # type: ignore[method-assign,assignment]


@cache
def mark_of(name: str) -> str | None:
    """A short mark of what a static file holds, as `?v=` in its address; None for no file."""
    path = FOLDER / name
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8] if path.is_file() else None


def _kept_by_mark(serve: WSGIApplication) -> WSGIApplication:
    """Kept for a year where the mark is that of the file as it is, so never with what another release held."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
        mark = parse_qs(query).get("v", [""])[0] if query and path.startswith(PREFIX) else ""

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
            if status.startswith(("200", "304")) and mark == mark_of(path.removeprefix(PREFIX)):
                headers = [(name, value) for name, value in headers if name.lower() != "cache-control"]
                headers.append(("Cache-Control", FOR_A_YEAR))
            return start_response(status, headers, *error)

        return serve(environ, start if mark else start_response)

    return answer
