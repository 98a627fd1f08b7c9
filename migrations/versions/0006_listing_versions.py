"""The change feed by service: a page asks which state of each of its listings it sees, so that cards can be kept."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_listing_change_service", "listing_change", ["service_id", "seq", "changed_at"])


def downgrade() -> None:
    """Drop the index."""
    op.drop_index("ix_listing_change_service", table_name="listing_change")
