"""The fund: its books, requests, payments and policy. Triggers keep what happened from being rewritten."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "custody_event",
    "fund_request_event",
    "notice",
    "period_close",
    "policy_evaluation",
    "posting",
    "transfer",
)


def upgrade() -> None:
    """Create the tables and the triggers of what is append-only."""
    op.create_table(
        "category",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_es", sa.Text(), nullable=False),
        sa.Column("plain", sa.Text(), nullable=True),
        sa.Column("plain_es", sa.Text(), nullable=True),
        sa.Column("hmis_code", sa.Text(), nullable=True),
        sa.Column("gl_object", sa.Text(), nullable=True),
        sa.Column("order", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["category.id"], name=op.f("fk_category_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category")),
        sa.UniqueConstraint("code", name=op.f("uq_category_code")),
    )
    op.create_index(op.f("ix_category_parent_id"), "category", ["parent_id"], unique=False)

    op.create_table(
        "fiscal_year",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.CheckConstraint("status IN ('open', 'closed')", name=op.f("ck_fiscal_year_status")),
        sa.CheckConstraint("ends_on > starts_on", name=op.f("ck_fiscal_year_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fiscal_year")),
        sa.UniqueConstraint("code", name=op.f("uq_fiscal_year_code")),
    )
    op.create_table(
        "fund",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("public_name", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("year_end", sa.Text(), nullable=False),
        sa.Column("retention_years", sa.Integer(), nullable=False),
        sa.Column("payer_may_approve_cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hold_days", sa.Integer(), nullable=False),
        sa.Column("ratify_days", sa.Integer(), nullable=False),
        sa.Column("appeal_days", sa.Integer(), nullable=False),
        sa.Column("take_back_minutes", sa.Integer(), nullable=False),
        sa.CheckConstraint("year_end IN ('lapse', 'carry')", name=op.f("ck_fund_year_end")),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_fund_order")),
        sa.CheckConstraint("payer_may_approve_cents >= 0", name=op.f("ck_fund_payer_may_approve_cents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund")),
        sa.UniqueConstraint("code", name=op.f("uq_fund_code")),
    )
    op.create_table(
        "published_total",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_published_total")),
        sa.UniqueConstraint("source", "label", name=op.f("uq_published_total_source_label")),
    )
    op.create_table(
        "spending_lock",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_spending_lock")),
    )
    op.create_table(
        "tax_threshold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("citation", sa.Text(), nullable=False),
        sa.CheckConstraint("cents >= 0", name=op.f("ck_tax_threshold_cents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_threshold")),
        sa.UniqueConstraint("year", name=op.f("uq_tax_threshold_year")),
    )
    op.create_table(
        "budget_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fund_id", sa.Uuid(), nullable=False),
        sa.Column("fiscal_year_id", sa.Uuid(), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_budget_line_category_id")),
        sa.ForeignKeyConstraint(["fiscal_year_id"], ["fiscal_year.id"], name=op.f("fk_budget_line_fiscal_year_id")),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"], name=op.f("fk_budget_line_fund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_line")),
        sa.UniqueConstraint(
            "fund_id", "fiscal_year_id", "category_id", name=op.f("uq_budget_line_fund_id_fiscal_year_id_category_id")
        ),
    )
    op.create_index(op.f("ix_budget_line_category_id"), "budget_line", ["category_id"], unique=False)
    op.create_index(op.f("ix_budget_line_fiscal_year_id"), "budget_line", ["fiscal_year_id"], unique=False)
    op.create_index(op.f("ix_budget_line_fund_id"), "budget_line", ["fund_id"], unique=False)

    op.create_table(
        "delegation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("from_user_id", sa.Uuid(), nullable=False),
        sa.Column("to_user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_delegation_order")),
        sa.CheckConstraint("from_user_id <> to_user_id", name=op.f("ck_delegation_two_people")),
        sa.ForeignKeyConstraint(["from_user_id"], ["user.id"], name=op.f("fk_delegation_from_user_id")),
        sa.ForeignKeyConstraint(["to_user_id"], ["user.id"], name=op.f("fk_delegation_to_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    op.create_index(op.f("ix_delegation_from_user_id"), "delegation", ["from_user_id"], unique=False)
    op.create_index(op.f("ix_delegation_to_user_id"), "delegation", ["to_user_id"], unique=False)

    op.create_table(
        "import_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fund_id", sa.Uuid(), nullable=False),
        sa.Column("bank_account", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("imported_by", sa.Uuid(), nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"], name=op.f("fk_import_batch_fund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
        sa.UniqueConstraint("sha256", name=op.f("uq_import_batch_sha256")),
    )
    op.create_index(op.f("ix_import_batch_fund_id"), "import_batch", ["fund_id"], unique=False)

    op.create_table(
        "instrument",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fund_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("last4", sa.Text(), nullable=False),
        sa.Column("number_hash", sa.Text(), nullable=False),
        sa.Column("value_cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind IN ('gift_card', 'pass', 'card')", name=op.f("ck_instrument_kind")),
        sa.CheckConstraint(
            "state IN ('bought', 'received', 'issued', 'acknowledged', 'receipted', 'returned', 'lost', 'counted')",
            name=op.f("ck_instrument_state"),
        ),
        sa.CheckConstraint("value_cents >= 0", name=op.f("ck_instrument_value_cents")),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"], name=op.f("fk_instrument_fund_id")),
        sa.ForeignKeyConstraint(["holder_id"], ["user.id"], name=op.f("fk_instrument_holder_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instrument")),
        sa.UniqueConstraint("number_hash", name=op.f("uq_instrument_number_hash")),
    )
    op.create_index(op.f("ix_instrument_fund_id"), "instrument", ["fund_id"], unique=False)

    op.create_table(
        "payee",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("tax_class", sa.Text(), nullable=True),
        sa.Column("tin", sa.LargeBinary(), nullable=True),
        sa.Column("tin_last4", sa.Text(), nullable=True),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_by", sa.Uuid(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('vendor', 'staff', 'enrollee')", name=op.f("ck_payee_kind")),
        sa.CheckConstraint("status IN ('proposed', 'verified', 'inactive')", name=op.f("ck_payee_status")),
        sa.CheckConstraint(
            "tax_class IS NULL OR tax_class IN ('individual', 'partnership', 'corporation', 'nonprofit', 'government')",
            name=op.f("ck_payee_tax_class"),
        ),
        sa.CheckConstraint("verified_by IS NULL OR verified_by <> proposed_by", name=op.f("ck_payee_two_people")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name=op.f("fk_payee_organization_id")),
        sa.ForeignKeyConstraint(["proposed_by"], ["user.id"], name=op.f("fk_payee_proposed_by")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_payee_user_id")),
        sa.ForeignKeyConstraint(["verified_by"], ["user.id"], name=op.f("fk_payee_verified_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payee")),
    )
    op.create_index(op.f("ix_payee_organization_id"), "payee", ["organization_id"], unique=False)

    op.create_table(
        "period",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fiscal_year_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.CheckConstraint("status IN ('open', 'soft_closed', 'closed')", name=op.f("ck_period_status")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_period_order")),
        sa.ForeignKeyConstraint(["fiscal_year_id"], ["fiscal_year.id"], name=op.f("fk_period_fiscal_year_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_period")),
        sa.UniqueConstraint("fiscal_year_id", "number", name=op.f("uq_period_fiscal_year_id_number")),
        sa.UniqueConstraint("starts_on", name=op.f("uq_period_starts_on")),
    )
    op.create_index(op.f("ix_period_fiscal_year_id"), "period", ["fiscal_year_id"], unique=False)

    op.create_table(
        "policy_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fund_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("category_code", sa.Text(), nullable=True),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("exception_role", sa.Text(), nullable=True),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("citation", sa.Text(), nullable=False),
        sa.Column("citation_url", sa.Text(), nullable=True),
        sa.Column("message_en", sa.Text(), nullable=False),
        sa.Column("message_es", sa.Text(), nullable=False),
        sa.Column("is_example", sa.Boolean(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dry_run", sa.JSON(), nullable=True),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('prohibited_item', 'cap_request', 'cap_window', 'count_window', 'weeks_of_52', 'one_time', 'tier', 'document', 'quotes', 'method_allowed', 'last_resort', 'goal_link', 'sustainability', 'receipt_due', 'emergency', 'w9_required', 'tax_threshold', 'carry_forward', 'sod', 'benefit_hint')",
            name=op.f("ck_policy_rule_kind"),
        ),
        sa.CheckConstraint(
            "severity IN ('block', 'exception', 'require_document', 'add_tier', 'warn', 'info')",
            name=op.f("ck_policy_rule_severity"),
        ),
        sa.CheckConstraint(
            "status IN ('proposed', 'in_force', 'refused', 'replaced')", name=op.f("ck_policy_rule_status")
        ),
        sa.CheckConstraint("approved_by IS NULL OR approved_by <> proposed_by", name=op.f("ck_policy_rule_two_people")),
        sa.CheckConstraint("effective_to IS NULL OR effective_to >= effective_from", name=op.f("ck_policy_rule_order")),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"], name=op.f("fk_policy_rule_fund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_rule")),
        sa.UniqueConstraint("fund_id", "code", "version", name=op.f("uq_policy_rule_fund_id_code_version")),
    )
    op.create_index(op.f("ix_policy_rule_fund_id"), "policy_rule", ["fund_id"], unique=False)

    op.create_table(
        "rollover_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fund_id", sa.Uuid(), nullable=False),
        sa.Column("old_year_id", sa.Uuid(), nullable=False),
        sa.Column("new_year_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("preview", sa.JSON(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("previewed_by", sa.Uuid(), nullable=True),
        sa.Column("previewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("committed_by", sa.Uuid(), nullable=True),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_posting_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("status IN ('previewed', 'committed', 'rolled_back')", name=op.f("ck_rollover_run_status")),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"], name=op.f("fk_rollover_run_fund_id")),
        sa.ForeignKeyConstraint(["new_year_id"], ["fiscal_year.id"], name=op.f("fk_rollover_run_new_year_id")),
        sa.ForeignKeyConstraint(["old_year_id"], ["fiscal_year.id"], name=op.f("fk_rollover_run_old_year_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rollover_run")),
    )
    op.create_index(op.f("ix_rollover_run_fund_id"), "rollover_run", ["fund_id"], unique=False)

    op.create_table(
        "ledger_account",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("budget_line_id", sa.Uuid(), nullable=True),
        sa.Column("fund_id", sa.Uuid(), nullable=True),
        sa.Column("normal_side", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(budget_line_id IS NOT NULL AND fund_id IS NULL AND kind IN ('appropriation', 'available', 'encumbered', 'expended', 'disallowed', 'expense', 'advances', 'receivable', 'payable')) OR (budget_line_id IS NULL AND fund_id IS NOT NULL AND kind IN ('cash', 'prior_receivable', 'revenue', 'prior_recovery'))",
            name=op.f("ck_ledger_account_owner"),
        ),
        sa.CheckConstraint("normal_side IN ('debit', 'credit')", name=op.f("ck_ledger_account_normal_side")),
        sa.ForeignKeyConstraint(["budget_line_id"], ["budget_line.id"], name=op.f("fk_ledger_account_budget_line_id")),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"], name=op.f("fk_ledger_account_fund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_account")),
        sa.UniqueConstraint("kind", "budget_line_id", name=op.f("uq_ledger_account_kind_budget_line_id")),
        sa.UniqueConstraint("kind", "fund_id", name=op.f("uq_ledger_account_kind_fund_id")),
    )
    op.create_index(op.f("ix_ledger_account_budget_line_id"), "ledger_account", ["budget_line_id"], unique=False)
    op.create_index(op.f("ix_ledger_account_fund_id"), "ledger_account", ["fund_id"], unique=False)

    op.create_table(
        "period_close",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("chain_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("chain_head", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_period_close_period_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_period_close")),
    )
    op.create_index(op.f("ix_period_close_period_id"), "period_close", ["period_id"], unique=False)

    op.create_table(
        "account_balance",
        sa.Column("ledger_account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("non_negative", sa.Boolean(), nullable=False),
        sa.CheckConstraint("NOT non_negative OR cents >= 0", name=op.f("ck_account_balance_non_negative")),
        sa.ForeignKeyConstraint(
            ["ledger_account_id"], ["ledger_account.id"], name=op.f("fk_account_balance_ledger_account_id")
        ),
        sa.PrimaryKeyConstraint("ledger_account_id", name=op.f("pk_account_balance")),
    )
    op.create_table(
        "fund_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("enrollee_id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("gap_id", sa.Uuid(), nullable=True),
        sa.Column("fund_id", sa.Uuid(), nullable=False),
        sa.Column("category_id", sa.Uuid(), nullable=True),
        sa.Column("budget_line_id", sa.Uuid(), nullable=True),
        sa.Column("payee_id", sa.Uuid(), nullable=True),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("requested_cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("approved_cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("supplement_cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("covers_from", sa.Date(), nullable=True),
        sa.Column("covers_to", sa.Date(), nullable=True),
        sa.Column("need_by", sa.Date(), nullable=True),
        sa.Column("quotes", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("started_by", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("is_emergency", sa.Boolean(), nullable=False),
        sa.Column("needs_ratification", sa.Boolean(), nullable=False),
        sa.Column("is_appeal_closed", sa.Boolean(), nullable=False),
        sa.Column("is_receipt_overdue", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ratify_by", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "method IS NULL OR method IN ('check', 'ach', 'card', 'reimbursement', 'gift_card', 'pass', 'petty_cash')",
            name=op.f("ck_fund_request_method"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'submitted', 'returned', 'approved', 'voucher', 'paid', 'reconciled', 'denied', 'appealed', 'withdrawn', 'cancelled', 'expired', 'voided', 'refunded')",
            name=op.f("ck_fund_request_status"),
        ),
        sa.CheckConstraint(
            "approved_cents IS NULL OR approved_cents BETWEEN 0 AND requested_cents",
            name=op.f("ck_fund_request_approved_cents"),
        ),
        sa.CheckConstraint("requested_cents >= 0", name=op.f("ck_fund_request_requested_cents")),
        sa.CheckConstraint(
            "supplement_cents IS NULL OR supplement_cents > 0", name=op.f("ck_fund_request_supplement_cents")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["user.id"], name=op.f("fk_fund_request_author_id")),
        sa.ForeignKeyConstraint(["budget_line_id"], ["budget_line.id"], name=op.f("fk_fund_request_budget_line_id")),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_fund_request_category_id")),
        sa.ForeignKeyConstraint(["enrollee_id"], ["enrollee.id"], name=op.f("fk_fund_request_enrollee_id")),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"], name=op.f("fk_fund_request_fund_id")),
        sa.ForeignKeyConstraint(["gap_id"], ["gap.id"], name=op.f("fk_fund_request_gap_id")),
        sa.ForeignKeyConstraint(
            ["goal_id", "enrollee_id"], ["goal.id", "goal.enrollee_id"], name="fk_fund_request_goal"
        ),
        sa.ForeignKeyConstraint(["payee_id"], ["payee.id"], name=op.f("fk_fund_request_payee_id")),
        sa.ForeignKeyConstraint(["started_by"], ["user.id"], name=op.f("fk_fund_request_started_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_request")),
        sa.UniqueConstraint("number", name=op.f("uq_fund_request_number")),
    )
    op.create_index(op.f("ix_fund_request_author_id"), "fund_request", ["author_id"], unique=False)
    op.create_index(op.f("ix_fund_request_budget_line_id"), "fund_request", ["budget_line_id"], unique=False)
    op.create_index(op.f("ix_fund_request_category_id"), "fund_request", ["category_id"], unique=False)
    op.create_index("ix_fund_request_enrollee", "fund_request", ["enrollee_id", "status"], unique=False)
    op.create_index(op.f("ix_fund_request_fund_id"), "fund_request", ["fund_id"], unique=False)
    op.create_index(op.f("ix_fund_request_payee_id"), "fund_request", ["payee_id"], unique=False)
    op.create_index("ix_fund_request_status", "fund_request", ["status", "submitted_at"], unique=False)

    op.create_table(
        "advance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fund_request_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("instrument_id", sa.Uuid(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "method IN ('check', 'ach', 'card', 'reimbursement', 'gift_card', 'pass', 'petty_cash')",
            name=op.f("ck_advance_method"),
        ),
        sa.CheckConstraint("cents > 0", name=op.f("ck_advance_cents")),
        sa.ForeignKeyConstraint(["fund_request_id"], ["fund_request.id"], name=op.f("fk_advance_fund_request_id")),
        sa.ForeignKeyConstraint(["holder_id"], ["user.id"], name=op.f("fk_advance_holder_id")),
        sa.ForeignKeyConstraint(["instrument_id"], ["instrument.id"], name=op.f("fk_advance_instrument_id")),
        sa.ForeignKeyConstraint(["issued_by"], ["user.id"], name=op.f("fk_advance_issued_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advance")),
        sa.UniqueConstraint("fund_request_id", "seq", name=op.f("uq_advance_fund_request_id_seq")),
    )
    op.create_index(op.f("ix_advance_fund_request_id"), "advance", ["fund_request_id"], unique=False)
    op.create_index(op.f("ix_advance_holder_id"), "advance", ["holder_id"], unique=False)
    op.create_index(op.f("ix_advance_instrument_id"), "advance", ["instrument_id"], unique=False)

    op.create_table(
        "appeal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollee_id", sa.Uuid(), nullable=False),
        sa.Column("fund_request_id", sa.Uuid(), nullable=False),
        sa.Column("filed_by", sa.Uuid(), nullable=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("outcome IS NULL OR outcome IN ('upheld', 'overturned')", name=op.f("ck_appeal_outcome")),
        sa.ForeignKeyConstraint(["enrollee_id"], ["enrollee.id"], name=op.f("fk_appeal_enrollee_id")),
        sa.ForeignKeyConstraint(["fund_request_id"], ["fund_request.id"], name=op.f("fk_appeal_fund_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
    )
    op.create_index(op.f("ix_appeal_enrollee_id"), "appeal", ["enrollee_id"], unique=False)
    op.create_index(op.f("ix_appeal_fund_request_id"), "appeal", ["fund_request_id"], unique=False)

    op.create_table(
        "approval_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fund_request_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("on_behalf_of", sa.Uuid(), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("decision IN ('approved', 'returned', 'denied')", name=op.f("ck_approval_step_decision")),
        sa.CheckConstraint(
            "purpose IN ('request', 'supplement', 'ratification')", name=op.f("ck_approval_step_purpose")
        ),
        sa.CheckConstraint("tier >= 0", name=op.f("ck_approval_step_tier")),
        sa.ForeignKeyConstraint(["actor_id"], ["user.id"], name=op.f("fk_approval_step_actor_id")),
        sa.ForeignKeyConstraint(
            ["fund_request_id"], ["fund_request.id"], name=op.f("fk_approval_step_fund_request_id")
        ),
        sa.ForeignKeyConstraint(["on_behalf_of"], ["user.id"], name=op.f("fk_approval_step_on_behalf_of")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_step")),
        sa.UniqueConstraint(
            "fund_request_id",
            "version",
            "purpose",
            "actor_id",
            name=op.f("uq_approval_step_fund_request_id_version_purpose_actor_id"),
        ),
        sa.UniqueConstraint(
            "fund_request_id",
            "version",
            "purpose",
            "tier",
            name=op.f("uq_approval_step_fund_request_id_version_purpose_tier"),
        ),
    )
    op.create_index(op.f("ix_approval_step_fund_request_id"), "approval_step", ["fund_request_id"], unique=False)

    op.create_table(
        "choice_statement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollee_id", sa.Uuid(), nullable=False),
        sa.Column("fund_request_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("kind IN ('signed', 'spoken', 'online', 'declined')", name=op.f("ck_choice_statement_kind")),
        sa.ForeignKeyConstraint(["enrollee_id"], ["enrollee.id"], name=op.f("fk_choice_statement_enrollee_id")),
        sa.ForeignKeyConstraint(
            ["fund_request_id"], ["fund_request.id"], name=op.f("fk_choice_statement_fund_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_choice_statement")),
        sa.UniqueConstraint("fund_request_id", "version", name=op.f("uq_choice_statement_fund_request_id_version")),
    )
    op.create_index(op.f("ix_choice_statement_enrollee_id"), "choice_statement", ["enrollee_id"], unique=False)
    op.create_index(op.f("ix_choice_statement_fund_request_id"), "choice_statement", ["fund_request_id"], unique=False)

    op.create_table(
        "document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollee_id", sa.Uuid(), nullable=True),
        sa.Column("fund_request_id", sa.Uuid(), nullable=True),
        sa.Column("payee_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("file_key", sa.Text(), nullable=True),
        sa.Column("vendor", sa.Text(), nullable=True),
        sa.Column("dated_on", sa.Date(), nullable=True),
        sa.Column("total_cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("explained", sa.Text(), nullable=True),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("second_signer_id", sa.Uuid(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('receipt', 'invoice', 'quote', 'lease', 'bill', 'estimate', 'statement', 'affidavit', 'w9', 'consent', 'other')",
            name=op.f("ck_document_kind"),
        ),
        sa.CheckConstraint("total_cents IS NULL OR total_cents >= 0", name=op.f("ck_document_total_cents")),
        sa.ForeignKeyConstraint(["enrollee_id"], ["enrollee.id"], name=op.f("fk_document_enrollee_id")),
        sa.ForeignKeyConstraint(["fund_request_id"], ["fund_request.id"], name=op.f("fk_document_fund_request_id")),
        sa.ForeignKeyConstraint(["payee_id"], ["payee.id"], name=op.f("fk_document_payee_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
    )
    op.create_index(op.f("ix_document_enrollee_id"), "document", ["enrollee_id"], unique=False)
    op.create_index(op.f("ix_document_fund_request_id"), "document", ["fund_request_id"], unique=False)
    op.create_index(op.f("ix_document_payee_id"), "document", ["payee_id"], unique=False)
    op.create_index("ix_document_sha256", "document", ["sha256"], unique=False)

    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollee_id", sa.Uuid(), nullable=False),
        sa.Column("fund_request_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("appeal_by", sa.Date(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('returned', 'denied', 'upheld', 'disallowed', 'paused')", name=op.f("ck_notice_kind")
        ),
        sa.ForeignKeyConstraint(["enrollee_id"], ["enrollee.id"], name=op.f("fk_notice_enrollee_id")),
        sa.ForeignKeyConstraint(["fund_request_id"], ["fund_request.id"], name=op.f("fk_notice_fund_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index(op.f("ix_notice_enrollee_id"), "notice", ["enrollee_id"], unique=False)
    op.create_index(op.f("ix_notice_fund_request_id"), "notice", ["fund_request_id"], unique=False)

    op.create_table(
        "policy_evaluation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fund_request_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("tiers", sa.JSON(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "step IN ('submit', 'approve', 'supplement', 'voucher', 'advance')", name=op.f("ck_policy_evaluation_step")
        ),
        sa.ForeignKeyConstraint(
            ["fund_request_id"], ["fund_request.id"], name=op.f("fk_policy_evaluation_fund_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_evaluation")),
    )
    op.create_index(
        op.f("ix_policy_evaluation_fund_request_id"), "policy_evaluation", ["fund_request_id"], unique=False
    )

    op.create_table(
        "policy_exception",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fund_request_id", sa.Uuid(), nullable=False),
        sa.Column("rule_code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("granted_by", sa.Uuid(), nullable=False),
        sa.Column("granted_role", sa.Text(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["fund_request_id"], ["fund_request.id"], name=op.f("fk_policy_exception_fund_request_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_exception")),
    )
    op.create_index(op.f("ix_policy_exception_fund_request_id"), "policy_exception", ["fund_request_id"], unique=False)

    op.create_table(
        "resource_tried",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollee_id", sa.Uuid(), nullable=False),
        sa.Column("fund_request_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("referral_id", sa.Uuid(), nullable=True),
        sa.Column("tried_on", sa.Date(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('denied', 'not eligible', 'no capacity', 'waitlisted', 'no reply', 'covers part', 'not offered')",
            name=op.f("ck_resource_tried_outcome"),
        ),
        sa.ForeignKeyConstraint(["enrollee_id"], ["enrollee.id"], name=op.f("fk_resource_tried_enrollee_id")),
        sa.ForeignKeyConstraint(
            ["fund_request_id"], ["fund_request.id"], name=op.f("fk_resource_tried_fund_request_id")
        ),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_resource_tried_referral_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_resource_tried_service_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource_tried")),
    )
    op.create_index(op.f("ix_resource_tried_enrollee_id"), "resource_tried", ["enrollee_id"], unique=False)
    op.create_index(op.f("ix_resource_tried_fund_request_id"), "resource_tried", ["fund_request_id"], unique=False)

    op.create_table(
        "voucher",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fund_request_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("payee_id", sa.Uuid(), nullable=False),
        sa.Column("cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("invoice_no", sa.Text(), nullable=True),
        sa.Column("invoice_key", sa.Text(), nullable=True),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('unpaid', 'paid', 'void')", name=op.f("ck_voucher_status")),
        sa.CheckConstraint("cents > 0", name=op.f("ck_voucher_cents")),
        sa.ForeignKeyConstraint(["fund_request_id"], ["fund_request.id"], name=op.f("fk_voucher_fund_request_id")),
        sa.ForeignKeyConstraint(["made_by"], ["user.id"], name=op.f("fk_voucher_made_by")),
        sa.ForeignKeyConstraint(["payee_id"], ["payee.id"], name=op.f("fk_voucher_payee_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher")),
        sa.UniqueConstraint("fund_request_id", "seq", name=op.f("uq_voucher_fund_request_id_seq")),
    )
    op.create_index(op.f("ix_voucher_fund_request_id"), "voucher", ["fund_request_id"], unique=False)
    op.create_index(op.f("ix_voucher_payee_id"), "voucher", ["payee_id"], unique=False)
    op.create_index(
        "uq_voucher_invoice",
        "voucher",
        ["payee_id", "invoice_key"],
        unique=True,
        sqlite_where=sa.text("invoice_key IS NOT NULL AND status <> 'void'"),
        postgresql_where=sa.text("invoice_key IS NOT NULL AND status <> 'void'"),
    )

    op.create_table(
        "custody_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("instrument_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("second_actor_id", sa.Uuid(), nullable=True),
        sa.Column("advance_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('bought', 'received', 'issued', 'acknowledged', 'receipted', 'returned', 'lost', 'counted')",
            name=op.f("ck_custody_event_kind"),
        ),
        sa.CheckConstraint(
            "second_actor_id IS NULL OR second_actor_id <> actor_id", name=op.f("ck_custody_event_two_people")
        ),
        sa.ForeignKeyConstraint(["advance_id"], ["advance.id"], name=op.f("fk_custody_event_advance_id")),
        sa.ForeignKeyConstraint(["instrument_id"], ["instrument.id"], name=op.f("fk_custody_event_instrument_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custody_event")),
        sa.UniqueConstraint("instrument_id", "seq", name=op.f("uq_custody_event_instrument_id_seq")),
    )
    op.create_index(op.f("ix_custody_event_instrument_id"), "custody_event", ["instrument_id"], unique=False)

    op.create_table(
        "payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("bank_account", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("paid_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "method IN ('check', 'ach', 'card', 'reimbursement', 'gift_card', 'pass', 'petty_cash')",
            name=op.f("ck_payment_method"),
        ),
        sa.CheckConstraint("status IN ('issued', 'failed', 'void')", name=op.f("ck_payment_status")),
        sa.CheckConstraint("cents > 0", name=op.f("ck_payment_cents")),
        sa.ForeignKeyConstraint(["paid_by"], ["user.id"], name=op.f("fk_payment_paid_by")),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_payment_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("bank_account", "number", name=op.f("uq_payment_bank_account_number")),
        sa.UniqueConstraint("voucher_id", "attempt", name=op.f("uq_payment_voucher_id_attempt")),
    )
    op.create_index(op.f("ix_payment_voucher_id"), "payment", ["voucher_id"], unique=False)
    op.create_index(
        "uq_payment_issued",
        "payment",
        ["voucher_id"],
        unique=True,
        sqlite_where=sa.text("status = 'issued'"),
        postgresql_where=sa.text("status = 'issued'"),
    )

    op.create_table(
        "posting",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("fund_id", sa.Uuid(), nullable=False),
        sa.Column("fund_request_id", sa.Uuid(), nullable=True),
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("evaluation_id", sa.Uuid(), nullable=True),
        sa.Column("reverses_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("payload_sha256", sa.Text(), nullable=False),
        sa.CheckConstraint("(kind = 'reverse') = (reverses_id IS NOT NULL)", name=op.f("ck_posting_reverses")),
        sa.CheckConstraint(
            "evaluation_id IS NOT NULL OR NOT (kind IN ('hold', 'hold_more', 'voucher', 'advance'))",
            name=op.f("ck_posting_evaluation"),
        ),
        sa.CheckConstraint(
            "kind IN ('appropriate', 'move_budget', 'hold', 'release', 'hold_more', 'voucher', 'pay', 'unpay', 'void', 'refund', 'refund_late', 'advance', 'substantiate', 'return_advance', 'disallow', 'settle', 'year_end', 'reverse')",
            name=op.f("ck_posting_kind"),
        ),
        sa.ForeignKeyConstraint(["evaluation_id"], ["policy_evaluation.id"], name=op.f("fk_posting_evaluation_id")),
        sa.ForeignKeyConstraint(["fund_id"], ["fund.id"], name=op.f("fk_posting_fund_id")),
        sa.ForeignKeyConstraint(["fund_request_id"], ["fund_request.id"], name=op.f("fk_posting_fund_request_id")),
        sa.ForeignKeyConstraint(["period_id"], ["period.id"], name=op.f("fk_posting_period_id")),
        sa.ForeignKeyConstraint(["reverses_id"], ["posting.id"], name=op.f("fk_posting_reverses_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_posting_idempotency_key")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_posting_reverses_id")),
    )
    op.create_index("ix_posting_effective", "posting", ["effective_on", "id"], unique=False)
    op.create_index(op.f("ix_posting_fund_id"), "posting", ["fund_id"], unique=False)
    op.create_index(op.f("ix_posting_period_id"), "posting", ["period_id"], unique=False)
    op.create_index("ix_posting_request", "posting", ["fund_request_id", "id"], unique=False)

    op.create_table(
        "receipt_allocation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=True),
        sa.Column("advance_id", sa.Uuid(), nullable=True),
        sa.Column("cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("accepted_by", sa.Uuid(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(voucher_id IS NULL) <> (advance_id IS NULL)", name=op.f("ck_receipt_allocation_target")),
        sa.CheckConstraint("cents > 0", name=op.f("ck_receipt_allocation_cents")),
        sa.ForeignKeyConstraint(["advance_id"], ["advance.id"], name=op.f("fk_receipt_allocation_advance_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_receipt_allocation_document_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_receipt_allocation_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_allocation")),
    )
    op.create_index(op.f("ix_receipt_allocation_advance_id"), "receipt_allocation", ["advance_id"], unique=False)
    op.create_index(op.f("ix_receipt_allocation_document_id"), "receipt_allocation", ["document_id"], unique=False)
    op.create_index(op.f("ix_receipt_allocation_voucher_id"), "receipt_allocation", ["voucher_id"], unique=False)

    op.create_table(
        "tax_form",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payee_id", sa.Uuid(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("expires_on > received_on", name=op.f("ck_tax_form_order")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_tax_form_document_id")),
        sa.ForeignKeyConstraint(["payee_id"], ["payee.id"], name=op.f("fk_tax_form_payee_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_form")),
    )
    op.create_index(op.f("ix_tax_form_payee_id"), "tax_form", ["payee_id"], unique=False)

    op.create_table(
        "bank_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("import_batch_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("matched_by", sa.Uuid(), nullable=True),
        sa.Column("matched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["import_batch_id"], ["import_batch.id"], name=op.f("fk_bank_line_import_batch_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_bank_line_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_line")),
        sa.UniqueConstraint("import_batch_id", "seq", name=op.f("uq_bank_line_import_batch_id_seq")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_bank_line_payment_id")),
    )
    op.create_index(op.f("ix_bank_line_import_batch_id"), "bank_line", ["import_batch_id"], unique=False)

    op.create_table(
        "budget_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("budget_line_id", sa.Uuid(), nullable=False),
        sa.Column("source_line_id", sa.Uuid(), nullable=True),
        sa.Column("cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("is_drawn", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("posting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("(kind = 'move') = (source_line_id IS NOT NULL)", name=op.f("ck_budget_change_source")),
        sa.CheckConstraint("kind IN ('adopt', 'move')", name=op.f("ck_budget_change_kind")),
        sa.CheckConstraint("status IN ('proposed', 'posted', 'refused')", name=op.f("ck_budget_change_status")),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> proposed_by", name=op.f("ck_budget_change_two_people")
        ),
        sa.CheckConstraint("cents > 0", name=op.f("ck_budget_change_cents")),
        sa.CheckConstraint(
            "source_line_id IS NULL OR source_line_id <> budget_line_id", name=op.f("ck_budget_change_lines")
        ),
        sa.ForeignKeyConstraint(["budget_line_id"], ["budget_line.id"], name=op.f("fk_budget_change_budget_line_id")),
        sa.ForeignKeyConstraint(["posting_id"], ["posting.id"], name=op.f("fk_budget_change_posting_id")),
        sa.ForeignKeyConstraint(["source_line_id"], ["budget_line.id"], name=op.f("fk_budget_change_source_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_change")),
    )
    op.create_index(op.f("ix_budget_change_budget_line_id"), "budget_change", ["budget_line_id"], unique=False)

    op.create_table(
        "fund_request_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollee_id", sa.Uuid(), nullable=False),
        sa.Column("fund_request_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("from_status", sa.Text(), nullable=True),
        sa.Column("to_status", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("amount_cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("posting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("second_actor_id", sa.Uuid(), nullable=True),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("payload_sha256", sa.Text(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "action = 'create' OR action IN ('edit', 'adopt', 'submit', 'recall', 'return', 'approve_tier', 'approve_final', 'approve_emergency', 'ratify', 'refuse_ratification', 'deny', 'withdraw', 'amend', 'take_back', 'request_supplement', 'approve_supplement', 'deny_supplement', 'cancel', 'expire', 'voucher', 'correct', 'issue_advance', 'pay', 'payment_failed', 'void', 'add_document', 'accept_receipt', 'substantiate', 'return_advance', 'reconcile', 'refund', 'disallow', 'recover', 'write_off', 'appeal', 'uphold', 'overturn', 'pause', 'resume')",
            name=op.f("ck_fund_request_event_action"),
        ),
        sa.CheckConstraint(
            "from_status IS NULL OR from_status IN ('draft', 'submitted', 'returned', 'approved', 'voucher', 'paid', 'reconciled', 'denied', 'appealed', 'withdrawn', 'cancelled', 'expired', 'voided', 'refunded')",
            name=op.f("ck_fund_request_event_from_status"),
        ),
        sa.CheckConstraint(
            "to_status IN ('draft', 'submitted', 'returned', 'approved', 'voucher', 'paid', 'reconciled', 'denied', 'appealed', 'withdrawn', 'cancelled', 'expired', 'voided', 'refunded')",
            name=op.f("ck_fund_request_event_to_status"),
        ),
        sa.ForeignKeyConstraint(["enrollee_id"], ["enrollee.id"], name=op.f("fk_fund_request_event_enrollee_id")),
        sa.ForeignKeyConstraint(
            ["fund_request_id"], ["fund_request.id"], name=op.f("fk_fund_request_event_fund_request_id")
        ),
        sa.ForeignKeyConstraint(["posting_id"], ["posting.id"], name=op.f("fk_fund_request_event_posting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_request_event")),
        sa.UniqueConstraint("fund_request_id", "seq", name=op.f("uq_fund_request_event_fund_request_id_seq")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_fund_request_event_idempotency_key")),
    )
    op.create_index(op.f("ix_fund_request_event_enrollee_id"), "fund_request_event", ["enrollee_id"], unique=False)
    op.create_index(
        op.f("ix_fund_request_event_fund_request_id"), "fund_request_event", ["fund_request_id"], unique=False
    )

    op.create_table(
        "transfer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("posting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("debit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("credit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount_cents", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=True),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("advance_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_transfer_amount_cents")),
        sa.CheckConstraint("debit_id <> credit_id", name=op.f("ck_transfer_sides")),
        sa.ForeignKeyConstraint(["advance_id"], ["advance.id"], name=op.f("fk_transfer_advance_id")),
        sa.ForeignKeyConstraint(["credit_id"], ["ledger_account.id"], name=op.f("fk_transfer_credit_id")),
        sa.ForeignKeyConstraint(["debit_id"], ["ledger_account.id"], name=op.f("fk_transfer_debit_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_transfer_payment_id")),
        sa.ForeignKeyConstraint(["posting_id"], ["posting.id"], name=op.f("fk_transfer_posting_id")),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_transfer_voucher_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
        sa.UniqueConstraint("posting_id", "seq", name=op.f("uq_transfer_posting_id_seq")),
    )
    op.create_index("ix_transfer_advance", "transfer", ["advance_id"], unique=False)
    op.create_index("ix_transfer_credit", "transfer", ["credit_id"], unique=False)
    op.create_index("ix_transfer_debit", "transfer", ["debit_id"], unique=False)
    op.create_index("ix_transfer_voucher", "transfer", ["voucher_id"], unique=False)
    for table in APPEND_ONLY:
        _keep(table)


def downgrade() -> None:
    """Drop the fund: only ever on a database without books that matter."""

    op.drop_table("transfer")

    op.drop_table("fund_request_event")

    op.drop_table("budget_change")

    op.drop_table("bank_line")

    op.drop_table("tax_form")

    op.drop_table("receipt_allocation")

    op.drop_table("posting")

    op.drop_table("payment")

    op.drop_table("custody_event")

    op.drop_table("voucher")

    op.drop_table("resource_tried")

    op.drop_table("policy_exception")

    op.drop_table("policy_evaluation")

    op.drop_table("notice")

    op.drop_table("document")

    op.drop_table("choice_statement")

    op.drop_table("approval_step")

    op.drop_table("appeal")

    op.drop_table("advance")

    op.drop_table("fund_request")
    op.drop_table("account_balance")

    op.drop_table("period_close")

    op.drop_table("ledger_account")

    op.drop_table("rollover_run")

    op.drop_table("policy_rule")

    op.drop_table("period")

    op.drop_table("payee")

    op.drop_table("instrument")

    op.drop_table("import_batch")

    op.drop_table("delegation")

    op.drop_table("budget_line")
    op.drop_table("tax_threshold")
    op.drop_table("spending_lock")
    op.drop_table("published_total")
    op.drop_table("fund")
    op.drop_table("fiscal_year")

    op.drop_table("category")


def _keep(table: str) -> None:
    """Refuse to change or delete a row of an append-only table."""
    if op.get_bind().dialect.name == "sqlite":
        words = f"the rows of {table} are append-only"
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
    )
