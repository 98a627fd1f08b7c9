"""Collects the texts of pages and sentences and brings translations/*/LC_MESSAGES/messages.po up to date.

Spanish comes from the .po itself and from translations/extra/*.LANGUAGE.toml, where each part of the program keeps the
sentences of its own code ("English" = "Español"; a pair for singular and plural). It translates nothing.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from scripts.build import ROOT, TRANSLATIONS, compile_translations

KEYWORDS = ("Sentence", "_l", "lazy_gettext")
LANGUAGES = ("es",)
SHOWN = 40
CHANGING = (b'"POT-Creation-Date', b'"PO-Revision-Date', b'"Last-Translator', b'"Report-Msgid', b'"Language-Team')


def main() -> int:
    """Update each language and say what has no translation yet."""
    template = extract()
    for language in LANGUAGES:
        path = TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"
        catalog = merged(template, path, language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written(catalog))
        missing = untranslated(catalog)
        print(f"{language}: {len(catalog)} texts, {len(missing)} without a translation")
        for text in missing[:SHOWN]:
            print(f"  {text!r}")
    compile_translations()
    return 0


def extract() -> Catalog:
    """All texts marked in code and templates."""
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "messages.pot"
        keywords = [word for name in KEYWORDS for word in ("-k", name)]
        command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F", "babel.cfg"]
        subprocess.run([*command, *keywords, "-o", str(template), "."], cwd=ROOT, check=True)
        with template.open("rb") as file:
            return read_po(file)


def merged(template: Catalog, path: Path, language: str) -> Catalog:
    """The language's catalogue with the template's texts; what the extra files say stands first."""
    if path.exists():
        with path.open("rb") as file:
            catalog = read_po(file, locale=language)
    else:
        catalog = Catalog(locale=language, project="Goldthread", version="", charset="utf-8")
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    extra = extra_texts(language)
    for message in catalog:
        singular = message.id[0] if isinstance(message.id, list | tuple) else message.id
        if message.id and singular in extra:  # the files win, so that a better word there reaches the pages
            message.string = extra[singular]
    for english, translation in extra.items():  # texts that stand in data files, where no extractor finds them
        if english not in catalog and isinstance(translation, str):
            catalog.add(english, translation)
    catalog.fuzzy = False  # else the whole file is skipped when it is compiled
    catalog.header_comment = "# Goldthread's texts. Brought up to date by `make translations`."
    return catalog


def extra_texts(language: str) -> dict[str, Any]:
    """English → translation, or a pair of them for singular and plural, from every extra file of the language."""
    texts: dict[str, Any] = {}
    for path in sorted((TRANSLATIONS / "extra").glob(f"*.{language}.toml")):
        for english, translation in tomllib.loads(path.read_text(encoding="utf-8")).items():
            texts[english] = tuple(translation) if isinstance(translation, list) else translation
    return texts


def untranslated(catalog: Catalog) -> list[str]:
    """The English of each text that has no translation or only a doubtful one."""
    return [str(message.id) for message in catalog if message.id and (message.fuzzy or _is_empty(message.string))]


def written(catalog: Catalog) -> bytes:
    """The catalogue as a file, in one order, without line numbers and dates that change with every edit."""
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=120, sort_output=True, include_lineno=False, ignore_obsolete=True)
    lines = buffer.getvalue().splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(CHANGING))


def _is_empty(translation: Any) -> bool:
    parts = translation if isinstance(translation, list | tuple) else [translation]
    return not all(parts)


if __name__ == "__main__":
    raise SystemExit(main())
