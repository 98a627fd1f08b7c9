"""Pictures of the pages at three widths and in two languages, to be looked at: `make screenshots`.

Writes screenshots/<language>/<width>/<name>.png from a private copy of the site with demo data. It judges nothing.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from scripts.site import private_site
from scripts.test import ROOT, find_browser
from seeds.load import list_demo_users

OUT = ROOT / "screenshots"
WIDTHS = (360, 768, 1280)
LANGUAGES = ("en", "es")
HEIGHT = 900
VISITOR = "visitor"
ROLES = (VISITOR, "steward", "admin", "coordinator", "enrollee", "auditor")
START = {"start": "/start", "profile": "/profile"}
NO_PAGE = re.compile(r"\.(ics|vcf|csv|xlsx|svg|json|txt|xml)$|^/(static|api/)|^/sign-out")
STATES = {
    "services-near": "/services?q=food&where=10601",
    "services-words": "/services?q=rent",
    "services-misspelt": "/services?q=houseing&where=10601",
    "services-empty": "/services?q=zzzzzz&where=10601&miles=1",
    "services-place-not-understood": "/services?q=food&where=Nowhere+at+all",
    "services-filtered": "/services?where=14201&open_now=1",
    "not-found": "/no-such-page",
    "listing-not-found": "/services/00000000-0000-0000-0000-000000000000",
    "sign-in": "/sign-in",
}


def main() -> int:
    """Take every picture; answers 1 when a page failed on the server."""
    browser_path = find_browser()
    if browser_path is None:
        print("make screenshots needs Chromium (Debian: apt-get install chromium).", file=sys.stderr)
        return 1
    shutil.rmtree(OUT, ignore_errors=True)
    failures: list[str] = []
    seen: set[str] = set()
    with private_site() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        for role in ROLES:
            state = sign_in(browser, address, role)
            pages = find_pages(browser, address, state, STATES if role == VISITOR else START)
            pages = {name: path for name, path in pages.items() if name not in seen or path in START.values()}
            seen |= pages.keys()
            for language in LANGUAGES:
                for width in WIDTHS:
                    failures += _take(browser, address, state, role, pages, language, width)
            print(f"{role}: {len(pages)} pages", flush=True)
        browser.close()
    print(f"{len(LANGUAGES)} languages, {len(WIDTHS)} widths: see {OUT.relative_to(ROOT)}/")
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


def sign_in(browser: Browser, address: str, role: str) -> StorageState | None:
    """The cookies of the first demo account with that role; None for a visitor."""
    if role == VISITOR:
        return None
    person = next(person for person in list_demo_users() if person.role == role)
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.fill("input[name=email]", person.email)
    page.fill("input[name=password]", person.password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    state = context.storage_state()
    context.close()
    return state


def find_pages(browser: Browser, address: str, state: StorageState | None, first: Mapping[str, str]) -> dict[str, str]:
    """Name → path: the first ones and all that they link to, two links deep; one page for each kind."""
    context = browser.new_context(storage_state=state)
    page = context.new_page()
    found = dict(first)
    todo = ["/", *first.values()]
    for _depth in range(3):
        links: list[str] = []
        for path in todo:
            page.goto(address + path)
            links += page.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
        todo = []
        for link in links:
            path = link.removeprefix(address).split("#")[0]
            if link.startswith(address) and "?" not in path and not NO_PAGE.search(path) and _name(path) not in found:
                found[_name(path)] = path
                todo.append(path)
    context.close()
    return found


def _name(path: str) -> str:
    """One name for all pages of a kind: ids are left out, so the first listing stands for all."""
    return re.sub(r"[^a-z-]+", "-", re.sub(r"[0-9a-f-]{36}", "one", path.strip("/").lower())) or "home"


def _take(
    browser: Browser,
    address: str,
    state: StorageState | None,
    role: str,
    pages: Mapping[str, str],
    language: str,
    width: int,
) -> list[str]:
    folder = OUT / language / str(width)
    folder.mkdir(parents=True, exist_ok=True)
    failures = []
    context = browser.new_context(viewport={"width": width, "height": HEIGHT}, storage_state=state)
    page = context.new_page()
    for name, path in pages.items():
        picture = folder / (f"{name}.png" if role == VISITOR or name.startswith(role) else f"{role}-{name}.png")
        joined = f"{address}{path}{'&' if '?' in path else '?'}lang={language}"
        answer = page.goto(joined, wait_until="load")
        if answer is None or answer.status >= 500:
            failures.append(f"{path} answered {answer.status if answer else 'nothing'} to {role}")
        _shoot(page, picture)
        if width == max(WIDTHS):
            page.emulate_media(media="print")
            _shoot(page, picture.with_name(f"{picture.stem}-print.png"))
            page.emulate_media(media="screen")
    context.close()
    return failures


def _shoot(page: Page, path: Path) -> None:
    page.wait_for_timeout(150)  # pictures and map settle
    page.screenshot(path=str(path), full_page=True)


if __name__ == "__main__":
    raise SystemExit(main())
