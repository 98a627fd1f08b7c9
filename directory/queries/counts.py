"""How many rows each table of HSDS holds, and how many of them the public sees."""

from __future__ import annotations

from sqlalchemy import func, select

from core.db import db
from directory.models import HSDS_TABLES
from directory.queries.publication import public_rows


def count_rows(*, public_only: bool = False) -> dict[str, int]:
    """Rows by HSDS table name, in the order of the standard. One query a table."""
    return {name: _count(name, public_only) for name in HSDS_TABLES}


def _count(name: str, public_only: bool) -> int:
    query = select(func.count()).select_from(HSDS_TABLES[name])
    if public_only:
        query = query.where(public_rows(name))
    return db.session.scalar(query) or 0
