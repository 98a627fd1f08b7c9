"""What people do to the directory: each function is one verb, one transaction, one event in the trail."""

from directory.actions.listings import (
    add_organization,
    add_record,
    add_service,
    edit_record,
    make_confidential,
    remove_record,
    restore_value,
    retire_listing,
    show_listing,
    verify_listing,
)
from directory.actions.suggestions import decide_suggestion, suggest

__all__ = [
    "add_organization",
    "add_record",
    "add_service",
    "decide_suggestion",
    "edit_record",
    "make_confidential",
    "remove_record",
    "restore_value",
    "retire_listing",
    "show_listing",
    "suggest",
    "verify_listing",
]
