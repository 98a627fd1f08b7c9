"""Which personal fields a record holds, what kind each is, and which group of consent covers it; no data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Group(StrEnum):
    """Groups of fields that a consent names and a role is given."""

    CONTACT = "contact"
    NEEDS = "needs"
    HEALTH = "health"
    BENEFITS = "benefits"
    PLAN = "plan"
    REFERRALS = "referrals"
    OUTCOMES = "outcomes"


@dataclass(frozen=True, slots=True)
class Field:
    """One sealed field: its JSON kind (text, list, flag, number, date) and its group."""

    kind: str
    group: Group


def _fields(group: Group, **kinds: str) -> dict[str, Field]:
    return {name: Field(kind, group) for name, kind in kinds.items()}


# Table → sealed fields. A field that is not listed here cannot be stored.
FIELDS: Final[Mapping[str, Mapping[str, Field]]] = {
    "enrollee": {
        **_fields(
            Group.CONTACT,
            preferred_name="text",
            legal_name="text",
            pronouns="text",
            birth_date="date",
            phone="text",
            email="text",
            address="text",
            home_area="text",
            languages="list",
            interpreter="flag",
            contact_ways="list",
            do_not_contact="text",
        ),
        **_fields(Group.NEEDS, culture="text", access_needs="list", mentor_wanted="flag", photo_note="text"),
        **_fields(Group.HEALTH, criteria="list", part2="flag", insurance="text", safety_note="text"),
    },
    "benefit": _fields(Group.BENEFITS, kind="text", reference="text", soar_steps="list", note="text"),
    "support_person": _fields(Group.CONTACT, name="text", role="text", phone="text", note="text"),
    "screening": _fields(Group.HEALTH, domains="list", score="text", level="text", note="text"),
    "outcome_period": _fields(
        Group.OUTCOMES,
        days_homeless="number",
        days_incarcerated="number",
        emergency_visits="number",
        inpatient_days="number",
        arrests="number",
    ),
    "plan": _fields(Group.PLAN, participants="list", strengths="text", notes="text", agreement_words="text"),
    "plan_version": _fields(
        Group.PLAN,
        participants="list",
        strengths="text",
        notes="text",
        agreement_words="text",
        agreement="text",
        agreed_on="date",
        review_on="date",
    ),
    "goal": _fields(Group.PLAN, own_words="text", strategies="list", indicator="text", part2="flag"),
    "goal_version": _fields(
        Group.PLAN,
        own_words="text",
        strategies="list",
        indicator="text",
        part2="flag",
        domain="text",
        status="text",
        target_on="date",
        review_on="date",
    ),
    "goal_note": _fields(Group.PLAN, words="text"),
    "assignment": _fields(Group.CONTACT, handoff="text"),
    "break_glass": _fields(Group.CONTACT, reason="text"),
    "consent": _fields(Group.CONTACT, recipient="text", purpose="text", given_how="text"),
    "choice_sheet": _fields(Group.REFERRALS, who_calls="text", reason="text"),
    "referral": _fields(Group.REFERRALS, introduced_by="text", introduced_to="text", meeting="text", note="text"),
    "referral_event": _fields(Group.REFERRALS, note="text"),
    "contact_entry": _fields(Group.NEEDS, note="text"),
}

# The goal domains of the plan, with the needs of the directory that a search from such a goal starts with
# (directory.md section 10).
DOMAIN_NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "housing": ("housing", "shelter"),
    "health": ("mental_health", "medical", "substance_use"),
    "income": ("benefits",),
    "work": ("work",),
    "education": ("education",),
    "transportation": ("transport",),
    "food": ("food", "household"),
    "relationships": ("peers", "family"),
    "safety": ("safety", "legal"),
    "communications": ("phone_internet",),
}
DOMAINS: Final = tuple(DOMAIN_NEEDS)

# The domains of the PRAPARE screening (prapare.org), each with the goal domain and the needs that it suggests. The
# instrument's own questions are licensed and are not here.
SCREENED: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "housing": ("housing", ("housing", "shelter")),
    "food": ("food", ("food",)),
    "clothing": ("food", ("household",)),
    "utilities": ("housing", ("benefits", "housing")),
    "medicine": ("health", ("medical", "mental_health")),
    "phone": ("communications", ("phone_internet",)),
    "transport": ("transportation", ("transport",)),
    "employment": ("work", ("work",)),
    "education": ("education", ("education",)),
    "income": ("income", ("benefits",)),
    "insurance": ("income", ("benefits", "medical")),
    "child care": ("relationships", ("family",)),
    "social": ("relationships", ("peers",)),
    "stress": ("health", ("mental_health", "peers")),
    "safety": ("safety", ("safety",)),
    "violence": ("safety", ("safety", "shelter")),
    "incarceration": ("safety", ("legal", "work")),
    "refugee": ("safety", ("legal",)),
}

# Level-of-care instruments: what is recorded is the score and the level that it gave, never the questions.
INSTRUMENTS: Final = ("PRAPARE", "LOCUS", "CALOCUS", "ASAM", "CANS")
