"""Our rows as HSDS 3.1 items: JSON values as the schemas want them, and CSV cells; nothing is read or stored here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote, urlsplit

from directory.hsds.tables import TABLES

NO_DESCRIPTION: Final = "No description given"
ADDRESS_PARTS: Final = ("address_1", "city", "state_province", "postal_code", "country")
EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
WEEKDAYS: Final = "MO,TU,WE,TH,FR,SA,SU"
DESCRIBED: Final = {"organization", "program", "taxonomy", "taxonomy_term"}
UNSAFE_CELL: Final = ("=", "+", "-", "@", "\t", "\r")


def fitted(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row's values under the standard's columns, each such that the schemas accept it; None for what they refuse."""
    values = {name: _fitted(column.kind, row.get(name)) for name, column in TABLES[table].columns.items()}
    if table in DESCRIBED and not values["description"]:
        values["description"] = NO_DESCRIPTION
    if table == "schedule":
        _fit_schedule(values)
    return values


def json_item(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as an HSDS JSON object: only the standard's columns, without nulls and empty texts."""
    item = {name: _json_value(value) for name, value in fitted(table, row).items()}
    return {name: value for name, value in item.items() if value is not None and value != ""}


def _fitted(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind == "url":
        return absolute_url(str(value))
    if kind == "email":
        return str(value) if EMAIL.fullmatch(str(value)) else None
    return value


def _json_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, Decimal):
        return float(value)
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def absolute_url(text: str) -> str | None:
    """A web address as a URI: with its scheme, encoded; None for what is none."""
    text = text.strip()
    if text and not re.match(r"[a-z][a-z0-9+.-]*:", text, re.IGNORECASE):
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host or not re.fullmatch(r"[A-Za-z0-9.-]+", host):
        return None
    return quote(text, safe=":/?#[]@!$&'()*+,;=%-._~")


def address_item(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """An address as JSON, or None when a part that HSDS requires is missing: its words then go to the location."""
    item = json_item("address", row)
    return item if all(item.get(part) for part in ADDRESS_PARTS) else None


def address_words(row: Mapping[str, Any]) -> str:
    """What is known of an incomplete address, in one line."""
    return ", ".join(str(row[part]) for part in ("address_1", "address_2", *ADDRESS_PARTS[1:]) if row.get(part))


def csv_cell(value: Any) -> str:
    """One value as HSDS CSV: times with seconds, moments with zone. No cell runs in a spreadsheet, none is refused:

    a text that starts a formula gets an apostrophe, which `read_cell` of a later import takes off again.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, time):
        return value.strftime("%H:%M:%S")
    if isinstance(value, str) and value.startswith(UNSAFE_CELL):
        return f"'{value}"
    return str(value)


def _fit_schedule(values: dict[str, Any]) -> None:
    """`timezone` cannot say daylight saving, so it is left out; daily is WEEKLY on seven days."""
    values["timezone"] = None
    frequency = str(values["freq"] or "").upper()
    if frequency == "DAILY":
        values["freq"], values["byday"] = "WEEKLY", values["byday"] or WEEKDAYS
    else:
        values["freq"] = frequency if frequency in {"WEEKLY", "MONTHLY"} else None
    if values["wkst"] not in WEEKDAYS.split(","):
        values["wkst"] = None
