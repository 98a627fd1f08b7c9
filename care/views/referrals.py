"""A person's referrals: the list, a new one, one with its steps, the follow-up, and a clock stopped by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import current_app, redirect, request, url_for
from werkzeug.wrappers import Response

import accounts.queries
from care.actions import referrals as actions
from care.actions.following import (
    OpenedReferral,
    OpenedReferrals,
    ReferralStart,
    open_referral,
    open_referral_start,
    open_referrals,
)
from care.forms.referrals import ClockForm, FollowForm, MoveForm, ReferralForm
from care.queries.referrals import ENDED, ReferralLine
from care.rules import REFERRAL_NEXT, Clock, clock
from care.views.blueprint import blueprint, person_page
from care.words import DOMAIN_WORDS, REFERRAL_TONES, REFERRAL_WORDS
from core.clock import now_utc
from core.errors import NotFound, Sentence
from core.forms import options
from core.guard import current_identity, needs
from core.identity import Permission
from core.pages import attempt, flash_sentence
from directory.queries import find_listing
from directory.rules import viewer_level

WORDS: dict[str, Any] = {
    "referral_words": REFERRAL_WORDS,
    "referral_tones": REFERRAL_TONES,
    "domain_words": DOMAIN_WORDS,
}


@blueprint.get("/enrollees/<uuid:enrollee_id>/referrals")
@needs(Permission.SEE_ENROLLEES)
def list_referrals(enrollee_id: UUID) -> tuple[str, int]:
    """The referrals of a person with the promises that run."""
    now = now_utc()
    return _list_page(open_referrals(current_identity(), enrollee_id=enrollee_id, now=now), now)


@blueprint.route("/enrollees/<uuid:enrollee_id>/referrals/new", methods=["GET", "POST"])
@needs(Permission.WRITE_CARE)
def make_referral(enrollee_id: UUID) -> Response | tuple[str, int]:
    """Refer a person to a service for one of their goals."""
    identity, now = current_identity(), now_utc()
    start = open_referral_start(identity, enrollee_id=enrollee_id, now=now)
    service_id = _id_of(request.args.get("service"))
    listing = find_listing(service_id, viewer_level(identity)) if service_id else None
    if listing is None or service_id is None:
        raise NotFound
    form = ReferralForm(data={"goal": str(_id_of(request.args.get("goal")) or "")})
    form.goal.choices = options(_goal_choices(start))
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        tried = attempt(
            form,
            lambda: actions.make_referral(
                identity,
                enrollee_id=enrollee_id,
                goal_id=UUID(form.goal.data),
                service_id=service_id,
                fields=form.values(),
                referral_id=form.new_id.id_of_row,
            ),
        )
        if tried.done:
            flash_sentence(Sentence("The referral is made. Its clock runs."))
            address = url_for("care.show_referral", enrollee_id=enrollee_id, referral_id=tried.result)
            return redirect(address, 303)
        reasons = tried.reasons
    return person_page(
        "make_referral",
        start.person,
        tab="care.list_referrals",
        now=now,
        form=form,
        reasons=reasons,
        listing=listing,
        has_goals=bool(start.goals),
    )


@blueprint.get("/enrollees/<uuid:enrollee_id>/referrals/<uuid:referral_id>")
@needs(Permission.SEE_ENROLLEES)
def show_referral(enrollee_id: UUID, referral_id: UUID) -> tuple[str, int]:
    """One referral: who introduces whom, what happened, what may happen next."""
    now = now_utc()
    return _one_page(open_referral(current_identity(), enrollee_id=enrollee_id, referral_id=referral_id, now=now), now)


@blueprint.post("/enrollees/<uuid:enrollee_id>/referrals/<uuid:referral_id>/move")
@needs(Permission.WRITE_CARE)
def move_referral(enrollee_id: UUID, referral_id: UUID) -> Response | tuple[str, int]:
    """Write the next step; the button that was pressed says which."""
    identity, now = current_identity(), now_utc()
    opened = open_referral(identity, enrollee_id=enrollee_id, referral_id=referral_id, now=now)
    form = MoveForm()
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        tried = attempt(
            form,
            lambda: actions.move_referral(
                identity,
                referral_id=referral_id,
                state=request.form.get("state", ""),
                row_version=_version(),
                note=form.note.data or "",
                happened_at=form.happened_at.data,
            ),
        )
        if tried.done:
            flash_sentence(Sentence("The step is recorded."))
            return _to_referral(enrollee_id, referral_id)
        reasons = tried.reasons
    return _one_page(opened, now, move=form, reasons=reasons)


@blueprint.post("/enrollees/<uuid:enrollee_id>/referrals/<uuid:referral_id>/follow-up")
@needs(Permission.WRITE_CARE)
def follow_up_referral(enrollee_id: UUID, referral_id: UUID) -> Response | tuple[str, int]:
    """Did they get in: yes, no, or ask again later."""
    identity, now = current_identity(), now_utc()
    opened = open_referral(identity, enrollee_id=enrollee_id, referral_id=referral_id, now=now)
    form = FollowForm()
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        got_in = {"yes": True, "no": False}.get(request.form.get("got_in", ""))
        tried = attempt(
            form,
            lambda: actions.follow_up_referral(
                identity,
                referral_id=referral_id,
                row_version=_version(),
                got_in=got_in,
                ask_again_at=form.ask_again_at.data,
            ),
        )
        if tried.done:
            flash_sentence(Sentence("The answer is recorded."))
            return _to_referral(enrollee_id, referral_id)
        reasons = tried.reasons
    return _one_page(opened, now, follow=form, reasons=reasons)


@blueprint.post("/enrollees/<uuid:enrollee_id>/clocks")
@needs(Permission.WRITE_CARE)
def stop_clock(enrollee_id: UUID) -> Response | tuple[str, int]:
    """Stop a clock by hand, with the reason in the trail."""
    identity, now = current_identity(), now_utc()
    opened = open_referrals(identity, enrollee_id=enrollee_id, now=now)
    form = ClockForm()
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        tried = attempt(
            form,
            lambda: actions.stop_clock(
                identity,
                enrollee_id=enrollee_id,
                which=form.which.data,
                reason=form.reason.data,
                at=form.at.data,
            ),
        )
        if tried.done:
            flash_sentence(Sentence("The clock is stopped, and why is on record."))
            return redirect(url_for("care.list_referrals", enrollee_id=enrollee_id), 303)
        reasons = tried.reasons
    return _list_page(opened, now, form=form, reasons=reasons)


def promise_clock(line: ReferralLine, now: datetime) -> Clock | None:
    """The clock of a first real response: what was promised, or 24 hours. None where the person declined before."""
    row = line.row
    if row.responded_at is None and row.state in ENDED:
        return None
    return clock(row.made_at, timedelta(hours=row.promised_hours or 24), row.responded_at, now)


def _list_page(
    opened: OpenedReferrals, now: datetime, *, form: ClockForm | None = None, reasons: Sequence[Sentence] = ()
) -> tuple[str, int]:
    person = opened.person.enrollee
    running = [("access", person.first_access_at is None)]
    running.append(("linkage", person.discharged_at is not None and person.linked_at is None))
    form = form or ClockForm(None)
    form.which.choices = [choice for choice in form.which.choices if dict(running)[choice.value]]
    return person_page(
        "list_referrals",
        opened.person,
        tab="care.list_referrals",
        now=now,
        form=form,
        reasons=reasons,
        lines=[(line, promise_clock(line, now)) for line in opened.lines],
        promise_label=Sentence("First answer"),
        may_stop=bool(form.which.choices),
        **WORDS,
    )


def _one_page(
    opened: OpenedReferral,
    now: datetime,
    *,
    move: MoveForm | None = None,
    follow: FollowForm | None = None,
    reasons: Sequence[Sentence] = (),
) -> tuple[str, int]:
    row = opened.line.row
    authors = {event.written_by for event, _ in opened.events if event.written_by}
    return person_page(
        "show_referral",
        opened.person,
        tab="care.list_referrals",
        now=now,
        form=move or follow,
        reasons=reasons,
        opened=opened,
        move=move or MoveForm(None, happened_at=now),
        follow=follow or FollowForm(None, ask_again_at=now + actions.FOLLOW_UP),
        steps=REFERRAL_NEXT[row.state],
        promise=promise_clock(opened.line, now),
        promise_label=Sentence("First answer"),
        authors=accounts.queries.names_of(authors),
        can_record_gap=row.state == "no capacity" and "care.record_referral_gap" in current_app.view_functions,
        **WORDS,
    )


def _goal_choices(start: ReferralStart) -> list[tuple[str, Any]]:
    return [
        (str(goal.id), str(words.get("own_words") or "")[:90] or DOMAIN_WORDS[goal.domain])
        for goal, words in start.goals
    ]


def _to_referral(enrollee_id: UUID, referral_id: UUID) -> Response:
    return redirect(url_for("care.show_referral", enrollee_id=enrollee_id, referral_id=referral_id), 303)


def _version() -> int:
    text = request.form.get("row_version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _id_of(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
