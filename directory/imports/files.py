"""Opening what a steward hands in: folder, zip, CSV, XLSX, JSON, within bounds; not what the rows mean."""

from __future__ import annotations

import codecs
import csv
import io
import json
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from core.errors import InvalidInput, Sentence
from directory.hsds.mapping import RawFile, file_stem

MAX_FILES: Final = 200
MAX_BYTES: Final = 200 * 1024 * 1024  # unpacked, all files together
MAX_RATIO: Final = 100  # a zip that unpacks to more than this is a bomb
MAX_JSON_BYTES: Final = 64 * 1024 * 1024  # JSON is held in memory whole, at about ten times its size
MAX_CELLS: Final = 6_000_000  # all tables together; measured: about 1 GB
MAX_BLANK_ROWS: Final = 10_000  # one after the other: a sheet that claims a million rows ends here
MAX_COLUMNS: Final = 500
MAX_LINE: Final = 16 * 1024 * 1024  # bytes of one line of a table, and letters of one cell
TABLE_ENDINGS: Final = frozenset({".csv", ".tsv", ".txt"})
JSON_ENDINGS: Final = frozenset({".json", ".ndjson", ".jsonl"})
_IGNORED: Final = frozenset({"datapackage.json", "package.json"})


@dataclass(slots=True)
class Opened:
    """The parts of a feed as they lay there: tables of text, JSON objects, encodings that had to be guessed."""

    name: str
    tables: list[RawFile] = field(default_factory=list)
    objects: list[tuple[str, list[dict[str, Any]]]] = field(default_factory=list)
    encodings: dict[str, str] = field(default_factory=dict)
    ragged: list[tuple[str, int, int]] = field(default_factory=list)
    blank: list[tuple[str, int]] = field(default_factory=list)
    cells: int = 0


