"""Sealing and opening of personal fields, each person under their own key. The only code that touches a sealed column.

Nothing here decides who may read, and nothing is written to the trail: `care.actions` does both, and calls this after.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from care.fields import FIELDS, Field
from care.models import Enrollee
from core.config import read_data_keys
from core.crypto import CannotOpen, KeyRing, new_key, open_for_person, seal_for_person
from core.db import current_config, db
from core.errors import InvalidInput, Sentence

MAX_TEXT = 10_000
MAX_ITEMS = 50


def ring() -> KeyRing:
    """The key ring as it stands now; a key that was added while the site runs is in it."""
    return KeyRing.parse(read_data_keys(current_config()))


def new_data_key(enrollee_id: UUID) -> bytes:
    """A fresh key for one person, sealed by the ring: the value of `enrollee.data_key`."""
    return ring().seal(new_key(), bound_to=f"enrollee|data_key|{enrollee_id}")


def seal_fields(
    enrollee: Enrollee,
    table: str,
    row_id: UUID,
    values: Mapping[str, Any],
    *,
    fields: Mapping[str, Mapping[str, Field]] = FIELDS,
) -> bytes:
    """The sealed column of one row. `values` may hold only what `fields` lists for the table.

    Raises InvalidInput for another field or a value of another kind, CannotOpen when the person's key is destroyed.
    """
    clean = {name: _checked(name, fields[table].get(name), value) for name, value in values.items()}
    plain = json.dumps(
        {name: value for name, value in clean.items() if value not in (None, "", [])}, ensure_ascii=False
    )
    return seal_for_person(_data_key(enrollee), plain.encode(), bound_to=f"{table}|sealed|{row_id}")


def open_fields(rows: Sequence[Any]) -> dict[UUID, dict[str, Any]]:
    """The personal fields of rows of one table by row id: empty where nothing is sealed or the key is destroyed.

    One query for the sealed column, one for the keys. Raises CannotOpen for a value that was changed or moved.
    """
    if not rows:
        return {}
    model = type(rows[0])
    table: str = model.__tablename__
    sealed_rows = db.session.execute(select(model.id, model.sealed).where(model.id.in_([row.id for row in rows])))
    sealed: dict[UUID, bytes | None] = {row.id: row.sealed for row in sealed_rows}
    owners = {row.id: row.id if table == "enrollee" else row.enrollee_id for row in rows}
    people = db.session.scalars(select(Enrollee).where(Enrollee.id.in_(set(owners.values()))))
    keys = {person.id: _data_key(person) for person in people if person.data_key is not None}
    found: dict[UUID, dict[str, Any]] = {}
    for row_id, owner in owners.items():
        value = sealed.get(row_id)
        if value is None or owner not in keys:
            found[row_id] = {}
            continue
        found[row_id] = json.loads(open_for_person(keys[owner], value, bound_to=f"{table}|sealed|{row_id}"))
    return found


def change_fields(
    enrollee: Enrollee,
    row: Any,
    values: Mapping[str, Any],
    *,
    fields: Mapping[str, Mapping[str, Field]] = FIELDS,
) -> list[str]:
    """Set some personal fields of a row, keep the rest, and answer the names of those that changed."""
    old = open_fields([row])[row.id]
    new = {**old, **values}
    row.sealed = seal_fields(enrollee, row.__tablename__, row.id, new, fields=fields)
    return sorted(name for name in new if (new[name] or None) != (old.get(name) or None))


def seal_file(enrollee: Enrollee, data: bytes, *, bound_to: str) -> bytes:
    """A file about a person under the person's own key: with the key it is gone, wherever a copy lies."""
    return seal_for_person(_data_key(enrollee), data, bound_to=bound_to)


def open_file(enrollee: Enrollee, data: bytes, *, bound_to: str) -> bytes:
    """The file again. Raises CannotOpen, also when the person's key is destroyed."""
    return open_for_person(_data_key(enrollee), data, bound_to=bound_to)


def reseal_data_key(enrollee: Enrollee) -> bool:
    """Seal a person's key anew under the newest key of the ring; False when it is so already or destroyed."""
    keys = ring()
    sealed = enrollee.data_key
    if sealed is None or int.from_bytes(sealed[1:5], "big") == keys.newest:
        return False
    bound_to = f"enrollee|data_key|{enrollee.id}"
    enrollee.data_key = keys.seal(keys.open(sealed, bound_to=bound_to), bound_to=bound_to)
    return True


def _data_key(enrollee: Enrollee) -> bytes:
    if enrollee.data_key is None:
        raise CannotOpen("This person's key is destroyed.")
    return ring().open(enrollee.data_key, bound_to=f"enrollee|data_key|{enrollee.id}")


def _checked(name: str, field: Field | None, value: Any) -> Any:
    kinds: dict[str, type[Any] | tuple[type[Any], ...]] = {
        "text": str,
        "date": str,
        "flag": bool,
        "list": list,
        "number": int,
    }
    if field is None:
        raise InvalidInput(name, Sentence("There is no such field."))
    if value is None:
        return None
    if not isinstance(value, kinds[field.kind]) or (field.kind == "number" and isinstance(value, bool)):
        raise InvalidInput(name, Sentence("This value does not fit the field."))
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise InvalidInput(name, Sentence("This text is too long."))
    if isinstance(value, list) and (
        len(value) > MAX_ITEMS or any(not isinstance(item, str) or len(item) > MAX_TEXT for item in value)
    ):
        raise InvalidInput(name, Sentence("This list is too long."))
    return value


__all__ = [
    "change_fields",
    "new_data_key",
    "open_fields",
    "open_file",
    "reseal_data_key",
    "ring",
    "seal_fields",
    "seal_file",
]
