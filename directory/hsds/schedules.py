"""Opening hours of a feed's rows → schedule rows of HSDS 3.1; what cannot be read stays as words. No database."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import time
from typing import Any, Final

from directory.hours import ScheduleRow, parse_days, parse_hours, parse_time, rows_from
from directory.hsds.records import Feed, Record, append_words, sibling
from directory.hsds.values import read_bool

_ROW_FIELDS: Final = tuple(field.name for field in fields(ScheduleRow))
_FREQUENCIES: Final = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})


def read_schedule(record: Record, feed: Feed) -> list[Record]:
    """Opening hours of one row. Words that are no hours stay as description; a row may become several."""
    values = record.values
    for name in ("closed", "by_appointment"):
        if name in values:
            values[name] = read_bool(str(values[name])) is True
    text, days = values.pop("hours_text", None), values.pop("day_text", None)
    opens, closes = values.pop("opens_at", None), values.pop("closes_at", None)
    if text is not None:
        return _hours_from_text(record, str(text), feed)
    if days is not None:
        return _hours_from_words(record, str(days), opens, closes, feed)
    for name, typed in (("opens_at", opens), ("closes_at", closes)):
        if typed is None:
            continue
        clock = typed if isinstance(typed, time) else parse_time(str(typed).removesuffix("Z"))
        if clock is None:
            feed.note(record, name, typed, typed, "not_a_time")
            append_words(record, "description", f"{'Opens' if name == 'opens_at' else 'Closes'}: {typed}")
            continue
        values[name] = clock
        if str(typed) not in (clock.isoformat(), clock.isoformat("minutes")):
            feed.note(record, name, typed, clock.isoformat("minutes"), "time_read")
    if byday := values.get("byday"):
        _read_byday(record, str(byday), feed)
    freq = str(values.get("freq", "")).upper()
    if freq:
        if values["freq"] != freq:
            feed.note(record, "freq", values["freq"], freq, "word_read")
        values["freq"] = freq
        if freq not in _FREQUENCIES:
            feed.note(record, "freq", freq, None, "hours_as_text")
            append_words(record, "description", freq.capitalize())
            del values["freq"]
    return [record]


def _read_byday(record: Record, typed: str, feed: Feed) -> None:
    if re.fullmatch(
        r"\s*[+-]?\d?(?:MO|TU|WE|TH|FR|SA|SU)(?:\s*,\s*[+-]?\d?(?:MO|TU|WE|TH|FR|SA|SU))*\s*", typed.upper()
    ):
        record.values["byday"] = typed.upper().replace(" ", "")
        return
    days = parse_days(typed)
    if days is None:
        feed.note(record, "byday", typed, None, "hours_as_text")
        append_words(record, "description", typed)
        del record.values["byday"]
        return
    feed.note(record, "byday", typed, days.byday, "hours_read")
    record.values["byday"] = days.byday
    record.values.setdefault("freq", days.freq)


def _hours_from_text(record: Record, text: str, feed: Feed) -> list[Record]:
    rows = parse_hours(text)
    if rows is None:
        feed.note(record, "hours", text, text, "hours_as_text")
        append_words(record, "description", text)
        return [record]
    feed.note(record, "hours", text, _told(rows), "hours_read")
    return _with_rows(record, rows)


def _hours_from_words(record: Record, days: str, opens: Any, closes: Any, feed: Feed) -> list[Record]:
    typed = " ".join(str(part) for part in (days, opens, closes) if part)
    rows = rows_from(days, opens, closes)
    if rows is None and closes is None and opens is not None and (of_days := parse_days(days)):
        clock = parse_time(str(opens))
        if clock is not None:
            rows = [ScheduleRow(freq=of_days.freq, byday=of_days.byday, opens_at=clock)]
    if rows is None:
        if opens is None and closes is None and parse_days(days) is not None:
            record.flags.add("hours_empty")
            return [record]
        feed.note(record, "hours", typed, typed, "hours_as_text")
        append_words(
            record, "description", " – ".join([f"{days} {opens or ''}".strip(), *([str(closes)] if closes else [])])
        )
        return [record]
    feed.note(record, "hours", typed, _told(rows), "hours_read")
    return _with_rows(record, rows)


def _told(rows: list[ScheduleRow]) -> str:
    """Rows as the report shows them."""
    parts = []
    for row in rows:
        opens = row.opens_at.isoformat("minutes") if row.opens_at else ""
        closes = row.closes_at.isoformat("minutes") if row.closes_at else ""
        words = "by appointment" if row.by_appointment else f"{opens}-{closes}"
        parts.append(f"{row.byday or ''} {words}".strip())
    return "; ".join(parts)


def _with_rows(record: Record, rows: list[ScheduleRow]) -> list[Record]:
    made = [record] + [sibling(record, number) for number in range(2, len(rows) + 1)]
    for one, row in zip(made, rows, strict=False):
        for name in _ROW_FIELDS:
            value = getattr(row, name)
            if value is None or value is False:
                continue
            if name == "description":
                append_words(one, "description", value)
            else:
                one.values[name] = value
    return made if rows else [record]
