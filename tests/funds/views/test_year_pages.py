"""The pages of years and months: a fiscal approver soft-closes, a director closes, everybody prints the report."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from core.db import db
from funds.models import Period
from tests.cast import Browser
from tests.funds.books import make_world
from tests.funds.views.pages import plain, step_up

pytestmark = pytest.mark.one_database

SignIn = Callable[[str], Browser]


@pytest.mark.database
def test_a_month_is_closed_by_two_people_on_pages(app: Flask, sign_in_as: SignIn) -> None:
    make_world()
    january = db.session.scalar(select(Period.id).where(Period.starts_on == date(2026, 1, 1)))
    fay, dan = sign_in_as("fay"), sign_in_as("dan")
    assert "January 2026" in fay.get("/fund/years").text
    address = f"/fund/periods/{january}"
    refused = fay.send(f"{address}/soft-close", page=address, seen="open", reason="")
    assert refused.status_code == 422 and "Write why." in refused.text
    done = fay.send(f"{address}/soft-close", page=address, seen="open", reason="Statement matched")
    assert done.status_code == 303, plain(done.text)
    assert fay.send(f"{address}/close", page="/profile", seen="soft_closed", status="closed").status_code == 403
    closing = step_up(dan, f"{address}/close")
    stale = dan.send(closing, seen="open", status="closed", reason="")
    assert stale.status_code == 422
    closed = dan.send(closing, seen="soft_closed", status="closed", reason="")
    assert closed.status_code == 303, plain(closed.text)
    report = plain(dan.get(closed.location).text)
    for words in ("Close report: January 2026", "Trial balance", "Head of the audit trail", "Dan Reyes"):
        assert words in report
    page = plain(dan.get(address).text)
    assert "Statement matched" in page and "Close the month" not in page


def test_the_pages_speak_spanish(app: Flask, sign_in_as: SignIn) -> None:
    make_world()
    browser = sign_in_as("ada")
    page = plain(browser.get("/fund/years?lang=es").text)
    assert "Años y meses" in page and "enero de 2026" in page
