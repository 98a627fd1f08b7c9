"""Small fictional feeds, written where a test needs them, and the whole way of an import in one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from core.identity import system_identity
from directory import imports
from directory.actions import apply_feed
from directory.hsds.records import Plan

WriteFeed = Callable[[Mapping[str, str]], Path]
ImportFeed = Callable[..., Plan]

ORGANIZATIONS = "id,name,description\no1,Hudson Kitchen,Meals for all\n"
SERVICES = "id,organization_id,name,status\ns1,o1,Food pantry,active\n"
LOCATIONS = "id,organization_id,name,latitude,longitude\nl1,o1,Hudson Kitchen,41.0340,-73.7629\n"
SITES = "id,service_id,location_id\nx1,s1,l1\n"
ADDRESSES = (
    "id,location_id,address_1,city,state_province,postal_code,country,address_type\n"
    "a1,l1,12 Oak Street,White Plains,NY,10601,US,physical\n"
)


@pytest.fixture
def write_feed(tmp_path: Path) -> WriteFeed:
    """Writes files of a feed into a folder and answers it; what is not given comes from the usual small feed."""

    def write(files: Mapping[str, str] | None = None, *, name: str = "feed", bare: bool = False) -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        for file in folder.iterdir():
            file.unlink()
        usual = {
            "organizations.csv": ORGANIZATIONS,
            "services.csv": SERVICES,
            "locations.csv": LOCATIONS,
            "service_at_location.csv": SITES,
            "addresses.csv": ADDRESSES,
        }
        for file_name, text in {**({} if bare else usual), **(files or {})}.items():
            if text:
                (folder / file_name).write_text(text, encoding="utf-8")
        return folder

    return write


@pytest.fixture
def import_feed(app: object) -> ImportFeed:
    """Reads, compares and writes a feed; answers the plan."""

    def run(path: Path, source: str = "Test feed", mapping: Path | None = None, **options: bool) -> Plan:
        plan = imports.compare(imports.read(path, mapping), source, imports.Options(**options))
        if not plan.stops and not plan.changes_nothing:
            apply_feed(system_identity("import"), plan=plan, file_name=path.name)
        return plan

    return run
