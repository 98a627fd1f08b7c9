"""Digests of the rows that never change: each is noted as it is written, and the trail's next event carries it.

Triggers refuse to rewrite these rows; the digests in the chain show it when somebody took the triggers away. Sealed
columns stay outside: destroying a person's key blanks them, and the digest of the row still holds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import event

from audit.rules import moment
from core.db import Base, note_row
from funds.models.governance import PolicyEvaluation
from funds.models.payments import CustodyEvent
from funds.models.requests import FundRequestEvent, Notice

KEPT: Final[tuple[type[Base], ...]] = (FundRequestEvent, PolicyEvaluation, Notice, CustodyEvent)
POSTING: Final = "posting"


def row_name(table: str, row_id: object) -> str:
    """How the trail names a row: "posting:12"."""
    return f"{table}:{row_id}"


def row_digest(values: Mapping[str, Any]) -> str:
    """SHA-256 of a row in one spelling. Empty columns stay outside, so that a column added later changes no digest."""
    known = {name: value for name, value in values.items() if value is not None and name != "sealed"}
    text = json.dumps(known, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_spelled)
    return hashlib.sha256(text.encode()).hexdigest()


def posting_digest(values: Mapping[str, Any], transfers: Iterable[Mapping[str, Any]]) -> str:
    """SHA-256 of a posting with its transfers in their order."""
    rows = [{name: value for name, value in row.items() if value is not None} for row in transfers]
    return row_digest({**values, "transfers": rows})


def columns_of(model: type[Base]) -> tuple[str, ...]:
    """The columns of a kept table that its digest covers."""
    return tuple(name for name in model.__table__.columns.keys() if name != "sealed")


def _spelled(value: object) -> str:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"A kept row holds no {type(value).__name__}.")


def _note(_mapper: object, _connection: object, row: Any) -> None:
    model = type(row)
    digest = row_digest({name: getattr(row, name) for name in columns_of(model)})
    note_row(row_name(model.__tablename__, row.id), digest)


for _model in KEPT:
    event.listen(_model, "after_insert", _note)
