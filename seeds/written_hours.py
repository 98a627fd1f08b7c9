"""Opening hours as the content files write them ("2TU,4TU 16:00-18:30; 24/7") to HSDS schedule rows; no database."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Any

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LAST_MINUTE = time(23, 59)
_NOTE = re.compile(r"\(([^)]*)\)")
_SEASON = re.compile(r"\bfrom (\d{4}-\d\d-\d\d) to (\d{4}-\d\d-\d\d)")
_EVERY_OTHER = re.compile(r"\bevery 2 weeks since (\d{4}-\d\d-\d\d)")
_RANGE = re.compile(r"(\d{1,2}):(\d\d)-(\d{1,2}):(\d\d)")


def schedule_rows(written: str) -> list[dict[str, Any]]:
    """The rows of one text, without ids and owners. Raises ValueError for what it does not understand."""
    note = _NOTE.search(written)
    rows = [row for part in _NOTE.sub("", written).split(";") for row in _rows_of(part.strip())]
    if note:
        rows[0]["notes"] = note.group(1)
    return rows


def _rows_of(part: str) -> list[dict[str, Any]]:
    if part == "24/7":
        return [{"freq": "WEEKLY", "byday": ",".join(DAYS), "opens_at": time(0), "closes_at": LAST_MINUTE}]
    common: dict[str, Any] = {}
    if season := _SEASON.search(part):
        common |= {"valid_from": date.fromisoformat(season[1]), "valid_to": date.fromisoformat(season[2])}
    if turn := _EVERY_OTHER.search(part):
        common |= {"interval": 2, "dtstart": date.fromisoformat(turn[1])}
    days, _, rest = part.partition(" ")
    byday, is_monthly = _days(days)
    common |= {"freq": "MONTHLY" if is_monthly else "WEEKLY", "byday": byday, "by_appointment": "appt" in rest}
    spans = _RANGE.findall(_EVERY_OTHER.sub("", _SEASON.sub("", rest)))
    if not spans:
        raise ValueError(f"No times in {part!r}")
    return [
        {**common, "opens_at": time(int(h1), int(m1)), "closes_at": time(int(h2), int(m2))} for h1, m1, h2, m2 in spans
    ]


def _days(text: str) -> tuple[str, bool]:
    found: list[str] = []
    for part in text.split(","):
        if re.fullmatch(r"-?\d(MO|TU|WE|TH|FR|SA|SU)", part) or part in DAYS:
            found.append(part)
            continue
        first, _, last = part.partition("-")
        found.extend(DAYS[DAYS.index(first) : DAYS.index(last) + 1])
    ordinals = [day for day in found if day not in DAYS]
    if ordinals and len(ordinals) != len(found):
        raise ValueError(f"Days of the week and of the month in one row: {text!r}")
    return ",".join(found), bool(ordinals)
