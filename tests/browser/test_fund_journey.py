"""A request's whole life in real Chromium: asked, returned, sent again, approved in two tiers, vouchered, paid,
receipted with a photo, reconciled; the auditor takes the packet, and the shipped verifier judges it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.asked import FundSite, fund_site
from tests.browser.test_asking_journey import ask_address, fill
from tests.funds.pictures import picture

pytestmark = pytest.mark.browser
VERIFIER = Path(__file__).resolve().parents[2] / "docs" / "verify_packet.py"


@pytest.fixture(scope="module")
def fund(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FundSite]:
    """A site of its own: every figure on its pages belongs to this one request."""
    with fund_site(tmp_path_factory.mktemp("life")) as made:
        yield made


def open_confirmed(page: Page, fund: FundSite, name: str, address: str) -> None:
    """Open a page that asks for a code before money moves."""
    page.goto(address)
    if "/confirm/" in page.url:
        page.fill("[name=code]", fund.next_code(name))
        with page.expect_navigation():
            page.click("main form button[type=submit]")
    assert "/confirm/" not in page.url


def press(page: Page, name: str) -> None:
    """Press a button of the main part and wait for where it leads."""
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name=name, exact=True).first.click()
    assert page.locator(".gt-error-summary").count() == 0, page.locator(".gt-error-summary").inner_text()


def test_from_the_goal_to_a_packet_that_proves_itself(fund: FundSite, browser: Browser, tmp_path: Path) -> None:
    cal, sue, fay, pat, rex, ada = (fund.page_of(browser, each) for each in ("cal", "sue", "fay", "pat", "rex", "ada"))

    cal.goto(ask_address(fund))
    fill(cal, "300")
    press(cal, "Send it to be decided")
    request = cal.url.split("?")[0].split("#")[0]

    sue.goto(f"{fund.url}/fund/queue")
    expect(sue.locator("main")).to_contain_text("$300.00")
    open_confirmed(sue, fund, "sue", f"{request}/decide")
    sue.locator("summary", has_text="Return it for a change").click()
    form = sue.locator("form[action$='/return']")
    form.locator("label.usa-radio__label").first.click()
    form.locator("textarea").fill("Say why it cannot be had for less.")
    press(sue, "Return it")

    cal.goto(request)
    expect(cal.locator("main")).to_contain_text("Say why it cannot be had for less.")
    cal.get_by_role("link", name="Go on writing").click()
    cal.fill("#purpose", "To sleep in the new room; three shops were asked")
    press(cal, "Send it to be decided")

    open_confirmed(sue, fund, "sue", f"{request}/decide")
    press(sue, "Approve")
    expect(sue.locator("body")).to_contain_text("It goes on")
    open_confirmed(fay, fund, "fay", f"{request}/decide")
    press(fay, "Approve")
    expect(fay.locator("body")).to_contain_text("The money is held")

    open_confirmed(fay, fund, "fay", f"{request}/voucher")
    fay.fill("[name=cents]", "300")
    fay.fill("[name=invoice_no]", "INV 12")
    fay.locator("label[for=is_final]").click()
    press(fay, "Make the voucher")

    open_confirmed(pat, fund, "pat", f"{request}/pay")
    pat.locator("label.usa-radio__label", has_text="$300.00").click()
    pat.select_option("[name=method]", "check")
    pat.fill("[name=bank_account]", "Operating")
    pat.fill("[name=number]", "1001")
    press(pat, "Enter the payment")

    cal.goto(f"{request}/papers")
    cal.set_input_files("[name=photo]", {"name": "receipt.jpg", "mimeType": "image/jpeg", "buffer": picture(120)})
    cal.select_option("[name=kind]", "receipt")
    cal.fill("[name=total]", "300")
    press(cal, "Keep them")

    open_confirmed(rex, fund, "rex", f"{request}/reconcile")
    press(rex, "Count it")
    rex.goto(f"{fund.url}/fund/bank/new")
    rex.fill("[name=bank_account]", "Operating")
    paid_on = fund.today.strftime("%m/%d/%Y")
    rows = f"Date,Description,Check Number,Amount\n{paid_on},CHECK,1001,-300.00\n"
    rex.set_input_files("[name=file]", {"name": "bank.csv", "mimeType": "text/csv", "buffer": rows.encode()})
    press(rex, "Look at it first")
    press(rex, "Import it")
    expect(rex.locator("main")).to_contain_text("matched")
    open_confirmed(rex, fund, "rex", f"{request}/reconcile")
    press(rex, "Finish the request")
    cal.goto(request)
    expect(cal.locator("main")).to_contain_text("Nobody: it is finished")

    ada.goto(f"{fund.url}/trail")
    expect(ada.locator("main")).to_contain_text("Rex Amin")
    ada.goto(f"{fund.url}/fund/reports/request/{request.rsplit('/', 1)[1]}")
    with ada.expect_download() as download:
        ada.get_by_role("button", name="Download the packet (JSON)").click()
    packet = tmp_path / "packet.json"
    download.value.save_as(packet)
    assert verified(packet) == 0
    data = packet.read_bytes()
    for place in (len(data) // 3, len(data) // 2, len(data) - 200):
        byte = b"1" if data[place : place + 1] != b"1" else b"2"
        packet.write_bytes(data[:place] + byte + data[place + 1 :])
        assert verified(packet) != 0, place


def verified(packet: Path) -> int:
    """What the verifier says, run as an auditor runs it: alone."""
    command = [sys.executable, "-I", "-S", str(VERIFIER), str(packet)]
    return subprocess.run(command, cwd=packet.parent, capture_output=True, check=False).returncode
