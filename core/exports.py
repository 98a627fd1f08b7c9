"""Tables as CSV and XLSX whose cells no spreadsheet runs as a formula; what stands in them is not here.

Small tables are made in memory (`csv_bytes`, `xlsx_bytes`), long ones row by row (`csv_line`, `Workbook`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import xlsxwriter

RISKY_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a cell starts that a spreadsheet may run as a formula (OWASP, CSV injection)."""
SHEET_ROWS: Final = 1_048_576  # the format's own end of a sheet; more rows go on in the next sheet
Cell = str | int | float | None


class Dollars(int):
    """Cents that a file shows as dollars: 123450 → 1234.50."""

    def __str__(self) -> str:
        sign, cents = ("-" if self < 0 else ""), abs(int(self))
        return f"{sign}{cents // 100}.{cents % 100:02d}"


def dollars(cents: int) -> float:
    """Cents as the number of dollars that a spreadsheet counts with: exact far beyond any fund."""
    return float(Decimal(cents).scaleb(-2))


def csv_bytes(rows: Iterable[Sequence[Cell]]) -> bytes:
    """The rows as CSV in UTF-8 with the mark that spreadsheets ask for; a text that starts a formula gets an
    apostrophe."""
    buffer = io.StringIO()
    csv.writer(buffer).writerows([harmless(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def xlsx_bytes(sheets: Iterable[tuple[str, Iterable[Sequence[Cell]]]]) -> bytes:
    """One sheet for each name and its rows; texts are written as texts, never as formulas or links."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, rows in sheets:
            sheet = book.add_worksheet(name[:31])
            for row_number, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, str):
                        sheet.write_string(row_number, column, cell)
                    elif cell is not None:
                        sheet.write_number(row_number, column, cell)
            sheet.autofit()
    return out.getvalue()


def harmless(value: object) -> str:
    """A value as the text of a cell; one that would start a formula gets an apostrophe. Numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(RISKY_STARTS) else text


def csv_line(values: Iterable[object]) -> str:
    """One line of CSV with its line end."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerow([harmless(value) for value in values])
    return buffer.getvalue()


class Workbook:
    """An XLSX file that is written row by row without holding it in memory. Text is written as text, never run.

    A sheet that is full goes on in the next one, with its heading again. Cents are written as dollars: `Dollars`.
    """

    def __init__(self, path: Path) -> None:
        self._book = xlsxwriter.Workbook(
            str(path),
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "in_memory": False,
            },
        )
        self._bold = self._book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self._money = self._book.add_format({"num_format": "#,##0.00"})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._book.close()

    def write(self, name: str, heading: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
        """Write one table and answer its rows. `name` is the sheet's, at most 25 letters."""
        written, sheet, line, part = 0, None, 0, 0
        for row in rows:
            if sheet is None or line >= SHEET_ROWS:
                part += 1
                sheet, line = self._sheet(name if part == 1 else f"{name} {part}", heading), 1
            for column, value in enumerate(row):
                self._cell(sheet, line, column, value)
            line, written = line + 1, written + 1
        if sheet is None:
            self._sheet(name, heading)
        return written

    def _sheet(self, name: str, heading: Sequence[str]) -> Any:
        sheet = self._book.add_worksheet(name)
        sheet.set_column(0, max(len(heading) - 1, 0), 18)
        sheet.freeze_panes(1, 0)
        for column, title in enumerate(heading):
            sheet.write_string(0, column, title, self._bold)
        return sheet

    def _cell(self, sheet: Any, line: int, column: int, value: Any) -> None:
        if value is None:
            return
        if isinstance(value, Dollars):
            sheet.write_number(line, column, Decimal(int(value)).scaleb(-2), self._money)
        elif isinstance(value, int) and not isinstance(value, bool):
            sheet.write_number(line, column, value)
        elif isinstance(value, date):
            sheet.write_datetime(line, column, value, self._day)
        else:
            sheet.write_string(line, column, str(value))
