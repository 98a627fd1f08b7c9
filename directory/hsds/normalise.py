"""Raw records → typed HSDS values, each change written down; links are not looked at and nothing is decided."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from directory.hsds import values as cells
from directory.hsds.languages import language_code, split_languages
from directory.hsds.pairs import split_pairs
from directory.hsds.phones import PhoneParts, read_kind, read_phone, split_phones
from directory.hsds.places import read_state, read_zip, says_secret, split_address
from directory.hsds.records import Feed, Record, append_words, sibling
from directory.hsds.schedules import read_schedule
from directory.hsds.tables import TABLES

SECRET: Final = "place withheld"  # noqa: S105 (a record's flag: what it says of its place must not be known)
_WHOLE: Final = frozenset({"available", "maximum"})  # numbers in HSDS, whole here


def normalise(feed: Feed, null_words: frozenset[str] = frozenset()) -> None:
    """Clean every record of the feed in place; a cell may add records (phones, hours) or move words elsewhere."""
    words = cells.NULL_WORDS | null_words
    for table in TABLES:  # in this order: a phone makes languages, which come after it
        finish = _FINISH.get(table)
        records: list[Record] = []
        for record in feed.of(table):
            _clean_cells(record, feed, words)
            records.extend(finish(record, feed) if finish else (record,))
        feed.records[table] = records
    _move_address_texts(feed)


def _clean_cells(record: Record, feed: Feed, null_words: frozenset[str]) -> None:
    columns = TABLES[record.table].columns
    if record.extra:
        record.extra = {name: _clean_extra(value) for name, value in record.extra.items()}
    split_pairs(record, feed)
    for name, raw in list(record.values.items()):
        if not raw:
            del record.values[name]
            continue
        text, code = cells.clean_text(raw)
        if cells.is_null_word(text, null_words) and name != "name":
            feed.note(record, name, raw, None, "null_word")
            del record.values[name]
            continue
        if code:
            feed.note(record, name, raw, text or None, code)
        if not text:
            del record.values[name]
            continue
        column = columns.get(name)
        reader = _READERS.get(column.kind) if column else None
        value = reader(record, name, text, feed) if reader else text
        if value is None:
            del record.values[name]
        else:
            record.values[name] = value


def _clean_extra(value: Any) -> Any:
    return cells.clean_text(value)[0] if isinstance(value, str) else value


def _read_email(record: Record, name: str, text: str, feed: Feed) -> str | None:
    address = cells.read_email(text)
    if address is None:
        pieces = [piece for piece in (cells.read_email(part) for part in re.split(r"[\s,;/]+", text)) if piece]
        address = pieces[0] if pieces else None
        feed.note(record, name, text, address, "not_an_email")
        record.extra[f"{name} as received"] = text
    return address


def _read_url(record: Record, name: str, text: str, feed: Feed) -> str | None:
    address, code = cells.read_url(text)
    if address is None and code == "not_a_url":
        pieces = [piece for piece in (cells.read_url(part)[0] for part in re.split(r"[\s,;]+", text)) if piece]
        address = pieces[0] if pieces else None
        record.extra[f"{name} as received"] = text
    if code:
        feed.note(record, name, text, address, code)
    return address


def _read_int(record: Record, name: str, text: str, feed: Feed) -> int | None:
    number = cells.read_int(text)
    if number is None and name == "year_incorporated":
        day = cells.read_date(text)
        number = day.year if day else None
        if day:
            feed.note(record, name, text, number, "date_read")
    if number is None:
        feed.note(record, name, text, None, "not_a_number")
        record.extra[f"{name} as received"] = text
    return number


def _read_number(record: Record, name: str, text: str, feed: Feed) -> Any:
    number = cells.read_number(text)
    if (
        number is None
        or (name in _WHOLE and abs(number) >= cells.MOST_WHOLE)
        or (name == "amount" and number >= 10**10)
    ):
        feed.note(record, name, text, None, "not_a_number")
        record.extra[f"{name} as received"] = text
        return None
    return number if name == "amount" else float(number)


def _read_date(record: Record, name: str, text: str, feed: Feed) -> Any:
    day = cells.read_date(text)
    if day is None:
        feed.note(record, name, text, None, "not_a_date")
        record.extra[f"{name} as received"] = text
    elif day.isoformat() != text:
        feed.note(record, name, text, day.isoformat(), "date_read")
    return day


def _read_moment(record: Record, name: str, text: str, feed: Feed) -> Any:
    moment = cells.read_moment(text)
    if moment is None:
        feed.note(record, name, text, None, "not_a_date")
    return moment


def _read_age(record: Record, name: str, text: str, feed: Feed) -> int | None:
    age, code = cells.read_age(text)
    if age == 0:
        age, code = None, "age_no_limit"
    if code:
        feed.note(record, name, text, None, code)
    if code == "age_as_text":
        label = "Minimum age" if name == "minimum_age" else "Maximum age"
        append_words(record, "eligibility_description", f"{label}: {text}")
    return age


_READERS: Final[dict[str, Callable[[Record, str, str, Feed], Any]]] = {
    "email": _read_email,
    "url": _read_url,
    "int": _read_int,
    "number": _read_number,
    "date": _read_date,
    "datetime": _read_moment,
    "age": _read_age,
}


def _service(record: Record, feed: Feed) -> list[Record]:
    typed = record.values.get("status")
    if typed is None and record.values.get("name") is None:
        pass  # a part of a service that another row names
    elif typed is None:
        record.values["status"] = "active"
        feed.note(record, "status", None, "active", "status_missing")
    else:
        status, code = cells.read_status(typed)
        record.values["status"] = status
        if code:
            feed.note(record, "status", typed, status, code)
    low, high = record.values.get("minimum_age"), record.values.get("maximum_age")
    if low is not None and high is not None and low > high:
        append_words(record, "eligibility_description", f"Ages: {low}–{high}")
        feed.note(record, "maximum_age", high, None, "age_as_text")
        del record.values["maximum_age"]
    record.values.pop("taxonomy_ids", None)
    return [record]


def _location(record: Record, feed: Feed) -> list[Record]:
    values = record.values
    kind = str(values.get("location_type", "")).lower()
    values["location_type"] = next((name for name in ("virtual", "postal") if name in kind), "physical")
    if kind and kind != values["location_type"]:
        feed.note(record, "location_type", kind, values["location_type"], "word_read")
    latitude, longitude = values.get("latitude"), values.get("longitude")
    if latitude is None and longitude is None:
        return [record]
    code = ""
    if latitude is not None and longitude is not None and latitude < -64 and 17 < longitude < 72:
        # Nobody lives so far south; the other way round it lies in the United States.
        feed.note(record, "latitude, longitude", f"{latitude}, {longitude}", f"{longitude}, {latitude}", "point_turned")
        latitude, longitude = values["latitude"], values["longitude"] = longitude, latitude
    if latitude is None or longitude is None:
        code = "point_half"
    elif abs(latitude) > 90 or abs(longitude) > 180 or (abs(latitude) < 0.01 and abs(longitude) < 0.01):
        code = "point_off_earth"
    if code:
        feed.note(record, "latitude, longitude", f"{latitude}, {longitude}", None, code)
        values.pop("latitude", None)
        values.pop("longitude", None)
        record.flags.add(code)
    return [record]


def _address(record: Record, feed: Feed) -> list[Record]:
    values = record.values
    if any(isinstance(value, str) and says_secret(value) for value in values.values()):
        record.flags.add(SECRET)
        return [record]
    state = values.get("state_province", "")
    if state:
        values["state_province"], code = read_state(state)
        if code:
            feed.note(record, "state_province", state, values["state_province"], code)
        state = values["state_province"]
    if typed := values.get("postal_code"):
        values["postal_code"], code = read_zip(typed, state)
        if code:
            feed.note(record, "postal_code", typed, values["postal_code"], code)
    kind = str(values.get("address_type", "")).lower()
    if not any(name in kind for name in ("physical", "postal", "virtual", "mail")) and _says_something(values):
        feed.note(record, "address_type", kind or None, "physical", "address_type_missing")
    is_postal = "physical" not in kind and ("postal" in kind or "mail" in kind)
    values["address_type"] = "postal" if is_postal else "virtual" if kind == "virtual" else "physical"
    if kind and kind != values["address_type"] and any(name in kind for name in ("physical", "postal", "mail")):
        feed.note(record, "address_type", kind, values["address_type"], "word_read")
    return [record]


def _says_something(values: Mapping[str, Any]) -> bool:
    return any(values.get(name) for name in ("address_1", "city", "postal_code", "state_province"))


def _phone(record: Record, feed: Feed) -> list[Record]:
    """One record a number. A cell with several numbers makes several; a language beside it makes a language record."""
    typed = str(record.values.get("number", ""))
    department = record.values.pop("department", None)
    spoken = record.values.pop("language", None)
    if department:
        append_words(record, "description", department)
    if not typed:
        return [record]
    pieces = split_phones(typed)
    if len(pieces) > 1:
        feed.note(record, "number", typed, " | ".join(pieces), "phone_split")
    made = [record if place == 0 else sibling(record, place + 1) for place in range(len(pieces))]
    for one, piece in zip(made, pieces, strict=True):
        _fill_phone(one, piece, read_phone(piece), feed)
    for number, name in enumerate(re.split(r"[,;/]", spoken) if spoken else ()):
        if not name.strip():
            continue
        key = f"{record.ref}/language{number}"
        language = Record(
            "language", key, "", {"name": name.strip()}, {"phone_id": record.ref}, {}, record.file, record.row
        )
        feed.of("language").append(language)
    return made


def _fill_phone(record: Record, typed: str, parts: PhoneParts, feed: Feed) -> None:
    values = record.values
    if not parts.understood:
        feed.note(record, "number", typed, typed, "phone_not_understood")
    elif parts.number != typed:
        code = "extension_found" if parts.extension is not None else "phone_read"
        feed.note(record, "number", typed, parts.number, code)
    values["number"] = parts.number
    if parts.words:
        append_words(record, "description", parts.words)
        if not parts.words.startswith("ext."):
            feed.note(record, "description", typed, parts.words, "phone_words")
        if parts.words.startswith("ext.") or ", ext." in parts.words:
            feed.note(record, "extension", typed, parts.words, "extension_as_text")
    given = values.pop("extension", None)
    if given is not None:
        text = re.sub(r"^(?:ext(?:ension)?\.?|x|#)\s*", "", str(given), flags=re.IGNORECASE).removesuffix(".0")
        if text.isdigit() and len(text) <= 9 and (text == "0" or not text.startswith("0")):
            values["extension"] = int(text)
        else:
            feed.note(record, "extension", given, f"ext. {given}", "extension_as_text")
            append_words(record, "description", f"ext. {given}")
    if parts.extension is not None:
        values["extension"] = parts.extension
    typed_kind = values.pop("type", None)
    kind, words = read_kind(str(typed_kind)) if typed_kind else (None, "")
    if typed_kind and kind is None:
        feed.note(record, "type", typed_kind, words or None, "phone_type_unknown")
    if words:
        append_words(record, "description", words)
    if kind and kind != typed_kind:
        feed.note(record, "type", typed_kind, kind, "word_read")
    kind = parts.kind or kind
    if kind:
        values["type"] = kind


def _language(record: Record, feed: Feed) -> list[Record]:
    name, code = str(record.values.get("name") or ""), record.values.get("code")
    names = split_languages(name) if name and not code else []
    if len(names) > 1:
        feed.note(record, "name", name, " | ".join(names), "language_split")
    made = [record if place == 0 else sibling(record, place + 1) for place in range(max(1, len(names)))]
    for one, part in zip(made, names, strict=False):
        one.values["name"] = part
        found = language_code(part)
        if found:
            one.values["code"] = found
            feed.note(one, "code", part, found, "language_read")
    return made


def _cost_option(record: Record, feed: Feed) -> list[Record]:
    if "amount as received" in record.extra:
        append_words(record, "amount_description", str(record.extra["amount as received"]))
    if currency := record.values.get("currency"):
        record.values["currency"] = str(currency).upper()
        if currency != record.values["currency"]:
            feed.note(record, "currency", currency, record.values["currency"], "word_read")
    return [record]


def _capacity(record: Record, feed: Feed) -> list[Record]:
    for name in ("available", "maximum"):
        if name in record.values:
            record.values[name] = int(record.values[name])
    return [record]


def _attribute(record: Record, feed: Feed) -> list[Record]:
    entity = str(record.values.get("link_entity") or record.values.get("link_type") or "").lower()
    if entity in TABLES:
        record.values["link_entity"] = entity
    else:
        record.values.pop("link_entity", None)
    return [record]


_FINISH: Final[dict[str, Callable[[Record, Feed], list[Record]]]] = {
    "service": _service,
    "location": _location,
    "address": _address,
    "phone": _phone,
    "language": _language,
    "schedule": read_schedule,
    "cost_option": _cost_option,
    "service_capacity": _capacity,
    "attribute": _attribute,
}


def _move_address_texts(feed: Feed) -> None:
    """Addresses typed as one text become addresses; what is none becomes words of its place."""
    locations = {record.ref: record for record in feed.of("location")}
    for location in feed.of("location"):
        text = location.values.pop("address_text", None)
        if text is None:
            continue
        address = Record(
            "address", f"{location.ref}/address", "", {}, {"location_id": location.ref}, {}, location.file, location.row
        )
        if says_secret(text):
            address.values["address_1"] = text
            address.flags.add(SECRET)
            feed.of("address").append(address)
            continue
        parts = split_address(text)
        if parts is None:
            feed.note(location, "address", text, text, "address_as_text")
            append_words(location, "description", text)
            continue
        state, _ = read_state(parts.state)
        for name, value in (("address_1", parts.address_1), ("city", parts.city), ("state_province", state),
                            ("postal_code", parts.zip_code)):  # fmt: skip
            if value:
                address.values[name] = value
        address.values["address_type"] = "physical"
        feed.note(location, "address", text, " | ".join(address.values.values()), "address_split")
        feed.of("address").append(address)
    for address in feed.of("address"):
        line = str(address.values.get("address_1", ""))
        owner = locations.get(address.links.get("location_id", ""))
        if owner is not None and re.fullmatch(r"state:\s*[a-z]{2}\W*", line, re.IGNORECASE):
            feed.note(address, "address_1", line, None, "address_as_text")
            append_words(owner, "description", line)
            del address.values["address_1"]
