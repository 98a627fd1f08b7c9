"""Copies the browser libraries into static/vendor and writes down what each file must hash to.

Only whoever updates a library runs it (`make vendor`; needs npm); its output is committed. It edits no file it copies.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

VENDOR = Path(__file__).resolve().parent.parent / "static" / "vendor"
MANIFEST = VENDOR / "VENDOR.json"


@dataclass(frozen=True)
class Library:
    """One npm package, the licence it is under and the files of it that the site serves."""

    package: str
    version: str
    folder: str
    licence: str
    files: dict[str, str]
    """Path inside the package, or a pattern ending in `/*` → path inside our folder."""


class Entry(TypedDict):
    """What VENDOR.json says of one library."""

    package: str
    version: str
    licence: str
    folder: str
    files: dict[str, str]
    """Path inside the folder → SHA-256."""


LIBRARIES = (
    Library(
        package="@uswds/uswds",
        version="3.14.0",
        folder="uswds",
        licence="CC0-1.0 AND OFL-1.1 AND Apache-2.0 AND MIT",
        files={
            "dist/css/uswds.min.css": "css/uswds.min.css",
            "dist/js/uswds.min.js": "js/uswds.min.js",
            "dist/js/uswds-init.min.js": "js/uswds-init.min.js",
            "dist/img/sprite.svg": "img/sprite.svg",
            "LICENSE.md": "LICENSE.md",
        },
    ),
    Library(
        package="leaflet",
        version="1.9.4",
        folder="leaflet",
        licence="BSD-2-Clause",
        files={
            "dist/leaflet.js": "leaflet.js",
            "dist/leaflet.css": "leaflet.css",
            "dist/images/*": "images/",
            "LICENSE": "LICENSE",
        },
    ),
    Library(
        package="leaflet.markercluster",
        version="1.5.3",
        folder="leaflet.markercluster",
        licence="MIT",
        files={
            "dist/leaflet.markercluster.js": "leaflet.markercluster.js",
            "dist/MarkerCluster.css": "MarkerCluster.css",
            "MIT-LICENCE.txt": "MIT-LICENCE.txt",
        },
    ),
    Library(
        package="htmx.org",
        version="2.0.11",
        folder="htmx",
        licence="0BSD",
        files={"dist/htmx.min.js": "htmx.min.js", "LICENSE": "LICENSE"},
    ),
)


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def files_named_by(css: str) -> list[str]:
    """The relative files that a style sheet loads, without repeats, as written after `../`."""
    return sorted(set(re.findall(r"url\(['\"]?\.\./([^)'\"?#]+)", css)))


def list_faults(vendor: Path) -> list[str]:
    """What differs between a vendor folder and its VENDOR.json, as sentences: changed, missing and unlisted files."""
    entries: list[Entry] = json.loads((vendor / MANIFEST.name).read_text(encoding="utf-8"))
    listed = {f"{entry['folder']}/{name}": expected for entry in entries for name, expected in entry["files"].items()}
    present = {
        str(path.relative_to(vendor)): path
        for path in vendor.rglob("*")
        if path.is_file() and path.suffix not in {".br", ".gz"} and path != vendor / MANIFEST.name
    }
    faults = [f"{name} is listed but missing." for name in sorted(listed.keys() - present.keys())]
    faults += [f"{name} is there but not listed." for name in sorted(present.keys() - listed.keys())]
    shared = sorted(listed.keys() & present.keys())
    return faults + [f"{name} was changed by hand." for name in shared if sha256(present[name]) != listed[name]]


def main() -> int:
    """Fetch every library afresh; the old folders go only when all new ones are there."""
    if shutil.which("npm") is None:
        print("`make vendor` needs npm (Debian: apt-get install npm). Nothing was changed.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch) / "vendor"
        manifest = [_fetch(library, Path(scratch), fresh) for library in LIBRARIES]
        (fresh / MANIFEST.name).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        if VENDOR.exists():
            shutil.rmtree(VENDOR)
        shutil.copytree(fresh, VENDOR)
    for entry in manifest:
        print(f"{entry['package']} {entry['version']}: {len(entry['files'])} files in {entry['folder']}")
    return 0


def _fetch(library: Library, scratch: Path, fresh: Path) -> Entry:
    """Unpack one package and copy its files; answers its entry of the manifest."""
    packed = scratch / library.folder
    packed.mkdir()
    subprocess.run(
        ["npm", "pack", "--silent", f"{library.package}@{library.version}"],
        cwd=packed,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    (archive,) = packed.glob("*.tgz")
    with tarfile.open(archive) as opened:
        opened.extractall(packed, filter="data")
    source = packed / "package"
    target = fresh / f"{library.folder}-{library.version}"
    copy = _copier(source, target)
    for origin, name in library.files.items():
        if origin.endswith("/*"):
            for path in sorted((source / origin[:-2]).iterdir()):
                copy(f"{origin[:-1]}{path.name}", name + path.name)
        else:
            copy(origin, name)
    if library.folder == "uswds":
        for name in files_named_by((target / "css/uswds.min.css").read_text(encoding="utf-8")):
            copy(f"dist/{name}", name)
    return {
        "package": library.package,
        "version": library.version,
        "licence": library.licence,
        "folder": target.name,
        "files": {str(path.relative_to(target)): sha256(path) for path in sorted(target.rglob("*")) if path.is_file()},
    }


def _copier(source: Path, target: Path) -> Callable[[str, str], None]:
    def copy(origin: str, name: str) -> None:
        destination = target / name
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / origin, destination)

    return copy


if __name__ == "__main__":
    raise SystemExit(main())
