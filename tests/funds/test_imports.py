"""Bank files as banks write them: headings above the table, two amount columns, card statements, rows without sense."""

from __future__ import annotations

from datetime import date

import pytest

from core.errors import InvalidInput
from funds.imports import BankRow, guess_mapping, read_bank_file

PLAIN = """Date,Description,Check Number,Amount
11/18/2026,CHECK 1001,1001,-180.00
11/19/2026,"DEPOSIT, COUNTY",,"1,000.00"
11/20/2026,FEE,,(2.50)
"""
TWO_COLUMNS = """Account 12-345;;;;
Period November;;;;
Posting Date;Reference;Description;Withdrawals;Deposits
2026-11-18;#1001;Elm Street;180.00;
2026-11-19;;County;;1,000.00
"""
CARD = """Trans. Date,Merchant Name,Amount
11/18/26,ELM STREET FURNITURE,$180.00
11/20/26,CORNER STORE,15.00
11/21/26,REFUND,-5.00
"""


def test_a_plain_file_is_read() -> None:
    file = read_bank_file(PLAIN)
    assert file.mapping == {"on": 0, "words": 1, "number": 2, "amount": 3}
    assert list(file.rows) == [
        BankRow(2, date(2026, 11, 18), -18_000, "1001", "CHECK 1001"),
        BankRow(3, date(2026, 11, 19), 100_000, None, "DEPOSIT, COUNTY"),
        BankRow(4, date(2026, 11, 20), -250, None, "FEE"),
    ]
    assert not file.problems and not file.is_turned


def test_a_heading_under_other_lines_and_two_amount_columns() -> None:
    file = read_bank_file(TWO_COLUMNS)
    assert [(row.cents, row.number) for row in file.rows] == [(-18_000, "1001"), (100_000, None)]


def test_a_card_statement_has_charges_above_zero() -> None:
    file = read_bank_file(CARD)
    assert file.is_turned
    assert [row.cents for row in file.rows] == [-18_000, -1_500, 500]
    assert [row.cents for row in read_bank_file(CARD, is_turned=False).rows] == [18_000, 1_500, -500]


def test_bad_rows_are_named_and_the_others_kept() -> None:
    file = read_bank_file(PLAIN + "someday,X,,-1.00\n11/21/2026,Y,,free\n\n11/22/2026,Z,,-3\n")
    assert len(file.rows) == 4
    assert [str(each) for each in file.problems] == [
        "Line 5 was left out: its day or amount cannot be read.",
        "Line 6 was left out: its day or amount cannot be read.",
    ]


def test_a_file_whose_columns_have_other_names_is_read_by_a_mapping() -> None:
    text = "Wann,Was,Wieviel\n11/18/2026,Bett,-180.00\n"
    file = read_bank_file(text)
    assert not file.can_be_imported
    assert str(file.problems[0]) == "Say which column holds the day and which the amount."
    assert [row.cents for row in read_bank_file(text, mapping={"on": 0, "words": 1, "amount": 2}).rows] == [-18_000]


def test_the_same_file_has_one_digest_whatever_its_line_ends() -> None:
    assert read_bank_file(PLAIN).sha256 == read_bank_file(PLAIN.replace("\n", "\r\n")).sha256
    assert read_bank_file(PLAIN).sha256 != read_bank_file(PLAIN.replace("180", "181")).sha256


@pytest.mark.parametrize("text", ["", "just words", "%PDF-1.7"])
def test_what_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="This is no CSV"):
        read_bank_file(text)


def test_a_file_too_large_is_refused() -> None:
    with pytest.raises(InvalidInput, match="too large"):
        read_bank_file(PLAIN + "x" * 500_000)


def test_a_column_is_used_once() -> None:
    assert guess_mapping(["Transaction Date", "Post Date", "Description", "Amount"]) == {
        "on": 0,
        "words": 2,
        "amount": 3,
    }
