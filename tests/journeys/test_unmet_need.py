"""From a search near a person that finds nothing to a gap that a supervisor proposes to buy, through the pages."""

from __future__ import annotations

import re

from flask import Flask

from tests.builders import make_listing
from tests.care.people import make_person
from tests.cast import CAL, Browser
from tests.conftest import SignIn

WORDS = "Creole-speaking psychiatrist"


def times_of(sue: Browser) -> list[int]:
    """How often each gap was met, as the table of gaps on the supervisor's page says it."""
    table = sue.get("/gaps").text.partition("Gaps, the most met first")[2].partition("</table>")[0]
    return [int(number) for number in re.findall(r'<td class="gt-number">(\d+)</td>', table)]


def record(cal: Browser, address: str) -> None:
    """Search near the person, see that nothing fits, and press the button that records the gap."""
    asked = {"q": WORDS, "near": "1", "filled": "1"}
    page = cal.send(f"{address}/services", **asked).text
    assert "Food pantry" not in page
    form = page[page.index(f'action="{address}/gaps"') :].partition("</form>")[0]
    fields: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]+>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value:
            fields.setdefault(name[1], []).append(value[1])
    assert cal.post(f"{address}/gaps", data=fields).status_code == 303


def test_four_searches_near_10550_make_one_gap_met_four_times(app: Flask, sign_in_as: SignIn) -> None:
    """Nothing is found; the gap appears for the supervisor with its count; three more make it four, not four gaps."""
    make_listing(name="Food pantry")
    cal, sue = sign_in_as("cal"), sign_in_as("sue")
    person = make_person(CAL, fields={"preferred_name": "Zephyrine", "home_area": "10550"})
    address = f"/enrollees/{person.enrollee_id}"
    assert times_of(sue) == []
    record(cal, address)
    shown = sue.get("/gaps").text
    assert times_of(sue) == [1] and "Haitian Creole" in shown and "Westchester County, NY" in shown
    for count in (2, 3, 4):
        record(cal, address)
        assert times_of(sue) == [count]
    shown = sue.get("/gaps").text
    for personal in ("Zephyrine", "10550", "Mount Vernon", "psychiatrist"):
        assert personal not in shown
    gap = re.search(r'action="(/gaps/[0-9a-f-]+)"', shown)
    assert gap and sue.send(gap[1], page="/gaps", state="purchase proposed").status_code == 303
    assert "urchase proposed" in sue.get("/gaps").text
    assert cal.send(gap[1], page="/profile", state="closed").status_code == 403
