"""What tests of the fund's pages share: the code that a step-up asks for, and a form's hidden values."""

from __future__ import annotations

import html
import re
from datetime import timedelta

from core import clock
from tests.cast import Browser, code_at


def step_up(browser: Browser, address: str) -> str:
    """Open a page that asks for a one-time code, give it, and answer where it leads: the same page."""
    asked = browser.get(address)
    assert asked.status_code == 303 and asked.location.startswith("/confirm/"), (asked.status_code, asked.location)
    code = code_at(browser.phone, clock.now_utc() + timedelta(seconds=30))  # the present one was used to sign in
    answer = browser.send(asked.location, code=code)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def value_of(text: str, name: str) -> str:
    """The value of a form's hidden field."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', text)
    assert found, f"no field {name}"
    return found[1]


def plain(text: str) -> str:
    """A page's words without tags, blanks folded."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())
