"""A county's tables are shortened on the page: the rest is one row that adds up, and the file holds every row."""

from __future__ import annotations

import csv
import io
import re

import pytest
from flask import Flask

from core.errors import Sentence
from core.money import parse_cents
from funds.reports.shape import Table, count, money, numbers, text, words
from funds.views import reports
from tests.conftest import SignIn
from tests.funds.ledgers import make_ledgers

COLUMNS = [*words(Sentence("Who")), *numbers(Sentence("Requests"), Sentence("Spent"), Sentence("Days"))]


def table(rows: int, *, has_total: bool = True) -> Table:
    """Rows of 1, 2, 3 … dollars."""
    lines = [[text(f"E-{each}"), count(1), money(each * 100), count(7)] for each in range(1, rows + 1)]
    total = [text(Sentence("Together")), count(rows), money(sum(range(rows + 1)) * 100), text("")]
    return Table(Sentence("Spending"), COLUMNS, lines, total if has_total else None)


def test_the_rest_is_one_row_that_adds_up() -> None:
    short, left_out = table(10).shortened(4)
    assert left_out == 6 and len(short.rows) == 5
    assert [str(cell.value) for cell in short.rows[-1]] == ["6 more", "6", "4500", ""], "days are not summed"
    assert sum(row[2].value for row in short.rows) == short.total[2].value


def test_a_table_without_a_total_says_only_how_many() -> None:
    short, left_out = table(10, has_total=False).shortened(4)
    assert (left_out, len(short.rows)) == (6, 4)


@pytest.mark.parametrize("rows", [0, 1, 4, 5])
def test_a_table_that_fits_stays_whole(rows: int) -> None:
    whole = table(rows)
    assert whole.shortened(4) == (whole, 0)


def test_the_page_is_shortened_and_the_file_is_whole(
    app: Flask, sign_in_as: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_ledgers(1, steps=60)
    browser, address = sign_in_as("fay"), "/fund/reports/encumbrances"
    whole = browser.get(address).text
    rows = whole.count("/fund/reports/request/")
    assert rows > 4 and "more row" not in whole
    monkeypatch.setattr(reports, "ROWS_A_PAGE", 2)
    short = browser.get(address).text
    assert short.count("/fund/reports/request/") == 2
    assert f"{rows - 2} more rows stand in the file only" in short
    assert f"{rows - 2} more</th>" in short
    lines = browser.send(f"{address}/file/csv", page=address)
    file = list(csv.reader(io.StringIO(lines.data.decode("utf-8-sig"), newline="")))
    assert sum(bool(line) and line[0].startswith("FR-") for line in file) == rows

    def held(page: str) -> int:
        body = page.split("<tbody>")[1].split("</tbody>")[0].split("<tr>")[1:-1]
        return sum(parse_cents(re.findall(r"\$([\d,.]+)", row)[0]) for row in body)

    assert held(short) == held(whole) > 0
