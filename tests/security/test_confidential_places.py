"""Non-interference (T17): where a confidential place truly is changes no answer, and stands nowhere afterwards.

Three sites import the same feeds, except that each names other true addresses, towns, ZIPs and points for the secret
places. GOLDTHREAD_TEST_VARIANTS=10 and GOLDTHREAD_TEST_REQUESTS=10000 make it larger.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from core.db import db, transaction
from core.identity import system_identity
from directory import exports, imports, search
from directory.actions import apply_feed, make_confidential
from directory.models import Address, ImportRun, Location, Service, ServiceAtLocation
from tests.security.conftest import Diary
from tests.security.replay import Asked, answer_of, files_of, public_endpoints, requests_of
from tests.security.secrets_of_places import (
    Secret,
    found_in,
    secret_of,
    write_flat,
    write_json,
    write_ordinary,
    write_shelters,
)
from tests.security.sites import FROZEN, Site, build_site, frozen_clock

VARIANTS = int(os.environ.get("GOLDTHREAD_TEST_VARIANTS", "3"))
REQUESTS = int(os.environ.get("GOLDTHREAD_TEST_REQUESTS", "510"))
PLACES = (*range(20), 30, 31, 32, 40, 50, 51)


@dataclass
class Variant:
    """One site, the places that it was offered, and what it said meanwhile."""

    number: int
    site: Site
    offered: list[Secret]
    reports: list[str] = field(default_factory=list)
    exported: Path = Path()


def run_import(path: Path, source: str, mapping: Path | None = None, **options: Any) -> str:
    """Read, compare, write; answers the whole report as both of its forms."""
    plan = imports.compare(imports.read(path, mapping), source, imports.Options(**options))
    report = imports.as_json(plan, dry_run=False) + "\n".join(imports.as_lines(plan, dry_run=False))
    assert not plan.stops, plan.stops
    if not plan.changes_nothing:
        stored = imports.as_json(plan, dry_run=False, most_changes=imports.STORED_CHANGES)
        apply_feed(system_identity("import"), plan=plan, file_name=path.name, report=stored)
    db.session.remove()
    return report


def location_of(service_name: str) -> UUID:
    """The one location of a service."""
    found = db.session.scalars(
        select(ServiceAtLocation.location_id).join(Service).where(Service.name == service_name)
    ).one()
    db.session.rollback()
    return found


def search_everything() -> None:
    """Ask once, so that the index is on disk with what the site knows at this moment."""
    search.search(search.SearchQuery(words="refuge"), FROZEN)
    search.reindex()


def build_variant(number: int, prepared: Path, folder: Path) -> Variant:
    """Import every feed; make places secret as a steward would; export to disk."""
    data, feeds = folder / "site", folder / "feeds"
    data.mkdir()
    feeds.mkdir()
    shutil.copyfile(prepared, data / "goldthread.db")
    variant = Variant(number, build_site(data), [secret_of(number, place) for place in PLACES])
    with variant.site.app.app_context():
        say = variant.reports.append
        say(run_import(write_shelters(feeds, number), "Shelters"))
        flat, mapping = write_flat(feeds, number)
        say(run_import(flat, "Arks", mapping))
        say(run_import(write_json(feeds, number), "Lighthouse"))
        run_import(write_ordinary(feeds, number, name="home"), "Homes")  # ordinary so far: its report may name it
        run_import(write_ordinary(feeds, number, name="later"), "Later")
        search_everything()
        make_confidential(system_identity("steward"), location_id=location_of("Refuge home"))
        db.session.remove()
        say(run_import(write_ordinary(feeds, number, name="home"), "Homes"))
        say(run_import(write_ordinary(feeds, number, name="other"), "Another source"))
        say(run_import(write_ordinary(feeds, number, name="later", says="Confidential"), "Later"))
        variant.exported = folder / "exported"
        exports.write_csv_package(variant.exported / "csv")
        exports.write_json(variant.exported / "services.json")
        db.session.remove()
    return variant


@pytest.fixture(scope="module")
def said() -> Iterator[Diary]:
    """What is logged while the sites are built."""
    handler = Diary()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


@pytest.fixture(scope="module")
def variants(prepared: Path, said: Diary, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Variant]]:
    """The sites, which differ in nothing but the true places that they were offered."""
    with frozen_clock():
        built = [
            build_variant(number, prepared, tmp_path_factory.mktemp(f"variant{number}")) for number in range(VARIANTS)
        ]
        yield built
    for variant in built:
        variant.site.close()


def listed(site: Site) -> tuple[list[str], list[str]]:
    """The public services and organizations of the feeds, and some of the demo's."""
    with site.app.app_context():
        rows = db.session.execute(
            select(Service.id, Service.organization_id, Service.name).order_by(Service.name, Service.id)
        ).all()
        db.session.rollback()
    ours = [row for row in rows if row.name.startswith(("Refuge", "Ark", "Lighthouse", "Valley", "Confidential"))]
    return [str(row.id) for row in [*ours, *rows[::40]]], [str(row.organization_id) for row in [*ours, *rows[::40]]]


def test_feeds_were_imported(variants: list[Variant]) -> None:
    """Without this the rest would prove nothing: every shelter is there, found, and without a place."""
    with variants[0].site.app.app_context():
        names = set(db.session.scalars(select(Service.name).where(Service.name.like("Refuge%"))))
        secret = db.session.scalars(select(Location).where(Location.place_withheld)).all()
        found = search.search(search.SearchQuery(words="refuge", size=100), FROZEN)
        db.session.remove()
    assert {"Refuge 00", "Refuge home", "Refuge later"} <= names
    assert len(secret) >= len(PLACES)
    assert found.total >= 19


