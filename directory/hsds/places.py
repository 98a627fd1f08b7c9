"""Addresses, ZIPs, states and what marks a place as secret, as plain text; no gazetteer and no database."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_plus

STATES: Final[dict[str, str]] = dict(
    pair.split("=")
    for pair in (
        "alabama=AL,alaska=AK,arizona=AZ,arkansas=AR,california=CA,colorado=CO,connecticut=CT,delaware=DE,"
        "district of columbia=DC,florida=FL,georgia=GA,hawaii=HI,idaho=ID,illinois=IL,indiana=IN,iowa=IA,kansas=KS,"
        "kentucky=KY,louisiana=LA,maine=ME,maryland=MD,massachusetts=MA,michigan=MI,minnesota=MN,mississippi=MS,"
        "missouri=MO,montana=MT,nebraska=NE,nevada=NV,new hampshire=NH,new jersey=NJ,new mexico=NM,new york=NY,"
        "north carolina=NC,north dakota=ND,ohio=OH,oklahoma=OK,oregon=OR,pennsylvania=PA,rhode island=RI,"
        "south carolina=SC,south dakota=SD,tennessee=TN,texas=TX,utah=UT,vermont=VT,virginia=VA,washington=WA,"
        "west virginia=WV,wisconsin=WI,wyoming=WY,puerto rico=PR,guam=GU,american samoa=AS,virgin islands=VI,"
        "northern mariana islands=MP"
    ).split(",")
)
STATE_CODES: Final = frozenset(STATES.values())
# USPS: the ZIPs of these states begin with a zero, which spreadsheets drop (00 with VI and PR).
LEADING_ZERO: Final = {
    "CT": "06", "MA": "0", "ME": "0", "NH": "03", "NJ": "0", "PR": "00", "RI": "02", "VT": "05", "VI": "008",
}  # fmt: skip

_SECRET = re.compile(
    r"\b(?:confidential|undisclosed|unlisted address|address (?:is )?(?:withheld|private|hidden|not (?:public|listed"
    r"|disclosed|published))|private (?:address|location)|secret (?:address|location)|withheld"
    r"|(?:location|address) (?:is )?not disclosed|not disclosed|call for (?:address|location))\b",
    re.IGNORECASE,
)
_SECRET_PLACE = re.compile(
    r"\b(?:confidential|undisclosed|secret|hidden) (?:location|address|site|shelter|safe ?house)s?\b"
    r"|\b(?:location|address) (?:is |are )?(?:kept )?(?:confidential|secret|undisclosed|withheld)\b",
    re.IGNORECASE,
)
_STREET = re.compile(
    r"\b\d{1,6}(?:[- ]?\d+)?(?:st|nd|rd|th)?[a-z]?\s+(?:[\w.'’-]+\s+){0,5}?"
    r"(?:st|street|ave|avenue|av|rd|road|blvd|boulevard|ln|lane|dr|drive|ct|court|pl|place|pkwy|parkway|ter|terrace"
    r"|way|hwy|highway|route|rte|sq|square|cir|circle|plaza|broadway|loop|alley|trail|pike|turnpike|row)\b\.?",
    re.IGNORECASE,
)
_BOX = re.compile(r"\bp\.?\s*o\.?\s*box\s+\d+", re.IGNORECASE)
_CITY_STATE = re.compile(r"\b[A-Z][\w.'’ -]+,\s*(?:" + "|".join(sorted(STATE_CODES)) + r")\b")
_ZIP = re.compile(r"(?<![\d-])\d{5}(?:-\d{4})?(?![\d-])")
_COORDINATE = re.compile(r"-?\d{1,3}\.\d{3,}\s*,\s*-?\d{1,3}\.\d{3,}")

PRIVATE_ADDRESS_COLUMNS: Final = frozenset(
    "confidential is_confidential confidential_address address_confidential private_address address_private "
    "is_private_address hide_address address_hidden hidden_address confidential_location location_confidential "
    "address_is_confidential address_is_private place_withheld dv_confidential".split()
)
DO_NOT_PUBLISH_COLUMNS: Final = frozenset(
    "do_not_publish donotpublish dnp not_public is_hidden hidden private is_private internal internal_only unlisted "
    "do_not_display exclude_from_website exclude_from_directory".split()
)
PUBLISH_COLUMNS: Final = frozenset("publish is_public public published display_on_website show_on_website".split())
DO_NOT_REFER_COLUMNS: Final = frozenset("do_not_refer donotrefer dnr no_referrals do_not_recommend".split())


def says_secret(text: str) -> bool:
    """Whether words typed into an address say that the place must not be known."""
    return bool(_SECRET.search(text))


def says_secret_place(text: str) -> bool:
    """Whether a description says outright that the place is secret ("at a confidential location")."""
    return bool(_SECRET_PLACE.search(text))


def looks_like_address(text: str) -> bool:
    """Whether a text holds something by which a place can be found: street, box, town with state, ZIP, coordinates."""
    return any(pattern.search(text) for pattern in (_STREET, _BOX, _CITY_STATE, _ZIP, _COORDINATE))


def without_addresses(text: str, tells: Callable[[str], bool] = lambda sentence: False) -> str:
    """The text without the sentences that hold an address. What is left does not depend on the address.

    `tells` names further sentences that must go.
    """
    parts = re.split(r"(?<=[.!?;])\s+|\n+", text)
    kept = [part for part in parts if part and not (looks_like_address(part) or says_secret(part) or tells(part))]
    return " ".join(kept).strip()


def tells_place_in_link(address: str) -> bool:
    """Whether a web address tells a place: a link to a map, or one with a street, a ZIP or a point in it."""
    plain_text = unquote_plus(address)
    words = re.sub(r"[/_?&=+-]+", " ", re.sub(r"^\w+://", "", plain_text))
    is_map = re.search(r"\b(?:maps?|directions|geo|goo\.gl|place)\b", words, re.IGNORECASE)
    return bool(is_map) or looks_like_address(words) or bool(_COORDINATE.search(plain_text))


def tells_place_in_signs(text: str) -> bool:
    """Whether an id or slug is made of an address ("12-oak-street-katonah"). A ZIP alone may be any number."""
    if "-" in text and re.fullmatch(r"[0-9a-fA-F-]{36}", text):
        return False
    words = re.sub(r"[_|/+-]+", " ", text)
    return any(pattern.search(words) for pattern in (_STREET, _BOX, _COORDINATE))


def column_key(name: str) -> str:
    """A column heading in one spelling."""
    return re.sub(r"[^a-z0-9]+", "_", name.strip().lower()).strip("_")


def read_state(text: str) -> tuple[str, str | None]:
    """Two letters for a state where it is one of the United States; the code of what was done."""
    bare = re.sub(r"<[^>]*>", "", text).strip(" .,")
    if bare.upper() in STATE_CODES:
        return bare.upper(), None if bare.upper() == text else "state_read"
    if bare.lower() in STATES:
        return STATES[bare.lower()], "state_read"
    return text.strip(), None


def read_zip(text: str, state: str) -> tuple[str, str | None]:
    """A ZIP or ZIP+4 with its leading zero where the state needs it; other countries' codes stay as they are."""
    bare = text.strip().removesuffix(".0")
    if re.fullmatch(r"\d{5}(?:-\d{4})?", bare):
        return bare, None if bare == text else "zip_cleaned"
    if match := re.fullmatch(r"(\d{5})-(\d{1,3})", bare):
        return f"{match[1]}-{match[2].zfill(4)}", "zip_restored"
    digits = re.sub(r"\D", "", bare)
    if re.search(r"[A-Za-z]", bare):
        return bare, None  # a postal code of another country
    zip_part, plus4 = (digits[:-4], digits[-4:]) if len(digits) in (7, 8, 9) else (digits, "")
    prefix = LEADING_ZERO.get(state)
    if prefix and 3 <= len(zip_part) < 5 and zip_part.zfill(5).startswith(prefix):
        return zip_part.zfill(5) + (f"-{plus4}" if plus4 else ""), "zip_restored"
    if len(zip_part) == 5:
        return zip_part + (f"-{plus4}" if plus4 else ""), "zip_cleaned"
    return bare, "zip_not_understood"


