"""The directory: the objects of HSDS 3.1 and ours beside them; a withheld place can hold no address."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

REFUSAL = "the place of this location is withheld"


def upgrade() -> None:
    """Create the tables and the triggers that keep a secret place out of the address table."""
    op.create_table(
        "closing_day",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_closing_day"),
        sa.UniqueConstraint("day", "organization_id", name="uq_closing_day_day_organization_id"),
    )
    op.create_table(
        "geocode_answer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_geocode_answer"),
        sa.UniqueConstraint("key", name="uq_geocode_answer_key"),
    )
    op.create_table(
        "import_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_name", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_key", sa.Text(), nullable=True),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("report", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('checking', 'checked', 'applying', 'done', 'failed')", name=op.f("ck_import_run_state")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_import_run"),
    )
    op.create_table(
        "listing_change",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_listing_change"),
    )
    op.create_table(
        "meta_table_description",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("character_set", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_meta_table_description"),
    )
    op.create_table(
        "metadata",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("last_action_date", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_action_type", sa.Text(), nullable=False),
        sa.Column("field_name", sa.Text(), nullable=False),
        sa.Column("previous_value", sa.Text(), nullable=True),
        sa.Column("replacement_value", sa.Text(), nullable=True),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_metadata"),
    )
    op.create_index("ix_metadata_resource", "metadata", ["resource_id", "resource_type"], unique=False)
    op.create_table(
        "organization",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("alternate_name", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("tax_status", sa.Text(), nullable=True),
        sa.Column("tax_id", sa.Text(), nullable=True),
        sa.Column("year_incorporated", sa.Integer(), nullable=True),
        sa.Column("legal_status", sa.Text(), nullable=True),
        sa.Column("logo", sa.Text(), nullable=True),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column("parent_organization_id", sa.Uuid(), nullable=True),
        sa.Column("visibility", sa.SmallInteger(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("visibility BETWEEN 0 AND 3", name=op.f("ck_organization_visibility")),
        sa.ForeignKeyConstraint(
            ["parent_organization_id"], ["organization.id"], name="fk_organization_parent_organization_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_organization"),
    )
    op.create_index("ix_organization_parent_organization_id", "organization", ["parent_organization_id"], unique=False)
    op.create_table(
        "source",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dialect", sa.Text(), nullable=True),
        sa.Column("licence", sa.Text(), nullable=True),
        sa.Column("credit", sa.Text(), nullable=True),
        sa.Column("mapping", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_source"),
        sa.UniqueConstraint("name", name="uq_source_name"),
    )
    op.create_table(
        "suggestion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_table", sa.Text(), nullable=True),
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("field_name", sa.Text(), nullable=True),
        sa.Column("old_value", sa.Text(), nullable=True),
        sa.Column("new_value", sa.Text(), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("reply_to", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'accepted', 'declined', 'answered')", name=op.f("ck_suggestion_state")),
        sa.PrimaryKeyConstraint("id", name="pk_suggestion"),
    )
    op.create_index("ix_suggestion_service_id", "suggestion", ["service_id"], unique=False)
    op.create_index("ix_suggestion_state", "suggestion", ["state"], unique=False)
    op.create_table(
        "taxonomy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.Column("version", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_taxonomy"),
    )
    op.create_table(
        "tombstone",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tombstone"),
        sa.UniqueConstraint("digest", name="uq_tombstone_digest"),
    )
    op.create_table(
        "unit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=True),
        sa.Column("identifier", sa.Text(), nullable=True),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_unit"),
    )
    op.create_table(
        "verification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("field_group", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("checked_by", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "method IN ('call', 'visit', 'email', 'feed', 'provider', 'web')", name=op.f("ck_verification_method")
        ),
        sa.CheckConstraint("outcome IN ('right', 'wrong', 'no answer')", name=op.f("ck_verification_outcome")),
        sa.PrimaryKeyConstraint("id", name="pk_verification"),
    )
    op.create_index(
        "ix_verification_service", "verification", ["service_id", "field_group", "checked_at"], unique=False
    )
    op.create_table(
        "location",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("location_type", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("alternate_name", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("transportation", sa.Text(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("external_identifier", sa.Text(), nullable=True),
        sa.Column("external_identifier_type", sa.Text(), nullable=True),
        sa.Column("visibility", sa.SmallInteger(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place_withheld", sa.Boolean(), nullable=False),
        sa.Column("place_precision", sa.Text(), nullable=False),
        sa.Column("place_source", sa.Text(), nullable=True),
        sa.Column("place_checked_on", sa.Date(), nullable=True),
        sa.Column("timezone", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "place_precision IN ('exact', 'street', 'zip', 'town', 'county', 'none')",
            name=op.f("ck_location_place_precision"),
        ),
        sa.CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name=op.f("ck_location_point_whole")),
        sa.CheckConstraint(
            "NOT place_withheld OR (latitude IS NULL AND longitude IS NULL)", name=op.f("ck_location_withheld_point")
        ),
        sa.CheckConstraint(
            "latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name=op.f("ck_location_point_on_earth")
        ),
        sa.CheckConstraint("visibility BETWEEN 0 AND 3", name=op.f("ck_location_visibility")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name="fk_location_organization_id"),
        sa.PrimaryKeyConstraint("id", name="pk_location"),
    )
    op.create_index("ix_location_organization_id", "location", ["organization_id"], unique=False)
    op.create_table(
        "organization_identifier",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("identifier_scheme", sa.Text(), nullable=True),
        sa.Column("identifier_type", sa.Text(), nullable=True),
        sa.Column("identifier", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name="fk_organization_identifier_organization_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_organization_identifier"),
    )
    op.create_index(
        "ix_organization_identifier_organization_id", "organization_identifier", ["organization_id"], unique=False
    )
    op.create_table(
        "program",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("alternate_name", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name="fk_program_organization_id"),
        sa.PrimaryKeyConstraint("id", name="pk_program"),
    )
    op.create_index("ix_program_organization_id", "program", ["organization_id"], unique=False)
    op.create_table(
        "source_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("record_table", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("original_id", sa.Text(), nullable=True),
        sa.Column("received", sa.Text(), nullable=False),
        sa.Column("received_hash", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name="fk_source_record_source_id"),
        sa.PrimaryKeyConstraint("id", name="pk_source_record"),
        sa.UniqueConstraint(
            "source_id", "record_table", "record_id", name="uq_source_record_source_id_record_table_record_id"
        ),
    )
    op.create_index("ix_source_record_record", "source_record", ["record_id"], unique=False)
    op.create_index("ix_source_record_source_id", "source_record", ["source_id"], unique=False)
    op.create_table(
        "taxonomy_term",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("taxonomy", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("taxonomy_id", sa.Uuid(), nullable=True),
        sa.Column("term_uri", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["parent_id"], ["taxonomy_term.id"], name="fk_taxonomy_term_parent_id"),
        sa.ForeignKeyConstraint(["taxonomy_id"], ["taxonomy.id"], name="fk_taxonomy_term_taxonomy_id"),
        sa.PrimaryKeyConstraint("id", name="pk_taxonomy_term"),
    )
    op.create_index("ix_taxonomy_term_code", "taxonomy_term", ["code"], unique=False)
    op.create_index("ix_taxonomy_term_parent_id", "taxonomy_term", ["parent_id"], unique=False)
    op.create_index("ix_taxonomy_term_taxonomy_id", "taxonomy_term", ["taxonomy_id"], unique=False)
    op.create_table(
        "accessibility",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("details", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name="fk_accessibility_location_id"),
        sa.PrimaryKeyConstraint("id", name="pk_accessibility"),
    )
    op.create_index("ix_accessibility_location_id", "accessibility", ["location_id"], unique=False)
    op.create_table(
        "address",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("attention", sa.Text(), nullable=True),
        sa.Column("address_1", sa.Text(), nullable=True),
        sa.Column("address_2", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("state_province", sa.Text(), nullable=True),
        sa.Column("postal_code", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("address_type", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name="fk_address_location_id"),
        sa.PrimaryKeyConstraint("id", name="pk_address"),
    )
    op.create_index("ix_address_location_id", "address", ["location_id"], unique=False)
    op.create_table(
        "attribute",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("taxonomy_term_id", sa.Uuid(), nullable=True),
        sa.Column("link_type", sa.Text(), nullable=True),
        sa.Column("link_entity", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("label", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["taxonomy_term_id"], ["taxonomy_term.id"], name="fk_attribute_taxonomy_term_id"),
        sa.PrimaryKeyConstraint("id", name="pk_attribute"),
    )
    op.create_index("ix_attribute_link", "attribute", ["link_id", "link_entity"], unique=False)
    op.create_index("ix_attribute_taxonomy_term_id", "attribute", ["taxonomy_term_id"], unique=False)
    op.create_table(
        "service",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("program_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("alternate_name", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("interpretation_services", sa.Text(), nullable=True),
        sa.Column("application_process", sa.Text(), nullable=True),
        sa.Column("fees_description", sa.Text(), nullable=True),
        sa.Column("wait_time", sa.Text(), nullable=True),
        sa.Column("fees", sa.Text(), nullable=True),
        sa.Column("accreditations", sa.Text(), nullable=True),
        sa.Column("eligibility_description", sa.Text(), nullable=True),
        sa.Column("minimum_age", sa.Integer(), nullable=True),
        sa.Column("maximum_age", sa.Integer(), nullable=True),
        sa.Column("assured_date", sa.Date(), nullable=True),
        sa.Column("assurer_email", sa.Text(), nullable=True),
        sa.Column("licenses", sa.Text(), nullable=True),
        sa.Column("alert", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.DateTime(timezone=True), nullable=True),
        sa.Column("visibility", sa.SmallInteger(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status_unconfirmed", sa.Boolean(), nullable=False),
        sa.Column("extra", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status IN ('active', 'inactive', 'defunct', 'temporarily closed')", name=op.f("ck_service_status")
        ),
        sa.CheckConstraint("visibility BETWEEN 0 AND 3", name=op.f("ck_service_visibility")),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name="fk_service_organization_id"),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name="fk_service_program_id"),
        sa.PrimaryKeyConstraint("id", name="pk_service"),
    )
    op.create_index("ix_service_organization_id", "service", ["organization_id"], unique=False)
    op.create_index("ix_service_program_id", "service", ["program_id"], unique=False)
    op.create_table(
        "cost_option",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("option", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("amount", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("amount_description", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_cost_option_service_id"),
        sa.PrimaryKeyConstraint("id", name="pk_cost_option"),
    )
    op.create_index("ix_cost_option_service_id", "cost_option", ["service_id"], unique=False)
    op.create_table(
        "funding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name="fk_funding_organization_id"),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_funding_service_id"),
        sa.PrimaryKeyConstraint("id", name="pk_funding"),
    )
    op.create_index("ix_funding_organization_id", "funding", ["organization_id"], unique=False)
    op.create_index("ix_funding_service_id", "funding", ["service_id"], unique=False)
    op.create_table(
        "housing_offer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rooms", sa.Text(), nullable=True),
        sa.Column("household", sa.Text(), nullable=True),
        sa.Column("rent", sa.Text(), nullable=True),
        sa.Column("deposit", sa.Text(), nullable=True),
        sa.Column("utilities", sa.Text(), nullable=True),
        sa.Column("vouchers", sa.Text(), nullable=True),
        sa.Column("access", sa.Text(), nullable=True),
        sa.Column("pets", sa.Text(), nullable=True),
        sa.Column("sobriety", sa.Text(), nullable=True),
        sa.Column("background", sa.Text(), nullable=True),
        sa.Column("stay_limit", sa.Text(), nullable=True),
        sa.Column("way_in", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_housing_offer_service_id"),
        sa.PrimaryKeyConstraint("id", name="pk_housing_offer"),
        sa.UniqueConstraint("service_id", name="uq_housing_offer_service_id"),
    )
    op.create_table(
        "required_document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_required_document_service_id"),
        sa.PrimaryKeyConstraint("id", name="pk_required_document"),
    )
    op.create_index("ix_required_document_service_id", "required_document", ["service_id"], unique=False)
    op.create_table(
        "requirement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.SmallInteger(), nullable=False),
        sa.Column("read_from", sa.Text(), nullable=True),
        sa.CheckConstraint("answer IN (1, 2)", name=op.f("ck_requirement_answer")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_requirement_service_id"),
        sa.PrimaryKeyConstraint("id", name="pk_requirement"),
        sa.UniqueConstraint("service_id", "question", name="uq_requirement_service_id_question"),
    )
    op.create_index("ix_requirement_service_id", "requirement", ["service_id"], unique=False)
    op.create_table(
        "service_at_location",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name="fk_service_at_location_location_id"),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_service_at_location_service_id"),
        sa.PrimaryKeyConstraint("id", name="pk_service_at_location"),
        sa.UniqueConstraint("service_id", "location_id", name="uq_service_at_location_service_id_location_id"),
    )
    op.create_index("ix_service_at_location_location_id", "service_at_location", ["location_id"], unique=False)
    op.create_index("ix_service_at_location_service_id", "service_at_location", ["service_id"], unique=False)
    op.create_table(
        "service_capacity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("available", sa.Integer(), nullable=True),
        sa.Column("maximum", sa.Integer(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waitlist", sa.Text(), nullable=True),
        sa.Column("waitlist_length", sa.Integer(), nullable=True),
        sa.Column("usual_wait", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_service_capacity_service_id"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_service_capacity_unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_service_capacity"),
    )
    op.create_index("ix_service_capacity_service_id", "service_capacity", ["service_id"], unique=False)
    op.create_index("ix_service_capacity_unit_id", "service_capacity", ["unit_id"], unique=False)
    op.create_table(
        "url",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name="fk_url_organization_id"),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_url_service_id"),
        sa.PrimaryKeyConstraint("id", name="pk_url"),
    )
    op.create_index("ix_url_organization_id", "url", ["organization_id"], unique=False)
    op.create_index("ix_url_service_id", "url", ["service_id"], unique=False)
    op.create_table(
        "contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("service_at_location_id", sa.Uuid(), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("department", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("visibility", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("visibility BETWEEN 0 AND 3", name=op.f("ck_contact_visibility")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name="fk_contact_location_id"),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name="fk_contact_organization_id"),
        sa.ForeignKeyConstraint(
            ["service_at_location_id"], ["service_at_location.id"], name="fk_contact_service_at_location_id"
        ),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_contact_service_id"),
        sa.PrimaryKeyConstraint("id", name="pk_contact"),
    )
    op.create_index("ix_contact_location_id", "contact", ["location_id"], unique=False)
    op.create_index("ix_contact_organization_id", "contact", ["organization_id"], unique=False)
    op.create_index("ix_contact_service_at_location_id", "contact", ["service_at_location_id"], unique=False)
    op.create_index("ix_contact_service_id", "contact", ["service_id"], unique=False)
    op.create_table(
        "schedule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("service_at_location_id", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("dtstart", sa.Date(), nullable=True),
        sa.Column("timezone", sa.Double(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=True),
        sa.Column("wkst", sa.Text(), nullable=True),
        sa.Column("freq", sa.Text(), nullable=True),
        sa.Column("interval", sa.Integer(), nullable=True),
        sa.Column("byday", sa.Text(), nullable=True),
        sa.Column("byweekno", sa.Text(), nullable=True),
        sa.Column("bymonthday", sa.Text(), nullable=True),
        sa.Column("byyearday", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("opens_at", sa.Time(), nullable=True),
        sa.Column("closes_at", sa.Time(), nullable=True),
        sa.Column("schedule_link", sa.Text(), nullable=True),
        sa.Column("attending_type", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("by_appointment", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name="fk_schedule_location_id"),
        sa.ForeignKeyConstraint(
            ["service_at_location_id"], ["service_at_location.id"], name="fk_schedule_service_at_location_id"
        ),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_schedule_service_id"),
        sa.PrimaryKeyConstraint("id", name="pk_schedule"),
    )
    op.create_index("ix_schedule_location_id", "schedule", ["location_id"], unique=False)
    op.create_index("ix_schedule_service_at_location_id", "schedule", ["service_at_location_id"], unique=False)
    op.create_index("ix_schedule_service_id", "schedule", ["service_id"], unique=False)
    op.create_table(
        "service_area",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("service_at_location_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("extent", sa.Text(), nullable=True),
        sa.Column("extent_type", sa.Text(), nullable=True),
        sa.Column("uri", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["service_at_location_id"], ["service_at_location.id"], name="fk_service_area_service_at_location_id"
        ),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_service_area_service_id"),
        sa.PrimaryKeyConstraint("id", name="pk_service_area"),
    )
    op.create_index("ix_service_area_service_at_location_id", "service_area", ["service_at_location_id"], unique=False)
    op.create_index("ix_service_area_service_id", "service_area", ["service_id"], unique=False)
    op.create_table(
        "phone",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("service_at_location_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("extension", sa.Integer(), nullable=True),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("visibility", sa.SmallInteger(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=True),
        sa.CheckConstraint("visibility BETWEEN 0 AND 3", name=op.f("ck_phone_visibility")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name="fk_phone_contact_id"),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name="fk_phone_location_id"),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"], name="fk_phone_organization_id"),
        sa.ForeignKeyConstraint(
            ["service_at_location_id"], ["service_at_location.id"], name="fk_phone_service_at_location_id"
        ),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_phone_service_id"),
        sa.PrimaryKeyConstraint("id", name="pk_phone"),
    )
    op.create_index("ix_phone_contact_id", "phone", ["contact_id"], unique=False)
    op.create_index("ix_phone_location_id", "phone", ["location_id"], unique=False)
    op.create_index("ix_phone_organization_id", "phone", ["organization_id"], unique=False)
    op.create_index("ix_phone_service_at_location_id", "phone", ["service_at_location_id"], unique=False)
    op.create_index("ix_phone_service_id", "phone", ["service_id"], unique=False)
    op.create_table(
        "language",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("phone_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name="fk_language_location_id"),
        sa.ForeignKeyConstraint(["phone_id"], ["phone.id"], name="fk_language_phone_id"),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_language_service_id"),
        sa.PrimaryKeyConstraint("id", name="pk_language"),
    )
    op.create_index("ix_language_location_id", "language", ["location_id"], unique=False)
    op.create_index("ix_language_phone_id", "language", ["phone_id"], unique=False)
    op.create_index("ix_language_service_id", "language", ["service_id"], unique=False)
    _add_triggers()


def downgrade() -> None:
    """Drop the directory."""
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP TRIGGER address_not_withheld ON address")
        op.execute("DROP TRIGGER location_withheld_bare ON location")
        op.execute("DROP FUNCTION refuse_withheld_address()")
        op.execute("DROP FUNCTION refuse_withheld_location()")

    op.drop_index("ix_language_service_id", table_name="language")
    op.drop_index("ix_language_phone_id", table_name="language")
    op.drop_index("ix_language_location_id", table_name="language")
    op.drop_table("language")
    op.drop_index("ix_phone_service_id", table_name="phone")
    op.drop_index("ix_phone_service_at_location_id", table_name="phone")
    op.drop_index("ix_phone_organization_id", table_name="phone")
    op.drop_index("ix_phone_location_id", table_name="phone")
    op.drop_index("ix_phone_contact_id", table_name="phone")
    op.drop_table("phone")
    op.drop_index("ix_service_area_service_id", table_name="service_area")
    op.drop_index("ix_service_area_service_at_location_id", table_name="service_area")
    op.drop_table("service_area")
    op.drop_index("ix_schedule_service_id", table_name="schedule")
    op.drop_index("ix_schedule_service_at_location_id", table_name="schedule")
    op.drop_index("ix_schedule_location_id", table_name="schedule")
    op.drop_table("schedule")
    op.drop_index("ix_contact_service_id", table_name="contact")
    op.drop_index("ix_contact_service_at_location_id", table_name="contact")
    op.drop_index("ix_contact_organization_id", table_name="contact")
    op.drop_index("ix_contact_location_id", table_name="contact")
    op.drop_table("contact")
    op.drop_index("ix_url_service_id", table_name="url")
    op.drop_index("ix_url_organization_id", table_name="url")
    op.drop_table("url")
    op.drop_index("ix_service_capacity_unit_id", table_name="service_capacity")
    op.drop_index("ix_service_capacity_service_id", table_name="service_capacity")
    op.drop_table("service_capacity")
    op.drop_index("ix_service_at_location_service_id", table_name="service_at_location")
    op.drop_index("ix_service_at_location_location_id", table_name="service_at_location")
    op.drop_table("service_at_location")
    op.drop_index("ix_requirement_service_id", table_name="requirement")
    op.drop_table("requirement")
    op.drop_index("ix_required_document_service_id", table_name="required_document")
    op.drop_table("required_document")
    op.drop_table("housing_offer")
    op.drop_index("ix_funding_service_id", table_name="funding")
    op.drop_index("ix_funding_organization_id", table_name="funding")
    op.drop_table("funding")
    op.drop_index("ix_cost_option_service_id", table_name="cost_option")
    op.drop_table("cost_option")
    op.drop_index("ix_service_program_id", table_name="service")
    op.drop_index("ix_service_organization_id", table_name="service")
    op.drop_table("service")
    op.drop_index("ix_attribute_taxonomy_term_id", table_name="attribute")
    op.drop_index("ix_attribute_link", table_name="attribute")
    op.drop_table("attribute")
    op.drop_index("ix_address_location_id", table_name="address")
    op.drop_table("address")
    op.drop_index("ix_accessibility_location_id", table_name="accessibility")
    op.drop_table("accessibility")
    op.drop_index("ix_taxonomy_term_taxonomy_id", table_name="taxonomy_term")
    op.drop_index("ix_taxonomy_term_parent_id", table_name="taxonomy_term")
    op.drop_index("ix_taxonomy_term_code", table_name="taxonomy_term")
    op.drop_table("taxonomy_term")
    op.drop_index("ix_source_record_source_id", table_name="source_record")
    op.drop_index("ix_source_record_record", table_name="source_record")
    op.drop_table("source_record")
    op.drop_index("ix_program_organization_id", table_name="program")
    op.drop_table("program")
    op.drop_index("ix_organization_identifier_organization_id", table_name="organization_identifier")
    op.drop_table("organization_identifier")
    op.drop_index("ix_location_organization_id", table_name="location")
    op.drop_table("location")
    op.drop_index("ix_verification_service", table_name="verification")
    op.drop_table("verification")
    op.drop_table("unit")
    op.drop_table("tombstone")
    op.drop_table("taxonomy")
    op.drop_index("ix_suggestion_state", table_name="suggestion")
    op.drop_index("ix_suggestion_service_id", table_name="suggestion")
    op.drop_table("suggestion")
    op.drop_table("source")
    op.drop_index("ix_organization_parent_organization_id", table_name="organization")
    op.drop_table("organization")
    op.drop_index("ix_metadata_resource", table_name="metadata")
    op.drop_table("metadata")
    op.drop_table("meta_table_description")
    op.drop_table("listing_change")
    op.drop_table("import_run")
    op.drop_table("geocode_answer")
    op.drop_table("closing_day")


def _add_triggers() -> None:
    withheld = "SELECT 1 FROM location WHERE location.id = NEW.location_id AND location.place_withheld"
    addressed = "SELECT 1 FROM address WHERE address.location_id = NEW.id"
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("INSERT", "UPDATE"):
            op.execute(
                f"CREATE TRIGGER address_not_withheld_{verb.lower()} BEFORE {verb} ON address "
                f"WHEN EXISTS ({withheld}) BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
        op.execute(
            "CREATE TRIGGER location_withheld_bare BEFORE UPDATE ON location "
            f"WHEN NEW.place_withheld AND EXISTS ({addressed}) BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )
        return
    for name, condition in (("address", withheld), ("location", f"{addressed} AND NEW.place_withheld")):
        op.execute(
            f"CREATE FUNCTION refuse_withheld_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF EXISTS ({condition}) THEN RAISE EXCEPTION '{REFUSAL}'; END IF; RETURN NEW; END $$"
        )
    op.execute(
        "CREATE TRIGGER address_not_withheld BEFORE INSERT OR UPDATE ON address "
        "FOR EACH ROW EXECUTE FUNCTION refuse_withheld_address()"
    )
    op.execute(
        "CREATE TRIGGER location_withheld_bare BEFORE UPDATE ON location "
        "FOR EACH ROW EXECUTE FUNCTION refuse_withheld_location()"
    )