def test_no_answer_depends_on_a_true_place(variants: list[Variant], diary: Diary) -> None:
    """Equal byte for byte between the variants, and no token of a place in any answer that did not ask for it."""
    service_ids, organization_ids = listed(variants[0].site)
    asked = requests_of(service_ids, organization_ids, REQUESTS)
    assert len(asked) >= min(REQUESTS, 500)
    every = [secret for variant in variants for secret in variant.offered]
    statuses = set()
    for one in asked:
        first, *others = [answer_of(variant.site, one) for variant in variants]
        statuses.add(first[:3])
        assert all(other == first for other in others), f"{one} differs"
        # What was typed, or the name of a town that anybody may type.
        said_back = one.address.startswith(("/places", "/services?", "/api/search?")) or "from=" in one.address
        told = found_in(first, every)
        assert not [token for token in told if not said_back or is_told_by(token, every)], (one, told)
    assert {b"200", b"404", b"422", b"400"} <= statuses
    assert not [status for status in statuses if status.startswith(b"5")]
    assert not found_in("\n".join(diary.lines).encode(), every)


def is_told_by(token: bytes, secrets: list[Secret]) -> bool:
    """Whether a token is more than a town or ZIP that anybody may ask about: a street, a number or a point."""
    return not any(token in (one.town.lower().encode(), one.zip_code.encode()) for one in secrets)


def test_every_public_route_was_asked(variants: list[Variant]) -> None:
    """A new public page joins the replay, or this fails."""
    app = variants[0].site.app
    service_ids, organization_ids = listed(variants[0].site)
    reached = set()
    for one in requests_of(service_ids, organization_ids, REQUESTS):
        try:
            endpoint, _ = app.url_map.bind("localhost").match(one.address.split("?")[0], method=one.method)
        except Exception:
            continue
        reached.add(endpoint)
    assert not public_endpoints(app) - reached


def test_exports_are_equal(variants: list[Variant]) -> None:
    """What is written to disk for others is the same, file by file."""
    first = dict(files_of(variants[0].exported))
    assert any(name.endswith("services.json") for name in first) and len(first) > 10
    for variant in variants:
        assert dict(files_of(variant.exported)) == first
        for name, content in files_of(variant.exported):
            assert not found_in(content, variant.offered), name


def test_index_is_equal(variants: list[Variant]) -> None:
    """The index files hold the same, and no place; also after a place that was indexed became secret."""
    for variant in variants:
        with variant.site.app.app_context():
            search.search(search.SearchQuery(words="refuge"), FROZEN)
            db.session.remove()
        for name, content in files_of(variant.site.folder / "index"):
            assert not found_in(content, variant.offered), (variant.number, name)


def test_nothing_is_left_in_the_data_folder(variants: list[Variant]) -> None:
    """Database pages that are free again, journals, uploads, keys: no token in any byte of any file."""
    for variant in variants:
        variant.site.close()
        for name, content in files_of(variant.site.folder):
            found = found_in(content, variant.offered)
            assert not found, (variant.number, name, found[:5])


def test_reports_name_no_place(variants: list[Variant], said: Diary) -> None:
    """A withheld address is named by field, never by value: in the reports, printed and stored, and in the log."""
    for variant in variants:
        assert any("place_withheld" in report for report in variant.reports)
        for report in variant.reports:
            assert not found_in(report.encode(), variant.offered)
        with variant.site.app.app_context():
            stored = list(db.session.scalars(select(ImportRun.report)))
            db.session.remove()
        assert stored
        assert not [report for report in stored if found_in((report or "").encode(), variant.offered)]
        assert not found_in("\n".join(said.lines).encode(), variant.offered)


def test_planted_leaks_are_found(prepared: Path, tmp_path: Path) -> None:
    """Positive control: one address row, and one point in the index, of a secret place are both noticed."""
    shutil.copyfile(prepared, tmp_path / "goldthread.db")
    site, secret = build_site(tmp_path), secret_of(0, 0)
    with frozen_clock(), site.app.app_context():
        service = db.session.scalars(select(Service).where(Service.visibility == 0).order_by(Service.id)).first()
        assert service is not None
        service_id, organization_id = service.id, service.organization_id
        db.session.rollback()
        before = answer_of(site, Asked(f"/services/{service_id}"))
        place_id = uuid4()
        with transaction() as session:
            session.add(
                Location(
                    id=place_id,
                    organization_id=organization_id,
                    latitude=secret.lat,
                    longitude=secret.lng,
                    place_precision="exact",
                )
            )
            session.flush()
            session.add(Address(location_id=place_id, address_1=secret.address, city=secret.town))
            session.add(ServiceAtLocation(service_id=service_id, location_id=place_id))
        search.reindex()
        db.session.remove()
        after = answer_of(site, Asked(f"/services/{service_id}"))
    assert not found_in(before, [secret])
    assert secret.street.lower().encode() in found_in(after, [secret])
    site.close()
    leaks = {path.split("/")[0] for path, content in files_of(tmp_path) if found_in(content, [secret])}
    assert leaks == {"goldthread.db", "index"}
