"""The copied browser libraries are what their makers published, complete and credited."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from scripts.vendor import LIBRARIES, VENDOR, Entry, files_named_by, list_faults

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the vendor folder that a test may damage."""
    return shutil.copytree(VENDOR, tmp_path / "vendor")


def _entries() -> list[Entry]:
    entries: list[Entry] = json.loads((VENDOR / "VENDOR.json").read_text(encoding="utf-8"))
    return entries


def test_no_vendored_file_was_edited() -> None:
    assert list_faults(VENDOR) == []


def test_a_planted_edit_is_found(copy: Path) -> None:
    with (copy / "htmx-2.0.11" / "htmx.min.js").open("a") as script:
        script.write("//")
    assert list_faults(copy) == ["htmx-2.0.11/htmx.min.js was changed by hand."]


def test_a_lost_and_an_added_file_are_found(copy: Path) -> None:
    (copy / "leaflet-1.9.4" / "LICENSE").unlink()
    (copy / "leaflet-1.9.4" / "extra.js").write_text("1")
    assert list_faults(copy) == [
        "leaflet-1.9.4/LICENSE is listed but missing.",
        "leaflet-1.9.4/extra.js is there but not listed.",
    ]


def test_the_manifest_names_the_versions_of_the_script() -> None:
    written = {(entry["package"], entry["version"], entry["licence"]) for entry in _entries()}
    assert written == {(library.package, library.version, library.licence) for library in LIBRARIES}


def test_every_file_that_a_style_sheet_loads_is_there() -> None:
    css = VENDOR / "uswds-3.14.0" / "css" / "uswds.min.css"
    names = files_named_by(css.read_text(encoding="utf-8"))
    assert len(names) == 50
    assert [name for name in names if not (css.parent.parent / name).is_file()] == []


def test_a_style_sheet_with_a_lost_file_would_be_seen() -> None:
    assert files_named_by("a{background:url(../img/no.svg)}b{src:url('../fonts/x.woff2?v=1')}") == [
        "fonts/x.woff2",
        "img/no.svg",
    ]


def test_each_library_carries_its_licence_and_stands_in_the_credits() -> None:
    credits_text = (ROOT / "THIRD-PARTY.md").read_text(encoding="utf-8")
    for entry in _entries():
        assert any(re.search("LICEN[CS]E", name) for name in entry["files"]), entry["package"]
        assert f"{entry['package']} {entry['version']}" in credits_text
