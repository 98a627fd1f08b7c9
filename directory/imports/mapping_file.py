"""Writing a mapping for an unknown list from a steward's choices of what each column is; hsds.mapping reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.errors import InvalidInput, Sentence
from directory.imports.files import open_feed

SAMPLES: Final = 5
SAMPLE_LETTERS: Final = 80

# What a column can be, in the order of the choice; the first is "leave it beside the record".
TARGETS: Final[Mapping[str, Sentence]] = {
    "": Sentence("Keep it beside the record, not shown"),
    "organization.name": Sentence("Organization: name"),
    "organization.description": Sentence("Organization: what it does"),
    "organization.website": Sentence("Organization: web page"),
    "organization.email": Sentence("Organization: e-mail"),
    "service.name": Sentence("Service: name"),
    "service.description": Sentence("Service: what it offers"),
    "service.url": Sentence("Service: web page"),
    "service.email": Sentence("Service: e-mail"),
    "service.status": Sentence("Service: status"),
    "service.eligibility_description": Sentence("Service: who can use it"),
    "service.fees_description": Sentence("Service: what it costs"),
    "service.application_process": Sentence("Service: how to get in"),
    "service.minimum_age": Sentence("Service: youngest age"),
    "service.maximum_age": Sentence("Service: oldest age"),
    "location.name": Sentence("Place: name"),
    "location.description": Sentence("Place: how to find the door"),
    "location.transportation": Sentence("Place: bus and train"),
    "location.latitude": Sentence("Place: latitude"),
    "location.longitude": Sentence("Place: longitude"),
    "location.address_text": Sentence("Address: all in one cell"),
    "address.address_1": Sentence("Address: street and number"),
    "address.address_2": Sentence("Address: floor, suite or room"),
    "address.city": Sentence("Address: town"),
    "address.state_province": Sentence("Address: state"),
    "address.postal_code": Sentence("Address: ZIP code"),
    "phone.number": Sentence("Phone: number"),
    "phone.extension": Sentence("Phone: extension"),
    "schedule.hours_text": Sentence("Hours, in words"),
    "language.name": Sentence("Language"),
    "service_area.name": Sentence("Area served"),
    "required_document.document": Sentence("Paper to bring"),
    "taxonomy_term.name": Sentence("Kind of help"),
}

# Words of a heading that say what it is; the first that fits wins.
GUESSES: Final[tuple[tuple[str, str], ...]] = (
    (r"\b(?:agency|organi[sz]ation|provider|company)\b", "organization.name"),
    (r"\b(?:program|service)\b.*\bname\b|\bservice\b|\bprogram\b", "service.name"),
    (r"\blat(?:itude)?\b", "location.latitude"),
    (r"\b(?:lon|lng|long|longitude)\b", "location.longitude"),
    (r"\b(?:zip|postal)\b", "address.postal_code"),
    (r"\bstate\b|\bprovince\b", "address.state_province"),
    (r"\b(?:city|town)\b", "address.city"),
    (r"\b(?:address|street)\b.*\b2\b|\bsuite\b|\bunit\b", "address.address_2"),
    (r"\b(?:address|street)\b", "address.address_1"),
    (r"\b(?:phone|telephone|tel)\b", "phone.number"),
    (r"\be ?mail\b", "service.email"),
    (r"\b(?:web|website|url)\b", "service.url"),
    (r"\bhours?\b", "schedule.hours_text"),
    (r"\blanguages?\b", "language.name"),
    (r"\b(?:eligib\w*|who)\b", "service.eligibility_description"),
    (r"\b(?:fees?|cost)\b", "service.fees_description"),
    (r"\b(?:description|about)\b", "service.description"),
    (r"\b(?:category|type|kind)\b", "taxonomy_term.name"),
    (r"\bname\b", "service.name"),
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an unknown list: its heading, what stands in it, what it seems to be."""

    heading: str
    samples: tuple[str, ...]
    guess: str


def list_columns(path: Path) -> list[Column]:
    """The columns of a single table with up to five different cells each; InvalidInput when there is none."""
    opened = open_feed(path)
    if len(opened.tables) != 1:
        raise InvalidInput("file", Sentence("A mapping is for a list of one table."))
    table = opened.tables[0]
    taken: set[str] = set()
    columns = []
    for heading in table.header:
        cells = dict.fromkeys(" ".join(row.get(heading, "").split())[:SAMPLE_LETTERS] for _, row in table.rows[:200])
        guess = _guess(heading)
        if guess in taken:
            guess = ""
        taken.add(guess)
        columns.append(Column(heading, tuple(cell for cell in cells if cell)[:SAMPLES], guess))
    return columns


def as_toml(chosen: Mapping[str, str]) -> str:
    """The mapping file of heading → target. Several columns of one target are joined.

    Raises InvalidInput when nothing names the service or its organization, or a target is none of ours.
    """
    by_target: dict[str, list[str]] = {}
    for heading, target in chosen.items():
        if target not in TARGETS:
            raise InvalidInput("mapping", Sentence("There is no such field."))
        if target:
            by_target.setdefault(target, []).append(heading)
    if "service.name" not in by_target and "organization.name" not in by_target:
        raise InvalidInput("mapping", Sentence("Say which column names the service or its organization."))
    by_target.setdefault("service.name", by_target.get("organization.name", []))
    by_target.setdefault("organization.name", by_target["service.name"])
    has_place = any(target.split(".")[0] == "address" for target in by_target)
    if has_place:
        by_target.setdefault("location.name", by_target["organization.name"])
    lines = ['row = "service"', 'null = ["NA", "N/A", "null"]', ""]
    for target in TARGETS:
        headings = by_target.get(target, [])
        if len(headings) == 1:
            lines.append(f"{target} = {_quoted(headings[0])}")
        elif headings:
            lines.append(f"{target} = [{', '.join(map(_quoted, headings))}]")
    return "\n".join(lines) + "\n"


def _guess(heading: str) -> str:
    words = " ".join(re.findall(r"[a-z]+|[0-9]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", heading).lower()))
    return next((target for pattern, target in GUESSES if re.search(pattern, words)), "")


def _quoted(text: str) -> str:
    """A text as TOML writes it, which JSON's strings are, but for one control sign."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
