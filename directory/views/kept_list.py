"""My list: kept in the signed session cookie, changed by buttons, shown, printed and shared by link."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote
from uuid import UUID

import segno
from flask import jsonify, redirect, render_template, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from core.clock import now_utc
from core.errors import NotFound
from core.filters import phone
from core.guard import current_identity, public
from core.layout import current_site, page_language
from core.pages import safe_next
from directory import queries
from directory.kept import MAX_KEPT, moved, pack, unpack, with_added, without
from directory.rules import viewer_level
from directory.views.blueprint import blueprint
from directory.views.cards import CardView, Moment, make_card
from directory.views.results import Entry

KEPT, CLEARED = "kept", "cleared"


def kept_ids() -> tuple[UUID, ...]:
    """The list of this browser."""
    return unpack(str(session.get(KEPT, "")))


@blueprint.get("/list")
@public
def show_list() -> str:
    """The list of this browser: to look at, print and share."""
    return _page(kept_ids(), is_own=True)


@blueprint.get("/list/<packed>")
@public
def show_shared_list(packed: str) -> str:
    """A list that somebody shared. The address holds ids and nothing of a person."""
    ids = unpack(packed)
    if not ids:
        raise NotFound
    return _page(ids, is_own=False)


@blueprint.post("/list")
@public
def change_list() -> AnyResponse:
    """Add, remove, move, clear, restore: whichever button was pressed. Script gets JSON, a form goes back."""
    before = kept_ids()
    after, message = _changed(before)
    session[KEPT] = pack(after)
    if request.form.get("clear"):
        session[CLEARED] = pack(before)
    else:
        session.pop(CLEARED, None)
    if request.accept_mimetypes.best == "application/json":
        return jsonify(count=len(after), kept=len(after) > len(before), message=message)
    fallback = url_for("directory.show_list")
    target = safe_next(request.form.get("next"), fallback)
    which = _id(request.form.get("add") or request.form.get("remove"))  # as it was typed it could hold a line end
    anchor = f"#service-{which}" if which and target != fallback else ""
    return redirect(target + anchor, 303)


def _changed(before: tuple[UUID, ...]) -> tuple[tuple[UUID, ...], str]:
    form = request.form
    if form.get("clear"):
        return (), gettext("Your list was cleared.")
    if packed := form.get("restore") or form.get("add_all"):
        after = before
        for each in unpack(packed):
            after = with_added(after, each)
        return after, gettext("Saved to your list.")
    for name, steps in (("up", -1), ("down", 1)):
        if which := _id(form.get(name)):
            return moved(before, which, steps), gettext("Moved.")
    if gone := _id(form.get("remove")):
        return without(before, gone), gettext("Removed from your list.")
    new = _id(form.get("add"))
    if new is None:
        return before, ""
    if len(before) >= MAX_KEPT and new not in before:
        return before, gettext("Your list is full. Remove something first.")
    return with_added(before, new), gettext("Saved to your list.")


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _page(ids: Sequence[UUID], *, is_own: bool) -> str:
    moment = Moment(now_utc(), current_site().zone, tuple(queries.closing_days()))
    listings = queries.list_cards(ids, viewer_level(current_identity()))
    cards = [make_card(listing, moment) for listing in listings]
    packed = pack(card.id for card in cards)
    return render_template(
        "directory/show_list.html",
        entries=[Entry(card, None, is_own) for card in cards],
        is_own=is_own,
        packed=packed,
        undo=session.get(CLEARED, "") if is_own and not cards else "",
        share=_share(packed, cards) if cards else None,
        now=moment.now,
    )


def _share(packed: str, cards: Sequence[CardView]) -> dict[str, str]:
    """The link in every form a person may send it: names, phones and the link; never a person or a need."""
    path = url_for("directory.show_shared_list", packed=packed, lang=page_language())
    link = current_site().public_url.rstrip("/") + path
    lines = [
        f"{number}. {card.name}" + (f" {phone(card.step.line.number)}" if card.step.line else "")
        for number, card in enumerate(cards, 1)
    ]
    text = "\n".join([*lines, link])
    return {
        "link": link,
        "text": "\n".join(lines),
        "sms": "sms:?&body=" + quote(text, safe=""),
        "mailto": f"mailto:?subject={quote(gettext('A list for you'), safe='')}&body={quote(text, safe='')}",
        "qr": segno.make(link, micro=False, error="m").svg_data_uri(border=2),
    }
