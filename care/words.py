"""What pages print for the codes of care, as translatable sentences; no rule and no data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from care.fields import Group
from care.rules import STATUS_NAMES, ClockState, Standing
from core.errors import Sentence

STATUS_WORDS: Final = STATUS_NAMES
STANDING_WORDS: Final[Mapping[Standing, Sentence]] = {
    Standing.OWN: Sentence("the person"),
    Standing.COORDINATOR: Sentence("coordinator"),
    Standing.SUPERVISOR: Sentence("supervisor"),
    Standing.EMERGENCY: Sentence("emergency access"),
    Standing.MENTOR: Sentence("recovery mentor"),
    Standing.CONSENT: Sentence("by consent"),
    Standing.OVERSIGHT: Sentence("oversight"),
}
CLOCK_WORDS: Final[Mapping[ClockState, Sentence]] = {
    ClockState.STOPPED: Sentence("met"),
    ClockState.IN_TIME: Sentence("in time"),
    ClockState.SOON: Sentence("due soon"),
    ClockState.LATE: Sentence("late"),
}
CLOCK_TONES: Final[Mapping[ClockState, str]] = {
    ClockState.STOPPED: "good",
    ClockState.IN_TIME: "info",
    ClockState.SOON: "warning",
    ClockState.LATE: "bad",
}
GROUP_WORDS: Final[Mapping[Group, Sentence]] = {
    Group.CONTACT: Sentence("Name, contact, supports and team"),
    Group.NEEDS: Sentence("Needs, culture and contacts made"),
    Group.HEALTH: Sentence("Health, insurance and screening"),
    Group.BENEFITS: Sentence("Benefits"),
    Group.PLAN: Sentence("Plan and goals"),
    Group.REFERRALS: Sentence("Referrals and choices"),
    Group.OUTCOMES: Sentence("Outcomes"),
}
CRITERIA: Final[Mapping[str, Sentence]] = {
    "smi": Sentence("Serious mental illness with high need"),
    "emergency": Sentence("Emergency department visits or psychiatric inpatient stays"),
    "jail": Sentence("Discharge from jail or prison"),
    "arrests": Sentence("Arrests"),
    "homeless": Sentence("Homelessness"),
}
CONTACT_WAYS: Final[Mapping[str, Sentence]] = {
    "visit": Sentence("Visit"),
    "phone": Sentence("Phone call"),
    "text": Sentence("Text message"),
    "email": Sentence("E-mail"),
    "letter": Sentence("Letter"),
    "none": Sentence("Do not contact"),
}
ACCESS_NEEDS: Final[Mapping[str, Sentence]] = {
    "wheelchair": Sentence("Step-free way in"),
    "asl": Sentence("Sign language"),
    "large print": Sentence("Large print"),
    "hearing": Sentence("Help with hearing"),
    "reading": Sentence("Help with reading"),
    "childcare": Sentence("Child care"),
    "ride": Sentence("A ride"),
    "remote": Sentence("By phone or video"),
    "evening": Sentence("Evening or weekend hours"),
}
BENEFIT_KINDS: Final[Mapping[str, Sentence]] = {
    "medicaid": Sentence("Medicaid"),
    "medicare": Sentence("Medicare"),
    "ssi": Sentence("SSI"),
    "ssdi": Sentence("SSDI"),
    "veterans": Sentence("Veterans' benefits"),
    "housing": Sentence("Housing benefit"),
    "public assistance": Sentence("Public assistance"),
    "snap": Sentence("SNAP (food)"),
    "other": Sentence("Another benefit"),
}
BENEFIT_STATES: Final[Mapping[str, Sentence]] = {
    "needed": Sentence("To apply for"),
    "applied": Sentence("Applied"),
    "pending": Sentence("Pending"),
    "active": Sentence("Active"),
    "ended": Sentence("Ended"),
}
# SOAR: SSI/SSDI Outreach, Access, and Recovery (soarworks.samhsa.gov), its critical components in order.
SOAR_STEPS: Final[Mapping[str, Sentence]] = {
    "intent": Sentence("Protective filing date set"),
    "representative": Sentence("Appointed representative (SSA-1696)"),
    "records": Sentence("Medical records collected"),
    "summary": Sentence("Medical summary report written"),
    "quality": Sentence("Quality review done"),
    "submitted": Sentence("Application sent"),
    "decision": Sentence("Decision received"),
}
