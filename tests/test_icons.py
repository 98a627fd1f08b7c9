"""The pages' icons: cut from the vendored sprite, all that templates name and no others."""

from __future__ import annotations

import re

from scripts.make_icons import ICONS, ROOT, SPRITE, cut, names_used, symbols_of


def test_the_committed_icons_are_those_of_the_vendored_sprite() -> None:
    sprite, there = (symbols_of(path.read_text(encoding="utf-8")) for path in (SPRITE, ICONS))
    assert there and all(sprite[name] == symbol for name, symbol in there.items())
    assert names_used(set(sprite)) <= set(there), "run python -m scripts.make_icons"
    assert set(symbols_of(cut(SPRITE.read_text(encoding="utf-8")))) <= set(there)


def test_every_icon_that_a_template_names_is_there() -> None:
    there = set(symbols_of(ICONS.read_text(encoding="utf-8")))
    named = {
        name
        for template in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r"""icon\(["']([a-z_]+)["']""", template.read_text(encoding="utf-8"))
    }
    assert len(named) > 20 and named <= there


def test_an_icon_that_uswds_lacks_is_not_counted() -> None:
    assert "not_an_icon" not in names_used({"close"}) and "close" in names_used({"close"})
