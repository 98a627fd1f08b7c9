"""Which services' listings an import changes: what the change feed must tell, for the index and for kept cards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from directory.hsds.records import Retirement, Write
from directory.models import HSDS_TABLES, Service, ServiceAtLocation

CHUNK = 500
OWNERS = ("service_id", "service_at_location_id", "location_id", "organization_id")  # the narrowest first


def touched_services(session: Session, writes: Iterable[Write], retirements: Iterable[Retirement]) -> set[UUID]:
    """The services that the records hang on now, and those that they hung on before. Ask after the writing.

    Services are looked up in the database, since another source or a steward may have put more of them at a place.
    """
    owners: dict[str, set[UUID]] = defaultdict(set)
    changed: dict[str, list[UUID]] = defaultdict(list)
    for write in writes:
        if write.service_id is not None:
            owners["service_id"].add(write.service_id)
        if write.is_new:
            _note(owners, write.table, {**write.values, "id": write.record_id})
        elif write.values:
            changed[write.table].append(write.record_id)
            _note(owners, write.table, {**write.before, "id": write.record_id})
    for name, ids in changed.items():
        for row in _owners_of(session, name, ids):
            _note(owners, name, row)
    for retirement in retirements:
        _note(owners, retirement.table, {**retirement.held, "id": retirement.record_id})
    services = owners["service_id"]
    for column, by in (
        (ServiceAtLocation.id, "service_at_location_id"),
        (ServiceAtLocation.location_id, "location_id"),
    ):
        for part in _chunks(owners[by]):
            services |= set(session.scalars(select(ServiceAtLocation.service_id).where(column.in_(part))))
    for part in _chunks(owners["organization_id"]):
        services |= set(session.scalars(select(Service.id).where(Service.organization_id.in_(part))))
    return services


def _note(owners: dict[str, set[UUID]], table: str, row: Mapping[str, Any]) -> None:
    """What one row belongs to. A place belongs to its services, not to all of its organization's."""
    own = {"service": "service_id", "location": "location_id", "organization": "organization_id"}.get(table)
    if own is not None:
        owners[own].add(row["id"])
        return
    if row.get("link_entity") == "service" and row.get("link_id") is not None:
        owners["service_id"].add(row["link_id"])
    named = [name for name in OWNERS if row.get(name) is not None]
    for name in named:
        if name != "organization_id" or len(named) == 1:
            owners[name].add(row[name])


def _owners_of(session: Session, name: str, ids: Sequence[UUID]) -> Iterator[Any]:
    table = HSDS_TABLES[name].__table__
    assert isinstance(table, Table)
    columns = [table.c[key] for key in ("id", *OWNERS, "link_entity", "link_id") if key in table.c]
    for part in _chunks(ids):
        yield from session.execute(select(*columns).where(table.c.id.in_(part))).mappings()


def _chunks(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    rest = iter(ids)
    while part := list(islice(rest, CHUNK)):
        yield part
