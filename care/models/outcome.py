"""What a day or an event costs the county, to say what fewer of them saved. No person is in it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base


class UnitCost(Base):
    """The cost of one day, visit or arrest as somebody stated it. Append-only: the newest version counts."""

    __tablename__ = "unit_cost"
    __table_args__ = (
        UniqueConstraint("measure", "version"),
        CheckConstraint("cents >= 0", name="cents"),
        CheckConstraint("version >= 1", name="version"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    measure: Mapped[str]
    version: Mapped[int]
    cents: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str]
    as_of: Mapped[date]
    stated_at: Mapped[datetime]
    stated_by: Mapped[UUID | None]
