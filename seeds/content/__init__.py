"""What the demo data says, as files that people can read and edit, and how they are read; no record is made here."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of service, written in several variants; `site` is "own", "none" (it comes to you) or "withheld"."""

    code: str
    terms: tuple[str, ...]
    names: tuple[str, ...]
    texts: tuple[str, ...]
    who: tuple[str, ...]
    apply: tuple[str, ...]
    bring: tuple[tuple[str, ...], ...]
    hours: tuple[str, ...]
    fees: str
    details: tuple[str, ...] = ()
    texts_es: tuple[str, ...] = ()
    price: tuple[tuple[str, float], ...] = ()
    wait: tuple[str, ...] = ()
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    maybe: tuple[str, ...] = ()
    ages: tuple[int, int] = (0, 0)  # 0: no limit
    area: str = ""  # "town", "county", "state", "country" or nothing
    site: str = "own"
    line: str = ""  # "hotline": it has a number of its own
    number: str = ""  # a real public number that stands as it is (988, 211)
    beds: tuple[str, int, int, int] | None = None  # what is counted, how many, free on average, days it stays known
    home: dict[str, Any] = field(default_factory=dict)
    alert: str = ""
    variant_yes: tuple[str, ...] = ()  # per variant of the names: a question answered yes, or nothing


@dataclass(frozen=True, slots=True)
class Organization:
    """One invented organization. `services`: kind, variant (0: whose turn it is), site ("*" all, "" any)."""

    code: str
    name: str
    about: str
    county: str
    sites: tuple[str, ...]
    services: tuple[tuple[str, int, str], ...]
    languages: tuple[str, ...] = ()
    spanish: str = ""  # "only", "both" or nothing
    hidden: dict[str, str] = field(default_factory=dict)  # kind → who may see it
    programs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    website: str = ""


@dataclass(frozen=True, slots=True)
class County:
    """A real county: its ZIPs with town and centre, plausible street names, how one gets about."""

    code: str
    name: str
    fips: str
    area_code: str
    bus: str
    train: str
    streets: tuple[str, ...]
    zips: dict[str, tuple[str, float, float]]


@cache
def kinds() -> dict[str, Kind]:
    """Every kind of service by its code."""
    found: dict[str, Kind] = {}
    for path in sorted((FOLDER / "kinds").glob("*.toml")):
        for code, row in _read(path).items():
            if code in found:
                raise ValueError(f"The kind {code} is written twice, again in {path.name}.")
            found[code] = Kind(code=code, **{name: _frozen(value) for name, value in row.items()})
    return found


@cache
def counties() -> dict[str, County]:
    """The three counties by their code."""
    return {
        code: County(code=code, **{name: _frozen(value) for name, value in row.items()})
        for code, row in _read(FOLDER / "towns.toml").items()
    }


@cache
def organizations() -> tuple[Organization, ...]:
    """Every organization, county by county, as written; those of the whole state last (their county is empty)."""
    found: list[Organization] = []
    for county in (*counties(), "statewide"):
        for code, row in _read(FOLDER / "organizations" / f"{county}.toml").items():
            found.append(
                Organization(
                    code=code,
                    name=row["name"],
                    about=row["about"],
                    county="" if county == "statewide" else county,
                    sites=tuple(row.get("at", ())),
                    services=tuple(_service(text) for text in row["kinds"]),
                    languages=tuple(row.get("languages", ())),
                    spanish=row.get("spanish", ""),
                    hidden=row.get("hide", {}),
                    programs={name: tuple(codes) for name, codes in row.get("programs", {}).items()},
                    website=row.get("website", ""),
                )
            )
    return tuple(found)


@cache
def details() -> dict[str, tuple[str, ...]]:
    """Small true-to-life lines about places: how to find the door, how to get in, ways to be reached."""
    read = _read(FOLDER / "details.toml")
    return {name: tuple(lines) for name, lines in read.items() if isinstance(lines, list)}


@cache
def closing_lines() -> dict[str, tuple[str, ...]]:
    """Last lines of a description by need, so that two listings of a kind do not read alike."""
    return {need: tuple(lines) for need, lines in _read(FOLDER / "details.toml")["closing"].items()}


def demo_people() -> tuple[str, list[tuple[str, str, str]]]:
    """The password of all demo people, and each one's name, e-mail address and role."""
    read = _read(FOLDER / "accounts.toml")
    return read["password"], [(row["name"], row["email"], row["role"]) for row in read["person"]]


def _service(text: str) -> tuple[str, int, str]:
    words, _, site = text.partition("@")
    code, _, variant = words.partition(":")
    return code, int(variant or 0), site


def _read(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_frozen(part) for part in value)
    if isinstance(value, dict):
        return {name: _frozen(part) for name, part in value.items()}
    return value
