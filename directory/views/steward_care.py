"""Keeping listings right: the worklist of checks, two taps per group, the history of a listing, reports from people."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from flask import current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from core.clock import now_utc
from core.errors import Conflict, NotFound, Sentence
from core.guard import current_identity, needs
from core.identity import Permission
from core.layout import address_with
from core.mail import Mail, send_mail
from core.pages import PageOf, flash_sentence, page_number, translate
from directory import actions, queries
from directory.facets import Visibility
from directory.queries import FieldChange, Listing, SuggestionLine
from directory.rules import FRESHNESS_DAYS, Freshness, freshness
from directory.views.steward_blueprint import GROUP_NAMES, OUTCOME_NAMES, attempt, blueprint, page
from directory.views.steward_forms import DecideForm
from directory.views.steward_hours import hours_text

SHOWN_STATES: Final = ("open", "accepted", "declined")
REPORTS_A_PAGE: Final = 25
NEVER_SHOWN: Final = ("id", "service_id", "location_id", "organization_id", "service_at_location_id", "contact_id")


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One group of fields to check: what the listing says, how old the newest check is."""

    code: str
    name: Sentence
    says: tuple[str, ...]
    state: Freshness
    outcome: Sentence | None
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """One line of a listing's history as the timeline shows it."""

    at: datetime
    who: str
    change: FieldChange
    was: tuple[tuple[str, str], ...]
    can_restore: bool


@blueprint.get("/checks")
@needs(Permission.EDIT_DIRECTORY)
def checks() -> tuple[str, int]:
    """Services due for a check, longest unchecked first, with the number to ring."""
    now = now_utc()
    lines = queries.list_unverified(before=now - timedelta(days=FRESHNESS_DAYS["phone"]))
    listings = queries.list_listings([line.id for line in lines], Visibility.RESTRICTED)
    by_id = {listing.service_id: listing for listing in listings}
    return page("checks", lines=[(line, _phones(by_id[line.id])) for line in lines if line.id in by_id])


@blueprint.route("/services/<uuid:service_id>/verify", methods=["GET", "POST"])
@needs(Permission.EDIT_DIRECTORY)
def verify_service(service_id: UUID) -> Response | tuple[str, int]:
    """Ring the number, then press what came of it: one press a group."""
    listing = queries.find_listing(service_id, Visibility.RESTRICTED)
    if listing is None:
        raise NotFound
    if request.method == "POST":
        return _record_check(listing)
    return page("verify_service", listing=listing, phones=_phones(listing), groups=_groups(listing))


@blueprint.get("/services/<uuid:service_id>/history")
@needs(Permission.EDIT_DIRECTORY)
def service_history(service_id: UUID) -> tuple[str, int]:
    """Who changed what of a listing, newest first."""
    record = queries.get_record("service", service_id)
    changes = queries.list_history(queries.list_part_ids(service_id))
    return page(
        "service_history",
        service_id=service_id,
        name=record["name"],
        events=[_event(change) for change in changes],
        reports=queries.list_suggestions(state="", service_id=service_id)[0],
    )


@blueprint.post("/services/<uuid:service_id>/history/<uuid:change_id>/restore")
@needs(Permission.EDIT_DIRECTORY)
def restore_value(service_id: UUID, change_id: UUID) -> Response:
    """Set a field back to what it was before one change."""
    try:
        actions.restore_value(current_identity(), change_id=change_id)
        flash_sentence(Sentence("The earlier value is back."))
    except Conflict as refusal:
        flash_sentence(refusal.sentence, "info")
    return redirect(url_for("steward.service_history", service_id=service_id), 303)


@blueprint.get("/reports")
@needs(Permission.EDIT_DIRECTORY)
def reports() -> tuple[str, int]:
    """Reports and proposed changes, oldest first; the decided ones on their own pages."""
    state = request.args.get("state", "open")
    state = state if state in SHOWN_STATES else "open"
    number = page_number(request.args.get("page"))
    found, total = queries.list_suggestions(state=state, page=number, size=REPORTS_A_PAGE)
    return page(
        "reports",
        found=found,
        state=state,
        where=PageOf(number, REPORTS_A_PAGE, total),
        address=lambda n: address_with(page=None if n == 1 else str(n)),
    )