@dataclass(frozen=True, slots=True)
class AddressParts:
    """One line of address, taken apart. A part that is not there is empty."""

    address_1: str = ""
    city: str = ""
    state: str = ""
    zip_code: str = ""


_LINE_END = re.compile(r"(?:^|[,\s])(" + "|".join(sorted(STATE_CODES)) + r")\b[\s,]*(\d{5}(?:-?\d{4})?)?\s*$")


def split_address(text: str) -> AddressParts | None:
    """ "9525 Sterling Drive, Cutler Bay, FL 33157" in its parts; None where there is no street and no town.

    "State: FL" and "FL 32955" are no address: the caller keeps the words.
    """
    line = " ".join(re.sub(r"<[^>]*>", "", text).split()).strip(" ,")
    match = _LINE_END.search(line)
    if not match or re.fullmatch(r"state:\s*[a-z]{2}", line, re.IGNORECASE):
        return None
    before = [part.strip() for part in line[: match.start(1)].strip(" ,").split(",") if part.strip()]
    if not before:
        return None
    return AddressParts(", ".join(before[:-1]), before[-1], match[1], match[2] or "")


def plain(text: str) -> str:
    """Lower case without accents, signs and doubled spaces: what two spellings of one thing share."""
    bare = unicodedata.normalize("NFKD", text.lower())
    return " ".join(
        re.sub(r"[^a-z0-9]+", " ", "".join(sign for sign in bare if not unicodedata.combining(sign))).split()
    )


_SHORT: Final = {
    "street": "st", "avenue": "ave", "av": "ave", "road": "rd", "boulevard": "blvd", "lane": "ln", "drive": "dr",
    "court": "ct", "place": "pl", "parkway": "pkwy", "terrace": "ter", "highway": "hwy", "square": "sq",
    "north": "n", "south": "s", "east": "e", "west": "w", "suite": "ste", "apartment": "apt", "floor": "fl",
}  # fmt: skip


def plain_address(*parts: str) -> str:
    """An address in one spelling, so that "12 Oak Street" and "12 oak st." are one."""
    return " ".join(_SHORT.get(word, word) for word in plain(" ".join(part for part in parts if part)).split())


def tombstone_parts(organization: str, address_1: str, postal_code: str) -> tuple[str, str, str]:
    """Organization, address and five-digit ZIP in one spelling: what the keyed hash of a secret place is taken of."""
    return plain(organization), plain_address(address_1), re.sub(r"\D", "", postal_code)[:5]
