"""Two columns that feeds fill as one: ages ("13 to 24") and points ("41.03, -73.76", "73°45'36\\"W"). Raw text only."""

from __future__ import annotations

import re
from typing import Final

from directory.hsds.records import Feed, Record

_YEARS: Final = r"(?: ?(?:years?|yrs?\.?|anos|años))?(?: ?(?:old|of age))?"
_RANGE: Final = re.compile(rf"(?:ages? |de )?(\d{{1,2}}){_YEARS} ?(?:-|to|through|thru|a) ?(\d{{1,3}}){_YEARS}")
_FROM: Final = re.compile(
    rf"(?:ages? |over age )?(\d{{1,2}}){_YEARS} ?"
    rf"(?:\+|(?:and|&|or|y|o) ?(?:over|up|older|above|mayor(?:es)?|mas|más)){_YEARS}"
)
_UP_TO: Final = re.compile(
    rf"(?:(?:up to|birth to|birth through|birth-|0-|hasta)(?: age)? ?(\d{{1,2}})"
    rf"|(?:ages? )?(\d{{1,2}}){_YEARS} (?:and|&|or) (?:under|younger|below)){_YEARS}"
)
_UNDER: Final = re.compile(rf"(?:under|younger than|below|menores de)(?: age)? ?(\d{{1,2}}){_YEARS}")
_ALL: Final = re.compile(r"(?:all|any|todas las|toda) ?(?:ages?|edades|edad)?|no (?:age )?limit|sin límite")
_BOTH: Final = re.compile(r"[\[(]?\s*([+-]?\d{1,3}\.\d+)\s*[,; ]\s*([+-]?\d{1,3}\.\d+)\s*[\])]?")
_DEGREES: Final = re.compile(
    r"([NSEW])?\s*(\d{1,3}(?:\.\d+)?)\s*(?:[°ºd]\s*)?(?:(\d{1,2}(?:\.\d+)?)\s*['′’]\s*)?(?:(\d{1,2}(?:\.\d+)?)\s*(?:\"|″|”|'')\s*)?"
    r"([NSEW])?",
    re.IGNORECASE,
)


def read_ages(text: str) -> tuple[str, str] | None:
    """The least and the greatest age that words say, "" for no limit; None when they say no ages."""
    words = re.sub("[\u2010-\u2015\u2212]", "-", " ".join(text.lower().split())).strip(" .,;()")
    words = re.sub(r" ?- ?", "-", words)
    if match := _UP_TO.fullmatch(words):
        return "", match[1] or match[2]
    if match := _RANGE.fullmatch(words):
        return (match[1], match[2]) if int(match[1]) <= int(match[2]) else None
    if match := _FROM.fullmatch(words):
        return match[1], ""
    if match := _UNDER.fullmatch(words):
        return "", str(int(match[1]) - 1)
    return ("", "") if _ALL.fullmatch(words) else None


def split_pairs(record: Record, feed: Feed) -> None:
    """Give each column of a pair its own part, where one cell says both; what is plain already stays."""
    if "minimum_age" in record.values or "maximum_age" in record.values:
        _split_ages(record, feed)
    if "latitude" in record.values or "longitude" in record.values:
        _split_point(record, feed)


def _split_ages(record: Record, feed: Feed) -> None:
    values = record.values
    low, high = (str(values.get(name, "")).strip() for name in ("minimum_age", "maximum_age"))
    typed = low or high
    ages = read_ages(typed) if not low or not high or low == high else None
    if ages is None or typed.isdigit():
        return
    for name, held, age in (("minimum_age", low, ages[0]), ("maximum_age", high, ages[1])):
        if held or age:
            feed.note(record, name, held or None, age or None, "age_read")
        values[name] = age


def _split_point(record: Record, feed: Feed) -> None:
    values = record.values
    latitude, longitude = (str(values.get(name, "")).strip() for name in ("latitude", "longitude"))
    both = _BOTH.fullmatch(latitude or longitude)
    if both is not None and (not latitude or not longitude or latitude == longitude):
        feed.note(record, "latitude, longitude", latitude or longitude, f"{both[1]} | {both[2]}", "point_read")
        values["latitude"], values["longitude"] = both[1], both[2]
        return
    for name, text in (("latitude", latitude), ("longitude", longitude)):
        degrees = _plain_degrees(text)
        if degrees is not None:
            feed.note(record, name, text, degrees, "point_read")
            values[name] = degrees


def _plain_degrees(text: str) -> str | None:
    """Degrees with letters, minutes or seconds as a signed number; None when it is a plain number, or none at all."""
    match = _DEGREES.fullmatch(text)
    if match is None or not (match[1] or match[5]) or (match[1] and match[5]):
        return None
    degrees = float(match[2]) + float(match[3] or 0) / 60 + float(match[4] or 0) / 3600
    sign = "-" if (match[1] or match[5]).upper() in "SW" else ""
    return f"{sign}{degrees:.6f}"
