"""Tables for spreadsheets: texts stay texts, numbers stay numbers."""

from __future__ import annotations

import csv
import io

import pytest
from openpyxl import load_workbook

from core.exports import csv_bytes, xlsx_bytes

HOSTILE = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    '=HYPERLINK("https://canary.example")',
    "https://canary.example",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_runs(text: str) -> None:
    cell = next(csv.reader(io.StringIO(csv_bytes([[text]]).decode("utf-8-sig"), newline="")))[0]
    assert cell.startswith("'") or cell == "https://canary.example"
    made = load_workbook(io.BytesIO(xlsx_bytes([("Sheet", [[text]])]))).active["A1"]
    assert made.data_type == "s" and made.hyperlink is None


def test_numbers_and_gaps_stay() -> None:
    rows: list[list[str | int | float | None]] = [["Año", 3], [None, -2.5]]
    assert csv_bytes(rows).decode("utf-8-sig") == "Año,3\r\n,-2.5\r\n"
    sheet = load_workbook(io.BytesIO(xlsx_bytes([("Sheet", rows)]))).active
    assert [[cell.value for cell in row] for row in sheet.rows] == [["Año", 3], [None, -2.5]]
