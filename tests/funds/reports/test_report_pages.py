"""The report pages: who sees them, what they ask the database, their files, the rows behind a figure."""

from __future__ import annotations

import csv
import io
import re
import zipfile

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import event

from audit.queries import list_events
from core.db import db
from core.money import parse_cents
from funds.reports import REPORTS
from tests.cast import Browser
from tests.conftest import SignIn
from tests.funds.books import make_approved, make_world
from tests.funds.ledgers import make_ledgers, write_more

pytestmark = pytest.mark.one_database

MOST_QUERIES = 45


@pytest.mark.parametrize("who", ["cal", "sue", "pat", "sam", "stella", "ana"])
def test_who_may_not_see_the_books_sees_no_report(app: Flask, sign_in_as: SignIn, who: str) -> None:
    browser = sign_in_as(who)
    addresses = ["/fund/reports", "/fund/exports", "/fund/reports/rows", *(f"/fund/reports/{name}" for name in REPORTS)]
    assert {browser.get(address).status_code for address in addresses} == {403}


def test_the_number_of_queries_does_not_grow_with_the_books(app: Flask, sign_in_as: SignIn) -> None:
    ledgers, cast = make_ledgers(1, steps=8)
    browser = sign_in_as("rex")
    few = {name: queries_of(browser, name) for name in REPORTS}
    write_more(ledgers[0], cast, steps=60)
    many = {name: queries_of(browser, name) for name in REPORTS}
    assert few == many
    assert max(many.values()) <= MOST_QUERIES


def queries_of(browser: Browser, name: str) -> int:
    """How many statements a report's page sends."""
    statements: list[object] = []

    def count(*words: object) -> None:
        statements.append(words[2])

    event.listen(db.engine, "before_cursor_execute", count)
    try:
        assert browser.get(f"/fund/reports/{name}").status_code == 200
    finally:
        event.remove(db.engine, "before_cursor_execute", count)
    return len(statements)


@pytest.mark.database
def test_a_figure_is_the_sum_of_the_rows_behind_it(app: Flask, sign_in_as: SignIn) -> None:
    make_ledgers(2, steps=40)
    browser = sign_in_as("fay")
    text = browser.get("/fund/reports/spending").text
    links = re.findall(r'<a href="(/fund/reports/rows[^"]+)">(-?)\$([\d,.]+)</a>', text)
    assert len(links) > 8
    for address, sign, amount in links[:12]:
        page = browser.get(address.replace("&amp;", "&")).text
        assert f"<strong>{sign}${amount}</strong>" in page
        shown = re.findall(r'<td class="gt-number">(-?)\$([\d,.]+)</td>', page)
        total = sum(parse_cents(each) * (-1 if minus else 1) for minus, each in shown)
        assert total == parse_cents(amount) * (-1 if sign else 1)


@pytest.mark.database
@pytest.mark.parametrize("name", [name for name in REPORTS if name != "request"])
def test_each_report_comes_as_two_files_and_stands_in_the_trail(app: Flask, sign_in_as: SignIn, name: str) -> None:
    make_approved(make_world())
    browser = sign_in_as("fay")
    page = f"/fund/reports/{name}"
    sheet = browser.send(f"{page}/file/xlsx", page=page)
    lines = browser.send(f"{page}/file/csv?as_of=2026-12-31", page=page)
    assert (sheet.status_code, lines.status_code) == (200, 200)
    book = openpyxl.load_workbook(io.BytesIO(sheet.data))
    assert all(worksheet.max_row >= 1 for worksheet in book)
    rows = list(csv.reader(io.StringIO(lines.data.decode("utf-8-sig"), newline="")))
    assert len(rows) > 2
    events, _total = list_events(page=1, kind="fund:exported")
    db.session.rollback()
    assert [each.record["details"]["report"] for each in events] == [name, name]
    assert events[0].record["details"]["filter"]["as_of"] == "2026-12-31"


@pytest.mark.database
def test_the_report_of_one_request_is_found_by_number_and_recorded(app: Flask, sign_in_as: SignIn) -> None:
    request_id = make_approved(make_world())
    browser = sign_in_as("ada")
    page = browser.get("/fund/reports/request?number=fr-2026-0001")
    assert page.location == f"/fund/reports/request/{request_id}"
    text = browser.get(page.location).text
    for part in ("Steps", "Approvals", "Rules that were asked", "Postings", "In the audit trail", "E-014"):
        assert part in text or part == "E-014"
    assert "≠" not in text
    assert "There is no request" in browser.get("/fund/reports/request?number=FR-1999-1").text
    events, _total = list_events(page=1, kind="fund_request:opened")
    db.session.rollback()
    assert events[0].record["details"]["purpose"] == "report"


def test_a_day_that_is_none_is_said_and_kept(app: Flask, sign_in_as: SignIn) -> None:
    answer = sign_in_as("fay").get("/fund/reports/position?as_of=yesterday")
    assert answer.status_code == 422
    assert "Write a day like" in answer.text
    assert 'value="yesterday"' in answer.text


@pytest.mark.database
def test_outside_no_small_group_is_shown(app: Flask, sign_in_as: SignIn) -> None:
    """Four people: every figure of theirs is gone outside, and there with staff."""
    make_ledgers(1, steps=40)
    browser = sign_in_as("fay")
    for name in ("periods", "equity"):
        staff, outside = browser.get(f"/fund/reports/{name}").text, browser.get(f"/fund/reports/{name}?share=1").text
        main = outside.split("<main")[1].split("</main>")[0]
        assert re.search(r"\$[1-9]", staff)
        assert not re.search(r"\$[1-9]", main), name
        assert "add up to the books" not in main


def test_an_export_from_the_page_is_the_one_of_the_command(app: Flask, sign_in_as: SignIn) -> None:
    make_approved(make_world())
    browser = sign_in_as("fay")
    values = {"fund": "SDF", "year": "2026", "from_on": "", "to_on": "", "columns": "", "accounts": ""}
    answer = browser.send("/fund/exports", format="beancount", **values)
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert sorted(archive.namelist()) == ["fund-books.beancount", "fund-books.beancount.manifest.json"]
        journal = archive.read("fund-books.beancount").decode()
    assert "Equity:Budget:Encumbered:SDF-2026:Housing  180.00 USD" in journal
    refused = browser.send("/fund/exports", format="gl", **{**values, "columns": "nothing"})
    assert refused.status_code == 422
    assert "There is no field nothing" in refused.text
