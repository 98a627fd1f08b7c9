"""Forms that were sent after sign-in ran out: kept sealed for an hour, so that nothing typed is lost."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "kept_form",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_kept_form"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_kept_form_user_id", ondelete="CASCADE"),
        sa.UniqueConstraint("user_id", name="uq_kept_form_user_id"),
    )


def downgrade() -> None:
    """Drop it: what is kept in it lives for an hour."""
    op.drop_table("kept_form")
