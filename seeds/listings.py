"""One service of the demo data with everything that hangs on it: hours, papers, answers, beds, checks."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from directory.facets import LANGUAGES, Visibility
from directory.needs import own_term
from seeds.content import County, Kind, Organization, closing_lines, details
from seeds.records import Pile, chance, identify, turn
from seeds.sites import Site
from seeds.written_hours import schedule_rows

STEWARDS = ("Rowan Steward", "Noor Steward")
WHO_ES = "Cualquier persona que lo necesite."
APPLY_ES = "Llame o venga en persona."
NEW_YORK, COUNTRY = "state:NY", "country:US"


@dataclass(frozen=True, slots=True)
class Task:
    """What one listing is made from. `number` is how many of its kind came before."""

    kind: Kind
    organization: Organization
    organization_id: UUID
    program_id: UUID | None
    county: County | None
    sites: tuple[Site, ...]
    phone: str
    extension: int | None
    number: int
    variant: int
    key: str

    @property
    def luck(self) -> random.Random:
        """Chance of this listing alone."""
        return chance(f"service/{self.key}")


def add_listing(pile: Pile, task: Task) -> UUID:
    """Put one service and all its records on the pile; answers its id."""
    service_id = _add_service(pile, task)
    for code in task.kind.terms:
        pile.add(
            "attribute", f"{task.key}/{code}", link_id=service_id, link_entity="service", link_type="taxonomy_term",
            taxonomy_term_id=identify("taxonomy_term", code),
        )  # fmt: skip
    _add_reach(pile, task, service_id)
    _add_hours(pile, task, service_id)
    _add_ways(pile, task, service_id)
    _add_papers_and_cost(pile, task, service_id)
    _add_answers(pile, task, service_id)
    _add_room(pile, task, service_id)
    _add_checks(pile, task, service_id)
    return service_id


def words_of(task: Task) -> dict[str, str]:
    """What the places in a text stand for here."""
    site = next((site for site in task.sites if not site.is_withheld), None)
    county = task.county.name if task.county else "New York"
    return {
        "town": site.town if site else county,
        "street": site.street if site else "Main Street",
        "county": county,
        "org": task.organization.name,
    }


def _add_service(pile: Pile, task: Task) -> UUID:
    kind, luck, words = task.kind, task.luck, words_of(task)
    is_spanish = task.organization.spanish == "only" and bool(kind.texts_es)
    term = own_term(kind.terms[0])
    checked = _days_since_check(task)
    interpreters = details()["interpreters"]
    return pile.add(
        "service",
        task.key,
        organization_id=task.organization_id,
        program_id=task.program_id,
        name=term.names[1] if is_spanish and term else turn(kind.names, task.variant).format(**words),
        description=_description(task, words),
        url=f"https://{_site(task.organization)}/{kind.code}" if not kind.number else task.organization.website,
        email=f"intake@{_site(task.organization)}" if not kind.number and luck.random() < 0.7 else None,
        status="active",
        interpretation_services=luck.choice(interpreters) if luck.random() < 0.4 else None,
        application_process=APPLY_ES if is_spanish else turn(kind.apply, task.number).format(**words),
        fees_description=kind.fees,
        wait_time=turn(kind.wait, task.number) if kind.wait else None,
        eligibility_description=WHO_ES if is_spanish else turn(kind.who, task.variant).format(**words),
        minimum_age=kind.ages[0] or None,
        maximum_age=kind.ages[1] or None,
        assured_date=(pile.moment(checked).date() if checked is not None else None),
        alert=kind.alert or None,
        last_modified=pile.moment(checked or luck.randrange(30, 700)),
        visibility=int(visibility_of(task)),
    )


def visibility_of(task: Task) -> Visibility:
    """Who may see the listing: the public, unless its organization hides this kind."""
    hidden = task.organization.hidden.get(task.kind.code)
    return Visibility[hidden.upper()] if hidden else Visibility.PUBLIC


def _site(organization: Organization) -> str:
    return f"{organization.code}.example.org"


def _description(task: Task, words: dict[str, str]) -> str:
    kind = task.kind
    english = turn(kind.texts, task.variant).format(**words)
    # A round through the variants moves on by one through the lines, so that no pair comes twice soon.
    step = task.number + task.number // len(kind.texts)
    if kind.details:
        english = f"{english} {turn(kind.details, step)}"
    english = f"{english} {_closing_line(task, step)}".strip()
    if not kind.texts_es or not task.organization.spanish:
        return english
    spanish = turn(kind.texts_es, task.number).format(**words)
    return spanish if task.organization.spanish == "only" else f"{english}\n\n{spanish}"


def _closing_line(task: Task, step: int) -> str:
    """A last line: about the house where there is one, about how far they travel where they come to people."""
    if task.county is None or task.kind.site == "withheld":
        return ""
    term = own_term(task.kind.terms[0])
    if task.sites:
        return turn(closing_lines()[term.need], step) if term else ""
    towns = sorted({town for town, *_ in task.county.zips.values()})
    first, last = task.luck.sample(towns, 2)
    return turn(details()["reach"], step).format(county=task.county.name, first=first, last=last)


def _add_reach(pile: Pile, task: Task, service_id: UUID) -> None:
    for site in task.sites:
        pile.add(
            "service_at_location", f"{task.key}@{site.location_id}", service_id=service_id,
            location_id=site.location_id,
        )  # fmt: skip
    area = task.kind.area
    if not area:
        return
    name, code = _area(task, area)
    pile.add("service_area", task.key, service_id=service_id, name=name, extent=code, extent_type="area_codes")


def _area(task: Task, area: str) -> tuple[str, str]:
    county = task.county
    if area == "country" or (county is None and area != "state"):
        return "United States", COUNTRY
    if area == "state" or county is None:
        return "New York State", NEW_YORK
    if area == "town" and task.sites:
        town = task.sites[0].town
        return town, f"town:NY:{town.lower()}"
    return f"{county.name} County", f"county:{county.fips}"


def _add_hours(pile: Pile, task: Task, service_id: UUID) -> None:
    """Hours belong to the service at its place; to the service itself where there is none."""
    owners: list[tuple[str, dict[str, UUID]]] = [
        (f"{task.key}@{site.location_id}", {"service_at_location_id": identify(
            "service_at_location", f"{task.key}@{site.location_id}")})
        for site in task.sites
    ] or [(task.key, {"service_id": service_id})]  # fmt: skip
    luck = task.luck
    for place, (key, owner) in enumerate(owners):
        written = turn(task.kind.hours, task.number + place)
        for count, row in enumerate(schedule_rows(written)):
            pile.add("schedule", f"{key}/{count}", **owner, **row)
        if written != "24/7" and luck.random() < 0.12:
            _add_break(pile, key, owner, luck)


def _add_break(pile: Pile, key: str, owner: dict[str, UUID], luck: random.Random) -> None:
    """Days that differ: closed between the years, or short hours on the day before Thanksgiving."""
    year = pile.reference.year
    if luck.random() < 0.6:
        pile.add(
            "schedule", f"{key}/break", **owner, valid_from=date(year, 12, 24), valid_to=date(year + 1, 1, 1),
            closed=True, description="Closed between the years",
        )  # fmt: skip
        return
    summer = year + 1 if pile.reference.month > 8 else year
    pile.add(
        "schedule", f"{key}/break", **owner, valid_from=date(summer, 8, 3), valid_to=date(summer, 8, 14), closed=True,
        description="Closed for two weeks in August",
    )  # fmt: skip


def _add_ways(pile: Pile, task: Task, service_id: UUID) -> None:
    """Phones, a text number for hotlines, languages, and for some a named desk that coordinators see."""
    kind, luck = task.kind, task.luck
    is_line = kind.line == "hotline"
    pile.add(
        "phone", task.key, service_id=service_id, number=task.phone, extension=None if is_line else task.extension,
        type="voice", description="Hotline" if is_line else "Intake", priority=1,
    )  # fmt: skip
    if is_line:
        pile.add(
            "phone", f"{task.key}/text", service_id=service_id, number=task.phone, type="text",
            description="Text this number", priority=2,
        )  # fmt: skip
    for code in dict.fromkeys(("en", *task.organization.languages)):
        pile.add("language", f"{task.key}/{code}", service_id=service_id, code=code, name=str(LANGUAGES[code]))
    if kind.code == "recovery-mentor":
        name = luck.choice(details()["mentors"])
        pile.add(
            "contact", task.key, service_id=service_id, name=name, title="Recovery mentor",
            visibility=int(Visibility.ENROLLED),
        )  # fmt: skip
    elif task.extension is not None and luck.random() < 0.15:
        contact_id = pile.add(
            "contact", task.key, service_id=service_id, name=luck.choice(details()["coordinators"]),
            title="Intake coordinator", department="Line for care coordinators",
            visibility=int(Visibility.COORDINATOR),
        )  # fmt: skip
        pile.add(
            "phone", f"{task.key}/coordinators", contact_id=contact_id, number=task.phone,
            extension=task.extension + 500, type="voice", visibility=int(Visibility.COORDINATOR), priority=9,
        )  # fmt: skip


def _add_papers_and_cost(pile: Pile, task: Task, service_id: UUID) -> None:
    for count, document in enumerate(turn(task.kind.bring, task.number)):
        pile.add("required_document", f"{task.key}/{count}", service_id=service_id, document=document)
    for count, (option, amount) in enumerate(task.kind.price):
        pile.add(
            "cost_option", f"{task.key}/{count}", service_id=service_id, option=option, currency="USD",
            amount=Decimal(str(amount)).quantize(Decimal("0.01")),
        )  # fmt: skip


def _add_answers(pile: Pile, task: Task, service_id: UUID) -> None:
    for question, is_yes in _answers(task):
        pile.add(
            "requirement", f"{task.key}/{question}", service_id=service_id, question=question,
            answer=1 if is_yes else 2, read_from="provider by phone" if question in task.kind.maybe else "listing",
        )  # fmt: skip


def _answers(task: Task) -> Iterator[tuple[str, bool]]:
    """What is known: what the kind always says, what chance says of the rest, and what the place shows."""
    kind, luck = task.kind, task.luck
    told: dict[str, bool] = dict.fromkeys(kind.yes, True)
    told |= dict.fromkeys(kind.no, False)
    extra = turn(kind.variant_yes, task.variant) if kind.variant_yes else ""
    if extra:
        told[extra] = True
    for question in kind.maybe:
        drawn = luck.random()
        if question not in told and drawn < 0.72:
            told[question] = drawn < 0.54
    told.pop("step_free", None)
    told.pop("near_transit", None)
    open_sites = [site for site in task.sites if not site.is_withheld]
    for question in ("step_free", "near_transit"):
        known = [getattr(site, question) for site in open_sites if getattr(site, question) is not None]
        if known:
            told[question] = any(known)
    if not task.sites:
        told.setdefault("phone_intake", True)
    yield from sorted(told.items())


def _add_room(pile: Pile, task: Task, service_id: UUID) -> None:
    """Beds or places with the day until which the figure is known; some figures are out of date on purpose."""
    kind, luck = task.kind, task.luck
    if kind.beds:
        unit, maximum, usual, days = kind.beds
        is_stale = luck.random() < 0.25
        ago = days + luck.randrange(3, 40) if is_stale else luck.randrange(0, max(days // 2, 1))
        updated = pile.moment(ago, 12)
        is_home = bool(kind.home) and kind.home["kind"] != "emergency bed"
        waiting = luck.choice((0, 3, 8, 15, 40)) if is_home else None
        pile.add(
            "service_capacity", task.key, service_id=service_id, unit_id=identify("unit", unit),
            available=min(maximum, luck.randrange(0, 2 * usual + 1)), maximum=maximum, updated=updated,
            expires_at=updated + timedelta(days=days),
            waitlist=None if waiting is None else "closed" if waiting == 40 else "open",
            waitlist_length=waiting, usual_wait=_usual_wait(waiting),
        )  # fmt: skip
    if kind.home:
        offer = {name: turn(lines, task.number) for name, lines in kind.home.items() if name != "kind"}
        pile.add("housing_offer", task.key, service_id=service_id, kind=kind.home["kind"], **offer)


def _usual_wait(waiting: int | None) -> str | None:
    waits = {0: "None at present", 3: "About a month", 8: "Two to four months", 15: "About half a year"}
    return None if waiting is None else waits.get(waiting, "Over a year")


def _days_since_check(task: Task) -> int | None:
    """Most listings were checked lately, some long ago, a few never."""
    luck = chance(f"check/{task.key}")
    band = luck.choices(((3, 150), (185, 345), (380, 690), None), weights=(60, 22, 11, 7))[0]
    return luck.randrange(*band) if band else None


def _add_checks(pile: Pile, task: Task, service_id: UUID) -> None:
    days = _days_since_check(task)
    if days is None:
        return
    luck = chance(f"checks/{task.key}")
    methods: Sequence[str] = ("call", "call", "call", "visit", "email", "provider", "web")
    together = luck.choice(methods)
    is_secret = any(site.is_withheld for site in task.sites)
    for group in ("hours", "phone", "eligibility", "cost", "papers", "address", "text"):
        if group == "address" and (is_secret or not task.sites):
            continue
        # Hours and phone are asked together; the rest is often older.
        ago = days if group in ("hours", "phone") else days + luck.randrange(0, 500)
        outcome = "no answer" if group == "phone" and luck.random() < 0.04 else "right"
        pile.add(
            "verification", f"{task.key}/{group}", service_id=service_id, field_group=group, outcome=outcome,
            method=together if group in ("hours", "phone") else luck.choice(methods),
            checked_by=luck.choice(STEWARDS), checked_at=pile.moment(ago),
        )  # fmt: skip