def open_feed(path: Path) -> Opened:
    """Every file of a folder, a zip or one file. InvalidInput says what is wrong and what would help."""
    opened = Opened(path.resolve().name if path.is_dir() else path.stem)
    for name, data in _contents(path):
        ending = Path(name).suffix.lower()
        if Path(name).name.lower() in _IGNORED:
            continue
        if ending in TABLE_ENDINGS:
            _read_csv(name, data, opened)
        elif ending == ".xlsx":
            _read_xlsx(name, data, opened)
        elif ending in JSON_ENDINGS:
            objects = _read_json(name, data, lines=ending != ".json")
            if len(objects) == 1 and _is_tabular(objects[0]):
                opened.tables.extend(_tables_of(objects[0], opened))
            else:
                opened.objects.append((name, objects))
    if not opened.tables and not opened.objects:
        raise InvalidInput("path", Sentence("There is no CSV, XLSX or JSON file in %(name)s.", name=path.name))
    return opened


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every file, in the order of names, within the bounds."""
    if not path.exists():
        raise InvalidInput("path", Sentence("There is no file or folder %(name)s.", name=path.name))
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file() and not file.is_symlink())
        files = [file for file in files if not any(part.startswith(".") for part in file.relative_to(path).parts)]
        _check_bounds(len(files), sum(file.stat().st_size for file in files))
        for file in files:
            yield str(file.relative_to(path)), file.read_bytes()
        return
    if not path.is_file():  # a pipe or a device never ends
        raise InvalidInput("path", Sentence("%(name)s is neither a file nor a folder.", name=path.name))
    _check_bounds(1, path.stat().st_size)
    with path.open("rb") as stream:
        is_zip = stream.read(4) == b"PK\x03\x04" and path.suffix.lower() != ".xlsx"
    if is_zip:
        yield from _zip_contents(path)
    else:
        yield path.name, path.read_bytes()


def _check_bounds(files: int, size: int) -> None:
    if files > MAX_FILES:
        raise InvalidInput("path", Sentence("The feed has %(count)s files; at most %(most)s are read.", count=files,
                                            most=MAX_FILES))  # fmt: skip
    if size > MAX_BYTES:
        raise InvalidInput("path", Sentence("The feed is larger than %(most)s MB.", most=MAX_BYTES // 1024 // 1024))


def _zip_contents(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(path) as package:
            entries = [entry for entry in package.infolist() if not entry.is_dir()]
            _check_bounds(len(entries), sum(entry.file_size for entry in entries))
            for entry in entries:
                _check_entry(entry)
            left = MAX_BYTES
            for entry in sorted(entries, key=lambda entry: entry.filename):
                if entry.filename.startswith("__MACOSX") or Path(entry.filename).name.startswith("."):
                    continue
                with package.open(entry) as stream:
                    data = stream.read(left + 1)  # the sizes in the zip may lie
                left -= len(data)
                if left < 0 or len(data) > max(entry.compress_size, 1024) * MAX_RATIO:
                    raise _unsafe(entry.filename)
                yield entry.filename, data
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise InvalidInput("path", Sentence("The zip %(name)s cannot be read.", name=path.name)) from error


def _check_entry(entry: zipfile.ZipInfo) -> None:
    """Refuse what leads out of the zip, links, secrets of other formats, and what unpacks to too much."""
    parts = entry.filename.replace("\\", "/").split("/")
    mode = entry.external_attr >> 16
    leads_out = entry.filename.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]
    is_bomb = entry.file_size > max(entry.compress_size, 1024) * MAX_RATIO
    if leads_out or stat.S_ISLNK(mode) or is_bomb or entry.flag_bits & 1:
        raise _unsafe(entry.filename)


def _unsafe(name: str) -> InvalidInput:
    return InvalidInput("path", Sentence("The zip holds %(name)s, which is not safe to unpack.", name=name[:80]))


def decode(data: bytes) -> tuple[str, str]:
    """The text of a file and the encoding that was found: by mark, else UTF-8, else UTF-16, else Windows-1252."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace"), encoding
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    sample = data[:4096]
    if len(sample) > 3 and (sample[1::2].count(0) > len(sample) // 4 or sample[::2].count(0) > len(sample) // 4):
        encoding = "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"
        return data.decode(encoding, errors="replace"), encoding
    try:
        return data.decode("cp1252"), "cp1252"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


def _read_csv(name: str, data: bytes, opened: Opened) -> None:
    lines = io.BytesIO(data)
    while line := lines.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise InvalidInput("path", Sentence("%(name)s has a line longer than %(most)s MB.", name=name,
                                                most=MAX_LINE // 1024 // 1024))  # fmt: skip
    text, encoding = decode(data)
    if encoding not in ("utf-8", "utf-8-sig"):
        opened.encodings[name] = encoding
    if "\0" in text:
        raise InvalidInput("path", Sentence("%(name)s is no text file.", name=name))
    if not text.strip():
        return
    csv.field_size_limit(MAX_LINE)
    try:
        opened.tables.append(
            _table(name, csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)), opened)
        )
    except csv.Error as error:
        raise InvalidInput("path", Sentence("%(name)s cannot be read as CSV.", name=name)) from error


def _delimiter(text: str) -> str:
    """The sign that cuts the heading line into most cells."""
    heading = text.split("\n", 1)[0]
    return max(",\t;|", key=heading.count)


def _table(name: str, lines: Iterator[list[str]], opened: Opened, *, is_text: bool = True) -> RawFile:
    """Rows under their headings. Cells beyond the headings get a name of their own; short rows end early."""
    header: tuple[str, ...] = ()
    blank_rows = 0
    rows: list[tuple[int, dict[str, str]]] = []
    for number, cells in enumerate(lines, start=1):
        if not header:
            if any(cell.strip() for cell in cells):
                header = _headings(cells)
            continue
        if not any(cell.strip() for cell in cells):
            blank_rows += 1
            if blank_rows > MAX_BLANK_ROWS:
                break
            if len(cells) > 1 and is_text:
                opened.blank.append((name, number))
            continue
        blank_rows = 0
        opened.cells += len(cells)
        if opened.cells > MAX_CELLS:
            raise InvalidInput(
                "path",
                Sentence("The feed has more than %(most)s cells. Import it in parts, with --partial.", most=MAX_CELLS),
            )
        row = dict(zip(header, cells, strict=False))
        for place in range(len(header), min(len(cells), MAX_COLUMNS)):
            if cells[place].strip():
                row[f"cell {place + 1}"] = cells[place]
                opened.ragged.append((name, number, place + 1))
        rows.append((number, row))
    return RawFile(name, file_stem(name), header, rows)


def _headings(cells: list[str]) -> tuple[str, ...]:
    if len(cells) > MAX_COLUMNS:
        raise InvalidInput("path", Sentence("A table has more than %(most)s columns.", most=MAX_COLUMNS))
    seen: dict[str, int] = {}
    names = []
    for place, cell in enumerate(cells, start=1):
        name = cell.replace("\ufeff", "").strip() or f"cell {place}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(names)


def _read_xlsx(name: str, data: bytes, opened: Opened) -> None:
    """Every sheet as a table of values; formulas give what they last came to. defusedxml keeps entities out."""
    import defusedxml  # noqa: F401  openpyxl takes it by itself when it is there; without it nothing is read
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            entries = package.infolist()
            _check_bounds(len(entries), sum(entry.file_size for entry in entries))
            for entry in entries:
                _check_entry(entry)
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except InvalidInput:
        raise
    except Exception as error:
        raise InvalidInput("path", Sentence("%(name)s cannot be read as XLSX.", name=name)) from error
    sheets = book.worksheets
    for sheet in sheets:
        sheet.reset_dimensions()  # the size that a sheet claims is not believed
        lines = ([_shown(cell) for cell in row[:MAX_COLUMNS]] for row in sheet.iter_rows(values_only=True))
        table = _table(name if len(sheets) == 1 else f"{sheet.title}.xlsx", lines, opened, is_text=False)
        if table.header:
            opened.tables.append(table)
    book.close()


def _shown(value: object) -> str:
    """A cell of a sheet as the text of a CSV cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str(value)


def _read_json(name: str, data: bytes, *, lines: bool) -> list[dict[str, Any]]:
    """The objects of a JSON file: one object, a list, an API page with `contents`, or one a line."""
    if len(data) > MAX_JSON_BYTES:
        most = MAX_JSON_BYTES // 1024 // 1024
        raise InvalidInput("path", Sentence("%(name)s is larger than %(most)s MB.", name=name, most=most))
    text, _ = decode(data)
    try:
        if lines:
            return [item for line in text.splitlines() if line.strip() for item in _objects(json.loads(line))]
        return _objects(json.loads(text))
    except RecursionError as error:
        raise InvalidInput("path", Sentence("%(name)s is nested too deeply.", name=name)) from error
    except json.JSONDecodeError as error:
        if not lines and "\n" in text.strip():
            try:
                return _read_json(name, data, lines=True)
            except InvalidInput:
                pass
        sentence = Sentence("%(name)s is no JSON: line %(line)s.", name=name, line=error.lineno)
        raise InvalidInput("path", sentence) from error
    except ValueError as error:  # a number of thousands of digits
        raise InvalidInput("path", Sentence("%(name)s holds a number that is too long.", name=name)) from error


def _is_tabular(item: dict[str, Any]) -> bool:
    """Whether an object is a tabular package as JSON: file names, each with its rows."""
    return bool(item) and all(name.endswith(".csv") and isinstance(rows, list) for name, rows in item.items())


def _tables_of(package: dict[str, Any], opened: Opened) -> Iterator[RawFile]:
    for name, rows in package.items():
        rows = [row for row in rows if isinstance(row, dict)]
        header = list(dict.fromkeys(str(column) for row in rows for column in row))
        lines = [header, *([_shown(row.get(column)) for column in header] for row in rows)]
        yield _table(name, iter(lines), opened, is_text=False)


def _objects(parsed: Any) -> list[dict[str, Any]]:
    if isinstance(parsed, dict) and isinstance(parsed.get("contents"), list):
        parsed = parsed["contents"]
    items = parsed if isinstance(parsed, list) else [parsed]
    return [item for item in items if isinstance(item, dict)]
