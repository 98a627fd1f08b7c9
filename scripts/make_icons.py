"""Cut the icons that the pages use out of the vendored USWDS sprite, so that a page sends 5 KB and not 19.

Run `python scripts/make_icons.py` after a new name or a new USWDS; a test compares the result with what is committed.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SPRITE = ROOT / "static/vendor/uswds-3.14.0/img/sprite.svg"
ICONS = ROOT / "static/img/icons.svg"
USED = re.compile(
    r"""(?:icon\(|symbol=|symbol_for\()["']([a-z_0-9]+)["']|["']symbol["']: ["']([a-z_0-9]+)["']|#([a-z_]+)["']\)"""
)
# Named in code and not in a template: the home page's tiles and the two states of the save button.
ALWAYS = {
    "star", "star_outline", "restaurant", "home", "hotel", "favorite_border", "sentiment_satisfied", "medical_services", "support",
    "attach_money", "work", "school", "account_balance", "directions_bus", "phone", "people", "groups", "security",
    "local_hospital", "support_agent", "clothes", "wifi", "warning", "check_circle", "info_outline",
}  # fmt: skip


def names_used(root: Path = ROOT) -> set[str]:
    """The icon names that templates ask for by a literal, and those of ALWAYS."""
    found = set(ALWAYS)
    for template in (root / "templates").rglob("*.html"):
        for groups in USED.findall(template.read_text(encoding="utf-8")):
            found.update(name for name in groups if name)
    return found


def cut(sprite: str, names: set[str]) -> str:
    """A sprite of the named symbols only. Raises KeyError for a name that USWDS does not have."""
    symbols = dict(re.findall(r'(?s)<symbol [^>]*id="([a-z_0-9]+)".*?</symbol>', sprite) and [
        (match[1], match[0]) for match in re.finditer(r'(?s)<symbol [^>]*id="([a-z_0-9]+)".*?</symbol>', sprite)
    ])  # fmt: skip
    return (
        '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols[name] for name in sorted(names)) + "\n</svg>\n"
    )


def main() -> int:
    """Write static/img/icons.svg."""
    ICONS.write_text(cut(SPRITE.read_text(encoding="utf-8"), names_used()), encoding="utf-8")
    print(f"{ICONS.relative_to(ROOT)}: {len(names_used())} icons, {ICONS.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
