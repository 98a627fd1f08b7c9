"""The whole demo directory as records by table, made from the content files; it writes to no database."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any
from uuid import UUID

from directory.needs import OWN_TAXONOMY, own_terms
from seeds.content import County, Kind, Organization, counties, details, kinds, organizations
from seeds.listings import Task, add_listing
from seeds.records import Pile, chance, identify
from seeds.sites import Site, add_site, add_withheld_site

REFERENCE = date(2026, 11, 20)
FIRST_LINE, LAST_LINE = 100, 199  # 555-0100 to 555-0199 are kept for fiction (North American Numbering Plan)
STATEWIDE_AREA_CODE = "800"
UNITS = ("bed", "apartment", "room", "mat", "place")


class _Numbers:
    """Deals out fictional phone numbers, area code by area code."""

    def __init__(self) -> None:
        self._next: Counter[str] = Counter()

    def deal(self, area_code: str) -> str:
        line = FIRST_LINE + self._next[area_code]
        if line > LAST_LINE:
            raise ValueError(f"All fictional numbers of {area_code} are used.")
        self._next[area_code] += 1
        return f"{area_code}-555-{line:04d}"


def build(reference: date = REFERENCE) -> dict[str, list[dict[str, Any]]]:
    """Table → rows with the models' column names. Equal for equal reference days, which ages count from."""
    pile = Pile(reference)
    _add_words(pile)
    numbers = _Numbers()
    made: Counter[str] = Counter()
    for organization in organizations():
        _add_organization(pile, organization, numbers, made)
    return pile.tables


def _add_words(pile: Pile) -> None:
    """Our own taxonomy and the units that capacities count."""
    taxonomy_id = pile.add(
        "taxonomy", OWN_TAXONOMY, name=OWN_TAXONOMY, version="1",
        description="Plain-language kinds of help, with the named practices of public mental health.",
    )  # fmt: skip
    for term in own_terms():
        pile.add(
            "taxonomy_term", term.code, code=term.code, name=term.name("en"), description=term.name("es"),
            taxonomy=OWN_TAXONOMY, taxonomy_id=taxonomy_id, language="en",
        )  # fmt: skip
    for unit in UNITS:
        pile.add("unit", unit, name=unit)


def _add_organization(pile: Pile, organization: Organization, numbers: _Numbers, made: Counter[str]) -> None:
    county = counties().get(organization.county)
    area_code = county.area_code if county else STATEWIDE_AREA_CODE
    luck = chance(f"organization/{organization.code}")
    organization_id = pile.add(
        "organization", organization.code, name=organization.name, description=organization.about,
        website=organization.website or f"https://{organization.code}.example.org",
        email=None if organization.website else f"hello@{organization.code}.example.org",
        year_incorporated=None if organization.website else luck.randrange(1921, 2024),
        legal_status=None if organization.website else "nonprofit",
    )  # fmt: skip
    offered = [(kinds()[code], site) for code, _, site in organization.services]
    own_number = "" if all(kind.number for kind, _ in offered) else numbers.deal(area_code)
    if own_number:
        pile.add(
            "phone", f"organization/{organization.code}", organization_id=organization_id, number=own_number,
            type="voice", description="Main office", priority=5,
        )  # fmt: skip
        for funder in luck.sample(details()["funders"], 2):
            pile.add("funding", f"{organization.code}/{funder}", organization_id=organization_id, source=funder)
    sites = _add_sites(pile, organization, organization_id, county, offered)
    program_ids = {
        code: pile.add("program", f"{organization.code}/{name}", organization_id=organization_id, name=name)
        if number == 0 else identify("program", f"{organization.code}/{name}")
        for name, codes in organization.programs.items()
        for number, code in enumerate(codes)
    }  # fmt: skip
    for position, (kind, wanted) in enumerate(offered):
        phone = kind.number or (numbers.deal(area_code) if kind.line == "hotline" else own_number)
        task = Task(
            kind=kind,
            organization=organization,
            organization_id=organization_id,
            program_id=program_ids.get(kind.code),
            county=county,
            sites=_sites_of(pile, kind, wanted, sites, organization, organization_id, position),
            phone=phone,
            extension=None if kind.line == "hotline" or len(offered) == 1 else 101 + position,
            number=made[kind.code],
            variant=organization.services[position][1] - 1 if organization.services[position][1] else made[kind.code],
            key=f"{organization.code}/{position}-{kind.code}",
        )
        made[kind.code] += 1
        add_listing(pile, task)


def _add_sites(
    pile: Pile, organization: Organization, organization_id: UUID, county: County | None,
    offered: list[tuple[Kind, str]],
) -> tuple[Site, ...]:  # fmt: skip
    """The organization's own places; none where nothing is offered at one."""
    if county is None or all(kind.site != "own" for kind, _ in offered):
        return ()
    return tuple(
        add_site(pile, organization, organization_id, county, number) for number in range(len(organization.sites))
    )


def _sites_of(
    pile: Pile, kind: Kind, wanted: str, sites: tuple[Site, ...], organization: Organization, organization_id: UUID,
    position: int,
) -> tuple[Site, ...]:  # fmt: skip
    if kind.site == "withheld":
        return (add_withheld_site(pile, organization, organization_id, f"{organization.code}/secret-{position}"),)
    if kind.site == "none" or not sites:
        return ()
    if wanted == "*":
        return sites
    return (sites[int(wanted) - 1 if wanted else position % len(sites)],)
