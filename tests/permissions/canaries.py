"""A value of its own in each personal field, that can be found again in any answer; no database here.

Words carry a token that stands nowhere else. Numbers, days, phone numbers and ZIP codes are unlike any other of the
tests, and are found in the spellings that pages use. Fields that hold one of a few codes (a benefit's kind, a language)
cannot be told apart from the page's own words: they lie in the same sealed object as the words beside them, behind the
same rule.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from babel.dates import format_date

from care.fields import FIELDS as CARE_FIELDS
from care.fields import Group
from funds.fields import FIELDS as FUND_FIELDS

FIELDS: Final = {**CARE_FIELDS, **FUND_FIELDS}

# Field → the codes that it holds here. A new field that takes codes only needs a line.
CODES: Final[dict[tuple[str, str], Any]] = {
    ("enrollee", "languages"): ["es", "en"],
    ("enrollee", "interpreter"): True,
    ("enrollee", "contact_ways"): ["phone"],
    ("enrollee", "access_needs"): ["large print"],
    ("enrollee", "mentor_wanted"): True,
    ("enrollee", "criteria"): ["smi"],
    ("enrollee", "part2"): False,
    ("benefit", "kind"): "ssi",
    ("benefit", "soar_steps"): ["intent"],
    ("screening", "domains"): ["housing"],
    ("plan_version", "agreement"): "signed",
    ("plan_version", "agreed_on"): "2026-01-05",
    ("plan_version", "review_on"): "2026-02-05",
    ("goal", "part2"): False,
    ("goal_version", "part2"): False,
    ("goal_version", "domain"): "housing",
    ("goal_version", "status"): "active",
    ("goal_version", "target_on"): "2026-03-05",
    ("goal_version", "review_on"): "2026-02-05",
    ("choice_sheet", "who_calls"): "coordinator",
}
ZIPS: Final = (
    "12953", "13367", "14048", "14614", "13152", "12572", "12883", "12601", "13601", "14850", "13820", "12946", "12037",
    "14527", "13440", "12754", "14755", "13326", "12207", "14301",
)  # fmt: skip
GROUPS: Final = {(table, name): field.group for table, names in FIELDS.items() for name, field in names.items()}
CODE: Final = re.compile(r"(?<![A-Za-z0-9])E-7[0-9]{3}(?![0-9])")  # says that somebody is there
TOKEN: Final = re.compile(r"[Qq]z[a-p]{12}")
NUMBER: Final = re.compile(r"(?<![0-9])7[0-9]{7}(?![0-9])")
AREA_CODES: Final = ("607", "631", "646", "680", "516", "518", "585", "315", "332", "347")
PHONE: Final = re.compile(
    r"(?<![0-9])(?:1\D{0,2})?\(?(" + "|".join(AREA_CODES) + r")\D{0,3}555\D{0,2}01([0-9]{2})(?![0-9])"
)
ZIP: Final = re.compile(r"(?<![0-9A-Za-z.-])(" + "|".join(ZIPS) + r")(?![0-9A-Za-z-])")


@dataclass(frozen=True, slots=True)
class Canary:
    """Where a value belongs: the standing of its person, table, row and field."""

    standing: str
    table: str
    label: str
    field: str

    @property
    def group(self) -> Group | None:
        """The group of fields that it lies in; None for the code, which whoever may see anything of the person sees."""
        return GROUPS.get((self.table, self.field))

    @property
    def name(self) -> str:
        """Table and field."""
        return f"{self.table}.{self.field}"


@dataclass
class Canaries:
    """All that were given out, by the text that is found."""

    known: dict[str, Canary] = field(default_factory=dict)
    _made: dict[Canary, Any] = field(default_factory=dict)
    _dates: dict[str, str] = field(default_factory=dict)
    _plain: dict[str, Canary] = field(default_factory=dict)

    def values_for(self, standing: str, table: str, label: str = "") -> dict[str, Any]:
        """A value for every field of a table, the same for the same row."""
        return {name: self._value(Canary(standing, table, label, name)) for name in FIELDS[table]}

    def add_code(self, standing: str, code: str) -> None:
        """The code of the person of a standing."""
        self.known[code] = Canary(standing, "enrollee", "", "code")

    def word(self, standing: str, table: str, label: str, name: str) -> Any:
        """The value of one field."""
        return self._value(Canary(standing, table, label, name))

    def add_plain(self, text: str, canary: Canary) -> None:
        """A number that stands as it is, like an account's."""
        self.known[text] = self._plain[text] = canary

    def find(self, text: str) -> set[Canary]:
        """Every canary that stands in a text."""
        found = {match.group() for match in TOKEN.finditer(text)}
        found |= set(NUMBER.findall(text.replace(",", "")))
        found |= {f"{area}-555-01{last}" for area, last in PHONE.findall(text)}
        found |= set(ZIP.findall(text)) | set(CODE.findall(text))
        found |= {value for spelling, value in self._dates.items() if spelling in text}
        found |= {plain for plain in self._plain if plain in text}
        return {self.known[each] for each in found if each in self.known}

    def find_bytes(self, data: bytes) -> set[Canary]:
        """Every canary that lies in some bytes as words in UTF-8 or UTF-16: a file, a page of a database."""
        found = self.find(data.decode("latin-1"))
        for encoding in ("utf-16-le", "utf-16-be"):
            for start in (0, 1):  # a text may begin at an odd place
                found |= self.find(data[start:].decode(encoding, "ignore"))
        return found

    def _value(self, canary: Canary) -> Any:
        if (canary.table, canary.field) in CODES:
            return CODES[canary.table, canary.field]
        if canary not in self._made:
            self._made[canary] = self._fresh(canary)
        return self._made[canary]

    def _fresh(self, canary: Canary) -> Any:
        kind, number = FIELDS[canary.table][canary.field].kind, len(self.known)
        if canary.field == "home_area":
            return self._keep(canary, ZIPS[sum(one.field == "home_area" for one in self.known.values())])
        if canary.field == "phone":
            place = sum(one.field == "phone" for one in self.known.values())
            return self._keep(canary, f"{AREA_CODES[place // 100]}-555-01{place % 100:02d}")
        if kind == "number":
            return int(self._keep(canary, str(70_000_000 + number * 101)))
        if kind == "date":
            day = date(1901 + sum(one.field == canary.field for one in self.known.values()), 3, 17)
            for spelling in (day.isoformat(), f"{day.month}/{day.day}/{day.year}"):
                self._dates[spelling] = day.isoformat()
            for style in ("short", "medium", "long", "full"):
                for locale in ("en_US", "es_US"):
                    if str(day.year) in (spelling := format_date(day, style, locale=locale)):
                        self._dates[spelling] = day.isoformat()
            return self._keep(canary, day.isoformat())
        word = self._keep(canary, token_of(canary))
        if kind == "list":
            return [word]
        if kind != "text":
            raise AssertionError(f"{canary.name} is a {kind}: give it a line in CODES of tests/permissions/canaries.py")
        return f"{word.lower()}@example.org" if canary.field == "email" else word

    def _keep(self, canary: Canary, text: str) -> str:
        assert text not in self.known, f"{text} would stand for two fields"
        self.known[text] = canary
        if canary.field == "email":
            self.known[text.lower()] = canary
        return text


def token_of(canary: Canary) -> str:
    """The token of a field: twelve letters that no word of ours has."""
    digest = hashlib.sha256("|".join((canary.standing, canary.table, canary.label, canary.field)).encode()).hexdigest()
    return "Qz" + "".join(chr(ord("a") + int(digit, 16)) for digit in digest[:12])


def names(found: Iterable[Canary]) -> list[str]:
    """What was found, for a message: never the values."""
    return sorted({f"{canary.standing}: {canary.name}{' (flagged)' if canary.label else ''}" for canary in found})
