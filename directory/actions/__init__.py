"""What people do to the directory: each function is one verb, one transaction, one event in the trail."""

from directory.actions.agreements import attach_document, change_agreement, record_agreement, set_agreement_state
from directory.actions.closing_days import set_closing_days
from directory.actions.confidential import make_confidential
from directory.actions.feeds import apply_feed
from directory.actions.geocode import Located, StoredAnswers, locate_providers
from directory.actions.import_runs import (
    begin_import_apply,
    begin_import_run,
    check_import_again,
    discard_import,
    fail_import_runs,
    finish_import_check,
)
from directory.actions.listings import (
    add_organization,
    add_record,
    add_service,
    edit_record,
    remove_record,
    restore_value,
    retire_listing,
    show_listing,
    verify_listing,
)
from directory.actions.places import add_place, edit_place, leave_place, offer_at_place
from directory.actions.schedules import set_hours
from directory.actions.services import ServiceDetails, add_described_service, edit_described_service
from directory.actions.suggestions import decide_suggestion, suggest

__all__ = [
    "attach_document",
    "change_agreement",
    "record_agreement",
    "set_agreement_state",
    "Located",
    "ServiceDetails",
    "StoredAnswers",
    "add_described_service",
    "add_organization",
    "add_place",
    "add_record",
    "add_service",
    "apply_feed",
    "begin_import_apply",
    "begin_import_run",
    "check_import_again",
    "decide_suggestion",
    "discard_import",
    "edit_described_service",
    "edit_place",
    "edit_record",
    "fail_import_runs",
    "finish_import_check",
    "leave_place",
    "locate_providers",
    "make_confidential",
    "offer_at_place",
    "remove_record",
    "restore_value",
    "retire_listing",
    "set_closing_days",
    "set_hours",
    "show_listing",
    "suggest",
    "verify_listing",
]
