"""Outcomes in the browser: a half-year recorded, the report with plots and savings, downloads, the worked example."""

from __future__ import annotations

import csv
import io
import re
from datetime import date

import pytest
from flask import Flask
from openpyxl import load_workbook

from care.actions.outcomes import record_outcomes
from tests.care.people import make_person, user_of
from tests.cast import CAL
from tests.conftest import SignIn

pytestmark = pytest.mark.one_database

ALL = {"days_homeless": "12", "days_incarcerated": "0", "emergency_visits": "3", "inpatient_days": "4", "arrests": "1"}


def test_a_coordinator_records_a_half_year(app: Flask, sign_in_as: SignIn) -> None:
    """Empty boxes are asked about, what was typed stays, “not observed” is said and never counted as zero."""
    made = make_person(CAL, enrolled_on=date(2026, 1, 1))
    cal, address = sign_in_as("cal"), f"/enrollees/{made.enrollee_id}/outcomes"
    assert "to record" in cal.get(address).text
    form = f"{address}/record"
    refused = cal.send(form, period="1", days_homeless="12")
    assert (
        refused.status_code == 422 and refused.text.count("tick “not observed”") == 8 and 'value="12"' in refused.text
    )
    both = cal.send(form, period="1", **ALL, arrests_unseen="y")
    assert both.status_code == 422 and "not both" in both.text
    assert "does not fit six months" in cal.send(form, period="1", **{**ALL, "inpatient_days": "185"}).text
    assert cal.send(form, period="7", **ALL).status_code == 422
    unseen = {name: value for name, value in ALL.items() if name != "arrests"} | {"arrests_unseen": "y"}
    assert cal.send(form, period="1", **unseen).location == address
    page = cal.get(address).text
    assert re.search(r'<td class="gt-number">12</td>', page) and "not observed" in page
    again = cal.get(f"{form}?period=1").text
    assert re.search(r'id="arrests_unseen"[^>]*checked', again) or re.search(r'checked[^>]*id="arrests_unseen"', again)
    assert sign_in_as("max").get(address).status_code == 404
    assert sign_in_as("sam").get(address).status_code == 403


@pytest.mark.database
def test_the_report_shows_means_plots_and_savings_and_downloads_them(app: Flask, sign_in_as: SignIn) -> None:
    cal = user_of(CAL)
    for number in range(12):
        person = make_person(CAL, enrolled_on=date(2026, 1, 1))
        record_outcomes(cal, enrollee_id=person.enrollee_id, period=-1, values={"days_homeless": 60 + number})
        record_outcomes(
            cal,
            enrollee_id=person.enrollee_id,
            period=1,
            values={"days_homeless": number} | ({"arrests": 2} if not number else {}),
        )
    dan = sign_in_as("dan")
    address = "/outcomes/costs/days_homeless"
    assert "Say where the figure comes from." in dan.send(address, cost="77.75", as_of="1/1/2026").text
    wrong = dan.send(address, cost="a lot", source="=Rates", as_of="1/1/2026")
    assert wrong.status_code == 422 and "Write an amount" in wrong.text and "a lot" in wrong.text
    assert dan.send(address, cost="77.75", source="=Rates", as_of="1/1/2026", version="0").status_code == 303
    page = dan.get("/outcomes").text
    assert "$55,980.00" in page and "720 fewer<br>N = 12" in page  # 12 × 60 × 77.75
    assert 'aria-label="Days homeless. before: 65.5 (N = 12); 1: 5.5 (N = 12)"' in page
    assert page.count('<svg class="gt-chart__picture"') == 5
    rows = list(csv.DictReader(io.StringIO(dan.get("/outcomes/table.csv").data.decode("utf-8-sig"))))
    found = {(row["Six months"], row["Measure"]): row for row in rows}
    after = found["half-year 1 after enrollment", "Days homeless"]
    assert (after["Mean per person"], after["N observed"], after["Saving in dollars"]) == ("5.5", "12", "55980.0")
    assert found["half-year 1 after enrollment", "Arrests"]["N observed"] == "1"
    shared = dan.get("/outcomes/table.csv?share=1").data.decode("utf-8-sig")
    hidden = {(row["Six months"], row["Measure"]): row for row in csv.DictReader(io.StringIO(shared))}
    assert hidden["half-year 1 after enrollment", "Arrests"]["N observed"] == ""
    assert hidden["half-year 1 after enrollment", "Arrests"]["Remark"] == "too few to show"
    book = load_workbook(io.BytesIO(dan.get("/outcomes/table.xlsx").data))
    assert book.sheetnames == ["Outcomes", "Unit costs"] and book["Unit costs"]["C2"].value == "=Rates"
    assert book["Unit costs"]["C2"].data_type == "s"
    coordinator = sign_in_as("cal")
    for path in ("/outcomes", "/outcomes/table.csv", "/outcomes/table.xlsx", "/outcomes/example", address):
        assert coordinator.get(path).status_code == 403
    assert sign_in_as("ada").get(address).status_code == 403
    assert dan.get("/outcomes/costs/joy").status_code == 404


def test_the_worked_example_names_what_differs(app: Flask, sign_in_as: SignIn) -> None:
    page = sign_in_as("dan").get("/outcomes/example").text
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)]
    found = {row[0]: row[1:] for row in rows}
    assert found["Mean days homeless, six months before"] == ["75.0", "75.0", "none"]
    assert found["Mean days homeless, six months after"] == ["9.0", "9.0", "none"]
    assert found["Fewer days incarcerated"] == ["96.0 %", "96.0 %", "none"]
    assert found["Saving, days homeless"] == ["$71,837.00", "$71,841.00", "+$4.00"]
    assert found["Saving, days incarcerated"] == ["$236,750.00", "$236,750.00", "none"]
