"""The list of people, one person's overview, referring and changing them."""

from __future__ import annotations

from uuid import UUID

from flask import request

from care.actions.opening import open_caseload, open_person
from care.views.blueprint import PAGE_SIZE, blueprint, clocks_of, page, person_page
from core.clock import now_utc
from core.guard import current_identity, needs
from core.identity import Permission
from core.layout import address_with
from core.pages import PageOf, page_number

STATUSES = ("referred", "enrolled", "ended")


@blueprint.get("/enrollees")
@needs(Permission.SEE_ENROLLEES)
def list_people() -> tuple[str, int]:
    """The people whom the viewer may see, with their clocks."""
    now = now_utc()
    status = request.args.get("status", "")
    status = status if status in STATUSES else ""
    number = page_number(request.args.get("page"))
    lines, total = open_caseload(current_identity(), status=status, page=number, size=PAGE_SIZE, now=now)
    return page(
        "list_people",
        now=now,
        lines=[(line, clocks_of(line, now)) for line in lines],
        status=status,
        where=PageOf(number, PAGE_SIZE, total),
        address=lambda n: address_with(page=None if n == 1 else str(n)),
    )


@blueprint.get("/enrollees/<uuid:enrollee_id>")
@needs(Permission.SEE_ENROLLEES)
def show_person(enrollee_id: UUID) -> tuple[str, int]:
    """One person: what stands about them, as far as the viewer may see it."""
    now = now_utc()
    person = open_person(current_identity(), enrollee_id=enrollee_id, purpose="overview", now=now)
    return person_page("show_person", person, now=now)
