"""Stewards' pages for the parts of a listing: phones, contacts, prices, papers, rooms, links, areas, places."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from core.clock import local_day, now_utc
from core.errors import InvalidInput, NotFound, Sentence
from core.forms import options
from core.guard import current_identity, needs
from core.identity import Permission
from core.layout import current_site
from core.pages import flash_sentence, translate
from directory import actions, queries
from directory.facets import Precision
from directory.gazetteer import Place, find_place, town_point, zip_point
from directory.queries import EditListing
from directory.views.steward_blueprint import attempt, blueprint, page
from directory.views.steward_forms import PART_FORMS, AreaForm, PlaceForm, RecordForm

PART_NAMES: Final[Mapping[str, Sentence]] = {
    "phone": Sentence("Phone"),
    "contact": Sentence("Contact"),
    "cost_option": Sentence("Price"),
    "required_document": Sentence("Paper to bring"),
    "url": Sentence("Web page"),
    "accessibility": Sentence("Access"),
    "service_capacity": Sentence("Room now"),
    "housing_offer": Sentence("Housing"),
}
SITE_PARTS: Final = {"phone", "contact"}  # may belong to one place of the service
AREA_PREFIX: Final = {"zip": "zip:", "town": "town:", "county": "county:", "state": "state:"}
WHOLE_COUNTRY: Final = {"us", "usa", "united states", "nationwide", "whole country"}


@blueprint.route("/services/<uuid:service_id>/parts/<table>/new", methods=["GET", "POST"])
@needs(Permission.EDIT_DIRECTORY)
def add_part(service_id: UUID, table: str) -> Response | tuple[str, int]:
    """Add a part of a service, or of one of its places (`?site=`)."""
    listing = queries.get_edit_listing(service_id)
    owner = _owner(listing, table, request.args.get("site", ""))
    form = _part_form(table, {})
    reasons: list[Sentence] = []
    if form.validate_on_submit():
        tried = attempt(
            form,
            lambda: actions.add_record(current_identity(), table=table, values={**_part_values(table, form), **owner}),
        )
        if tried.done:
            flash_sentence(Sentence("Added."))
            return redirect(url_for("steward.show_service", service_id=service_id), 303)
        reasons = tried.reasons
    return page("add_part", form=form, reasons=reasons, **_about(listing, table))


@blueprint.route("/services/<uuid:service_id>/parts/<table>/<uuid:record_id>", methods=["GET", "POST"])
@needs(Permission.EDIT_DIRECTORY)
def edit_part(service_id: UUID, table: str, record_id: UUID) -> Response | tuple[str, int]:
    """Change one part of a service."""
    listing = queries.get_edit_listing(service_id)
    record = _part(listing, table, record_id)
    form = _part_form(table, record)
    reasons: list[Sentence] = []
    if form.validate_on_submit():
        tried = attempt(
            form,
            lambda: actions.edit_record(
                current_identity(), table=table, record_id=record_id, values=_part_values(table, form)
            ),
        )
        if tried.done:
            flash_sentence(Sentence("Saved.") if tried.result else Sentence("Nothing was changed."))
            return redirect(url_for("steward.show_service", service_id=service_id), 303)
        reasons = tried.reasons
    return page("edit_part", form=form, reasons=reasons, record_id=record_id, **_about(listing, table))


@blueprint.post("/services/<uuid:service_id>/parts/<table>/<uuid:record_id>/remove")
@needs(Permission.EDIT_DIRECTORY)
def remove_part(service_id: UUID, table: str, record_id: UUID) -> Response:
    """Take a part away; the history keeps what it held."""
    _part(queries.get_edit_listing(service_id), table, record_id)
    actions.remove_record(current_identity(), table=table, record_id=record_id)
    flash_sentence(Sentence("Taken away. The history keeps what it held."))
    return redirect(url_for("steward.show_service", service_id=service_id), 303)


@blueprint.route("/services/<uuid:service_id>/areas/new", methods=["GET", "POST"])
@needs(Permission.EDIT_DIRECTORY)
def add_area(service_id: UUID) -> Response | tuple[str, int]:
    """Say which county, town, ZIP code or state a service serves."""
    record = queries.get_record("service", service_id)
    form = AreaForm()
    reasons: list[Sentence] = []
    choices: tuple[Place, ...] = ()
    if form.validate_on_submit():
        area, choices = _read_area(request.form.get("chosen") or form.place.data)
        if area is None:
            form.place.errors = [
                translate(Sentence("There are several places of this name. Choose one."))
                if choices
                else translate(Sentence("We do not know this place. Write a county, a town, a ZIP code or a state."))
            ]
        else:
            values = {**area, "service_id": service_id}
            tried = attempt(form, lambda: actions.add_record(current_identity(), table="service_area", values=values))
            if tried.done:
                flash_sentence(Sentence("The area was added."))
                return redirect(url_for("steward.show_service", service_id=service_id), 303)
            reasons = tried.reasons
    return page(
        "add_area", form=form, reasons=reasons, service_id=service_id, name=record["name"], places_found=choices
    )


@blueprint.route("/services/<uuid:service_id>/places/new", methods=["GET", "POST"])
@needs(Permission.EDIT_DIRECTORY)
def add_place(service_id: UUID) -> Response | tuple[str, int]:
    """Offer a service at a new place."""
    record = queries.get_record("service", service_id)
    form = PlaceForm(data={"state_province": current_site().state, "place_precision": str(Precision.NONE)})
    reasons: list[Sentence] = []
    if form.validate_on_submit():
        location, address = _place_values(form)
        tried = attempt(
            form,
            lambda: actions.add_place(current_identity(), service_id=service_id, location=location, address=address),
        )
        if tried.done:
            flash_sentence(Sentence("The place was added."))
            return redirect(url_for("steward.show_service", service_id=service_id), 303)
        reasons = tried.reasons
    return page("add_place", form=form, reasons=reasons, service_id=service_id, name=record["name"])


@blueprint.post("/services/<uuid:service_id>/places/use")
@needs(Permission.EDIT_DIRECTORY)
def use_place(service_id: UUID) -> Response:
    """Offer a service at a place that its organization has already."""
    try:
        location_id = UUID(request.form.get("location_id", ""))
    except ValueError as error:
        raise InvalidInput("location_id", Sentence("Choose a place.")) from error
    actions.offer_at_place(current_identity(), service_id=service_id, location_id=location_id)
    flash_sentence(Sentence("The place was added."))
    return redirect(url_for("steward.show_service", service_id=service_id), 303)


@blueprint.route("/services/<uuid:service_id>/places/<uuid:site_id>", methods=["GET", "POST"])
@needs(Permission.EDIT_DIRECTORY)
def edit_place(service_id: UUID, site_id: UUID) -> Response | tuple[str, int]:
    """Change a place: its address, how exactly it is known, how to find the door."""
    listing = queries.get_edit_listing(service_id)
    site = listing.site(site_id)
    form = PlaceForm(data={**site.location, **_address_data(site.address)})
    reasons: list[Sentence] = []
    if form.validate_on_submit():
        location, address = _place_values(form)
        if site.location["place_withheld"]:
            location["place_precision"] = str(Precision.NONE)
        tried = attempt(
            form,
            lambda: actions.edit_place(current_identity(), site_id=site_id, location=location, address=address),
        )
        if tried.done:
            flash_sentence(Sentence("Saved.") if tried.result else Sentence("Nothing was changed."))
            return redirect(url_for("steward.show_service", service_id=service_id), 303)
        reasons = tried.reasons
    return page(
        "edit_place",
        form=form,
        reasons=reasons,
        service_id=service_id,
        name=listing.service["name"],
        at=site,
    )


@blueprint.post("/services/<uuid:service_id>/places/<uuid:site_id>/leave")
@needs(Permission.EDIT_DIRECTORY)
def leave_place(service_id: UUID, site_id: UUID) -> Response:
    """Stop offering a service at a place."""
    queries.get_edit_listing(service_id).site(site_id)
    actions.leave_place(current_identity(), site_id=site_id)
    flash_sentence(Sentence("The service is no longer offered there."))
    return redirect(url_for("steward.show_service", service_id=service_id), 303)


@blueprint.route("/services/<uuid:service_id>/places/<uuid:site_id>/confidential", methods=["GET", "POST"])
@needs(Permission.EDIT_DIRECTORY)
def make_place_confidential(service_id: UUID, site_id: UUID) -> Response | tuple[str, int]:
    """Say what making a place confidential erases, and erase it on confirmation."""
    listing = queries.get_edit_listing(service_id)
    site = listing.site(site_id)
    if request.method == "POST":
        actions.make_confidential(current_identity(), location_id=site.location["id"])
        flash_sentence(Sentence("The place is confidential now. Its address, town and point are erased."))
        return redirect(url_for("steward.show_service", service_id=service_id), 303)
    return page("make_place_confidential", service_id=service_id, name=listing.service["name"], at=site)


def _part_form(table: str, record: Mapping[str, Any]) -> RecordForm:
    if table not in PART_FORMS:
        raise NotFound
    data = dict(record)
    if table == "service_capacity":
        expires = data.get("expires_at")
        data["expires_on"] = _last_day(expires) if expires else _tomorrow()
        data["unit_id"] = str(data.get("unit_id") or "")
    form = PART_FORMS[table](data=data)
    if table == "service_capacity":
        form.unit_id.choices = options(
            [("", translate(Sentence("Places"))), *((str(unit_id), name) for unit_id, name in queries.list_units())]
        )
    return form


def _part_values(table: str, form: RecordForm) -> dict[str, Any]:
    values = form.values()
    if table == "service_capacity":
        values["unit_id"] = UUID(values["unit_id"]) if values["unit_id"] else None
        values["updated"] = now_utc()
        values["expires_at"] = _end_of(form.expires_on.data)
    return values


def _end_of(day: date) -> datetime:
    """The moment at which a day is over where the county is."""
    return datetime.combine(day + timedelta(days=1), time(0), ZoneInfo(current_site().zone))


def _last_day(expires_at: datetime) -> date:
    return local_day(expires_at - timedelta(seconds=1), current_site().zone)


def _tomorrow() -> date:
    return local_day(now_utc(), current_site().zone) + timedelta(days=1)


def _owner(listing: EditListing, table: str, site_text: str) -> dict[str, UUID]:
    """To which record a new part belongs."""
    if table not in PART_FORMS:
        raise NotFound
    site = None
    if site_text:
        try:
            site = listing.site(UUID(site_text))
        except ValueError as error:
            raise NotFound from error
    if table == "accessibility":
        if site is None:
            raise NotFound
        return {"location_id": site.location["id"]}
    if site is not None and table in SITE_PARTS:
        return {"service_at_location_id": site.id}
    return {"service_id": listing.id}


def _part(listing: EditListing, table: str, record_id: UUID) -> Mapping[str, Any]:
    """A part of this very service, or NotFound."""
    groups: dict[str, list[Mapping[str, Any]]] = {name: list(rows) for name, rows in listing.parts.items()}
    groups["phone"] = [*listing.phones, *listing.organization_phones]
    groups["phone"] += [row for site in listing.sites for row in site.phones]
    groups["contact"] = [*listing.contacts, *(row for site in listing.sites for row in site.contacts)]
    groups["accessibility"] = [row for site in listing.sites for row in site.accessibility]
    groups["service_area"] = list(listing.areas)
    owners = [listing.hours, *(site.hours for site in listing.sites)]
    groups["schedule"] = [{"id": row_id} for hours in owners for row_id in hours.exception_ids]
    found = next((row for row in groups.get(table, ()) if row["id"] == record_id), None)
    if found is None:
        raise NotFound
    return found


def _about(listing: EditListing, table: str) -> dict[str, Any]:
    return {
        "service_id": listing.id,
        "name": listing.service["name"],
        "table": table,
        "part_name": PART_NAMES[table],
    }


def _read_area(text: str) -> tuple[dict[str, Any] | None, tuple[Place, ...]]:
    """The columns of an area served by a place's name; else the places of that name to choose from."""
    if " ".join(text.casefold().split()) in WHOLE_COUNTRY:
        return {"name": "United States", "extent": "country:US", "extent_type": "area_codes"}, ()
    answer = find_place(text, current_site().state)
    if answer.place is None:
        return None, answer.choices
    prefix = AREA_PREFIX.get(answer.place.kind)
    code = next((code for code in answer.place.area_codes if prefix and code.startswith(prefix)), None)
    if code is None:
        return None, ()
    return {"name": answer.place.label, "extent": code, "extent_type": "area_codes"}, ()


