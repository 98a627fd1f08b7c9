"""What sign-in looks like behind HTTPS: the cookie of production."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from app import create_app
from core.config import Config
from core.db import db

COOKIE = "__Host-goldthread"


def test_cookie_is_bound_to_the_host_and_to_https(app: Flask, tmp_path: Path) -> None:
    secure = create_app(
        Config.for_tests(
            data_dir=tmp_path,
            database_url=app.config["GOLDTHREAD"].database_url,
            public_url="https://help.example.org",
            trusted_hosts=("help.example.org",),
        )
    )
    answer = secure.test_client().get("/sign-in", base_url="https://help.example.org")
    (cookie,) = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith(f"{COOKIE}=")]
    flags = {part.strip() for part in cookie.split(";")[1:]}
    assert flags == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=63072000")
    with secure.app_context():
        db.session.remove()
        db.engine.dispose()
