"""CSV, XLSX, JSON Lines, HMIS and the county's ledger: whole, countable, inert in a spreadsheet, without a name."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import update

from audit.rules import canonical_json
from core.db import db, transaction
from core.errors import InvalidInput
from core.exports import RISKY_STARTS
from core.money import format_cents, parse_cents
from funds.exports import FORMATS, Wishes, write_export
from funds.exports.crosswalks import read_accounts, read_columns
from funds.ledger import Account
from funds.models import FundRequest
from funds.queries.scope import Scope
from tests.builders import NOW
from tests.funds.books import make_approved, make_draft, make_submitted, make_world
from tests.funds.ledgers import Books, make_ledgers


@pytest.fixture
def one(app: Flask) -> Books:
    """One random ledger, and a second one as noise."""
    (books, _noise), _cast = make_ledgers(2, steps=50)
    return books


def export(format: str, scope: Scope, path: Path, **wishes: str) -> tuple[list[Path], dict[str, Any]]:
    """The files and the manifest."""
    made = write_export(format, scope, path, now=NOW, filter_words={}, wishes=Wishes(**wishes))
    assert made.files[-1].name == f"{path.name}.manifest.json"
    assert json.loads(made.files[-1].read_text()) == made.manifest
    return made.files[:-1], made.manifest


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a file by heading."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cents(text: str) -> int:
    """What a cell of money says."""
    return -parse_cents(text[1:]) if text.startswith("-") else parse_cents(text or "0")


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_counts_what_it_holds(one: Books, tmp_path: Path, format: str) -> None:
    files, manifest = export(format, Scope(fund_id=one.fund_id), tmp_path / "books")
    assert (manifest["rows"], manifest["control_total_cents"]) == (one.rows, one.cents)
    assert manifest["control_total"] == format_cents(one.cents)
    assert len(manifest["chain"]["head"]) == 64
    assert manifest["files"] == {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in files}


def test_csv_holds_every_transfer_and_adds_up_to_the_balances(one: Books, tmp_path: Path) -> None:
    (transfers, requests), _manifest = export("csv", Scope(fund_id=one.fund_id), tmp_path / "books.csv")
    rows = read_csv(transfers)
    assert len(rows) == one.rows
    assert sum(cents(row["amount"]) for row in rows) == one.cents
    net: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in rows:
        for side, sign in (("debit", 1), ("credit", -1)):
            net[row[side], row["year"], row["category"]] += sign * cents(row["amount"])
    for (year, category), line in one.lines.items():
        for account in (Account.EXPENSE, Account.ENCUMBERED, Account.PAYABLE, Account.APPROPRIATION):
            assert net[str(account), year, category] == one.net.get((account, line), 0)
    spent = sum(cents(row["spent"]) for row in read_csv(requests))
    assert spent == sum(one.net.get((Account.EXPENSE, line), 0) for line in one.lines.values())


def test_xlsx_holds_the_same_rows_with_text_as_text(one: Books, tmp_path: Path) -> None:
    (path,), _manifest = export("xlsx", Scope(fund_id=one.fund_id), tmp_path / "books.xlsx")
    book = openpyxl.load_workbook(path, read_only=True)
    rows = list(book["Transfers"].iter_rows(values_only=True))
    assert book.sheetnames == ["About", "Transfers", "Requests"]
    assert len(rows) == one.rows + 1
    amounts = [round(row[rows[0].index("amount")] * 100) for row in rows[1:]]
    assert sum(amounts) == one.cents


def test_each_line_of_json_proves_itself(one: Books, tmp_path: Path) -> None:
    (path,), _manifest = export("jsonl", Scope(fund_id=one.fund_id), tmp_path / "books.jsonl")
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert all(digest_of(record) == record["sha256"] for record in records)
    transfers = [each for record in records if record["type"] == "posting" for each in record["transfers"]]
    assert (len(transfers), sum(each["cents"] for each in transfers)) == (one.rows, one.cents)
    net: dict[int, int] = defaultdict(int)
    for each in transfers:
        net[each["debit"]] += each["cents"]
        net[each["credit"]] -= each["cents"]
    accounts = {record["id"]: record["net_cents"] for record in records if record["type"] == "ledger_account"}
    assert {number: amount for number, amount in accounts.items() if amount} == {
        number: amount for number, amount in net.items() if amount
    }
    changed = {**records[3], "code": "other"}
    assert digest_of(changed) != changed["sha256"]


def digest_of(record: dict[str, Any]) -> str:
    """The hash that a line should carry."""
    content = {name: value for name, value in record.items() if name != "sha256"}
    return hashlib.sha256(canonical_json(content)).hexdigest()


def test_hmis_adds_up_with_what_it_leaves_out(one: Books, tmp_path: Path) -> None:
    (path,), manifest = export("hmis", Scope(fund_id=one.fund_id), tmp_path / "hmis.csv")
    rows = read_csv(path)
    assert rows
    assert {row["RecordType"] for row in rows} == {"152"}
    assert {row["TypeProvided"] for row in rows} <= {"1", "8", "12"}
    assert sum(cents(row["FAAmount"]) for row in rows) == manifest["hmis_cents"]
    assert manifest["hmis_cents"] + sum(manifest["left_out_cents"].values()) == manifest["spent_cents"]
    assert manifest["spent_cents"] == sum(one.net.get((Account.EXPENSE, line), 0) for line in one.lines.values())
    assert "other" in manifest["left_out_cents"], "spending without an HMIS code is named"


def test_the_county_names_its_own_columns_and_codes(one: Books, tmp_path: Path) -> None:
    wishes = {"columns": "Post Date=date, Acct=account, object, Amount=amount", "accounts": "cash=1010"}
    (path,), manifest = export("gl", Scope(fund_id=one.fund_id), tmp_path / "gl.csv", **wishes)
    rows = read_csv(path)
    assert list(rows[0]) == ["Post Date", "Acct", "object", "Amount"]
    assert len(rows) == manifest["gl_lines"]
    assert sum(cents(row["Amount"]) for row in rows) == 0
    cash = sum(cents(row["Amount"]) for row in rows if row["Acct"] == "1010")
    assert cash == one.net[Account.CASH, one.fund_id]
    assert {row["object"] for row in rows if row["Acct"] == "expense"} <= {"5401", "5402", "5410", "5411", "5490"}
    assert not {row["Acct"] for row in rows} & {"available", "encumbered", "appropriation"}


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(InvalidInput, match="There is no field"):
        read_columns("Date=day")
    with pytest.raises(InvalidInput, match="Write kind=code"):
        read_accounts("bank=1")
    assert read_columns("") == [
        (name, name) for name in ("date", "fund", "account", "object", "reference", "description", "debit", "credit")
    ]


@pytest.mark.parametrize("format", FORMATS)
def test_nobody_is_named(app: Flask, tmp_path: Path, format: str) -> None:
    """A request with sealed words, decided by people with names: none of it is in any file."""
    world = make_world()
    make_approved(world)
    make_submitted(world, cents=9_000)
    make_draft(world)
    files, _manifest = export(format, Scope(), tmp_path / "books.xlsx")
    held = b"".join(each.read_bytes() for each in files)
    if format == "xlsx":
        book = openpyxl.load_workbook(files[0])
        held = "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row).encode()
    assert b"E-014" in held or format in {"hmis", "gl"}  # nothing is spent yet
    for word in ("Ana", "Ruiz", "Cal Brooks", "Sue", "Fay", "mattress", "To sleep", "Furniture bank", "Elm Street"):
        assert word.encode() not in held, word
    assert held.count(b"FR-2026-0003") == 0, "a draft belongs to its author"


def test_no_cell_of_a_spreadsheet_runs(app: Flask, tmp_path: Path) -> None:
    world = make_world()
    request_id = make_approved(world)
    with transaction() as session:
        session.execute(update(FundRequest).where(FundRequest.id == request_id).values(number='=HYPERLINK("x")'))
    db.session.rollback()
    (transfers, requests), _manifest = export("csv", Scope(), tmp_path / "books.csv")
    cells = [cell for path in (transfers, requests) for row in read_csv(path) for cell in row.values()]
    assert '\'=HYPERLINK("x")' in cells
    assert [cell for cell in cells if cell.startswith(RISKY_STARTS) and not is_number(cell)] == []
    (path,), _manifest = export("xlsx", Scope(), tmp_path / "books.xlsx")
    sheet = openpyxl.load_workbook(path)["Requests"]
    kinds = {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value == '=HYPERLINK("x")'}
    assert kinds == {"s"}


def is_number(text: str) -> bool:
    """True for a plain negative amount, which a spreadsheet only counts."""
    return text[1:].replace(".", "", 1).isdigit() and text[0] == "-"
