"""What a day or an event costs, with source and date: the report of outcomes says savings from it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "unit_cost",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stated_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("cents >= 0", name=op.f("ck_unit_cost_cents")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_unit_cost_version")),
        sa.PrimaryKeyConstraint("id", name="pk_unit_cost"),
        sa.UniqueConstraint("measure", "version", name="uq_unit_cost_measure_version"),
    )


def downgrade() -> None:
    """Drop it; the costs that were stated are lost."""
    op.drop_table("unit_cost")
