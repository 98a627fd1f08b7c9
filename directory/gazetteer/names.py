"""Names of states and counties, and the spelling under which names are compared; no points and no file."""

from __future__ import annotations

import re
import unicodedata

# Code, name, FIPS (ANSI INCITS 38).
_STATES = """
AL Alabama 01|AK Alaska 02|AZ Arizona 04|AR Arkansas 05|CA California 06|CO Colorado 08|CT Connecticut 09
DE Delaware 10|DC District of Columbia 11|FL Florida 12|GA Georgia 13|HI Hawaii 15|ID Idaho 16|IL Illinois 17
IN Indiana 18|IA Iowa 19|KS Kansas 20|KY Kentucky 21|LA Louisiana 22|ME Maine 23|MD Maryland 24|MA Massachusetts 25
MI Michigan 26|MN Minnesota 27|MS Mississippi 28|MO Missouri 29|MT Montana 30|NE Nebraska 31|NV Nevada 32
NH New Hampshire 33|NJ New Jersey 34|NM New Mexico 35|NY New York 36|NC North Carolina 37|ND North Dakota 38
OH Ohio 39|OK Oklahoma 40|OR Oregon 41|PA Pennsylvania 42|RI Rhode Island 44|SC South Carolina 45|SD South Dakota 46
TN Tennessee 47|TX Texas 48|UT Utah 49|VT Vermont 50|VA Virginia 51|WA Washington 53|WV West Virginia 54
WI Wisconsin 55|WY Wyoming 56|AS American Samoa 60|GU Guam 66|MH Marshall Islands 68|MP Northern Mariana Islands 69
PR Puerto Rico 72|VI Virgin Islands 78
"""
STATES: dict[str, tuple[str, str]] = {
    entry[:2]: (entry[3:-3], entry[-2:]) for entry in re.split(r"[|\n]", _STATES.strip())
}  # code → (name, FIPS)

_SHORT_WORDS = {
    "mt": "mount", "mtn": "mountain", "mtns": "mountains", "st": "saint", "ste": "sainte", "ft": "fort", "pt": "point",
    "n": "north", "s": "south", "e": "east", "w": "west", "no": "north", "so": "south",
    "hts": "heights", "hgts": "heights", "spgs": "springs", "spg": "spring", "jct": "junction", "ctr": "center",
    "cntr": "center", "centre": "center", "bch": "beach", "lk": "lake", "hbr": "harbor", "harbour": "harbor",
    "vly": "valley", "is": "island", "isl": "island", "crk": "creek", "cty": "county", "co": "county",
    "twp": "township", "vlg": "village",
}  # fmt: skip


def folded(text: str) -> str:
    """Lower case, no accents, no punctuation; "N.Y." is "ny"."""
    words = text.lower()
    if words.isascii() and words.replace(" ", "").isalnum():  # most names, and most of the loading time
        return " ".join(words.split())
    words = unicodedata.normalize("NFKD", words)
    words = "".join(letter for letter in words if not unicodedata.combining(letter))
    words = re.sub(r"['`\u2018\u2019]", "", words)
    words = re.sub(r"\b([a-z])\.\s?([a-z])\b\.?", r"\1\2", words)
    return " ".join(re.findall(r"[^\W_]+", words))


def plain_name(text: str) -> str:
    """The spelling for comparing names: folded, with common abbreviations written out ("mt" is "mount")."""
    return " ".join(_SHORT_WORDS.get(word, word) for word in folded(text).split())


_STATE_NAMES = {plain_name(name): code for code, (name, _) in STATES.items()} | {
    "nueva york": "NY", "nueva jersey": "NJ", "pensilvania": "PA", "washington dc": "DC", "calif": "CA",
    "conn": "CT", "fla": "FL", "mass": "MA", "penn": "PA", "wash": "WA", "tenn": "TN", "mich": "MI", "minn": "MN",
}  # fmt: skip


def find_state(words: str) -> str | None:
    """The state's code, of a code or a name in folded spelling."""
    if len(words) == 2 and words.upper() in STATES:
        return words.upper()
    return _STATE_NAMES.get(words) or _STATE_NAMES.get(plain_name(words))


def state_fips(state: str) -> str | None:
    """The two figures before a county's three, or None for a state that is not there."""
    entry = STATES.get(state)
    return entry[1] if entry else None


def county_title(county: str, state: str) -> str:
    """A county's name as people write it: "Westchester County", "Caddo Parish", "Baltimore city"."""
    if re.search(r"\(city\)?$", county):
        return county[: county.index("(")].strip() + " city"
    if county.endswith("(CA)"):
        return county[:-4].strip() + " Census Area"
    if re.search(r"\b(Parish|Borough|Census Area|Municipality|District of Columbia)$", county):
        return county
    if county.startswith("City of "):
        return county.removeprefix("City of ") + " city"
    if re.match(r"(City|Municipality)\b.* of ", county) or state in ("DC", "MH"):
        return county
    return f"{county} {'Parish' if state == 'LA' else 'Borough' if state == 'AK' else 'County'}"


def county_key(county: str) -> str:
    """A county's name in plain spelling without the word for county."""
    words = plain_name(re.sub(r"\((?:city|CA)\)?$", "", county))
    words = re.sub(r"^(?:city and borough|city|municipality|county) of ", "", words)
    return re.sub(r" (?:county|parish|borough|census area|municipality)$", "", words)
