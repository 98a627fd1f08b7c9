"""One listing, one organization: all that is known, a contact card, a calendar file, the report of a problem."""

from __future__ import annotations

from uuid import UUID

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from core.clock import now_utc
from core.errors import InvalidInput, NotFound, Sentence
from core.guard import current_identity, public
from core.layout import address_with, current_site, page_language
from core.pages import PageOf, flash_sentence, page_number, safe_next, show_refusal
from directory import actions, queries
from directory.forms import ReportForm
from directory.rules import viewer_level
from directory.views.blueprint import blueprint
from directory.views.cards import Moment, make_card
from directory.views.files import calendar_text, contact_card_text
from directory.views.kept_list import kept_ids
from directory.views.listing_page import make_listing_page, web_links
from directory.views.results import Entry

ORGANIZATION_PAGE_SIZE = 20


@blueprint.get("/services/<uuid:service_id>")
@public
def show_listing(service_id: UUID) -> str:
    """One service with all that is known of it."""
    level = viewer_level(current_identity())
    listing = queries.get_listing(service_id, level)
    moment = _moment(listing.organization_id)
    others = [
        other
        for other in queries.get_organization(listing.organization_id, level).listings
        if other.service_id != service_id
    ]
    back = _search_before()
    return render_template(
        "directory/show_listing.html",
        listing=make_listing_page(listing, moment, others=others[:8]),
        saved=service_id in kept_ids(),
        back_address=back or url_for("directory.home"),
        came_from_search=back is not None,
        here=address_with(),
        now=moment.now,
    )


@blueprint.get("/services/<uuid:service_id>/contact.vcf")
@public
def contact_card(service_id: UUID) -> Response:
    """The provider's contact as a vCard."""
    listing = queries.get_listing(service_id, viewer_level(current_identity()))
    return _download(contact_card_text(listing), "text/vcard", "contact.vcf")


@blueprint.get("/services/<uuid:service_id>/hours.ics")
@public
def calendar_entry(service_id: UUID) -> Response:
    """The next opening as a calendar file."""
    listing = queries.get_listing(service_id, viewer_level(current_identity()))
    text = calendar_text(listing, _moment(listing.organization_id))
    if text is None:
        raise NotFound
    return _download(text, "text/calendar", "visit.ics")


@blueprint.route("/services/<uuid:service_id>/report", methods=["GET", "POST"])
@public
def report_problem(service_id: UUID) -> AnyResponse | str:
    """Tell the stewards what is wrong with a listing."""
    listing = queries.get_listing(service_id, viewer_level(current_identity()))
    form = ReportForm()
    if form.validate_on_submit():
        try:
            if not form.homepage.data:  # only programs fill in what people do not see; they are thanked and ignored
                actions.suggest(
                    current_identity(),
                    service_id=service_id,
                    kind=form.kind.data,
                    words=form.words.data or "",
                    reply_to=form.reply_to.data or "",
                    language=page_language(),
                )
        except InvalidInput as refusal:
            if not show_refusal(form, refusal):
                raise
        else:
            flash_sentence(Sentence("Thank you. A person will read your report and correct the listing."))
            return redirect(url_for("directory.show_listing", service_id=service_id), 303)
    return render_template("directory/report_problem.html", form=form, listing_name=listing.name, service_id=service_id)


@blueprint.get("/organizations/<uuid:organization_id>")
@public
def show_organization(organization_id: UUID) -> str:
    """An organization and what it offers."""
    found = queries.get_organization(organization_id, viewer_level(current_identity()))
    page = PageOf(page_number(request.args.get("page")), ORGANIZATION_PAGE_SIZE, len(found.listings))
    first = (page.page - 1) * page.size
    moment, kept = _moment(organization_id), frozenset(kept_ids())
    return render_template(
        "directory/show_organization.html",
        organization=found,
        links=web_links(found.website, ()),
        entries=[
            Entry(make_card(listing, moment), None, listing.service_id in kept)
            for listing in found.listings[first : first + page.size]
        ],
        page=page,
        page_address=lambda number: address_with(page=str(number)),
        here=address_with(),
        now=moment.now,
    )


def _moment(organization_id: UUID) -> Moment:
    return Moment(now_utc(), current_site().zone, tuple(queries.closing_days(organization_id)))


def _search_before() -> str | None:
    """The search that led here, by the browser's own referrer; None when a person came from elsewhere."""
    before = request.referrer or ""
    own = request.host_url
    if not before.startswith(own + "services?"):
        return None
    return safe_next("/" + before.removeprefix(own), "") or None


def _download(text: str, kind: str, name: str) -> Response:
    return Response(
        text,
        mimetype=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "X-Robots-Tag": "noindex"},
    )
