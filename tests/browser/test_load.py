"""What a page sends and from where: weight as sent, one origin, no violation of the policy; each check can fail."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response

from tests.browser.conftest import Site

pytestmark = pytest.mark.browser

KIB = 1024
WITH_MAP, WITHOUT_MAP, PAGE_AFTER = 200 * KIB, 140 * KIB, 10 * KIB  # experience.md section 4


def weight_of(context: BrowserContext, address: str) -> tuple[int, dict[str, int]]:
    """Bytes of all answers' bodies as they came over the wire, and by address."""
    page, sizes = context.new_page(), {}

    def count(response: Response) -> None:
        sizes[response.url] = response.request.sizes()["responseBodySize"]

    page.on("requestfinished", lambda request: count(response) if (response := request.response()) else None)
    page.goto(address, wait_until="networkidle")
    page.close()
    return sum(sizes.values()), sizes


def test_first_loads_stay_within_the_budget(browser: Browser, site: Site) -> None:
    for address, limit in [
        ("/services?q=food&where=10601", WITH_MAP),
        ("/services?q=food&where=10601&lang=es", WITH_MAP),
        ("/", WITHOUT_MAP),
        (f"/services/{site.listing_id}", WITHOUT_MAP),
        ("/services?q=food&where=10601&view=list", WITHOUT_MAP),
    ]:
        context = browser.new_context()
        total, sizes = weight_of(context, site.url + address)
        context.close()
        assert total <= limit, (address, total, sorted(sizes.items(), key=lambda pair: -pair[1])[:8])
        assert total > 40 * KIB, "the check must see the style sheet, else it measures nothing"


def test_a_page_after_the_first_is_light(browser: Browser, site: Site) -> None:
    context = browser.new_context()
    weight_of(context, site.url + "/")
    total, sizes = weight_of(context, f"{site.url}/services/{site.listing_id}")
    fresh = {address: size for address, size in sizes.items() if "/static/" not in address}
    assert sum(fresh.values()) <= PAGE_AFTER, fresh
    assert len(fresh) == 1
    context.close()


FOCUSED = "document.activeElement.className"


def test_no_page_asks_another_origin_or_breaks_the_policy_and_tab_leads_in(page: Page, site: Site) -> None:
    """The first Tab is the skip link and the second is quick exit, on each page."""
    hosts: set[str] = set()
    said: list[str] = []
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    for address in site.pages():
        page.goto(site.url + address, wait_until="networkidle")
        page.keyboard.press("Tab")
        assert "usa-skipnav" in page.evaluate(FOCUSED), address
        page.keyboard.press("Tab")
        assert "gt-exit" in page.evaluate(FOCUSED), address
    assert hosts == {urlsplit(site.url).netloc}
    assert [text for text in said if "404" not in text] == []


def test_the_policy_stops_a_planted_style_and_script(page: Page, site: Site) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(site.url)
    page.evaluate("""() => {
      const style = document.createElement("style");
      style.textContent = "body{display:none}";
      document.head.append(style);
      const script = document.createElement("script");
      script.src = "https://example.org/x.js";
      document.head.append(script);
    }""")
    page.wait_for_timeout(300)
    assert sum("Content Security Policy" in text for text in said) >= 2
    assert page.locator("h1").is_visible()
