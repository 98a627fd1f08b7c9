"""Reading hours as people write them ("Mon, Wed-Fri 9:00a - 4.30"); what cannot be read is None and stays text.

English and Spanish. Nothing is guessed that would claim more than the words say.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import time
from difflib import get_close_matches

from directory.hours.recurrence import WEEKDAYS, ScheduleRow

LONGEST_TEXT = 600  # longer than this is prose, not hours
ALL_DAY = (time(0), time(23, 59))
LATEST_EVENING_GUESS = 12  # "4.30" may mean the evening only below this hour

_DAY_NAMES = {
    "monday": 0, "mondays": 0, "mon": 0, "mons": 0, "mo": 0, "m": 0, "lunes": 0, "lun": 0,
    "tuesday": 1, "tuesdays": 1, "tues": 1, "tue": 1, "tu": 1, "t": 1, "martes": 1, "mar": 1,
    "wednesday": 2, "wednesdays": 2, "weds": 2, "wed": 2, "we": 2, "w": 2, "miercoles": 2, "mie": 2,
    "thursday": 3, "thursdays": 3, "thurs": 3, "thur": 3, "thu": 3, "th": 3, "jueves": 3, "jue": 3,
    "friday": 4, "fridays": 4, "fri": 4, "fr": 4, "f": 4, "viernes": 4, "vie": 4,
    "saturday": 5, "saturdays": 5, "sat": 5, "sats": 5, "sa": 5, "sabado": 5, "sabados": 5, "sab": 5,
    "sunday": 6, "sundays": 6, "sun": 6, "suns": 6, "su": 6, "domingo": 6, "domingos": 6, "dom": 6,
}  # fmt: skip
_DAY_GROUPS = {
    "weekdays": (0, 1, 2, 3, 4), "weekday": (0, 1, 2, 3, 4), "entre semana": (0, 1, 2, 3, 4),
    "weekends": (5, 6), "weekend": (5, 6), "fin de semana": (5, 6), "fines de semana": (5, 6),
    "daily": tuple(range(7)), "every day": tuple(range(7)), "everyday": tuple(range(7)),
    "all week": tuple(range(7)), "7 days a week": tuple(range(7)), "seven days a week": tuple(range(7)),
    "7 days": tuple(range(7)), "todos los dias": tuple(range(7)), "diario": tuple(range(7)),
    "mwf": (0, 2, 4), "mtwthf": (0, 1, 2, 3, 4), "mtwtf": (0, 1, 2, 3, 4), "tth": (1, 3),
}  # fmt: skip
_LONG_DAY_NAMES = tuple(name for name in _DAY_NAMES if len(name) >= 6)
_ORDINALS = {
    "1st": 1, "first": 1, "primer": 1, "primero": 1, "2nd": 2, "second": 2, "segundo": 2,
    "3rd": 3, "third": 3, "tercer": 3, "tercero": 3, "4th": 4, "fourth": 4, "forth": 4, "cuarto": 4,
    "5th": 5, "fifth": 5, "quinto": 5, "last": -1, "ultimo": -1,
}  # fmt: skip
_MONTHLY_TAIL = re.compile(r"\s*\b(?:of|in) (?:the|each|every) month$|\s*\bdel? mes$")
_ALL_HOURS = re.compile(
    r"^(?:open )?(?:24[-/ ]*7|24 ?(?:hours?|hrs?|horas)(?: a day| per day| al dia)?"
    r"(?:[, /]*(?:and |y )?7 ?(?:days?|dias)(?: a week| per week| a la semana)?)?|around the clock|all day)$"
)
_BY_APPOINTMENT = re.compile(r"\b(?:by appointment(?: only)?|appointments? only|(?:con|por) cita(?: previa)?)\b")
_CLOSED_PART = re.compile(r"\(? ?\bclose[sd]?(?: daily)?(?: from)? ([^()]+?)\)?$")

_CLOCK = (
    r"(?:24:00|2400|(?:[01]?[0-9]|2[0-3])(?:[:.h][0-5][0-9](?::[0-5][0-9])?)?(?: ?(?:[ap](?: ?m)?)\b)?"
    r"|(?:[01]?[0-9]|2[0-3])[0-5][0-9](?: ?[ap](?: ?m)?\b)?|(?:12 )?noon|(?:12 )?midnight|mediodia|medianoche)"
)
_CLOCK_RANGE = re.compile(rf"(?<![0-9.:])(?:from |de )?({_CLOCK}) ?(?:-|to|until|till|a) ?(?:las )?({_CLOCK})(?![0-9])")
_ALL_HOURS_INSIDE = re.compile(r"(?<![0-9])24 ?(?:hours?|hrs?|horas)\b(?: a day)?")
_ONE_CLOCK = re.compile(rf"(?<![0-9.:])(?:at |from )?({_CLOCK})$")
_TIME = re.compile(r"([0-9]{1,2})(?:[:.h]([0-5][0-9])(?::[0-5][0-9](?:\.[0-9]+)?)?)? ?(a|p)?(?: ?m)?")
_SHORT_TIME = re.compile(r"([0-9]{3,4}) ?(a|p)?(?: ?m)?")


@dataclass(frozen=True, slots=True)
class Days:
    """Days as HSDS writes them: BYDAY, and the FREQ that it needs."""

    byday: str
    freq: str


@dataclass(frozen=True, slots=True)
class _Clock:
    """A clock time as read: minutes of the day, and whether morning or afternoon was left open by the words."""

    minutes: int
    is_open_to_evening: bool


def parse_time(text: str | None, *, is_number: bool = False) -> time | None:
    """A clock time, or None. 24:00 is 23:59, which `status` reads as the end of the day.

    `is_number`: the column holds HHMM as numbers that lost their leading zeros (ShelterTech): 45 is 00:45, 0 midnight.
    """
    words = (text or "").strip()
    return _as_time_or_none(_read_clock(words.zfill(4) if is_number and words else words))


def parse_span(opens: str | None, closes: str | None) -> tuple[time, time] | None:
    """Opening and closing time read together, so that "9" to "5" and "4.30" to "5.30" end after they begin.

    A time without AM or PM moves to the afternoon only where the span would otherwise end before it begins, or where
    the other half says PM. What then still ends before it begins runs past midnight.
    """
    start, end = _read_clock(opens), _read_clock(closes)
    if start is None or end is None:
        return None
    opens_at, closes_at = start.minutes, end.minutes
    if start.is_open_to_evening and not end.is_open_to_evening and 720 < closes_at < 1440:
        if _says_afternoon(closes) and opens_at + 720 < closes_at and opens_at < 720:
            opens_at += 720
    elif start.is_open_to_evening and end.is_open_to_evening and closes_at < 6 * 60 + 1 and 0 < opens_at < closes_at:
        opens_at, closes_at = opens_at + 720, closes_at + 720  # "4.30 - 5.30": nobody opens at half past four at night
    is_bare = not re.search("[:.h]", f"{_plain(opens)}{_plain(closes)}")
    if end.is_open_to_evening and (closes_at < opens_at or closes_at == opens_at and is_bare):
        closes_at += 720 if opens_at < closes_at + 720 else 0  # "7 - 7" is a day; "9:00 - 9:00" says nothing
    return _as_time(opens_at), _as_time(closes_at)


def parse_days(text: str | None) -> Days | None:
    """Weekdays ("Mon, Wed-Fri", "2nd & 4th Wednesday", "2,4" with Monday 1, "lunes a viernes"), or None.

    "Every other Tuesday" is None: without a first date nobody can tell which.
    """
    words = _plain(text)
    if not words or len(words) > LONGEST_TEXT:
        return None
    if re.fullmatch(r"[1-7](?: ?, ?[1-7])*", words):
        return _weekly({int(number) - 1 for number in re.findall("[1-7]", words)})
    words = _MONTHLY_TAIL.sub("", words)
    words = re.sub(r"^(?:every|each|on|los|el|cada) (?!other|day)", "", words).strip(" ,:")
    words = re.sub(r" of every month$", "", words)
    if words in _DAY_GROUPS:
        return _weekly(set(_DAY_GROUPS[words]))
    tokens = re.findall(r"[a-z0-9]+|-|/|&|,", words)
    if "".join(tokens) != words.replace(" ", ""):
        return None
    return _days_of(tokens)


def parse_hours(text: str | None) -> list[ScheduleRow] | None:
    """Schedule rows of one text, or None to keep it as text: all of it is understood, or none.

    A day with an opening time alone ("2nd & 4th Wednesday 4.30") is a row that shows but never says *open*.
    """
    words = _plain(text)
    if not words or len(words) > LONGEST_TEXT:
        return None
    if _ALL_HOURS.fullmatch(words):
        return [_row(Days(",".join(WEEKDAYS), "WEEKLY"), *ALL_DAY)]
    rows: list[ScheduleRow] = []
    carried: Days | None = None
    for segment in re.split(r" ?[;|\n] ?", words):
        if not segment:
            continue
        read = _read_segment(segment, carried)
        if read is None:
            return None
        rows.extend(read[0])
        carried = read[1]
    return rows or None


def rows_from(days: str | None, opens: str | None, closes: str | None) -> list[ScheduleRow] | None:
    """Schedule rows of a feed's three columns; None when they do not say hours (keep their words).

    "24 hours" in any column is the whole day, on every day when no days are given; a break in brackets after the
    days ("Monday - Friday (closed 1-2pm)") splits them; "By appointment" is a row that is never open, and so is an
    opening time alone.
    """
    day_words, opens_words, closes_words = _plain(days), _plain(opens), _plain(closes)
    if any(len(words) > LONGEST_TEXT for words in (day_words, opens_words, closes_words)):
        return None
    every_day = Days(",".join(WEEKDAYS), "WEEKLY")
    times = [words for words in (opens_words, closes_words) if words]
    if _ALL_HOURS.fullmatch(day_words) and not times:
        return [_row(every_day, *ALL_DAY)]
    break_words = _CLOSED_PART.search(day_words)
    if break_words is not None:
        day_words = day_words[: break_words.start()].strip()
    read_days = parse_days(day_words) if day_words else None
    if day_words and read_days is None:
        return None
    if times and all(_ALL_HOURS.fullmatch(words) for words in times):
        return [_row(read_days or every_day, *ALL_DAY)]
    if times and _BY_APPOINTMENT.search(" ".join(times)):
        byday, freq = (read_days.byday, read_days.freq) if read_days else (None, None)
        return [ScheduleRow(freq=freq, byday=byday, by_appointment=True, description="By appointment")]
    opens_alone = _as_time_or_none(_read_clock(opens)) if not closes_words else None
    if read_days is not None and opens_alone is not None and break_words is None:
        return [_row(read_days, opens_alone, None)]
    span = parse_span(opens, closes)
    if span is None or read_days is None:
        return None
    if break_words is None:
        return [_row(read_days, *span)]
    pause = _range_of(break_words[1])
    if pause is None or not span[0] < pause[0] < pause[1] < span[1]:
        return None
    return [_row(read_days, span[0], pause[0]), _row(read_days, pause[1], span[1])]


def _read_segment(segment: str, carried: Days | None) -> tuple[list[ScheduleRow], Days | None] | None:
    """Rows of one segment and the days that a following segment without days would take."""
    by_appointment = _BY_APPOINTMENT.search(segment) is not None
    rest = _BY_APPOINTMENT.sub("", segment).strip(" ,:()")
    if by_appointment and not rest:
        return [ScheduleRow(by_appointment=True, description="By appointment")], carried
    if re.search(r"\b(?:closed|cerrado)\b", rest):
        day_words = re.sub(r"\b(?:closed|cerrado)\b", "", rest).strip(" ,:-")
        return ([], carried) if parse_days(day_words) else None
    pieces = _timed_pieces(rest)
    if pieces is None:
        return None
    if not pieces:
        days = parse_days(rest)
        if by_appointment and days is not None:
            row = ScheduleRow(freq=days.freq, byday=days.byday, by_appointment=True, description="By appointment")
            return [row], days
        return None
    rows = []
    for day_words, span in pieces:
        if day_words:
            carried = parse_days(day_words)
        if carried is None:
            return None
        rows.append(_row(carried, span[0], span[1], by_appointment=by_appointment))
    return rows, carried


def _timed_pieces(text: str) -> list[tuple[str, tuple[time, time | None]]] | None:
    """The text cut at its time ranges into (words for the days, span). None when a range is not readable."""
    pieces: list[tuple[str, tuple[time, time | None]]] = []
    position = 0
    for found in sorted([*_CLOCK_RANGE.finditer(text), *_ALL_HOURS_INSIDE.finditer(text)], key=lambda hit: hit.start()):
        if found.start() < position:
            return None
        span = ALL_DAY if found.re is _ALL_HOURS_INSIDE else parse_span(found[1], found[2])
        if span is None:
            return None
        pieces.append((_between(text[position : found.start()]), span))
        position = found.end()
    tail = _between(text[position:])
    if pieces and tail:
        if any(words for words, _ in pieces):
            return None
        return [(tail if number == 0 else "", span) for number, (_, span) in enumerate(pieces)]
    if not pieces:
        alone = _ONE_CLOCK.search(text)
        clock = _read_clock(alone[1]) if alone else None
        if alone is None or clock is None or not text[: alone.start()].strip():
            return []
        minutes = clock.minutes + 720 if clock.is_open_to_evening and clock.minutes < 7 * 60 else clock.minutes
        return [(_between(text[: alone.start()]), (_as_time(minutes), None))]
    return pieces


def _between(words: str) -> str:
    return re.sub(r"^(?:,|&|and|y|:|-|\s)+|(?:,|&|:|-|\s|\bfrom|\bde|\(|\))+$", "", words).strip(" ,:()")


def _days_of(tokens: list[str]) -> Days | None:
    """Days of words, ranges and lists. One kind only: plain weekdays, or ordinals of weekdays."""
    plain: set[int] = set()
    nths: list[int] = []
    numbered: list[str] = []
    previous: int | None = None
    is_range = False
    for token in tokens:
        weekday = _weekday(token)
        if token in _ORDINALS:
            if numbered and previous is not None:
                nths = []
            nths.append(_ORDINALS[token])
            previous = None
        elif token in ("-", "to", "through", "thru", "a", "al") and previous is not None and not nths:
            is_range = True
        elif weekday is not None:
            if is_range and previous is not None:
                plain.update((previous + step) % 7 for step in range((weekday - previous) % 7 + 1))
                is_range = False
            elif nths:
                numbered.extend(f"{nth}{WEEKDAYS[weekday]}" for nth in nths)
            else:
                plain.add(weekday)
            previous = weekday
        elif token not in (",", "&", "/", "and", "y", "e", "or", "o"):
            return None
    if is_range or bool(plain) == bool(numbered) or (nths and not numbered):
        return None
    return _weekly(plain) if plain else Days(",".join(dict.fromkeys(numbered)), "MONTHLY")


def _weekday(token: str) -> int | None:
    if token in _DAY_NAMES:
        return _DAY_NAMES[token]
    close = get_close_matches(token, _LONG_DAY_NAMES, n=1, cutoff=0.86) if len(token) >= 6 else []
    return _DAY_NAMES[close[0]] if close else None


def _weekly(days: set[int]) -> Days:
    return Days(",".join(WEEKDAYS[day] for day in sorted(days)), "WEEKLY")


def _row(days: Days, opens_at: time, closes_at: time | None, *, by_appointment: bool = False) -> ScheduleRow:
    return ScheduleRow(
        freq=days.freq,
        byday=days.byday,
        opens_at=opens_at,
        closes_at=closes_at,
        by_appointment=by_appointment,
        description="By appointment" if by_appointment else None,
    )


def _range_of(words: str) -> tuple[time, time] | None:
    found = _CLOCK_RANGE.fullmatch(words.strip())
    return parse_span(found[1], found[2]) if found else None


def _says_afternoon(text: str | None) -> bool:
    return re.search(r"p(?: ?m)?$", _plain(text)) is not None


def _read_clock(text: str | None) -> _Clock | None:
    words = re.sub(r"^([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)[+-][0-9]{2}:?[0-9]{2}$", r"\1", _plain(text))  # HSDS offset
    if words in ("noon", "12 noon", "mediodia"):
        return _Clock(720, False)
    if words in ("midnight", "12 midnight", "medianoche"):
        return _Clock(0, False)
    if words in ("24:00", "24.00", "2400", "24:00:00"):
        return _Clock(1439, False)
    found = _SHORT_TIME.fullmatch(words)
    if found is not None:
        hour, minute, half = int(found[1][:-2]), int(found[1][-2:]), found[2]
        has_two_digits = True
    else:
        found = _TIME.fullmatch(words)
        if found is None:
            return None
        hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
        has_two_digits = found[1].startswith("0") or hour > LATEST_EVENING_GUESS
    if minute > 59 or hour > 23 or (half and not 1 <= hour <= 12):
        return None
    if half:
        return _Clock((hour % 12 + (12 if half == "p" else 0)) * 60 + minute, False)
    return _Clock(hour * 60 + minute, not has_two_digits and 1 <= hour < LATEST_EVENING_GUESS)


def _as_time(minutes: int) -> time:
    return time(minutes // 60 % 24, minutes % 60)


def _as_time_or_none(clock: _Clock | None) -> time | None:
    return None if clock is None else _as_time(clock.minutes)


def _plain(text: str | None) -> str:
    """Lower case, no accents, one kind of dash and space, "a.m." as "am"."""
    words = unicodedata.normalize("NFKD", (text or "")[: LONGEST_TEXT * 2]).lower()
    words = "".join(letter for letter in words if not unicodedata.combining(letter))
    words = re.sub("[\u2010-\u2015\u2212]", "-", words)
    words = re.sub(r"\b([ap])\. ?m\b\.?", r"\1m", words)
    words = re.sub(r"\b(mon|tues?|wed|weds|thu|thurs?|fri|sat|sun)\.", r"\1", words)
    words = re.sub(r"[^\S\n]+", " ", words)
    return re.sub(r" ?- ?", "-", words).strip(" ,.")
