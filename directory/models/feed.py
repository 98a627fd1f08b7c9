"""Where records came from: sources, what each last sent, tombstones, and the reports of imports."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base


class Source(Base):
    """A feed or list that records come from, with its licence and credit. `mapping` is its TOML, if it needs one."""

    __tablename__ = "source"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str]
    dialect: Mapped[str | None]
    licence: Mapped[str | None]
    credit: Mapped[str | None]
    mapping: Mapped[str | None]
    created_at: Mapped[datetime]


class SourceRecord(Base):
    """One record of a source: its id there, ours here, and what the source last sent for it (JSON by our field).

    `received` is what tells a local edit from a change of the feed. It never holds a withheld place.
    """

    __tablename__ = "source_record"
    __table_args__ = (
        UniqueConstraint("source_id", "record_table", "record_id"),
        Index("ix_source_record_record", "record_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    source_id: Mapped[UUID] = mapped_column(ForeignKey("source.id"), index=True)
    record_table: Mapped[str]
    record_id: Mapped[UUID]
    original_id: Mapped[str | None]
    received: Mapped[str]
    received_hash: Mapped[str]
    seen_at: Mapped[datetime]


class Tombstone(Base):
    """A place that became secret: keyed hashes only. It wins over every later import from any source."""

    __tablename__ = "tombstone"
    __table_args__ = (UniqueConstraint("digest"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    digest: Mapped[str]
    kind: Mapped[str]
    location_id: Mapped[UUID | None]
    created_at: Mapped[datetime]


class GeocodeAnswer(Base):
    """What the address service said of a provider's address, so as not to ask twice. `key`: the address, normalised.

    `answer` is JSON: the point with its precision and day, or null when the service did not know it.
    """

    __tablename__ = "geocode_answer"
    __table_args__ = (UniqueConstraint("key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    key: Mapped[str]
    answer: Mapped[str]
    asked_at: Mapped[datetime]


class ImportRun(Base):
    """One import, tried or done: who, what came of it (report as JSON), and how far it is."""

    __tablename__ = "import_run"
    __table_args__ = (CheckConstraint("state IN ('checking', 'checked', 'applying', 'done', 'failed')", name="state"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    source_name: Mapped[str]
    file_name: Mapped[str]
    file_key: Mapped[str | None]
    started_by: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    state: Mapped[str]
    done: Mapped[int] = mapped_column(default=0)
    expected: Mapped[int] = mapped_column(default=0)
    report: Mapped[str | None]
    message: Mapped[str | None]
