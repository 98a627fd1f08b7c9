"""What is sent to each address that takes a form: values that the form and the action accept from who may send them.

A refusal then tells of the rule, never of a form that was not filled in. No request is made here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from care.figures import MEASURES
from tests.builders import today
from tests.permissions.fund_posts import BODIES as FUND_BODIES
from tests.permissions.world import MAX, NEW_ENROLLEE, World

Ids = Mapping[str, Any]
Body = Callable[[World, Ids], dict[str, Any]]


def _day(days: int) -> str:
    day = today() + timedelta(days=days)
    return f"{day.month}/{day.day}/{day.year}"


# Endpoint → what is posted. A new address about a person that takes a POST needs its line here.
BODIES: Final[Mapping[str, Body]] = {
    "care.list_people": lambda world, ids: {"name": "E-"},
    "care.link_account": lambda world, ids: {"email": NEW_ENROLLEE.email},
    "care.set_benefit": lambda world, ids: {"kind": "snap", "state": "applied", "reference": "sent", "new_id": uuid4()},
    "care.make_choice_sheet": lambda world, ids: {
        "goal": ids["goal_id"], "option": world.other_rows["service_id"], "sheet_language": "en", "who_calls": "person",
        "sheet_id": uuid4(), "near": "1", "filled": "1",
    },
    "care.choose": lambda world, ids: {"option": ids["option_id"], "reason": "sent"},
    "care.stop_clock": lambda world, ids: {"which": "access", "reason": "met"},
    "care.disclose": lambda world, ids: {"disclosure_id": uuid4(), "as": "file"},
    "care.revoke_consent": lambda world, ids: {},
    "care.give_consent": lambda world, ids: {
        "recipient": "Clinic", "purpose": "Intake", "groups": ["contact"], "starts_on": _day(0), "expires_on": _day(90),
        "given_how": "On paper", "new_id": uuid4(),
    },
    "care.list_contacts": lambda world, ids: {"channel": "phone", "result": "reached", "note": "sent"},
    "care.assign_coordinator": lambda world, ids: {"coordinator_id": world.other_rows["later_coordinator"]},
    "care.edit_person": lambda world, ids: {"preferred_name": "Sent", "home_area": "10601", "row_version": "1"},
    "care.record_gap": lambda world, ids: {"filled": "1", "near": "1", "need": "housing"},
    "care.note_progress": lambda world, ids: {"words": "sent", "measure": "10", "note_id": uuid4()},
    "care.change_goal": lambda world, ids: {
        "version": "1", "own_words": "Sent", "domain": "housing", "status": "active",
    },
    "care.add_goal": lambda world, ids: {"own_words": "Sent", "domain": "food", "status": "active", "goal_id": uuid4()},
    "care.assign_mentor": lambda world, ids: {"mentor_id": world.other_rows["new_mentor"]},
    "care.record_agreement": lambda world, ids: {"row_version": "1", "agreement": "verbal", "agreed_on": _day(0)},
    "care.change_plan": lambda world, ids: {"row_version": "1", "starts_on": _day(0), "strengths": "Sent"},
    "care.start_plan": lambda world, ids: {"starts_on": _day(0), "plan_id": uuid4()},
    "care.follow_up_referral": lambda world, ids: {"got_in": "yes", "row_version": "1"},
    "care.record_referral_gap": lambda world, ids: {},
    "care.move_referral": lambda world, ids: {"state": "closed", "row_version": "1"},
    "care.make_referral": lambda world, ids: {"goal": ids["goal_id"], "new_id": uuid4()},
    "care.add_screening": lambda world, ids: {
        "instrument": "LOCUS", "taken_on": _day(-1), "score": "20", "screening_id": uuid4(),
    },
    "care.find_services": lambda world, ids: {"filled": "1", "near": "1"},
    "care.change_status": lambda world, ids: {"status": "ended", "on": _day(-1)},
    "care.set_support": lambda world, ids: {"kind": "team", "name": "Sent", "new_id": uuid4()},
    "care.record_discharge": lambda world, ids: {"at": f"{_day(-2)} 9:00 AM"},
    "care.record_outcomes": lambda world, ids: {"period": "-1", **dict.fromkeys(MEASURES, "1")},
    "care.state_unit_cost": lambda world, ids: {"cost": "45", "source": "sent", "as_of": _day(-1)},
    "care.end_support": lambda world, ids: {},
    "care.set_supervision": lambda world, ids: {
        "supervisor_id": world.viewers["supervisor"].user_id, "coordinator_id": world.other_rows["later_coordinator"],
        "what": "end",
    },
    "care.break_glass": lambda world, ids: {"code": world.other_rows["code_of_other"], "reason": "Found unresponsive"},
    "care.review_emergency": lambda world, ids: {},
    "care.refer_person": lambda world, ids: {
        "preferred_name": "Sent", "home_area": "10601", "referred_at": f"{_day(-1)} 9:00 AM", "new_id": uuid4(),
        "coordinator_id": "",
    },
    "care.count_public_search": lambda world, ids: {"need": "housing"},
    "care.change_gap": lambda world, ids: {"state": "closed"},
    "care.revoke_own_consent": lambda world, ids: {},
    "care.export_own_record": lambda world, ids: {},
    "care.set_agreement_state": lambda world, ids: {"state": "suspended"},
    **FUND_BODIES,
    "accounts.add_user": lambda world, ids: {"name": "Sent", "email": "sent@example.org", "roles": ["steward"]},
    "accounts.edit_user": lambda world, ids: {"name": "Sent", "email": MAX.email, "language": "en"},
}  # fmt: skip

# Endpoint → the query of its address.
QUERIES: Final[Mapping[str, Body]] = {
    "care.make_referral": lambda world, ids: {"service": world.other_rows["service_id"], "goal": ids["goal_id"]},
    "care.find_services": lambda world, ids: {"goal": ids["goal_id"]},
    "care.add_agreement": lambda world, ids: {"organization": world.other_rows["organization_id"]},
}
