"""How many places the program has in a budget year: some rules limit the budget by them."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.execute(
        "ALTER TABLE fiscal_year ADD COLUMN slots INTEGER "
        "CONSTRAINT ck_fiscal_year_slots CHECK (slots IS NULL OR slots >= 0)"
    )


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE fiscal_year DROP COLUMN slots")
