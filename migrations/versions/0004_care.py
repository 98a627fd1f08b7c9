"""Care: people and their plans, referrals, gaps; agreements of the directory. Personal data lies in sealed columns."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

APPEND_ONLY = ("agreement_version", "disclosure", "goal_version", "plan_version", "referral_event")


def upgrade() -> None:
    """Create the tables, and the triggers that keep what happened from being rewritten."""
    op.create_table(
        "gap",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("need", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("county", sa.Text(), nullable=True),
        sa.Column("requirements", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('open', 'purchase proposed', 'closed')", name=op.f("ck_gap_state")),
        sa.CheckConstraint("count >= 1", name=op.f("ck_gap_count")),
        sa.PrimaryKeyConstraint("id", name="pk_gap"),
        sa.UniqueConstraint("key", name="uq_gap_key"),
    )
    op.create_table(
        "agreement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("counties", sa.Text(), nullable=False),
        sa.Column("populations", sa.Text(), nullable=False),
        sa.Column("promise", sa.Text(), nullable=True),
        sa.Column("promised_hours", sa.Integer(), nullable=False),
        sa.Column("places_per_month", sa.Integer(), nullable=True),
        sa.Column("intake_contact", sa.Text(), nullable=True),
        sa.Column("intake_phone", sa.Text(), nullable=True),
        sa.Column("intake_route", sa.Text(), nullable=True),
        sa.Column("papers", sa.Text(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("document_key", sa.Text(), nullable=True),
        sa.Column("document_name", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'active', 'suspended', 'ended')", name=op.f("ck_agreement_state")),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_agreement_order")),
        sa.CheckConstraint("places_per_month >= 0", name=op.f("ck_agreement_places_per_month")),
        sa.CheckConstraint("promised_hours BETWEEN 1 AND 8760", name=op.f("ck_agreement_promised_hours")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name="fk_agreement_organization_id"),
        sa.PrimaryKeyConstraint("id", name="pk_agreement"),
    )
    op.create_index("ix_agreement_organization_id", "agreement", ["organization_id"], unique=False)
    op.create_table(
        "enrollee",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("referred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_access_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("discharged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clock_note", sa.Text(), nullable=True),
        sa.Column("enrolled_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("data_key", sa.LargeBinary(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("status IN ('referred', 'enrolled', 'ended')", name=op.f("ck_enrollee_status")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_enrollee_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_enrollee"),
        sa.UniqueConstraint("code", name="uq_enrollee_code"),
        sa.UniqueConstraint("user_id", name="uq_enrollee_user_id"),
    )
    op.create_table(
        "gap_sighting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gap_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("source IN ('search', 'referral', 'public')", name=op.f("ck_gap_sighting_source")),
        sa.ForeignKeyConstraint(["gap_id"], ["gap.id"], name="fk_gap_sighting_gap_id"),
        sa.PrimaryKeyConstraint("id", name="pk_gap_sighting"),
    )
    op.create_index("ix_gap_sighting_gap_id", "gap_sighting", ["gap_id"], unique=False)
    op.create_table(
        "supervision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("supervisor_id", sa.Uuid(), nullable=False),
        sa.Column("coordinator_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["coordinator_id"], ["user.id"], name="fk_supervision_coordinator_id"),
        sa.ForeignKeyConstraint(["supervisor_id"], ["user.id"], name="fk_supervision_supervisor_id"),
        sa.PrimaryKeyConstraint("id", name="pk_supervision"),
    )
    op.create_index("ix_supervision_coordinator_id", "supervision", ["coordinator_id"], unique=False)
    op.create_index("ix_supervision_supervisor_id", "supervision", ["supervisor_id"], unique=False)
    op.create_table(
        "agreement_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name="fk_agreement_version_agreement_id"),
        sa.PrimaryKeyConstraint("id", name="pk_agreement_version"),
        sa.UniqueConstraint("agreement_id", "version", name="uq_agreement_version_agreement_id_version"),
    )
    op.create_index("ix_agreement_version_agreement_id", "agreement_version", ["agreement_id"], unique=False)
    op.create_table(
        "assignment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollee_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warm_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("role IN ('coordinator', 'mentor')", name=op.f("ck_assignment_role")),
        sa.CheckConstraint("ends_at IS NULL OR ends_at >= starts_at", name=op.f("ck_assignment_order")),
        sa.ForeignKeyConstraint(["enrollee_id"], ["enrollee.id"], name="fk_assignment_enrollee_id"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_assignment_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_assignment"),
    )
    op.create_index("ix_assignment_enrollee_id", "assignment", ["enrollee_id"], unique=False)
    op.create_index("ix_assignment_user_id", "assignment", ["user_id"], unique=False)
    op.create_index(
        "uq_assignment_open_coordinator",
        "assignment",
        ["enrollee_id"],
        unique=True,
        sqlite_where=sa.text("role = 'coordinator' AND ends_at IS NULL"),
        postgresql_where=sa.text("role = 'coordinator' AND ends_at IS NULL"),
    )
    op.create_table(
        "benefit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollee_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("renewal_on", sa.Date(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "state IN ('needed', 'applied', 'pending', 'active', 'ended')", name=op.f("ck_benefit_state")
        ),
        sa.ForeignKeyConstraint(["enrollee_id"], ["enrollee.id"], name="fk_benefit_enrollee_id"),
        sa.PrimaryKeyConstraint("id", name="pk_benefit"),
    )
    op.create_index("ix_benefit_enrollee_id", "benefit", ["enrollee_id"], unique=False)
    op.create_table(
        "break_glass",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollee_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["enrollee_id"], ["enrollee.id"], name="fk_break_glass_enrollee_id"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_break_glass_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_break_glass"),
    )
    op.create_index("ix_break_glass_enrollee_id", "break_glass", ["enrollee_id"], unique=False)
    op.create_index("ix_break_glass_user_id", "break_glass", ["user_id"], unique=False)
    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollee_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_user_id", sa.Uuid(), nullable=True),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("covers_part2", sa.Boolean(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("expires_on >= starts_on", name=op.f("ck_consent_order")),
        sa.ForeignKeyConstraint(["enrollee_id"], ["enrollee.id"], name="fk_consent_enrollee_id"),
        sa.ForeignKeyConstraint(["recipient_user_id"], ["user.id"], name="fk_consent_recipient_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_consent"),
    )
    op.create_index("ix_consent_enrollee_id", "consent", ["enrollee_id"], unique=False)
    op.create_index("ix_consent_recipient_user_id", "consent", ["recipient_user_id"], unique=False)
    op.create_table(
        "contact_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollee_id", sa.Uuid(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "channel IN ('visit', 'phone', 'text', 'video', 'email', 'letter')", name=op.f("ck_contact_entry_channel")
        ),
        sa.CheckConstraint("result IN ('reached', 'not reached', 'refused')", name=op.f("ck_contact_entry_result")),
        sa.ForeignKeyConstraint(["enrollee_id"], ["enrollee.id"], name="fk_contact_entry_enrollee_id"),
        sa.PrimaryKeyConstraint("id", name="pk_contact_entry"),
    )
    op.create_index("ix_contact_entry_enrollee_id", "contact_entry", ["enrollee_id"], unique=False)
    op.create_table(
        "outcome_period",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollee_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.SmallInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("period BETWEEN -1 AND 40", name=op.f("ck_outcome_period_period")),
        sa.ForeignKeyConstraint(["enrollee_id"], ["enrollee.id"], name="fk_outcome_period_enrollee_id"),
        sa.PrimaryKeyConstraint("id", name="pk_outcome_period"),
        sa.UniqueConstraint("enrollee_id", "period", name="uq_outcome_period_enrollee_id_period"),
    )
    op.create_index("ix_outcome_period_enrollee_id", "outcome_period", ["enrollee_id"], unique=False)
    op.create_table(
        "plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollee_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("agreement", sa.Text(), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("agreement IN ('none', 'signed', 'verbal', 'declined')", name=op.f("ck_plan_agreement")),
        sa.CheckConstraint("status IN ('draft', 'current', 'superseded')", name=op.f("ck_plan_status")),
        sa.ForeignKeyConstraint(["enrollee_id"], ["enrollee.id"], name="fk_plan_enrollee_id"),
        sa.PrimaryKeyConstraint("id", name="pk_plan"),
        sa.UniqueConstraint("enrollee_id", "number", name="uq_plan_enrollee_id_number"),
    )
    op.create_index("ix_plan_enrollee_id", "plan", ["enrollee_id"], unique=False)
    op.create_table(
        "screening",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollee_id", sa.Uuid(), nullable=False),
        sa.Column("instrument", sa.Text(), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("taken_by", sa.Uuid(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["enrollee_id"], ["enrollee.id"], name="fk_screening_enrollee_id"),
        sa.PrimaryKeyConstraint("id", name="pk_screening"),
    )
    op.create_index("ix_screening_enrollee_id", "screening", ["enrollee_id"], unique=False)
    op.create_table(
        "support_person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollee_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("kind IN ('natural', 'team')", name=op.f("ck_support_person_kind")),
        sa.ForeignKeyConstraint(["enrollee_id"], ["enrollee.id"], name="fk_support_person_enrollee_id"),
        sa.PrimaryKeyConstraint("id", name="pk_support_person"),
    )
    op.create_index("ix_support_person_enrollee_id", "support_person", ["enrollee_id"], unique=False)
    op.create_table(
        "agreement_service",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["agreement_id"], ["agreement.id"], name="fk_agreement_service_agreement_id"),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_agreement_service_service_id"),
        sa.PrimaryKeyConstraint("id", name="pk_agreement_service"),
        sa.UniqueConstraint("agreement_id", "service_id", name="uq_agreement_service_agreement_id_service_id"),
    )
    op.create_index("ix_agreement_service_agreement_id", "agreement_service", ["agreement_id"], unique=False)
    op.create_index("ix_agreement_service_service_id", "agreement_service", ["service_id"], unique=False)
    op.create_table(
        "disclosure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollee_id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("disclosed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disclosed_by", sa.Uuid(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name="fk_disclosure_consent_id"),
        sa.ForeignKeyConstraint(["enrollee_id"], ["enrollee.id"], name="fk_disclosure_enrollee_id"),
        sa.PrimaryKeyConstraint("id", name="pk_disclosure"),
    )
    op.create_index("ix_disclosure_consent_id", "disclosure", ["consent_id"], unique=False)
    op.create_index("ix_disclosure_enrollee_id", "disclosure", ["enrollee_id"], unique=False)
    op.create_table(
        "goal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollee_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("target_on", sa.Date(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("status IN ('active', 'reached', 'paused', 'dropped')", name=op.f("ck_goal_status")),
        sa.ForeignKeyConstraint(["enrollee_id"], ["enrollee.id"], name="fk_goal_enrollee_id"),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_goal_plan_id"),
        sa.PrimaryKeyConstraint("id", name="pk_goal"),
        sa.UniqueConstraint("id", "enrollee_id", name="uq_goal_id_enrollee_id"),
        sa.UniqueConstraint("plan_id", "number", name="uq_goal_plan_id_number"),
    )
    op.create_index("ix_goal_enrollee_id", "goal", ["enrollee_id"], unique=False)
    op.create_index("ix_goal_plan_id", "goal", ["plan_id"], unique=False)
    op.create_table(
        "choice_sheet",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollee_id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("is_discreet", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("chosen_option_id", sa.Uuid(), nullable=True),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["enrollee_id"], ["enrollee.id"], name="fk_choice_sheet_enrollee_id"),
        sa.ForeignKeyConstraint(["goal_id"], ["goal.id"], name="fk_choice_sheet_goal_id"),
        sa.PrimaryKeyConstraint("id", name="pk_choice_sheet"),
    )
    op.create_index("ix_choice_sheet_enrollee_id", "choice_sheet", ["enrollee_id"], unique=False)
    op.create_index("ix_choice_sheet_goal_id", "choice_sheet", ["goal_id"], unique=False)
    op.create_table(
        "goal_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollee_id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=True),
        sa.Column("measure", sa.Integer(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("measure BETWEEN 0 AND 100", name=op.f("ck_goal_note_measure")),
        sa.ForeignKeyConstraint(["enrollee_id"], ["enrollee.id"], name="fk_goal_note_enrollee_id"),
        sa.ForeignKeyConstraint(["goal_id"], ["goal.id"], name="fk_goal_note_goal_id"),
        sa.PrimaryKeyConstraint("id", name="pk_goal_note"),
    )
    op.create_index("ix_goal_note_enrollee_id", "goal_note", ["enrollee_id"], unique=False)
    op.create_index("ix_goal_note_goal_id", "goal_note", ["goal_id"], unique=False)
    op.create_table(
        "goal_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollee_id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_by", sa.Uuid(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["enrollee_id"], ["enrollee.id"], name="fk_goal_version_enrollee_id"),
        sa.ForeignKeyConstraint(["goal_id"], ["goal.id"], name="fk_goal_version_goal_id"),
        sa.PrimaryKeyConstraint("id", name="pk_goal_version"),
        sa.UniqueConstraint("goal_id", "version", name="uq_goal_version_goal_id_version"),
    )
    op.create_index("ix_goal_version_enrollee_id", "goal_version", ["enrollee_id"], unique=False)
    op.create_index("ix_goal_version_goal_id", "goal_version", ["goal_id"], unique=False)
    op.create_table(
        "plan_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollee_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_by", sa.Uuid(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["enrollee_id"], ["enrollee.id"], name="fk_plan_version_enrollee_id"),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name="fk_plan_version_plan_id"),
        sa.PrimaryKeyConstraint("id", name="pk_plan_version"),
        sa.UniqueConstraint("plan_id", "version", name="uq_plan_version_plan_id_version"),
    )
    op.create_index("ix_plan_version_enrollee_id", "plan_version", ["enrollee_id"], unique=False)
    op.create_index("ix_plan_version_plan_id", "plan_version", ["plan_id"], unique=False)
    op.create_table(
        "referral",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollee_id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=True),
        sa.Column("promised_hours", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("responded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("follow_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("got_in", sa.Boolean(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "state IN ('made', 'contacted', 'offered', 'first contact', 'engaged', "
            "'declined by person', 'not eligible', 'waitlisted', 'no capacity', 'no reply', 'closed')",
            name=op.f("ck_referral_state"),
        ),
        sa.ForeignKeyConstraint(["enrollee_id"], ["enrollee.id"], name="fk_referral_enrollee_id"),
        sa.ForeignKeyConstraint(["goal_id"], ["goal.id"], name="fk_referral_goal_id"),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_referral_service_id"),
        sa.PrimaryKeyConstraint("id", name="pk_referral"),
    )
    op.create_index("ix_referral_agreement_id", "referral", ["agreement_id"], unique=False)
    op.create_index("ix_referral_enrollee_id", "referral", ["enrollee_id"], unique=False)
    op.create_index("ix_referral_goal_id", "referral", ["goal_id"], unique=False)
    op.create_index("ix_referral_service_id", "referral", ["service_id"], unique=False)
    op.create_table(
        "choice_option",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sheet_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name="fk_choice_option_location_id"),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_choice_option_service_id"),
        sa.ForeignKeyConstraint(["sheet_id"], ["choice_sheet.id"], name="fk_choice_option_sheet_id"),
        sa.PrimaryKeyConstraint("id", name="pk_choice_option"),
        sa.UniqueConstraint("sheet_id", "position", name="uq_choice_option_sheet_id_position"),
        sa.UniqueConstraint("sheet_id", "service_id", name="uq_choice_option_sheet_id_service_id"),
    )
    op.create_index("ix_choice_option_sheet_id", "choice_option", ["sheet_id"], unique=False)
    op.create_table(
        "referral_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrollee_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["enrollee_id"], ["enrollee.id"], name="fk_referral_event_enrollee_id"),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name="fk_referral_event_referral_id"),
        sa.PrimaryKeyConstraint("id", name="pk_referral_event"),
        sa.UniqueConstraint("referral_id", "seq", name="uq_referral_event_referral_id_seq"),
    )
    op.create_index("ix_referral_event_enrollee_id", "referral_event", ["enrollee_id"], unique=False)
    op.create_index("ix_referral_event_referral_id", "referral_event", ["referral_id"], unique=False)
    for table in APPEND_ONLY:
        _refuse_changes(table)


def downgrade() -> None:
    """Drop care and the agreements."""
    op.drop_index("ix_referral_event_referral_id", table_name="referral_event")
    op.drop_index("ix_referral_event_enrollee_id", table_name="referral_event")
    op.drop_table("referral_event")
    op.drop_index("ix_choice_option_sheet_id", table_name="choice_option")
    op.drop_table("choice_option")
    op.drop_index("ix_referral_service_id", table_name="referral")
    op.drop_index("ix_referral_goal_id", table_name="referral")
    op.drop_index("ix_referral_enrollee_id", table_name="referral")
    op.drop_index("ix_referral_agreement_id", table_name="referral")
    op.drop_table("referral")
    op.drop_index("ix_plan_version_plan_id", table_name="plan_version")
    op.drop_index("ix_plan_version_enrollee_id", table_name="plan_version")
    op.drop_table("plan_version")
    op.drop_index("ix_goal_version_goal_id", table_name="goal_version")
    op.drop_index("ix_goal_version_enrollee_id", table_name="goal_version")
    op.drop_table("goal_version")
    op.drop_index("ix_goal_note_goal_id", table_name="goal_note")
    op.drop_index("ix_goal_note_enrollee_id", table_name="goal_note")
    op.drop_table("goal_note")
    op.drop_index("ix_choice_sheet_goal_id", table_name="choice_sheet")
    op.drop_index("ix_choice_sheet_enrollee_id", table_name="choice_sheet")
    op.drop_table("choice_sheet")
    op.drop_index("ix_goal_plan_id", table_name="goal")
    op.drop_index("ix_goal_enrollee_id", table_name="goal")
    op.drop_table("goal")
    op.drop_index("ix_disclosure_enrollee_id", table_name="disclosure")
    op.drop_index("ix_disclosure_consent_id", table_name="disclosure")
    op.drop_table("disclosure")
    op.drop_index("ix_agreement_service_service_id", table_name="agreement_service")
    op.drop_index("ix_agreement_service_agreement_id", table_name="agreement_service")
    op.drop_table("agreement_service")
    op.drop_index("ix_support_person_enrollee_id", table_name="support_person")
    op.drop_table("support_person")
    op.drop_index("ix_screening_enrollee_id", table_name="screening")
    op.drop_table("screening")
    op.drop_index("ix_plan_enrollee_id", table_name="plan")
    op.drop_table("plan")
    op.drop_index("ix_outcome_period_enrollee_id", table_name="outcome_period")
    op.drop_table("outcome_period")
    op.drop_index("ix_contact_entry_enrollee_id", table_name="contact_entry")
    op.drop_table("contact_entry")
    op.drop_index("ix_consent_recipient_user_id", table_name="consent")
    op.drop_index("ix_consent_enrollee_id", table_name="consent")
    op.drop_table("consent")
    op.drop_index("ix_break_glass_user_id", table_name="break_glass")
    op.drop_index("ix_break_glass_enrollee_id", table_name="break_glass")
    op.drop_table("break_glass")
    op.drop_index("ix_benefit_enrollee_id", table_name="benefit")
    op.drop_table("benefit")
    op.drop_index(
        "uq_assignment_open_coordinator",
        table_name="assignment",
        sqlite_where=sa.text("role = 'coordinator' AND ends_at IS NULL"),
        postgresql_where=sa.text("role = 'coordinator' AND ends_at IS NULL"),
    )
    op.drop_index("ix_assignment_user_id", table_name="assignment")
    op.drop_index("ix_assignment_enrollee_id", table_name="assignment")
    op.drop_table("assignment")
    op.drop_index("ix_agreement_version_agreement_id", table_name="agreement_version")
    op.drop_table("agreement_version")
    op.drop_index("ix_supervision_supervisor_id", table_name="supervision")
    op.drop_index("ix_supervision_coordinator_id", table_name="supervision")
    op.drop_table("supervision")
    op.drop_index("ix_gap_sighting_gap_id", table_name="gap_sighting")
    op.drop_table("gap_sighting")
    op.drop_table("enrollee")
    op.drop_index("ix_agreement_organization_id", table_name="agreement")
    op.drop_table("agreement")
    op.drop_table("gap")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_rewriting()")


def _refuse_changes(table: str) -> None:
    words = f"the rows of {table} are append-only"
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the rows of % are append-only', TG_TABLE_NAME; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
    )
