"""One listing: everything that is known, and nothing that must stay secret."""

from __future__ import annotations

from uuid import uuid4

import pytest
from flask import Flask

from tests.builders import make_address, make_answer, make_location, make_organization, make_phone, make_service
from tests.cast import Browser

pytestmark = pytest.mark.one_database


def test_a_listing_shows_how_to_reach_it(app: Flask, client: Browser) -> None:
    organization_id = make_organization(name="Harbor House")
    service_id = make_service(organization_id=organization_id, name="Food pantry", description="Groceries.")
    location_id = make_location(service_id=service_id, name="Main office")
    make_address(location_id, address_1="12 Elm Street")
    make_phone(service_id=service_id, number="914-555-0123", extension=7)
    make_phone(service_id=service_id, number="914-555-0124", type="tty")
    make_answer(service_id, "free", 1)
    text = client.get(f"/services/{service_id}").text
    assert "<h1>Food pantry</h1>" in text and "<title>Food pantry – Goldthread</title>" in text
    assert 'href="tel:+19145550123,7"' in text and "ext. 7" in text and "TTY for deaf callers" in text
    assert "12 Elm Street, White Plains, NY 10601" in text
    assert "https://www.openstreetmap.org/search?query=12+Elm+Street" in text
    assert f'href="/organizations/{organization_id}"' in text
    assert f'href="/services/{service_id}/report"' in text


def test_a_withheld_place_shows_no_address_and_no_directions(app: Flask, client: Browser) -> None:
    service_id = make_service(name="Safe house")
    make_location(service_id=service_id, point=None, place_withheld=True)
    text = client.get(f"/services/{service_id}").text
    assert "The place is not shown, to keep people safe" in text
    assert "openstreetmap" not in text
    assert "ADR" not in client.get(f"/services/{service_id}/contact.vcf").text


def test_a_page_address_that_is_no_web_page_is_not_linked(app: Flask, client: Browser) -> None:
    service_id = make_service(url="javascript:alert(1)")
    assert "javascript:" not in client.get(f"/services/{service_id}").text


def test_a_hidden_or_unknown_listing_is_the_same_404(app: Flask, client: Browser) -> None:
    ids = [make_service(visibility=2), uuid4()]
    answers = [client.get(f"/services/{service_id}") for service_id in ids]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert len({answer.text.replace(str(each), "") for answer, each in zip(answers, ids, strict=True)}) == 1


def test_the_contact_card_is_a_vcard(app: Flask, client: Browser) -> None:
    service_id = make_service(name="Food; pantry, east")
    make_phone(service_id=service_id, number="914-555-0123")
    card = client.get(f"/services/{service_id}/contact.vcf")
    assert card.mimetype == "text/vcard"
    assert "FN:Food\\; pantry\\, east\r\n" in card.text and "TEL;TYPE=WORK,VOICE:914-555-0123\r\n" in card.text


def test_an_organization_lists_its_services(app: Flask, client: Browser) -> None:
    organization_id = make_organization(name="Harbor House", website="harbor.example.org")
    make_service(organization_id=organization_id, name="Pantry")
    make_service(organization_id=organization_id, name="Hidden", visibility=2)
    text = client.get(f"/organizations/{organization_id}").text
    assert "<h1>Harbor House</h1>" in text and "1 service" in text and "Hidden" not in text
    assert 'href="https://harbor.example.org"' in text
