"""Makes what the site serves from what is committed: compiled translations and compressed static files.

Does nothing when nothing changed since the last time. It collects no texts (`scripts/translations.py`) and installs
nothing (`scripts/setup.py`).
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "static"
TRANSLATIONS = ROOT / "translations"
STAMP = ROOT / ".venv" / ".static-compressed"
MADE = (".br", ".gz")


def compile_translations() -> int:
    """Compile each .po whose .mo is missing or says something else; answers how many."""
    stale = [source for source in sorted(TRANSLATIONS.glob("*/LC_MESSAGES/*.po")) if _is_stale(source)]
    for source in stale:
        with source.open("rb") as file, source.with_suffix(".mo").open("wb") as made:
            write_mo(made, read_po(file))
    return len(stale)


def compress_static() -> bool:
    """Write .br and .gz beside each static file when one changed. A stale one would be served in its place."""
    mark = _mark()
    if STAMP.exists() and STAMP.read_text() == mark:
        return False
    for path in STATIC.rglob("*"):
        if path.suffix in MADE and _is_behind(path):  # the others stay: a running server may be sending them
            path.unlink()
    subprocess.run([sys.executable, "-m", "whitenoise.compress", "--quiet", str(STATIC)], check=True)
    STAMP.write_text(_mark())
    return True


def main() -> int:
    """Make both; quick when there is nothing to do."""
    if count := compile_translations():
        print(f"Compiled {count} translation(s)", flush=True)
    if compress_static():
        print("Compressed the static files", flush=True)
    return 0


def _is_behind(made: Path) -> bool:
    source = made.with_suffix("")
    return not source.exists() or made.stat().st_mtime < source.stat().st_mtime


def _is_stale(source: Path) -> bool:
    made = source.with_suffix(".mo")
    if not made.exists():
        return True
    with source.open("rb") as file, made.open("rb") as compiled:
        return _texts(read_po(file)) != _texts(read_mo(compiled))


def _texts(catalog: Catalog) -> dict[tuple[str, ...], tuple[str, ...]]:
    """What a catalogue says. A plural without words stands in the .mo in English, so neither counts."""
    said = {_parts(message.id): _parts(message.string) for message in catalog if message.id}
    return {text: words for text, words in said.items() if any(words) and words != text}


def _parts(text: str | Iterable[str] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())


def _mark() -> str:
    """Changes when a static file, or one of the files made from it, comes, goes or changes."""
    lines = [
        f"{path.relative_to(STATIC)} {path.stat().st_mtime_ns} {path.stat().st_size}"
        for path in sorted(STATIC.rglob("*"))
        if path.is_file()
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


if __name__ == "__main__":
    raise SystemExit(main())
