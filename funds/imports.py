"""Reading a bank's or card company's CSV: which column is what, and which rows make sense; it keeps nothing."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from core.errors import InvalidInput, Sentence
from core.money import parse_cents

MOST_BYTES: Final = 400_000  # it travels in the form between preview and import
MOST_ROWS: Final = 5_000
COLUMNS: Final = ("on", "amount", "debit", "credit", "number", "words")
WORDS: Final[Mapping[str, re.Pattern[str]]] = {
    "on": re.compile(r"\b(posting|posted|transaction|trans\.?|value)?\s*date\b|^fecha", re.I),
    "debit": re.compile(r"debit|withdrawal|paid out|money out|cargo", re.I),
    "credit": re.compile(r"credit(?! card)|deposit|paid in|money in|abono", re.I),
    "amount": re.compile(r"\bamount\b|^value$|importe|monto", re.I),
    "number": re.compile(r"check|cheque|\bref|reference|number|\bno\b\.?|#|trace|slip", re.I),
    "words": re.compile(r"description|memo|payee|details|narrative|merchant|name|concepto", re.I),
}
DAYS: Final = ("%m/%d/%Y", "%Y-%m-%d", "%m/%d/%y", "%m-%d-%Y", "%d-%b-%Y", "%b %d, %Y", "%Y%m%d")


@dataclass(frozen=True, slots=True)
class BankRow:
    """One line of the file: below zero is money that left the account."""

    seq: int
    on: date
    cents: int
    number: str | None
    words: str


@dataclass(frozen=True, slots=True)
class BankFile:
    """A file as it was read under a mapping. `problems` names each row that makes no sense, by its line."""

    sha256: str
    headers: Sequence[str]
    mapping: Mapping[str, int]  # what a column is → its place in the row
    is_turned: bool  # charges stand above zero, as card statements have them
    rows: Sequence[BankRow]
    problems: Sequence[Sentence]

    @property
    def can_be_imported(self) -> bool:
        """True when at least one row was read."""
        return bool(self.rows)


def read_bank_file(text: str, *, mapping: Mapping[str, int] | None = None, is_turned: bool | None = None) -> BankFile:
    """Read a file; without a mapping the columns are guessed from their names. Raises InvalidInput on `file`."""
    if len(text.encode()) > MOST_BYTES:
        raise InvalidInput("file", Sentence("This file is too large. Export fewer months at a time."))
    lines = _lines(text)
    if len(lines) < 2:
        raise InvalidInput("file", Sentence("This is no CSV with a heading line and rows under it."))
    start = _heading(lines)
    headers = [cell.strip() for cell in lines[start]]
    chosen = dict(mapping) if mapping is not None else guess_mapping(headers)
    chosen = {name: place for name, place in chosen.items() if name in COLUMNS and 0 <= place < len(headers)}
    if "on" not in chosen or not ({"amount", "debit", "credit"} & chosen.keys()):
        return BankFile(digest_of(text), headers, chosen, False, (), (MISSING,))
    amounts = [_raw(line, chosen) for line in lines[start + 1 :]]
    turned = _looks_turned(amounts, chosen) if is_turned is None else is_turned
    rows, problems = [], []
    for place, line in enumerate(lines[start + 1 :], start + 2):
        if not any(cell.strip() for cell in line):
            continue
        try:
            rows.append(_row(line, place, chosen, turned))
        except ValueError:
            problems.append(Sentence("Line %(line)s was left out: its day or amount cannot be read.", line=place))
    return BankFile(digest_of(text), headers, chosen, turned, rows[:MOST_ROWS], problems[:50])


def guess_mapping(headers: Sequence[str]) -> dict[str, int]:
    """Which column is what, from the words of the heading; a column is used once, the plainest names go first."""
    found: dict[str, int] = {}
    for name, pattern in WORDS.items():
        for place, header in enumerate(headers):
            if place not in found.values() and pattern.search(header):
                found[name] = place
                break
    if "amount" in found and {"debit", "credit"} & found.keys():
        found.pop("amount")  # a running total or the like: the two columns say more
    return found


def digest_of(text: str) -> str:
    """What makes two files the same: their text, whatever the line ends."""
    return hashlib.sha256("\n".join(text.splitlines()).strip().encode()).hexdigest()


MISSING: Final = Sentence("Say which column holds the day and which the amount.")


def _lines(text: str) -> list[list[str]]:
    text = text.lstrip("\ufeff")
    try:
        dialect: type[csv.Dialect] = csv.Sniffer().sniff(text[:4000], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    try:
        return list(csv.reader(io.StringIO(text), dialect, strict=False))
    except csv.Error as error:
        raise InvalidInput("file", Sentence("This is no CSV with a heading line and rows under it.")) from error


def _heading(lines: Sequence[Sequence[str]]) -> int:
    """The heading may stand under lines about the account: the first one in which a day and an amount are named."""
    for place, line in enumerate(lines[:15]):
        guessed = guess_mapping([cell.strip() for cell in line])
        if "on" in guessed and {"amount", "debit", "credit"} & guessed.keys():
            return place
    return 0


def _row(line: Sequence[str], place: int, mapping: Mapping[str, int], turned: bool) -> BankRow:
    cents = _cents(line, mapping)
    if cents is None or cents == 0:
        raise ValueError("no amount")
    if turned and "amount" in mapping:
        cents = -cents
    number = _cell(line, mapping.get("number")).lstrip("#").strip()
    words = _cell(line, mapping.get("words"))
    return BankRow(place, _day(_cell(line, mapping["on"])), cents, number[:60] or None, words[:300])


def _cents(line: Sequence[str], mapping: Mapping[str, int]) -> int | None:
    """Cents of a row, below zero for money out, before turning."""
    if "amount" in mapping:
        return _amount(_cell(line, mapping["amount"]))
    out, into = _amount(_cell(line, mapping.get("debit"))), _amount(_cell(line, mapping.get("credit")))
    if out:
        return -abs(out)
    return abs(into) if into else None


def _raw(line: Sequence[str], mapping: Mapping[str, int]) -> int:
    try:
        return _cents(line, mapping) or 0
    except ValueError:
        return 0


def _amount(text: str) -> int | None:
    """Cents of "-1,234.50", "(45.00)", "45.00-" or "$45"; None for an empty cell. Raises ValueError."""
    text = text.replace("\u2212", "-").replace("USD", "").strip()
    if not text:
        return None
    negative = text.startswith(("-", "(", "$-")) or text.endswith("-")
    bare = text.strip("()-+ ").replace("$-", "").replace("$", "").strip(" -")
    try:
        cents = parse_cents(bare)
    except InvalidInput as error:
        raise ValueError(text) from error
    return -cents if negative else cents


def _day(text: str) -> date:
    text = text.split(" ")[0] if ":" in text else text
    for form in DAYS:
        try:
            return datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 - a day, not a moment
        except ValueError:
            continue
    raise ValueError(text)


def _looks_turned(amounts: Sequence[int], mapping: Mapping[str, int]) -> bool:
    """True when most amounts stand above zero: then they are charges, as card statements have them."""
    return "amount" in mapping and sum(cents > 0 for cents in amounts) > sum(cents < 0 for cents in amounts)


def _cell(line: Sequence[str], place: int | None) -> str:
    return line[place].strip() if place is not None and place < len(line) else ""
