"""Taxonomies, their terms, and which record carries which term."""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base


class Taxonomy(Base):
    """HSDS `taxonomy`."""

    __tablename__ = "taxonomy"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str]
    description: Mapped[str | None]
    uri: Mapped[str | None]
    version: Mapped[str | None]


class TaxonomyTerm(Base):
    """HSDS `taxonomy_term`."""

    __tablename__ = "taxonomy_term"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    code: Mapped[str | None] = mapped_column(index=True)
    name: Mapped[str]
    description: Mapped[str | None]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("taxonomy_term.id"), index=True)
    taxonomy: Mapped[str | None]
    language: Mapped[str | None]
    taxonomy_id: Mapped[UUID | None] = mapped_column(ForeignKey("taxonomy.id"), index=True)
    term_uri: Mapped[str | None]


class Attribute(Base):
    """HSDS `attribute`: a term on any record. `link_entity` names the table of `link_id`."""

    __tablename__ = "attribute"
    __table_args__ = (Index("ix_attribute_link", "link_id", "link_entity"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    link_id: Mapped[UUID]
    taxonomy_term_id: Mapped[UUID | None] = mapped_column(ForeignKey("taxonomy_term.id"), index=True)
    link_type: Mapped[str | None]
    link_entity: Mapped[str]
    value: Mapped[str | None]
    label: Mapped[str | None]
