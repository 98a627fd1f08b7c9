"""Stewards' lists and main records: services and organizations, a page to add or change each, retire and bring back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from core.errors import InvalidInput, Sentence
from core.forms import options
from core.guard import current_identity, needs
from core.identity import Permission
from core.layout import address_with
from core.pages import PageOf, flash_sentence, page_number
from directory import actions, queries
from directory.facets import Answer
from directory.needs import all_needs, own_terms
from directory.queries import EditListing
from directory.views.steward_blueprint import PAGE_SIZE, attempt, blueprint, page
from directory.views.steward_forms import OrganizationForm, RetireForm, SearchForm, ServiceForm
from directory.views.steward_hours import hours_text

STATES = {"", "hidden", "waiting", "retired"}


@blueprint.get("/services")
@needs(Permission.EDIT_DIRECTORY)
def services() -> tuple[str, int]:
    """Every service by name, also hidden, waiting and retired ones."""
    form = SearchForm(request.args)
    words, state = (form.q.data or "")[:200], form.state.data if form.state.data in STATES else ""
    number = page_number(request.args.get("page"))
    found, total = queries.list_services_for_steward(words=words, state=state, page=number, size=PAGE_SIZE)
    return page("services", form=form, found=found, where=PageOf(number, PAGE_SIZE, total), address=_page_address)


@blueprint.get("/organizations")
@needs(Permission.EDIT_DIRECTORY)
def organizations() -> tuple[str, int]:
    """Every organization by name."""
    form = SearchForm(request.args)
    number = page_number(request.args.get("page"))
    found, total = queries.list_organizations(words=(form.q.data or "")[:200], page=number, size=PAGE_SIZE)
    return page("organizations", form=form, found=found, where=PageOf(number, PAGE_SIZE, total), address=_page_address)


@blueprint.route("/organizations/new", methods=["GET", "POST"])
@needs(Permission.EDIT_DIRECTORY)
def add_organization() -> Response | tuple[str, int]:
    """Add an organization, then its first service."""
    form = OrganizationForm()
    reasons: list[Sentence] = []
    if form.validate_on_submit():
        tried = attempt(form, lambda: actions.add_organization(current_identity(), values=form.values()))
        if tried.done:
            flash_sentence(Sentence("The organization was added."))
            return redirect(url_for("steward.edit_organization", organization_id=tried.result), 303)
        reasons = tried.reasons
    return page("add_organization", form=form, reasons=reasons)


@blueprint.route("/organizations/<uuid:organization_id>", methods=["GET", "POST"])
@needs(Permission.EDIT_DIRECTORY)
def edit_organization(organization_id: UUID) -> Response | tuple[str, int]:
    """An organization's own fields, and its services."""
    record = queries.get_record("organization", organization_id)
    form = OrganizationForm(data=record)
    reasons: list[Sentence] = []
    if form.validate_on_submit():
        tried = attempt(
            form,
            lambda: actions.edit_record(
                current_identity(), table="organization", record_id=organization_id, values=form.values()
            ),
        )
        if tried.done:
            flash_sentence(Sentence("Saved.") if tried.result else Sentence("Nothing was changed."))
            return redirect(url_for("steward.edit_organization", organization_id=organization_id), 303)
        reasons = tried.reasons
    return page(
        "edit_organization",
        form=form,
        reasons=reasons,
        organization_id=organization_id,
        name=record["name"],
        services=queries.list_organization_services(organization_id),
    )


@blueprint.route("/organizations/<uuid:organization_id>/services/new", methods=["GET", "POST"])
@needs(Permission.EDIT_DIRECTORY)
def add_service(organization_id: UUID) -> Response | tuple[str, int]:
    """Add a service on one page; places, phones and hours follow on its own page."""
    organization = queries.get_record("organization", organization_id)
    form = ServiceForm()
    reasons: list[Sentence] = []
    if form.validate_on_submit():
        tried = attempt(
            form,
            lambda: actions.add_described_service(
                current_identity(), organization_id=organization_id, values=form.values(), details=_details(form)
            ),
        )
        if tried.done:
            flash_sentence(Sentence("The service was added. Now add its places, phones and hours."))
            return redirect(url_for("steward.show_service", service_id=tried.result), 303)
        reasons = tried.reasons
    return page(
        "add_service",
        form=form,
        reasons=reasons,
        organization_id=organization_id,
        organization=organization["name"],
        **_service_choices(),
    )


@blueprint.get("/services/<uuid:service_id>")
@needs(Permission.EDIT_DIRECTORY)
def show_service(service_id: UUID) -> tuple[str, int]:
    """Everything of a service with a way to change each part."""
    listing = queries.get_edit_listing(service_id)
    return page(
        "show_service",
        listing=listing,
        hours_text=hours_text,
        checks=queries.newest_checks(service_id),
        history=queries.list_history(queries.list_part_ids(service_id), limit=3),
        places=[
            each
            for each in queries.list_organization_places(listing.organization_id)
            if each[0] not in {site.location["id"] for site in listing.sites}
        ],
    )


