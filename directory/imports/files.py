"""Opening what a steward hands in: folder, zip, CSV, XLSX, JSON, within bounds; not what the rows mean."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from core.errors import InvalidInput, Sentence
from directory.hsds.mapping import RawFile, file_stem
from directory.imports.headings import LOOK_AHEAD, find_headings
from directory.imports.kinds import ZIP_MARK, is_workbook, kind_of, unreadable
from directory.imports.merged import filled, spans_down

MAX_FILES: Final = 200
MAX_BYTES: Final = 200 * 1024 * 1024  # unpacked, all files together
MAX_RATIO: Final = 100  # a zip that unpacks to more than this is a bomb
MAX_JSON_BYTES: Final = 64 * 1024 * 1024  # JSON is held in memory whole, at about ten times its size
MAX_CELLS: Final = 6_000_000  # all tables together; measured: about 1 GB
MAX_BLANK_ROWS: Final = 10_000  # one after the other: a sheet that claims a million rows ends here
MAX_COLUMNS: Final = 500
MAX_LINE: Final = 16 * 1024 * 1024  # bytes of one line of a table, and letters of one cell
_IGNORED: Final = frozenset({"datapackage.json", "package.json"})
_TOLD_DELIMITER: Final = re.compile(r"\ufeff?\"?sep=([,;\t|])\"?[;,\t]*\r?\n", re.IGNORECASE)  # a line for Excel


@dataclass(slots=True)
class Opened:
    """The parts of a feed as they lay there: tables of text, JSON objects, encodings that had to be guessed.

    `pages` counts the pages of an API that are here, and how many the API says there are.
    """

    name: str
    tables: list[RawFile] = field(default_factory=list)
    objects: list[tuple[str, list[dict[str, Any]]]] = field(default_factory=list)
    encodings: dict[str, str] = field(default_factory=dict)
    ragged: list[tuple[str, int, int]] = field(default_factory=list)
    blank: list[tuple[str, int]] = field(default_factory=list)
    titles: list[tuple[str, int]] = field(default_factory=list)
    not_read: list[str] = field(default_factory=list)
    hidden_sheets: list[str] = field(default_factory=list)
    merged: list[tuple[str, int, str]] = field(default_factory=list)
    pages: tuple[int, int] = (0, 0)
    cells: int = 0


def open_feed(path: Path) -> Opened:
    """Every file of a folder, a zip or one file. InvalidInput says what is wrong and what would help."""
    opened = Opened(path.resolve().name if path.is_dir() else path.stem)
    reasons: list[Sentence] = []
    for name, data in _contents(path):
        if Path(name).name.lower() in _IGNORED:
            continue
        kind = kind_of(name, data)
        if kind == "other":
            opened.not_read.append(name)
            reasons += filter(None, [unreadable(Path(name).name, data)])
        elif not data.strip():
            reasons.append(Sentence("%(name)s is empty.", name=Path(name).name))
        elif kind == "table":
            _read_csv(name, data, opened)
        elif kind == "workbook":
            _read_xlsx(name, data, opened)
        else:
            objects = _read_json(name, data, opened, lines=kind == "lines")
            if len(objects) == 1 and _is_tabular(objects[0]):
                opened.tables.extend(_tables_of(objects[0], opened))
            else:
                opened.objects.append((name, objects))
    if not opened.tables and not opened.objects:
        if reasons:
            raise InvalidInput("path", reasons[0])
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
        is_zip = stream.read(4) == ZIP_MARK and path.suffix.lower() != ".xlsx"
    data = path.read_bytes()
    if is_zip and not is_workbook(data) and not path.suffix.lower().startswith(".od"):
        yield from _zip_contents(path)
    else:
        yield path.name, data


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
        sentence = Sentence(
            "The zip %(name)s cannot be read: it is damaged, or not whole. Get it again.", name=path.name
        )
        raise InvalidInput("path", sentence) from error


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
    sample = data[:4096]
    if b"\0" not in sample:
        try:
            return data.decode("utf-8"), "utf-8"
        except UnicodeDecodeError:
            pass
    elif len(sample) > 3 and (sample[1::2].count(0) > len(sample) // 4 or sample[::2].count(0) > len(sample) // 4):
        encoding = "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"
        return data.decode(encoding, errors="replace"), encoding
    try:
        return data.decode("cp1252"), "cp1252"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"


def _read_csv(name: str, data: bytes, opened: Opened) -> None:
    stream = io.BytesIO(data)
    while line := stream.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise InvalidInput("path", Sentence("%(name)s has a line longer than %(most)s MB.", name=name,
                                                most=MAX_LINE // 1024 // 1024))  # fmt: skip
    if reason := unreadable(name, data):
        raise InvalidInput("path", reason)
    text, encoding = decode(data)
    if encoding not in ("utf-8", "utf-8-sig"):
        opened.encodings[name] = encoding
    if "\0" in text:
        raise InvalidInput("path", Sentence("%(name)s is no text file.", name=name))
    told = _TOLD_DELIMITER.match(text)
    delimiter = told[1] if told else _delimiter(text)
    csv.field_size_limit(MAX_LINE)
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        opened.tables.append(_table(name, lines, opened, skip=1 if told else 0))
    except csv.Error as error:
        raise InvalidInput("path", Sentence("%(name)s cannot be read as CSV.", name=name)) from error


def _delimiter(text: str) -> str:
    """The sign that cuts the heading line into most cells."""
    lines = [line for line in text[:MAX_LINE].splitlines()[:LOOK_AHEAD] if any(sign in line for sign in ",\t;|")]
    return max(",\t;|", key=lines[0].count) if lines else ","


def _table(name: str, lines: Iterator[list[str]], opened: Opened, *, is_text: bool = True, skip: int = 0) -> RawFile:
    """Rows under their headings. Cells beyond the headings get a name of their own; short rows end early.

    `skip` lines at the start are no rows; those above the headings are told as titles.
    """
    blank_rows = 0
    rows: list[tuple[int, dict[str, str]]] = []
    above, cells_of_headings, numbered = find_headings(enumerate(lines, start=1), skip)
    opened.titles += [(name, number) for number, _ in above]
    header = _headings(cells_of_headings)
    for number, cells in numbered:
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
        sentence = unreadable(name, data) or Sentence(
            "%(name)s cannot be read as XLSX. Open it in a spreadsheet program and save it again.", name=name
        )
        raise InvalidInput("path", sentence) from error
    opened.hidden_sheets += [sheet.title for sheet in book.worksheets if sheet.sheet_state != "visible"]
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    for sheet in sheets:
        sheet.reset_dimensions()  # the size that a sheet claims is not believed
        title = name if len(sheets) == 1 else f"{sheet.title}.xlsx"
        with sheet._get_source() as source:
            spans = spans_down(source.read())
        opened.merged += [(title, span.first, span.name) for span in spans]
        lines = ([_shown(cell) for cell in row[:MAX_COLUMNS]] for row in sheet.iter_rows(values_only=True))
        table = _table(title, filled(lines, spans), opened, is_text=False)
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


def _read_json(name: str, data: bytes, opened: Opened, *, lines: bool) -> list[dict[str, Any]]:
    """The objects of a JSON file: one object, a list, an API page, or one a line."""
    if len(data) > MAX_JSON_BYTES:
        most = MAX_JSON_BYTES // 1024 // 1024
        raise InvalidInput("path", Sentence("%(name)s is larger than %(most)s MB.", name=name, most=most))
    text, _ = decode(data)
    number = 1
    try:
        if not lines:
            return _objects(json.loads(text), opened)
        items: list[dict[str, Any]] = []
        for line in text.split("\n"):
            if line.strip():
                items += _objects(json.loads(line), opened)
            number += 1
        return items
    except RecursionError as error:
        raise InvalidInput("path", Sentence("%(name)s is nested too deeply.", name=name)) from error
    except json.JSONDecodeError as error:
        if not lines and "\n" in text.strip() and error.msg == "Extra data":
            return _read_json(name, data, opened, lines=True)
        sentence = unreadable(name, data) or Sentence(
            "%(name)s is no JSON from line %(line)s, sign %(sign)s: it is damaged, or not whole. Get it again.",
            name=name, line=number if lines else error.lineno, sign=error.colno,
        )  # fmt: skip
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


def _objects(parsed: Any, opened: Opened) -> list[dict[str, Any]]:
    """The objects themselves: of a wrapper without an id or name, such as an API page, those of its lists."""
    if isinstance(parsed, dict) and "id" not in parsed and "name" not in parsed and not _is_tabular(parsed):
        lists = [value for value in parsed.values() if isinstance(value, list)]
        if lists:
            _count_page(parsed, opened)
            parsed = [item for value in lists for item in value]
    items = parsed if isinstance(parsed, list) else [parsed]
    return [item for item in items if isinstance(item, dict)]


def _count_page(page: dict[str, Any], opened: Opened) -> None:
    total = page.get("total_pages")
    if isinstance(total, int) and not isinstance(total, bool) and total > 1:
        opened.pages = opened.pages[0] + 1, max(opened.pages[1], total)
