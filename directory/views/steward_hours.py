"""The steward's editor of hours: words in, a week to look at, rows saved; the reading itself is directory.hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from typing import Final
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from core.clock import local_day, now_utc
from core.errors import Sentence
from core.guard import current_identity, needs
from core.identity import Permission
from core.layout import current_site
from core.pages import flash_sentence, translate
from directory import actions, queries
from directory.hours import DayHours, ScheduleRow, parse_hours, week_hours
from directory.views.steward_blueprint import attempt, blueprint, page
from directory.views.steward_forms import ClosingDayForm, HoursForm

DAY_NAMES: Final = {"MO": "Mon", "TU": "Tue", "WE": "Wed", "TH": "Thu", "FR": "Fri", "SA": "Sat", "SU": "Sun"}
ORDINALS: Final = {"1": "1st", "2": "2nd", "3": "3rd", "4": "4th", "5": "5th", "-1": "last"}


@blueprint.route("/services/<uuid:service_id>/hours", methods=["GET", "POST"])
@needs(Permission.EDIT_DIRECTORY)
def edit_hours(service_id: UUID) -> Response | tuple[str, int]:
    """Regular hours of a service, or of one of its places (`?site=`), as people write them."""
    listing = queries.get_edit_listing(service_id)
    site_text = request.args.get("site", "")
    site = listing.site(_uuid(site_text)) if site_text else None
    known = site.hours if site else listing.hours
    form = HoursForm(data={"hours": hours_text(known.regular)})
    reasons: list[Sentence] = []
    rows: list[ScheduleRow] | None = list(known.regular)
    previewed = False
    if form.validate_on_submit():
        text = form.hours.data or ""
        rows = _read(text, known.regular) if not form.as_words.data else None
        if rows is None and not form.as_words.data:
            form.hours.errors = [translate(NOT_READ)]
        elif "preview" in request.form:
            previewed = True
        else:
            words = text if rows is None else ""
            tried = attempt(
                form,
                lambda: actions.set_hours(
                    current_identity(),
                    service_id=service_id,
                    site_id=site.id if site else None,
                    rows=rows or [],
                    text=words,
                ),
            )
            if tried.done:
                flash_sentence(Sentence("The hours were saved.") if tried.result else Sentence("Nothing was changed."))
                return redirect(url_for("steward.show_service", service_id=service_id), 303)
            reasons = tried.reasons
    return page(
        "edit_hours",
        form=form,
        reasons=reasons,
        service_id=service_id,
        name=listing.service["name"],
        at=site,
        previewed=previewed,
        week=_week(rows or [], known.exceptions) if rows else (),
        exceptions=list(zip(known.exception_ids, known.exceptions, strict=True)),
        loses=bool(known.regular) and not _same(parse_hours(hours_text(known.regular)), known.regular),
    )


@blueprint.route("/services/<uuid:service_id>/holidays/new", methods=["GET", "POST"])
@needs(Permission.EDIT_DIRECTORY)
def add_holiday(service_id: UUID) -> Response | tuple[str, int]:
    """Close a service, or one of its places (`?site=`), on one day."""
    listing = queries.get_edit_listing(service_id)
    site_text = request.args.get("site", "")
    site = listing.site(_uuid(site_text)) if site_text else None
    form = ClosingDayForm()
    reasons: list[Sentence] = []
    if form.validate_on_submit():
        owner = {"service_at_location_id": site.id} if site else {"service_id": service_id}
        day = {"dtstart": form.day.data, "until": form.day.data, "closed": True, "description": form.name.data}
        tried = attempt(form, lambda: actions.add_record(current_identity(), table="schedule", values={**owner, **day}))
        if tried.done:
            flash_sentence(Sentence("The day was added."))
            return redirect(url_for("steward.edit_hours", service_id=service_id, site=site.id if site else None), 303)
        reasons = tried.reasons
    return page("add_holiday", form=form, reasons=reasons, service_id=service_id, name=listing.service["name"], at=site)


NOT_READ: Final = Sentence(
    "We cannot read these hours. Try “Mon–Fri 9–5, Sat 10–2”, or choose to show the words as they are."
)


def _read(text: str, known: Sequence[ScheduleRow]) -> list[ScheduleRow] | None:
    """The rows of the words; the known ones when the words are untouched, so that their remarks stay."""
    if text == hours_text(known):
        return list(known)
    return parse_hours(text) if text else []


def _same(rows: Sequence[ScheduleRow] | None, others: Sequence[ScheduleRow]) -> bool:
    return rows is not None and sorted(map(repr, rows)) == sorted(map(repr, others))


def hours_text(rows: Sequence[ScheduleRow]) -> str:
    """Regular rows as the editor's words, which `parse_hours` reads back; rows that are words stay words."""
    lines = [_line(row) for row in rows]
    return "; ".join(line for line in dict.fromkeys(lines) if line)


def _line(row: ScheduleRow) -> str:
    if row.opens_at is None or row.closes_at is None:
        return row.description or row.notes or ""
    if (row.opens_at, row.closes_at) == (time(0), time(23, 59)):
        span = "24 hours"
    else:
        span = f"{_clock(row.opens_at)} - {_clock(row.closes_at)}"
    return f"{_days(row)} {span}".strip() + (" by appointment" if row.by_appointment else "")


def _days(row: ScheduleRow) -> str:
    codes = [part.strip() for part in (row.byday or "").split(",") if part.strip()]
    plain = [code for code in DAY_NAMES if code in codes]
    if codes and len(plain) == len(codes):
        return "Daily" if len(plain) == 7 else _ranges(plain)
    if not codes:
        return "Daily"
    return " & ".join(f"{ORDINALS.get(code[:-2], code[:-2])} {DAY_NAMES.get(code[-2:], code[-2:])}" for code in codes)


def _ranges(codes: Sequence[str]) -> str:
    """ "MO,TU,WE,FR" → "Mon-Wed, Fri"."""
    order = list(DAY_NAMES)
    parts: list[list[str]] = []
    for code in codes:
        if parts and order.index(code) == order.index(parts[-1][-1]) + 1:
            parts[-1].append(code)
        else:
            parts.append([code])
    return ", ".join(
        DAY_NAMES[part[0]] if len(part) == 1 else f"{DAY_NAMES[part[0]]}-{DAY_NAMES[part[-1]]}" for part in parts
    )


def _clock(at: time) -> str:
    half = "AM" if at.hour < 12 else "PM"
    return f"{at.hour % 12 or 12}:{at.minute:02d} {half}"


def _week(rows: Sequence[ScheduleRow], exceptions: Sequence[ScheduleRow]) -> tuple[DayHours, ...]:
    zone = current_site().zone
    return week_hours([*rows, *exceptions], local_day(now_utc(), zone), zone)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
