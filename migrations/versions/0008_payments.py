"""Payments: steps that two people do, reminders that went out, and what payees, vouchers and papers lacked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COLUMNS = (
    ("payee", "remit_to", sa.Text()),
    ("payee", "bank", sa.LargeBinary()),
    ("payee", "bank_last4", sa.Text()),
    ("voucher", "repeat_reason", sa.Text()),
    ("voucher", "receipt_due_on", sa.Date()),
    ("document", "second_signed_at", sa.DateTime(timezone=True)),
    ("document", "sealed", sa.LargeBinary()),
)


def upgrade() -> None:
    """Add the columns and the two tables."""
    for table, name, kind in COLUMNS:
        op.add_column(table, sa.Column(name, kind, nullable=True))
    op.create_table(
        "step_proposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollee_id", sa.Uuid(), nullable=False),
        sa.Column("fund_request_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=True),
        sa.Column("advance_id", sa.Uuid(), nullable=True),
        sa.Column("cents", BIG, nullable=True),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_role", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "action IN ('correct', 'void', 'disallow', 'recover', 'write_off')", name=op.f("ck_step_proposal_action")
        ),
        sa.CheckConstraint("status IN ('open', 'done', 'refused', 'withdrawn')", name=op.f("ck_step_proposal_status")),
        sa.CheckConstraint(
            "decided_by IS NULL OR status = 'withdrawn' OR decided_by <> proposed_by",
            name=op.f("ck_step_proposal_two_people"),
        ),
        sa.CheckConstraint("cents IS NULL OR cents > 0", name=op.f("ck_step_proposal_cents")),
        sa.CheckConstraint("(voucher_id IS NULL) <> (advance_id IS NULL)", name=op.f("ck_step_proposal_target")),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_step_proposal_{column}"))
            for column, target in (
                ("enrollee_id", "enrollee.id"),
                ("fund_request_id", "fund_request.id"),
                ("voucher_id", "voucher.id"),
                ("advance_id", "advance.id"),
                ("proposed_by", "user.id"),
                ("decided_by", "user.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step_proposal")),
    )
    op.create_index("ix_step_proposal_enrollee_id", "step_proposal", ["enrollee_id"])
    op.create_index("ix_step_proposal_fund_request_id", "step_proposal", ["fund_request_id"])
    op.create_index(
        "uq_step_proposal_open",
        "step_proposal",
        ["fund_request_id"],
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "fund_reminder",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fund_request_id", sa.Uuid(), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["fund_request_id"], ["fund_request.id"], name=op.f("fk_fund_reminder_fund_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_reminder")),
        sa.UniqueConstraint("about_id", "kind", name=op.f("uq_fund_reminder_about_id_kind")),
    )
    op.create_index("ix_fund_reminder_fund_request_id", "fund_reminder", ["fund_request_id"])


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("fund_reminder")
    op.drop_table("step_proposal")
    for table, name, _kind in reversed(COLUMNS):
        op.drop_column(table, name)
