"""How a stored file is answered: as an attachment, in a sandbox, kept by no cache, with every other header."""

from __future__ import annotations

from pathlib import Path

from flask import Response

from app import create_app
from core.config import Config
from core.guard import public
from core.headers import SANDBOX, stored_file
from core.uploads.kinds import Kind


def test_a_stored_file_can_do_nothing(tmp_path: Path) -> None:
    app = create_app(Config.for_tests(data_dir=tmp_path))

    @app.get("/stored")
    @public
    def stored() -> Response:
        return stored_file(b"%PDF-", kind=Kind.PDF, name="agreement")

    @app.get("/plain")
    @public
    def plain_page() -> str:
        return "page"

    answer, plain = app.test_client().get("/stored"), app.test_client().get("/plain")
    assert answer.headers.getlist("Content-Security-Policy") == [SANDBOX]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="agreement.pdf"'
    assert (answer.mimetype, answer.data) == ("application/pdf", b"%PDF-")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" not in plain.headers["Content-Security-Policy"]  # control
