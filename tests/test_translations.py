"""Spanish is complete: nothing missing or doubtful in what visitors can meet, and no English left on a Spanish page."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from pathlib import Path
from uuid import uuid4

import pytest
from babel.messages.catalog import Catalog, Message
from flask import Flask

from core.db import transaction
from directory.models import Language
from scripts.translations import extra_texts, extract, untranslated
from tests.builders import make_address, make_answer, make_area, make_location, make_phone, make_service
from tests.cast import Browser

ROOT = Path(__file__).resolve().parent.parent
PLACE = re.compile(r"%\([a-z_]+\)[sd]")
# Where a visitor and anybody who signs in reads: experience.md section 8 asks whole Spanish here. Staff pages follow.
PUBLIC = (
    "app.py",
    "core/",
    "accounts/",
    "directory/api/",
    "directory/facets.py",
    "directory/forms.py",
    "directory/gazetteer/",
    "directory/hours/",
    "directory/needs.py",
    "directory/search/",
    "directory/views/cards.py",
    "directory/views/files.py",
    "directory/views/find.py",
    "directory/views/kept_list.py",
    "directory/views/listing",
    "directory/views/results.py",
    "templates/accounts/",
    "templates/base.html",
    "templates/components/alert",
    "templates/components/card.html",
    "templates/components/crisis_bar",
    "templates/components/dialog",
    "templates/components/fields",
    "templates/components/filters",
    "templates/components/footer",
    "templates/components/header",
    "templates/components/hours",
    "templates/components/map",
    "templates/components/pagination",
    "templates/components/phone",
    "templates/components/print_header",
    "templates/components/search_form",
    "templates/components/steps",
    "templates/errors/",
)
STEWARD = "templates/directory/steward"
# The same word in both languages, or a name: no sign of English left behind.
SAME = {"Error:", "fax", "Hindi", "ext. %(number)s", "%(miles)s mi"}


@cache
def template() -> Catalog:
    """Every text of code and pages; extracted once."""
    return extract()


@cache
def spanish() -> dict[str, object]:
    """What the files of translations/extra say."""
    return extra_texts("es")


def singular(message_id: object) -> str:
    return str(message_id[0]) if isinstance(message_id, list | tuple) else str(message_id)


def is_public(message: Message) -> bool:
    """Whether a text stands where visitors read, not only on staff pages."""
    paths = [path for path, _ in message.locations]
    return any(
        path.startswith(PUBLIC) or (path.startswith("templates/directory/") and not path.startswith(STEWARD))
        for path in paths
    )


def test_no_text_that_a_visitor_can_meet_lacks_its_spanish() -> None:
    texts = [each for each in template() if each.id and is_public(each)]
    assert len(texts) > 500, "the extraction must see the pages"
    assert [singular(each.id) for each in texts if singular(each.id) not in spanish()] == []


def test_each_translation_keeps_the_places_of_its_text() -> None:
    wrong = []
    for message in template():
        if not message.id or singular(message.id) not in spanish():
            continue
        said = spanish()[singular(message.id)]
        whole = said[-1] if isinstance(said, tuple) else said
        english = message.id[-1] if isinstance(message.id, list | tuple) else message.id
        if set(PLACE.findall(str(whole))) != set(PLACE.findall(str(english))):
            wrong.append(singular(message.id))
        if isinstance(said, tuple) != isinstance(message.id, list | tuple):
            wrong.append(f"one form or two: {singular(message.id)}")
    assert wrong == []


def test_a_missing_translation_is_found() -> None:
    catalog = Catalog(locale="es")
    catalog.add("A planted text")
    assert untranslated(catalog) == ["A planted text"]


@pytest.fixture
def addresses(app: Flask) -> list[str]:
    """Public pages over a listing with a Spanish name of its own, so that only our own words are judged."""
    service_id = make_service(name="Despensa", description="Comida gratis.")
    location_id = make_location(service_id=service_id, name="Oficina")
    make_address(location_id, address_1="Calle 1")
    make_phone(service_id=service_id, number="914-555-0100", extension=3, type="voice")
    make_phone(service_id=service_id, number="914-555-0101", type="tty")
    for question, answer in (("free", 1), ("walk_in", 1), ("accepting_now", 2), ("interpreter", 1)):
        make_answer(service_id, question, answer)
    with transaction() as session:
        session.add(Language(id=uuid4(), service_id=service_id, code="zh", name="Chinese"))
    line = make_service(name="Línea", description="Por teléfono.")
    make_area(line, "state:NY")
    listing = f"/services/{service_id}"
    return [
        "/",
        "/services",
        "/services?where=10601",
        "/services?where=Xyzzyville",
        "/services?q=zzzzqq&where=10601&yes=free",
        "/services?where=10601&yes=walk_in&age=900&sort=price",
        listing,
        f"{listing}/report",
        "/list",
        "/list/" + "A" * 22,
        "/help",
        "/privacy",
        "/accessibility",
        "/about",
        "/api",
        "/nowhere",
    ]


def english_on(text: str) -> list[str]:
    """Texts of ours that stand on a page in English, between tags or in a spoken attribute."""
    body = re.sub(r"(?s)<(script|style)[^>]*>.*?</\1>", " ", text)
    shown = {unescape(part).strip() for part in re.findall(r">([^<>]+)<", body)}
    shown |= {unescape(part).strip() for part in re.findall(r'(?:aria-label|title|alt|data-[a-z-]+)="([^"]+)"', body)}
    known = {
        singular(each.id): spanish().get(singular(each.id))
        for each in template()
        if each.id and not PLACE.search(singular(each.id))
    }
    return sorted(words for words in shown & set(known) if words not in SAME and known[words] != words)


@pytest.mark.one_database
def test_no_english_stands_on_a_spanish_page(client: Browser, addresses: list[str]) -> None:
    left = {}
    for address in addresses:
        page = client.get(f"{address}{'&' if '?' in address else '?'}lang=es")
        assert '<html lang="es">' in page.text
        text = page.text.replace('lang="en"', "").replace(">English</a>", "><")
        if found := english_on(text):
            left[address] = found
    assert left == {}


@pytest.mark.one_database
def test_english_on_a_page_is_found(client: Browser) -> None:
    found = english_on(client.get("/?lang=en").text)
    assert {"Find help near you", "How it works", "Main", "Search"} <= set(found)
