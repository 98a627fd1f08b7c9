"""Feeds made to break the import are refused with a sentence, in little time and memory (T14, T15)."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from core.config import ROOT
from tests.security.sites import build_site

MOST_SECONDS, MOST_MB = 2.0, 200
ORDINARY = {
    "organizations.csv": "id,name\no1,House\n",
    "services.csv": "id,organization_id,name,status\ns1,o1,Pantry,active\n",
}
ENTITY = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    + "]><x>&a11;</x>"
)


def zipped(
    path: Path, entries: dict[str, bytes | str], change: Callable[[zipfile.ZipInfo], None] | None = None
) -> Path:
    """A zip with these entries; `change` works on the description of each."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            if change is not None:
                change(entry)
            package.writestr(entry, content)
    return path


def workbook(path: Path, replaced: dict[str, str]) -> Path:
    """An XLSX with some of its parts replaced."""
    plain, book = BytesIO(), openpyxl.Workbook()
    book.active.append(["id", "name"])
    book.save(plain)
    with zipfile.ZipFile(plain) as package:
        parts: dict[str, bytes | str] = {name: package.read(name) for name in package.namelist()}
    return zipped(path, {**parts, **replaced})


def lying(path: Path) -> Path:
    """A zip that says of its entry that it is small."""
    zipped(path, {"services.csv": b"0" * 20_000_000})
    data = bytearray(path.read_bytes())
    size = (20_000_000).to_bytes(4, "little")
    while size in data:
        place = data.index(size)
        data[place : place + 4] = (100).to_bytes(4, "little")
    path.write_bytes(bytes(data))
    return path


def as_link(entry: zipfile.ZipInfo) -> None:
    """Make an entry a symbolic link."""
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16


