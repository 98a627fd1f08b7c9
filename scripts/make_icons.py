"""Cut the icons that the pages use out of the vendored USWDS sprite, so that a page sends 5 KB and not 19.

Run `python -m scripts.make_icons` after a new name or a new USWDS; a test compares the result with what is committed.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SPRITE = ROOT / "static/vendor/uswds-3.14.0/img/sprite.svg"
ICONS = ROOT / "static/img/icons.svg"
NEEDS = ROOT / "directory/data/needs.toml"
ALWAYS = {"star", "star_outline"}  # the two states of the save button, changed by script
LITERAL = re.compile(
    r"""icon\(["']([a-z_]+)["']|["']([a-z]+(?:_[a-z]+)*)["'] (?:if|else)|, ["']([a-z]+(?:_[a-z]+)*)["']"""
)
SYMBOL = re.compile(r'(?s)<symbol [^>]*id="([a-z_0-9]+)".*?</symbol>')


def symbols_of(sprite: str) -> dict[str, str]:
    """Every symbol of a sprite by its name."""
    return {match[1]: match[0] for match in SYMBOL.finditer(sprite)}


def names_used(known: set[str]) -> set[str]:
    """The names that templates pass on as literals, those of the needs, and those of ALWAYS."""
    found = ALWAYS | {need["icon"] for need in tomllib.loads(NEEDS.read_text(encoding="utf-8"))["need"]}
    for template in sorted((ROOT / "templates").rglob("*.html")):
        for names in LITERAL.findall(template.read_text(encoding="utf-8")):
            found.update(name for name in names if name in known)
    return found


def cut(sprite: str) -> str:
    """A sprite of the used symbols only. Raises KeyError for a name that USWDS does not have."""
    symbols = symbols_of(sprite)
    used = "\n".join(symbols[name] for name in sorted(names_used(set(symbols))))
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{used}\n</svg>\n'


def main() -> int:
    """Write static/img/icons.svg."""
    text = cut(SPRITE.read_text(encoding="utf-8"))
    ICONS.write_text(text, encoding="utf-8")
    print(f"{ICONS.relative_to(ROOT)}: {text.count('<symbol')} icons, {len(text)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
