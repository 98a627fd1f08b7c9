"""Nobody decides two tiers of a version, but more money may be asked for, and decided, again by the same people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

OLD = "uq_approval_step_fund_request_id_version_purpose_actor_id"
# SQLite makes the table anew and would lose its CHECKs.
CHECKS = (
    sa.CheckConstraint("purpose IN ('request', 'supplement', 'ratification')", name=op.f("ck_approval_step_purpose")),
    sa.CheckConstraint("decision IN ('approved', 'returned', 'denied')", name=op.f("ck_approval_step_decision")),
    sa.CheckConstraint("tier >= 0", name=op.f("ck_approval_step_tier")),
)


def upgrade() -> None:
    """One decision of a person on a version counts for requests only."""
    with op.batch_alter_table("approval_step", table_args=CHECKS) as batch:
        batch.drop_constraint(op.f(OLD), type_="unique")
    op.create_index(
        "uq_approval_step_actor",
        "approval_step",
        ["fund_request_id", "version", "actor_id"],
        unique=True,
        sqlite_where=sa.text("purpose = 'request'"),
        postgresql_where=sa.text("purpose = 'request'"),
    )


def downgrade() -> None:
    """Back to one decision of a person on a version for every purpose."""
    op.drop_index("uq_approval_step_actor", "approval_step")
    with op.batch_alter_table("approval_step", table_args=CHECKS) as batch:
        batch.create_unique_constraint(op.f(OLD), ["fund_request_id", "version", "purpose", "actor_id"])
