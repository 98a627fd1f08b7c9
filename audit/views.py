"""The trail as pages and as CSV, for whoever may see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask import Blueprint, Response, render_template, request, stream_with_context, url_for

from audit import queries
from audit.forms import FindEventsForm
from audit.rules import EventKind, moment
from core.errors import Sentence
from core.exports import csv_line
from core.guard import needs
from core.identity import Identity, Permission
from core.layout import NavigationItem, address_with
from core.pages import PageOf, page_number

blueprint = Blueprint("audit", __name__, url_prefix="/trail")
PAGE_SIZE = 50
COLUMNS = ("seq", "at", "kind", "actor", "roles", "subject_type", "subject_id", "request_id", "details", "hash")


def navigation(identity: Identity) -> Sequence[NavigationItem]:
    """The trail, for whoever may see it."""
    if not identity.may(Permission.SEE_TRAIL):
        return ()
    here = request.blueprint == "audit"
    return (NavigationItem(Sentence("Audit trail"), url_for("audit.events"), here),)


@blueprint.get("")
@needs(Permission.SEE_TRAIL)
def events() -> str:
    """Events, newest first."""
    form, kind, subject = _wanted()
    page = page_number(request.args.get("page"))
    found, total = queries.list_events(page=page, size=PAGE_SIZE, kind=kind, subject_id=subject)
    seq, digest = queries.chain_head()
    return render_template(
        "audit/events.html",
        form=form,
        events=found,
        pages=PageOf(page, PAGE_SIZE, total),
        page_address=lambda number: address_with(page=str(number)),
        head_seq=seq,
        head_hash=digest,
    )


@blueprint.get("/<int:seq>")
@needs(Permission.SEE_TRAIL)
def event(seq: int) -> str:
    """One event with everything that was hashed."""
    return render_template("audit/event.html", event=queries.get_event(seq))


@blueprint.get("/export.csv")
@needs(Permission.SEE_TRAIL)
def export() -> Response:
    """The events that the list shows, oldest first, all pages; ends in the head of the chain."""
    _form, kind, subject = _wanted()
    answer = Response(stream_with_context(_lines(kind, subject)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="trail.csv"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _wanted() -> tuple[FindEventsForm, str, str]:
    form = FindEventsForm(request.args)
    kind = form.kind.data if form.kind.data in set(EventKind) else ""
    subject = "".join(filter(str.isprintable, form.subject.data or "")).strip()[:100]  # PostgreSQL takes no NUL
    return form, kind or "", subject


def _lines(kind: str, subject: str) -> Iterator[str]:
    yield csv_line(COLUMNS)
    for found in queries.iterate_events(kind=kind, subject_id=subject):
        yield csv_line(
            (
                found.seq,
                moment(found.at),
                found.kind,
                found.actor_name,
                found.actor_roles,
                found.subject_type or "",
                found.subject_id or "",
                found.request_id or "",
                queries.details_text(found),
                found.hash,
            )
        )
    seq, digest = queries.chain_head()
    yield csv_line(("head", "", "", "", "", "", "", "", str(seq), digest))