@blueprint.route("/reports/<uuid:report_id>", methods=["GET", "POST"])
@needs(Permission.EDIT_DIRECTORY)
def decide_report(report_id: UUID) -> Response | tuple[str, int]:
    """One report with the listing beside it: accept or decline, with an answer."""
    report = queries.get_suggestion(report_id)
    form = DecideForm()
    reasons: list[Sentence] = []
    if form.validate_on_submit() and request.form.get("decision") in {"accept", "decline"}:
        accept, answer = request.form["decision"] == "accept", form.answer.data or ""
        tried = attempt(
            form,
            lambda: actions.decide_suggestion(
                current_identity(), suggestion_id=report_id, accept=accept, answer=answer
            ),
        )
        if tried.done:
            _answer_sender(report, answer)
            flash_sentence(Sentence("The report is settled."))
            return redirect(url_for("steward.reports"), 303)
        reasons = tried.reasons
    listing = queries.find_listing(report.service_id, Visibility.RESTRICTED)
    return page(
        "decide_report",
        form=form,
        reasons=reasons,
        report=report,
        listing=listing,
        groups=_groups(listing) if listing else (),
        phones=_phones(listing) if listing else (),
    )


def _record_check(listing: Listing) -> Response:
    group, _, outcome = request.form.get("check", "").partition(":")
    method = request.form.get("method", "call")
    groups = ["hours", "phone"] if group == "both" else [group]
    actions.verify_listing(
        current_identity(), service_id=listing.service_id, groups=groups, outcome=outcome, method=method
    )
    if outcome == "wrong":
        flash_sentence(Sentence("Noted as wrong. Correct it here."), "info")
        return redirect(url_for("steward.show_service", service_id=listing.service_id), 303)
    flash_sentence(Sentence("The check is noted."))
    return redirect(url_for("steward.verify_service", service_id=listing.service_id), 303)


def _phones(listing: Listing) -> tuple[Any, ...]:
    """The numbers to ring, each once."""
    return tuple({line.number: line for site in listing.sites for line in site.phones}.values())


def _groups(listing: Listing) -> tuple[GroupLine, ...]:
    now = now_utc()
    checked = queries.newest_checks(listing.service_id)
    lines = []
    for code, name in GROUP_NAMES.items():
        check = checked.get(code)
        if code == "capacity" and not listing.capacities:
            continue
        lines.append(
            GroupLine(
                code,
                name,
                _says(listing, code),
                freshness(code, check.checked_at if check else None, now),
                OUTCOME_NAMES[check.outcome] if check else None,
                check.checked_at if check else None,
            )
        )
    return tuple(lines)


def _says(listing: Listing, group: str) -> tuple[str, ...]:
    """What the listing says in a group, in a few lines to read out on the phone."""
    lines: list[str | None] = []
    if group == "hours":
        lines = [_at(site.name, hours_text(site.schedules)) for site in listing.sites]
    elif group == "phone":
        lines = [line.number for line in _phones(listing)]
    elif group == "address":
        lines = [
            ", ".join(filter(None, (a.address_1, a.address_2, a.city, a.postal_code)))
            for site in listing.sites
            for a in site.addresses
        ]
    elif group == "eligibility":
        lines = [listing.eligibility_description]
    elif group == "cost":
        lines = [listing.fees_description, *(cost.amount_description or cost.option for cost in listing.costs)]
    elif group == "papers":
        lines = list(listing.documents)
    elif group == "capacity":
        lines = [
            f"{c.unit or ''} {c.available if c.available is not None else '?'} / {c.maximum or '?'}".strip()
            for c in listing.capacities
        ]
    elif group == "text":
        lines = [listing.description]
    return tuple(dict.fromkeys(line[:300] for line in lines if line))


def _at(place: str | None, words: str) -> str:
    return f"{place}: {words}" if place and words else words


def _event(change: FieldChange) -> HistoryEvent:
    was: tuple[tuple[str, str], ...] = ()
    if change.field == "*" and change.old:
        try:
            kept = json.loads(change.old)
        except ValueError:
            kept = {}
        was = tuple(
            (name, value)
            for name, value in kept.items()
            if value not in (None, "", "0", "false") and name not in NEVER_SHOWN
        )
    return HistoryEvent(change.at, change.by, change, was, change.field not in {"*", "retired_at"})


def _answer_sender(report: SuggestionLine, answer: str) -> None:
    """Write to a sender who left an e-mail address; the address itself is deleted with the decision."""
    address = (report.reply_to or "").strip()
    if not answer or "@" not in address or any(letter.isspace() for letter in address):
        return
    subject = translate(Sentence("Your report about a listing"))
    send_mail(current_app.config["GOLDTHREAD"], Mail(address, subject, answer))
