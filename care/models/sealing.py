"""The one sealed column that a table of personal data has."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, MappedColumn, deferred, mapped_column

from core.db import Sealed

__all__ = ["sealed_column"]


def sealed_column() -> Mapped[bytes | None]:
    """A sealed JSON object, never loaded by an ordinary query: reading it without `care.vault` raises."""
    column: MappedColumn[bytes | None] = mapped_column(Sealed)
    return deferred(column, raiseload=True)
