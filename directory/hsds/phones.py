"""A cell with phones → numbers, extensions, kinds; no record and no file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import phonenumbers

SHORT_NUMBERS: Final = frozenset({"211", "311", "411", "511", "711", "911", "988"})

# HSDS 3.1 phone.type ← the words of feeds.
KINDS: Final[dict[str, str]] = {
    "voice": "voice", "main": "voice", "phone": "voice", "office": "voice", "business": "voice", "hotline": "voice",
    "tollfree": "voice", "toll free": "voice", "toll-free": "voice", "landline": "voice", "work": "voice",
    "fax": "fax", "text": "text", "sms": "text", "cell": "cell", "mobile": "cell", "video": "video", "vp": "video",
    "pager": "pager", "textphone": "textphone", "tty": "textphone", "tdd": "textphone", "tty/tdd": "textphone",
}  # fmt: skip
TELLING_KINDS: Final = frozenset({"hotline", "tollfree", "toll free", "toll-free"})  # say more than "voice"

_LABEL = re.compile(r"^\s*([A-Za-z][A-Za-z /.'-]{0,30}?)\s*(?:no\.?|number|#)?\s*[:.]\s*(?=[+(\d])", re.IGNORECASE)
_EXTENSION = re.compile(
    r"[\s,;]*(?:;ext=|\b(?:ext(?:ension)?|option|opt|press)\b\.?:?\s*|(?<=\d)\s*[x#]\s*|\s#)\s*#?\s*([\w-]{1,12})\s*$",
    re.IGNORECASE,
)
_SPOKEN = re.compile(
    r"^\s*((?:call|text|tty|tdd|fax|phone|tel|telephone|main|office|cell|mobile|toll[ -]free|dial|hotline)"
    r"(?:(?: or | and |/| & )(?:call|text|tdd|tty|voice))?)\s+(?=[+(\d])",
    re.IGNORECASE,
)
_WITH_WORDS = re.compile(
    r"(\+?1?[\s.(-]*[2-9]\d{2}[\s.)/-]*\d{3}[\s.-]*\d{4})(?:\s*(?:x|ext\.?)\s*(\d{1,6}))?[\s,;:(\[–—-]+(.*[^\W\d_]{2}.*)",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(r"(.*\d{4})\s*\(([^()]*[A-Za-z][^()]*\d{3}\D{0,3}\d{4})\)\s*")
_PIECES = re.compile(
    r"\s*(?:[;\n|]|\b(?:or|and)\b|[/&](?=\s*\(?[2-9]\d{2}\)?[\s.-]*\d{3})"
    r"|(?:,(?=\s*(?:[A-Za-z ]{2,15}:|\(?\+?\d{3}))))\s*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PhoneParts:
    """One phone as read. `words` go to its description; `understood` is False when the number stays as typed."""

    number: str
    extension: int | None = None
    kind: str | None = None
    words: str = ""
    understood: bool = True


def split_phones(cell: str) -> list[str]:
    """The phones of a cell, each as typed: "main: 305-285-5922, tdd: 800-955-8771" holds two."""
    if ";ext=" in cell:
        return [cell.strip()]
    if match := _IN_BRACKETS.fullmatch(cell):
        return [match[1].strip(), match[2].strip()]
    pieces = [piece.strip() for piece in _PIECES.split(cell) if piece and piece.strip()]
    if len(pieces) > 1 and all(sum(sign.isdigit() for sign in piece) >= 7 for piece in pieces):
        return pieces
    return [cell.strip()]


@lru_cache(maxsize=65536)
def read_phone(text: str) -> PhoneParts:
    """Number, extension and kind of one phone.

    A complete number is written "(914) 555-0142" (abroad: international). Three-digit lines (211, 988) stay. An
    extension with letters or a leading zero cannot be a number; it goes to the words. Anything else stays as typed.
    """
    bare, kind, words = re.sub(r"^(\d{10,11})\.0+$", r"\1", text.strip().strip("\"'").strip()), None, ""
    if match := _LABEL.match(bare) or _SPOKEN.match(bare):
        label = " ".join(match[1].lower().rstrip(".").split())
        label = re.sub(r"\s*(?:no|number)$", "", label)
        kind = KINDS.get(label)
        if (kind is None and label not in {"p", "ph", "tel", "telephone", "call"}) or label in TELLING_KINDS:
            words = match[1].strip()
        bare = bare[match.end() :].strip()
    extension: int | None = None
    if match := _EXTENSION.search(bare):
        typed = match[1]
        if typed.isdigit() and (typed == "0" or not typed.startswith("0")):
            extension = int(typed)
        else:
            words = f"{words}, ext. {typed}" if words else f"ext. {typed}"
        bare = bare[: match.start()].strip(" ,;")
    if bare in SHORT_NUMBERS or re.fullmatch(r"[2-9]-1-1|9-8-8", bare):
        return PhoneParts(bare.replace("-", ""), extension, kind, words)
    number = _number(bare)
    if number is None and extension is None and (match := _WITH_WORDS.fullmatch(bare)):
        beside = match[3].strip(" ()[]–—-")
        if sum(sign.isdigit() for sign in beside) < 7 and not re.match(r"(?:or|and)\b|[/&]", beside):
            number, extension = _number(match[1]), int(match[2]) if match[2] else None
            words = f"{words}, {beside}" if words else beside
    if number is None:
        return PhoneParts(text.strip(), None, kind, "", understood=False)
    return PhoneParts(number, extension, kind, words)


def _number(text: str) -> str | None:
    """A complete number in the usual writing; letters of a vanity number stay readable to a person who dials."""
    try:
        parsed = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    if re.search(r"[A-Za-z]{3}", text):
        return text
    if parsed.country_code != 1:
        if not text.startswith("+") or not phonenumbers.is_valid_number(parsed):
            return text if text.startswith("+") else None
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    digits = str(parsed.national_number)
    if len(digits) != 10 or digits[0] in "01":
        # Test and fictional exchanges (555) pass; a number that no line in North America can have does not.
        return text if len(digits) == 10 else None
    return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"


def read_kind(text: str) -> tuple[str | None, str]:
    """The HSDS kind of phone and the words to keep: "hotline" is a voice line, and says so."""
    word = text.strip().lower()
    if word in KINDS:
        return KINDS[word], text.strip() if word in TELLING_KINDS else ""
    return None, "" if word.isdigit() or word in {"", "null"} else text.strip()