def _address_data(address: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: address[name] for name in PlaceForm.address_fields} if address else {}


def _place_values(form: PlaceForm) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Columns of the location and of its address. Without a typed point, the ZIP's or town's stands in, and says so."""
    location = {name: form[name].data or None for name in PlaceForm.location_fields}
    location["visibility"] = form.visibility.data
    location["latitude"], location["longitude"] = form.latitude.data, form.longitude.data
    address: dict[str, Any] | None = {name: form[name].data or None for name in PlaceForm.address_fields}
    if address is not None and not any(address[name] for name in ("address_1", "city", "postal_code")):
        address = None
    else:
        address = {**(address or {}), "country": "US"}
    typed = form.latitude.data is not None or form.longitude.data is not None
    is_area = form.place_precision.data in {Precision.ZIP, Precision.TOWN, Precision.COUNTY}
    if typed and not (is_area and address):
        location["place_source"] = "steward"
        if form.place_precision.data == Precision.NONE:
            location["place_precision"] = str(Precision.EXACT)
    elif address:
        location |= _area_point(address)
    else:
        location |= {"latitude": None, "longitude": None, "place_precision": str(Precision.NONE), "place_source": None}
    location["place_checked_on"] = (
        local_day(now_utc(), current_site().zone) if location["latitude"] is not None else None
    )
    return location, address


def _area_point(address: Mapping[str, Any]) -> dict[str, Any]:
    """The middle of the ZIP code, else of the town; no point when neither is known."""
    zip_code = (address.get("postal_code") or "")[:5]
    point, precision = zip_point(zip_code), Precision.ZIP
    if point is None and address.get("city") and address.get("state_province"):
        point, precision = town_point(address["city"], address["state_province"]), Precision.TOWN
    if point is None:
        return {"latitude": None, "longitude": None, "place_precision": str(Precision.NONE), "place_source": None}
    return {
        "latitude": point.lat_deg,
        "longitude": point.lng_deg,
        "place_precision": str(precision),
        "place_source": "gazetteer",
    }
