"""The tables of care. What tells about a person lies sealed, one column a row; ids, states and times stand open.

The sealed column holds a JSON object whose fields `care.fields` lists; only `care.vault` seals and opens it.
"""

from care.models.access import Assignment, BreakGlass, Consent, Disclosure, Supervision
from care.models.gap import Gap, GapSighting
from care.models.outcome import UnitCost
from care.models.path import ChoiceOption, ChoiceSheet, ContactEntry, Referral, ReferralEvent
from care.models.person import Benefit, Enrollee, OutcomePeriod, Screening, SupportPerson
from care.models.plan import Goal, GoalNote, GoalVersion, Plan, PlanVersion

__all__ = [
    "Assignment",
    "Benefit",
    "BreakGlass",
    "ChoiceOption",
    "ChoiceSheet",
    "Consent",
    "ContactEntry",
    "Disclosure",
    "Enrollee",
    "Gap",
    "GapSighting",
    "Goal",
    "GoalNote",
    "GoalVersion",
    "OutcomePeriod",
    "Plan",
    "PlanVersion",
    "Referral",
    "ReferralEvent",
    "Screening",
    "Supervision",
    "SupportPerson",
    "UnitCost",
]