@blueprint.route("/services/<uuid:service_id>/edit", methods=["GET", "POST"])
@needs(Permission.EDIT_DIRECTORY)
def edit_service(service_id: UUID) -> Response | tuple[str, int]:
    """A service's own fields, answers, kinds of help and languages."""
    listing = queries.get_edit_listing(service_id)
    form = ServiceForm(data=_service_data(listing))
    form.kept_terms.choices = options((str(term.term_id), term.name) for term in listing.terms if not term.is_own)
    reasons: list[Sentence] = []
    if form.validate_on_submit():
        tried = attempt(
            form,
            lambda: actions.edit_described_service(
                current_identity(), service_id=service_id, values=form.values(), details=_details(form)
            ),
        )
        if tried.done:
            flash_sentence(Sentence("Saved.") if tried.result else Sentence("Nothing was changed."))
            return redirect(url_for("steward.show_service", service_id=service_id), 303)
        reasons = tried.reasons
    return page(
        "edit_service",
        form=form,
        reasons=reasons,
        service_id=service_id,
        name=listing.service["name"],
        **_service_choices(),
    )


@blueprint.route("/services/<uuid:service_id>/organization", methods=["GET", "POST"])
@needs(Permission.EDIT_DIRECTORY)
def choose_organization(service_id: UUID) -> Response | tuple[str, int]:
    """Say which organization offers a service that waits without one."""
    record = queries.get_record("service", service_id)
    form = SearchForm(request.args)
    reasons: list[Sentence] = []
    if request.method == "POST":
        chosen = _uuid(request.form.get("organization_id"))
        tried = attempt(form, lambda: _set_organization(service_id, chosen))
        if tried.done:
            flash_sentence(Sentence("Saved."))
            return redirect(url_for("steward.show_service", service_id=service_id), 303)
        reasons = tried.reasons
    number = page_number(request.args.get("page"))
    found, total = queries.list_organizations(words=(form.q.data or "")[:200], page=number, size=PAGE_SIZE)
    return page(
        "choose_organization",
        form=form,
        reasons=reasons,
        service_id=service_id,
        name=record["name"],
        found=found,
        where=PageOf(number, PAGE_SIZE, total),
        address=_page_address,
    )


@blueprint.route("/services/<uuid:service_id>/retire", methods=["GET", "POST"])
@needs(Permission.EDIT_DIRECTORY)
def retire_service(service_id: UUID) -> Response | tuple[str, int]:
    """Take a service out of the directory; it can come back."""
    record = queries.get_record("service", service_id)
    form = RetireForm()
    reasons: list[Sentence] = []
    if form.validate_on_submit():
        reason = form.reason.data
        tried = attempt(form, lambda: actions.retire_listing(current_identity(), service_id=service_id, reason=reason))
        if tried.done:
            flash_sentence(Sentence("The service is retired. Nobody finds it any more."))
            return redirect(url_for("steward.show_service", service_id=service_id), 303)
        reasons = tried.reasons
    return page("retire_service", form=form, reasons=reasons, service_id=service_id, name=record["name"])


@blueprint.post("/services/<uuid:service_id>/bring-back")
@needs(Permission.EDIT_DIRECTORY)
def bring_back_service(service_id: UUID) -> Response:
    """Bring a retired service back."""
    actions.show_listing(current_identity(), service_id=service_id)
    flash_sentence(Sentence("The service is back in the directory."))
    return redirect(url_for("steward.show_service", service_id=service_id), 303)


def _page_address(number: int) -> str:
    return address_with(page=None if number == 1 else str(number))


def _set_organization(service_id: UUID, organization_id: UUID | None) -> list[str]:
    if organization_id is None:
        raise InvalidInput("organization_id", Sentence("Choose the organization that offers the service."))
    return actions.edit_record(
        current_identity(), table="service", record_id=service_id, values={"organization_id": organization_id}
    )


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _service_data(listing: EditListing) -> dict[str, Any]:
    answers = {f"answer_{code}": str(int(answer)) for code, answer in listing.answers.items()}
    return {
        **listing.service,
        **answers,
        "terms": [term.code for term in listing.terms if term.is_own],
        "kept_terms": [str(term.term_id) for term in listing.terms if not term.is_own],
        "languages": list(listing.languages),
    }


def _details(form: ServiceForm) -> actions.ServiceDetails:
    answers: dict[str, Answer] = form.answers()
    return actions.ServiceDetails(
        answers=answers,
        own_terms=tuple(form.terms.data or ()),
        kept_terms=tuple(UUID(term_id) for term_id in form.kept_terms.data or ()),
        languages=tuple(form.languages.data or ()),
    )


def _service_choices() -> dict[str, Any]:
    """The kinds of help by need, for check boxes under headings that fold."""
    return {
        "needs": all_needs(),
        "kinds": [(need, [t for t in own_terms() if t.need == need.code]) for need in all_needs()],
    }
