"""Anybody reports a problem; a steward finds it in the queue; a program that fills in everything does not."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from core.db import db
from directory.models import Suggestion
from tests.builders import make_listing
from tests.cast import Browser

pytestmark = pytest.mark.one_database


def reports() -> list[Suggestion]:
    db.session.rollback()
    return list(db.session.scalars(select(Suggestion)))


@pytest.mark.database
def test_a_report_reaches_the_queue(app: Flask, client: Browser) -> None:
    service_id = make_listing()
    address = f"/services/{service_id}/report"
    answer = client.send(address, kind="wrong phone", words="It rings at a bakery.", reply_to="ana@example.org")
    assert answer.status_code == 303 and answer.location == f"/services/{service_id}"
    assert "Thank you." in client.get(answer.location).text
    [report] = reports()
    assert (report.service_id, report.kind, report.words) == (service_id, "wrong phone", "It rings at a bakery.")
    assert (report.reply_to, report.language, report.state) == ("ana@example.org", "en", "open")


def test_a_report_without_a_kind_is_asked_again_with_all_that_was_typed(app: Flask, client: Browser) -> None:
    address = f"/services/{make_listing()}/report"
    page = client.send(address, words="Moved away")
    assert page.status_code == 200 and reports() == []
    assert "<title>Error: Report a problem" in page.text and "Choose what is wrong." in page.text
    assert 'href="#kind"' in page.text and "Moved away" in page.text


def test_something_else_needs_words(app: Flask, client: Browser) -> None:
    page = client.send(f"/services/{make_listing()}/report", kind="other")
    assert "Tell us what is wrong." in page.text and reports() == []


def test_a_program_in_the_trap_is_thanked_and_ignored(app: Flask, client: Browser) -> None:
    answer = client.send(f"/services/{make_listing()}/report", kind="moved", homepage="http://spam.example")
    assert answer.status_code == 303 and reports() == []


def test_errors_speak_spanish(app: Flask, client: Browser) -> None:
    page = client.send(f"/services/{make_listing()}/report?lang=es", words="x")
    assert "Elija qué está mal." in page.text and "Choose" not in page.text
