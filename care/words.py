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
DOMAIN_WORDS: Final[Mapping[str, Sentence]] = {
    "housing": Sentence("Housing"),
    "health": Sentence("Health and wellness"),
    "income": Sentence("Income and benefits"),
    "work": Sentence("Work"),
    "education": Sentence("Education"),
    "transportation": Sentence("Transportation"),
    "food": Sentence("Food and daily living"),
    "relationships": Sentence("Relationships and community"),
    "safety": Sentence("Safety and legal"),
    "communications": Sentence("Communications"),
}
GOAL_STATES: Final[Mapping[str, Sentence]] = {
    "active": Sentence("Under way"),
    "reached": Sentence("Reached"),
    "paused": Sentence("Paused"),
    "dropped": Sentence("Dropped"),
}
REFERRAL_WORDS: Final[Mapping[str, Sentence]] = {
    "made": Sentence("Made"),
    "contacted": Sentence("Contacted"),
    "offered": Sentence("Appointment offered"),
    "first contact": Sentence("First contact held"),
    "engaged": Sentence("Engaged"),
    "declined by person": Sentence("Declined by the person"),
    "not eligible": Sentence("Not eligible"),
    "waitlisted": Sentence("On the waiting list"),
    "no capacity": Sentence("No room"),
    "no reply": Sentence("No reply"),
    "closed": Sentence("Closed"),
}
# What a line of a record's history says for each kind of event of the trail.
EVENT_WORDS: Final[Mapping[str, Sentence]] = {
    "record:opened": Sentence("Opened the record"),
    "caseload:opened": Sentence("Saw the name in a list"),
    "record:opened_in_emergency": Sentence("Opened the record in an emergency"),
    "record:emergency_reviewed": Sentence("Judged an emergency access"),
    "record:disclosed": Sentence("Told others under a consent"),
    "enrollee:referred": Sentence("Took the referral in"),
    "enrollee:changed": Sentence("Changed the record"),
    "enrollee:status_changed": Sentence("Changed the status"),
    "enrollee:key_destroyed": Sentence("Destroyed the key of the record"),
    "assignment:started": Sentence("Assigned somebody to the person"),
    "assignment:ended": Sentence("Ended an assignment"),
    "consent:given": Sentence("Recorded a consent"),
    "consent:revoked": Sentence("Revoked a consent"),
    "benefit:changed": Sentence("Changed a benefit"),
    "support:changed": Sentence("Changed the supports or the team"),
    "screening:recorded": Sentence("Recorded a screening"),
    "plan:started": Sentence("Started a plan"),
    "plan:changed": Sentence("Changed the plan"),
    "plan:agreed": Sentence("Recorded the agreement to the plan"),
    "goal:added": Sentence("Added a goal"),
    "goal:changed": Sentence("Changed a goal"),
    "goal:noted": Sentence("Noted progress"),
    "choices:offered": Sentence("Offered choices"),
    "choice:made": Sentence("Recorded a choice"),
    "referral:made": Sentence("Made a referral"),
    "referral:moved": Sentence("Moved a referral on"),
    "clock:stopped": Sentence("Stopped a clock"),
    "contact:logged": Sentence("Logged a contact"),
    "outcomes:recorded": Sentence("Recorded outcomes"),
}
# For which page a record was opened; another code is shown as it is.
PURPOSE_WORDS: Final[Mapping[str, Sentence]] = {
    "overview": Sentence("overview"),
    "edit": Sentence("to change it"),
    "status": Sentence("to change the status"),
    "account": Sentence("to tie an account to it"),
    "mentor": Sentence("to assign a recovery mentor"),
    "benefits": Sentence("benefits"),
    "supports": Sentence("supports"),
    "consents": Sentence("to record a consent"),
    "people and consents": Sentence("people and consents"),
    "history": Sentence("history"),
    "own record": Sentence("own record"),
    "plan": Sentence("plan"),
    "search": Sentence("to find help"),
    "referrals": Sentence("referrals"),
    "contacts": Sentence("contacts"),
    "emergency review": Sentence("review of emergency access"),
}
# The names of told fields, in the order of a person's record; another name is shown as it is.
FIELD_WORDS: Final[Mapping[str, Sentence]] = {
    "preferred_name": Sentence("What the person wants to be called"),
    "legal_name": Sentence("Name on papers"),
    "pronouns": Sentence("Pronouns"),
    "birth_date": Sentence("Born on"),
    "phone": Sentence("Phone"),
    "email": Sentence("E-mail"),
    "address": Sentence("Street address"),
    "home_area": Sentence("Home area"),
    "languages": Sentence("Languages"),
    "insurance": Sentence("Insurance"),
    "contact_ways": Sentence("How to reach the person"),
    "do_not_contact": Sentence("What to avoid when reaching out"),
    "interpreter": Sentence("Needs an interpreter"),
    "culture": Sentence("Culture, faith, food, what to respect"),
    "access_needs": Sentence("Access needs"),
    "mentor_wanted": Sentence("Wants a recovery mentor"),
    "criteria": Sentence("Why this program"),
    "safety_note": Sentence("Safety: what a visitor must know"),
    "name": Sentence("Name"),
    "role": Sentence("Role or relation"),
    "kind": Sentence("Kind"),
    "state": Sentence("How far it is"),
    "status": Sentence("How far it is"),
    "reference": Sentence("Case number"),
    "renewal_on": Sentence("Renew by"),
    "soar_steps": Sentence("SOAR steps done (SSI and SSDI)"),
    "note": Sentence("Note"),
    "own_words": Sentence("In the person's own words"),
    "person": Sentence("Person"),
    "support_person": Sentence("Supports and team"),
    "benefit": Sentence("Benefits"),
    "goal": Sentence("Goals"),
    "referral": Sentence("Referrals"),
    "screening": Sentence("Screenings"),
    "outcome_period": Sentence("Outcomes by half-year"),
}
REFERRAL_TONES: Final[Mapping[str, str]] = {
    "made": "info",
    "contacted": "info",
    "offered": "info",
    "first contact": "good",
    "engaged": "good",
    "waitlisted": "warning",
    "no reply": "warning",
    "no capacity": "bad",
    "not eligible": "bad",
}
CLOCK_REASONS: Final[Mapping[str, Sentence]] = {
    "met": Sentence("It was reached another way"),
    "refused by the person": Sentence("The person refused"),
    "no appointment, county told": Sentence("No appointment to be had; the county was told"),
}
CONTACT_CHANNELS: Final[Mapping[str, Sentence]] = {
    "visit": Sentence("Visit"),
    "phone": Sentence("Phone call"),
    "text": Sentence("Text message"),
    "video": Sentence("Video call"),
    "email": Sentence("E-mail"),
    "letter": Sentence("Letter"),
}
CONTACT_RESULTS: Final[Mapping[str, Sentence]] = {
    "reached": Sentence("Reached the person"),
    "not reached": Sentence("Not reached"),
    "refused": Sentence("The person did not want contact"),
}
CONTACT_DAY_WORDS: Final[Mapping[str, Sentence]] = {
    "overdue": Sentence("overdue"),
    "due": Sentence("due today"),
    "coming": Sentence("to come"),
    "tried": Sentence("tried, not reached"),
    "reached": Sentence("reached"),
}
CONTACT_DAY_TONES: Final[Mapping[str, str]] = {
    "overdue": "bad",
    "due": "warning",
    "coming": "neutral",
    "tried": "info",
    "reached": "good",
}
TERM_WORDS: Final[Mapping[str, Sentence]] = {
    "draft": Sentence("draft"),
    "coming": Sentence("begins later"),
    "in force": Sentence("in force"),
    "expiring": Sentence("to renew"),
    "expired": Sentence("expired"),
    "suspended": Sentence("suspended"),
    "ended": Sentence("ended"),
}
TERM_TONES: Final[Mapping[str, str]] = {
    "in force": "good",
    "coming": "info",
    "expiring": "warning",
    "suspended": "warning",
    "expired": "bad",
}
# What a button says that brings an agreement into a state.
AGREEMENT_STATES: Final[Mapping[str, Sentence]] = {
    "active": Sentence("Start the agreement"),
    "suspended": Sentence("Suspend it"),
    "ended": Sentence("End it for good"),
}
GAP_STATES: Final[Mapping[str, Sentence]] = {
    "open": Sentence("Open"),
    "purchase proposed": Sentence("Purchase proposed"),
    "closed": Sentence("Closed"),
}
OUTCOME_WORDS: Final[Mapping[str, Sentence]] = {
    "days_homeless": Sentence("Days homeless"),
    "days_incarcerated": Sentence("Days incarcerated"),
    "emergency_visits": Sentence("Emergency visits"),
    "inpatient_days": Sentence("Inpatient days"),
    "arrests": Sentence("Arrests"),
}
UNIT_WORDS: Final[Mapping[str, Sentence]] = {
    "days_homeless": Sentence("One day homeless"),
    "days_incarcerated": Sentence("One day incarcerated"),
    "emergency_visits": Sentence("One emergency visit"),
    "inpatient_days": Sentence("One inpatient day"),
    "arrests": Sentence("One arrest"),
}
