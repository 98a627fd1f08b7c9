"""The books in other people's shapes: HMIS financial assistance (SSVF), and journal lines for a county's ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from core.errors import InvalidInput, Sentence
from core.exports import Dollars, csv_line
from funds.ledger import BUDGET_ACCOUNTS, Account
from funds.queries.entries import Entry
from funds.queries.listed import HmisRow, iterate_hmis
from funds.queries.scope import Scope

# HMIS CSV format, Services.csv. Record type 152: SSVF financial assistance; the type is the category's HMIS code.
HMIS_COLUMNS: Final = (
    "ServicesID", "EnrollmentID", "PersonalID", "DateProvided", "RecordType", "TypeProvided", "OtherTypeProvided",
    "MovingOnOtherType", "SubTypeProvided", "FAAmount", "FAStartDate", "FAEndDate", "ReferralOutcome", "DateCreated",
    "DateUpdated", "UserID", "DateDeleted", "ExportID",
)  # fmt: skip
HMIS_RECORD_TYPE: Final = 152

GL_FIELDS: Final = (
    "date", "period", "reference", "posting", "fund", "year", "category", "account", "object", "description", "debit",
    "credit", "amount", "request", "payee", "kind",
)  # fmt: skip
GL_COLUMNS: Final = ("date", "fund", "account", "object", "reference", "description", "debit", "credit")
"""What a county's ledger gets unless it asks for others: `--columns "Post Date=date,Acct=object,Amount=amount"`."""

Columns = Sequence[tuple[str, str]]


def read_columns(text: str) -> Columns:
    """Heading and field of each column, from "Post Date=date,debit". Raises InvalidInput for an unknown field."""
    found = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        heading, _equals, field = part.rpartition("=")
        heading, field = heading.strip(), field.strip()
        if field not in GL_FIELDS:
            raise InvalidInput(
                "columns",
                Sentence(
                    "There is no field %(field)s. Choose from %(fields)s.", field=field, fields=", ".join(GL_FIELDS)
                ),
            )
        found.append((heading or field, field))
    return found or [(field, field) for field in GL_COLUMNS]


def read_accounts(text: str) -> dict[str, str]:
    """The county's codes for kinds of account, from "cash=1010,payable=2010". Raises InvalidInput."""
    kinds = {str(kind) for kind in Account if kind not in BUDGET_ACCOUNTS}
    found: dict[str, str] = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        kind, _equals, code = part.partition("=")
        if kind.strip() not in kinds or not code.strip():
            raise InvalidInput(
                "accounts",
                Sentence("Write kind=code, as in cash=1010. The kinds are %(kinds)s.", kinds=", ".join(sorted(kinds))),
            )
        found[kind.strip()] = code.strip()
    return found


def write_gl(
    path: Path, entries: Iterable[Entry], columns: Columns, accounts: Mapping[str, str]
) -> tuple[list[Path], int, int]:
    """Write the actual accounts as journal lines, one a side; answers files, lines and the sum of debits.

    Budget accounts stay out: a county's ledger keeps its own budget.
    """
    lines, debits = 0, 0
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(csv_line([heading for heading, _field in columns]))
        for entry in entries:
            if entry.debit in BUDGET_ACCOUNTS:
                continue
            debits += entry.cents
            for values in gl_lines(entry, accounts):
                file.write(csv_line([values[field] for _heading, field in columns]))
                lines += 1
    return [path], lines, debits


def gl_lines(entry: Entry, accounts: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The debit and the credit line of a transfer, by GL_FIELDS."""
    for account, sign in ((entry.debit, 1), (entry.credit, -1)):
        yield {
            "date": entry.effective_on,
            "period": entry.period_on.strftime("%Y-%m"),
            "reference": entry.request or f"P{entry.posting_id}",
            "posting": entry.posting_id,
            "fund": entry.fund,
            "year": entry.year,
            "category": entry.category,
            "account": accounts.get(str(account), str(account)),
            "object": entry.gl_object if account is Account.EXPENSE else None,
            "description": " ".join(filter(None, (entry.kind, entry.item_category or entry.category))),
            "debit": Dollars(entry.cents) if sign > 0 else None,
            "credit": Dollars(entry.cents) if sign < 0 else None,
            "amount": Dollars(sign * entry.cents),
            "request": entry.request,
            "payee": entry.payee_id,
            "kind": entry.kind,
        }


def write_hmis(scope: Scope, path: Path, export_id: str) -> tuple[list[Path], int, int, dict[str, int]]:
    """Write one row of financial assistance a request; answers files, rows, their sum and what is left out, by code.

    Left out: spending in categories without an HMIS code, and requests that came to less than nothing (a refund of
    earlier spending). Rows and what is left out add up to the spending of the filter.
    """
    rows, cents = 0, 0
    left_out: dict[str, int] = {}
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(csv_line(HMIS_COLUMNS))
        for each in iterate_hmis(scope):
            if each.hmis_code is None or each.cents < 0:
                name = each.item_category if each.hmis_code is None else f"{each.item_category}, refunds"
                left_out[name] = left_out.get(name, 0) + each.cents
            elif each.cents:
                file.write(csv_line(_hmis_values(each, export_id)))
                rows, cents = rows + 1, cents + each.cents
    return [path], rows, cents, left_out


def _hmis_values(each: HmisRow, export_id: str) -> tuple[Any, ...]:
    created: date = each.first_on
    return (
        each.number, f"{each.enrollee}-1", each.enrollee, created, HMIS_RECORD_TYPE, each.hmis_code, None, None, None,
        Dollars(each.cents), each.covers_from, each.covers_to, None, created, each.last_on, each.author_id, None,
        export_id,
    )  # fmt: skip
