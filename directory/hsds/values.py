"""One cell at a time: what it says in HSDS terms and the code of what was changed; no record and no file."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

import nh3

MAX_TEXT = 20_000  # characters; the longest description in the known feeds has 8,600
MOST_WHOLE: Final = 2**31  # what an integer column holds
NULL_WORDS: Final = frozenset(
    {"NA", "N/A", "n/a", "NULL", "null", "\\N", "#N/A", "nan", "NaN", "undefined", "(null)", "-", "--", "—"}
)

_SPREADSHEET_DAY_ZERO: Final = date(1899, 12, 30)
_BREAKS = re.compile(r"<\s*(?:br|/p|/div|/li|/h[1-6]|/tr)\b[^>]*>", re.IGNORECASE)
_BULLETS = re.compile(r"<\s*li\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<\s*/?\s*[a-zA-Z!][^>]*>")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\ufeff\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_EMAIL = re.compile(r"[^@\s,;<>()]+@[^@\s,;<>()]+\.[^@\s,;<>().]{2,}")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}(?:[:/?#].*)?", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s/?#]+\.[^\s]+", re.IGNORECASE)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"),
            ("february", "feb"),
            ("march", "mar"),
            ("april", "apr"),
            ("may",),
            ("june", "jun"),
            ("july", "jul"),
            ("august", "aug"),
            ("september", "sep", "sept"),
            ("october", "oct"),
            ("november", "nov"),
            ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}


def clean_text(raw: str) -> tuple[str, str | None]:
    """Plain text of a cell: markup and entities resolved, literal line breaks made real, edges trimmed.

    The code is that of the strongest change. An empty result stands for nothing.
    """
    if not raw:
        return "", None
    text, code = raw, None
    if "\\n" in text or "\\r" in text or "\\t" in text:
        text = text.replace("\\r\\n", "\n").replace("\\n", "\n").replace("\\r", "\n").replace("\\t", " ")
        code = "markup_removed"
    if "<" in text and _TAG.search(text) or "&" in text and _ENTITY.search(text):
        text = _BULLETS.sub("\n• ", _BREAKS.sub("\n", text))
        text = html.unescape(nh3.clean(text, tags=set()))
        code = "markup_removed"
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")
    if _CONTROL.search(text):
        text = _CONTROL.sub("", text)
        code = "markup_removed"
    if code:
        text = re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text))
    text = text.strip()
    if len(text) > MAX_TEXT:
        return text[: MAX_TEXT - 1] + "…", "text_too_long"
    if code is None and text != raw and text != raw.replace("\r\n", "\n"):
        code = "trimmed"
    return text, code


def without_controls(text: str) -> str:
    """A text without signs that no database takes: NUL, lone halves of a pair, marks of order."""
    return _CONTROL.sub("", text)


def is_null_word(text: str, words: frozenset[str] = NULL_WORDS) -> bool:
    """Whether the cell holds a word that stands for nothing."""
    return text in words


def read_int(text: str) -> int | None:
    """A whole number, also "12.0" and "1,200"; None when it is none."""
    number = read_number(text)
    return int(number) if number is not None and number == int(number) and abs(number) < MOST_WHOLE else None


def read_number(text: str) -> Decimal | None:
    """A plain decimal number within reason; None when it is none."""
    try:
        number = Decimal(text.replace(",", "").replace("$", "").strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < Decimal(10) ** 12 else None


def read_bool(text: str) -> bool | None:
    """Yes or no in the words of feeds; None when it says neither."""
    word = text.strip().lower()
    if word in {"1", "true", "t", "yes", "y", "x", "on", "checked"}:
        return True
    return False if word in {"0", "false", "f", "no", "n", "off", ""} else None


def read_date(text: str) -> date | None:
    """A date as year-month-day, month/day/year, or "January 01, 0001"; None when it is none.

    Two-digit years are of this century. The year 1 stands for every year (Ohana writes holidays so). A number of five
    digits is a day as spreadsheets count them.
    """
    text = text.strip()
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?", text):
        parts = int(match[1]), int(match[2]), int(match[3])
    elif match := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(?: .*)?", text):
        year = int(match[3])
        parts = year + 2000 if len(match[3]) == 2 else year, int(match[1]), int(match[2])
    elif match := re.fullmatch(r"([A-Za-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})", text):
        parts = int(match[3]), _MONTHS.get(match[1].lower(), 0), int(match[2])
    elif match := re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)? ([A-Za-z]{3,9})\.? (\d{4})", text):
        parts = int(match[3]), _MONTHS.get(match[2].lower(), 0), int(match[1])
    elif match := re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text):
        parts = int(match[1]), int(match[2]), int(match[3])
    elif re.fullmatch(r"[2-5]\d{4}(?:\.\d+)?", text):  # 1954 to 2064
        return _SPREADSHEET_DAY_ZERO + timedelta(days=int(text[:5]))
    else:
        return None
    try:
        return date(*parts)
    except ValueError:
        return None


def read_moment(text: str) -> datetime | None:
    """A moment with its zone (UTC where none is given), from ISO 8601 or a date."""
    try:
        moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        day = read_date(text)
        if day is None:
            return None
        moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def read_email(text: str) -> str | None:
    """The e-mail address, without "mailto:"; None when it is none."""
    address = text.strip().removeprefix("mailto:").strip(" <>.,;")
    return address if _EMAIL.fullmatch(address) and len(address) <= 254 else None


def read_url(text: str) -> tuple[str | None, str | None]:
    """The web address and the code of what was done: completed with https, or not one. "http://" alone is nothing."""
    address = text.strip()
    if address.lower() in {"http://", "https://", "http:///", "www."}:
        return None, "null_word"
    if re.search(r"\s", address):
        return None, "not_a_url"
    if _URL.fullmatch(address):
        return address, None
    if re.match(r"[a-z][a-z0-9+.-]*:", address, re.IGNORECASE) and not re.match(r"[^:/]+:\d", address):
        return None, "not_a_url"
    if _HOST.fullmatch(address):
        return "https://" + address, "url_completed"
    return None, "not_a_url"


def read_age(text: str) -> tuple[int | None, str | None]:
    """An age in years and the code of what was done: 0 and over 120 mean no limit, words stay words."""
    number = read_number(text)
    if number is None or number != int(number) or number < 0:
        return None, "age_as_text"
    age = int(number)
    return (None, "age_no_limit") if age > 120 else (age, None)


STATUS_WORDS: Final = {
    "active": "active",
    "1": "active",
    "approved": "active",
    "open": "active",
    "published": "active",
    "true": "active",
    "yes": "active",
    "live": "active",
    "current": "active",
    "enabled": "active",
    "operational": "active",
    "inactive": "inactive",
    "0": "inactive",
    "2": "inactive",
    "3": "inactive",
    "4": "inactive",
    "pending": "inactive",
    "rejected": "inactive",
    "unpublished": "inactive",
    "deactivated": "inactive",
    "false": "inactive",
    "no": "inactive",
    "disabled": "inactive",
    "archived": "inactive",
    "deleted": "inactive",
    "defunct": "defunct",
    "closed": "defunct",
    "permanently closed": "defunct",
    "temporarily closed": "temporarily closed",
    "temporarily_closed": "temporarily closed",
    "suspended": "temporarily closed",
}


def read_status(text: str) -> tuple[str, str | None]:
    """The HSDS status and the code of what was done; an unknown word counts as inactive."""
    word = text.strip().lower()
    if word in STATUS_WORDS:
        status = STATUS_WORDS[word]
        return status, None if status == text else "status_read"
    return "inactive", "status_unknown"
