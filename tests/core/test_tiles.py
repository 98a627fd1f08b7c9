"""A county's street tiles: one more origin for pictures, on public maps alone."""

from __future__ import annotations

import pytest

from core.headers import content_security_policy


@pytest.mark.parametrize(
    ("tile_url", "pictures"),
    [
        ("", "'self' data:"),
        ("https://tiles.example.org/{z}/{x}/{y}.png", "'self' data: https://tiles.example.org"),
        ("https://{s}.tile.example.org/{z}/{x}/{y}.png", "'self' data: https://*.tile.example.org"),
    ],
)
def test_the_policy_gets_the_one_origin(tile_url: str, pictures: str) -> None:
    assert content_security_policy(tile_url)["img-src"] == pictures