def make_files(folder: Path) -> list[Path]:
    """Every hostile file."""
    text: dict[str, bytes | str] = {
        "columns.csv": "a," * 1_000_000 + "a\n1\n",
        "nul.csv": "id,name\n1,a\0b\n",
        "line.csv": b"id,name\n" + b"a" * 100_000_000,
        "quotes.csv": b"id,name\n1," + b'"' + b"x," * 30_000_000,
        "binary.csv": bytes(range(256)) * 4000,
        "empty.csv": "",
        "deep.json": "[" * 200_000,
        "deeper.json": '{"a":' * 100_000 + "1" + "}" * 100_000,
        "number.json": "[" + "9" * 100_000 + "]",
        "broken.json": '[{"id": "1", "name"',
        "text.json": '"x"',
        "null.json": "null",
        "nan.json": '[{"id": NaN}]',
        "lines.ndjson": "{\n" * 100,
        "none.xlsx": b"PK\x03\x04" + b"\0" * 500,
        "none.zip": b"PK\x03\x04" + b"\xff" * 500,
        "bom.csv": b"\xff\xfe\x00\x00" + b"\xff" * 1001,
        "headings.csv": "\n" * 500_000,
        "page.csv": "<html><body>404</body></html>",
    }
    made = []
    for name, content in text.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        made.append(folder / name)
    made += [
        zipped(folder / "bomb.zip", {"services.csv": b"\0" * 150_000_000}),
        zipped(
            folder / "zip-in-zip.zip", {"a.zip": zipped(folder / "inner.zip", {"x.csv": b"0" * 100_000}).read_bytes()}
        ),
        lying(folder / "lying.zip"),
        zipped(folder / "many.zip", {f"{number}.csv": "a\n1\n" for number in range(10_000)}),
        zipped(folder / "link.zip", {**ORDINARY, "locations.csv": "/etc/passwd"}, as_link),
        zipped(folder / "up.zip", {**ORDINARY, "../../locations.csv": "id\n1\n"}),
        zipped(folder / "root.zip", {**ORDINARY, "/tmp/locations.csv": "id\n1\n"}),
        zipped(folder / "back.zip", {**ORDINARY, "..\\locations.csv": "id\n1\n"}),
        zipped(folder / "drive.zip", {**ORDINARY, "C:\\locations.csv": "id\n1\n"}),
        workbook(folder / "entity.xlsx", {"xl/workbook.xml": ENTITY}),
        workbook(folder / "entity-sheet.xlsx", {"xl/worksheets/sheet1.xml": ENTITY}),
        workbook(folder / "laughs.xlsx", {"xl/worksheets/sheet1.xml": LAUGHS}),
        workbook(folder / "laughs-styles.xlsx", {"xl/styles.xml": LAUGHS}),
        workbook(folder / "bomb.xlsx", {"xl/worksheets/sheet1.xml": "<x>" + " " * 50_000_000}),
        workbook(folder / "cut.xlsx", {"xl/worksheets/sheet1.xml": "<worksheet><sheetData><row><c"}),
    ]
    os.mkfifo(folder / "pipe.csv")
    many = folder / "many files"
    many.mkdir()
    for number in range(300):
        (many / f"{number}.csv").write_text("a\n1\n")
    loop = folder / "loop"
    loop.mkdir()
    (loop / "again").symlink_to(loop)
    (loop / "services.csv").symlink_to("/etc/passwd")
    return [*made, folder / "pipe.csv", many, loop, Path("/dev/zero")]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What came of each file."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "fine").mkdir()
    for name, text in ORDINARY.items():
        (folder / "fine" / name).write_text(text)
    files = [str(path) for path in [*make_files(folder), folder / "fine"]]
    command = [sys.executable, "-m", "tests.security.read_hostile", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(files), done.stderr
    return {one["name"]: one for one in found}


def test_each_is_refused_with_a_sentence_within_bounds(outcomes: dict[str, dict[str, Any]]) -> None:
    fine = outcomes.pop("fine")
    faults = {
        name: one
        for name, one in outcomes.items()
        if one["outcome"] != "refused" or one["cpu"] - fine["cpu"] > MOST_SECONDS or one["mb"] > MOST_MB
    }
    outcomes["fine"] = fine
    assert not faults
    for name, one in outcomes.items():
        if name != "fine":
            assert one["sentence"].endswith((".", "status.")) or ":" in one["sentence"], one
            assert "Traceback" not in one["sentence"] and "/etc" not in one["sentence"]


def test_an_ordinary_feed_is_read(outcomes: dict[str, dict[str, Any]]) -> None:
    """Positive control: the same way of reading takes what is fine."""
    assert outcomes["fine"]["outcome"] == "read"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "surrogate.json",
            '[{"id": "s1", "name": "A \\ud800 B", "status": "active", "organization": {"id": "o1", "name": "x"}}]',
        ),
        (
            "nul.json",
            '[{"id": "s1", "name": "A \\u0000 B", "status": "active", "organization": {"id": "o1", "name": "x"}}]',
        ),
        ("long.json", json.dumps([{"id": "s1" * 5000, "name": "n" * 2_000_000, "status": "active"}])),
    ],
)
def test_strange_letters_are_imported_or_refused_never_a_crash(tmp_path: Path, name: str, content: str) -> None:
    """Through the command, to the database and back out."""
    (tmp_path / name).write_text(content)
    site = build_site(tmp_path / "data")
    runner = site.app.test_cli_runner()
    done = runner.invoke(args=["directory", "import", str(tmp_path / name)])
    assert done.exit_code in (0, 1) and (done.exception is None or isinstance(done.exception, SystemExit)), (
        done.exception
    )
    for address in ("/services?q=A", "/api/hsds/services?full=true", "/api/search?q=B"):
        assert site.browser().get(address).status_code == 200
    site.close()


def test_the_command_refuses_with_one_sentence(tmp_path: Path) -> None:
    bomb = zipped(tmp_path / "bomb.zip", {"services.csv": b"\0" * 30_000_000})
    site = build_site(tmp_path / "data")
    done = site.app.test_cli_runner().invoke(args=["directory", "import", str(bomb)])
    assert done.exit_code == 1 and "not safe to unpack" in done.output and "Traceback" not in done.output
    site.close()
