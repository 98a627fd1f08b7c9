"""Pictures of the pages at three widths and in two languages, to be looked at: `make screenshots`.

Writes screenshots/<language>/<width>/<name>.png from a private copy of the site with demo data. It judges nothing.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from scripts.site import private_site
from scripts.test import ROOT, find_browser

OUT = ROOT / "screenshots"
WIDTHS = (360, 768, 1280)
LANGUAGES = ("en", "es")
HEIGHT = 900
STATES = {
    "services-near": "/services?q=food&where=10601",
    "services-words": "/services?q=rent",
    "services-misspelt": "/services?q=houseing&where=10601",
    "services-empty": "/services?q=zzzzzz&where=10601&miles=1",
    "services-place-not-understood": "/services?q=food&where=Nowhere+at+all",
    "services-filtered": "/services?where=14201&open_now=1",
    "not-found": "/no-such-page",
    "listing-not-found": "/services/00000000-0000-0000-0000-000000000000",
    "sign-in": "/login",
}


def main() -> int:
    """Take every picture; answers 1 when a page failed on the server."""
    browser_path = find_browser()
    if browser_path is None:
        print("make screenshots needs Chromium (Debian: apt-get install chromium).", file=sys.stderr)
        return 1
    shutil.rmtree(OUT, ignore_errors=True)
    failures: list[str] = []
    with private_site() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        pages = find_pages(browser, address)
        for language in LANGUAGES:
            for width in WIDTHS:
                failures += _take(browser, address, pages, language, width)
        browser.close()
    print(f"{len(pages)} pages, {len(LANGUAGES)} languages, {len(WIDTHS)} widths: see {OUT.relative_to(ROOT)}/")
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


def find_pages(browser: Browser, address: str) -> dict[str, str]:
    """Name → path: the states above, every page that the first pages link to, the first listing, its provider."""
    page = browser.new_page()
    found = dict(STATES)
    todo = ["/", STATES["services-near"]]
    for depth in range(3):
        links: list[str] = []
        for path in todo:
            page.goto(address + path)
            links += page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
        todo = []
        for link in links:
            path = link.removeprefix(address).split("#")[0]
            if link.startswith(address) and "?" not in path and depth < 2:
                name = _name(path)
                if name not in found and not re.search(r"\.(ics|vcf|csv|xlsx|svg|json)$", path):
                    found[name] = path
                    todo.append(path)
    page.close()
    return found


def _name(path: str) -> str:
    """One name for all pages of a kind: ids are left out, so the first listing stands for all."""
    return re.sub(r"[^a-z-]+", "-", re.sub(r"[0-9a-f-]{36}", "one", path.strip("/").lower())) or "home"


def _take(browser: Browser, address: str, pages: dict[str, str], language: str, width: int) -> list[str]:
    folder = OUT / language / str(width)
    folder.mkdir(parents=True)
    failures = []
    context = browser.new_context(viewport={"width": width, "height": HEIGHT})
    page = context.new_page()
    for name, path in pages.items():
        joined = f"{address}{path}{'&' if '?' in path else '?'}lang={language}"
        answer = page.goto(joined, wait_until="load")
        if answer is None or answer.status >= 500:
            failures.append(f"{path} answered {answer.status if answer else 'nothing'}")
        _shoot(page, folder / f"{name}.png")
        if width == max(WIDTHS):
            page.emulate_media(media="print")
            _shoot(page, folder / f"{name}-print.png")
            page.emulate_media(media="screen")
    context.close()
    return failures


def _shoot(page: Page, path: Path) -> None:
    page.wait_for_timeout(150)  # pictures and map settle
    page.screenshot(path=str(path), full_page=True)


if __name__ == "__main__":
    raise SystemExit(main())
