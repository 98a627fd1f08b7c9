"""Pages of words (help, privacy, accessibility, credits, the data) and what search engines read."""

from __future__ import annotations

from flask import Response, render_template, url_for

from core.guard import public
from core.layout import current_site
from directory import queries
from directory.views.blueprint import blueprint

SITEMAP_SIZE = 5_000  # a sitemap may hold 50,000; a county's directory is far below


@blueprint.get("/help")
@public
def help_page() -> str:
    """How to use the site."""
    return render_template("directory/help_page.html")


@blueprint.get("/privacy")
@public
def privacy() -> str:
    """What is kept and what is not."""
    return render_template("directory/privacy.html")


@blueprint.get("/accessibility")
@public
def accessibility() -> str:
    """What works, what is tested and whom to tell."""
    return render_template("directory/accessibility.html")


@blueprint.get("/about")
@public
def about() -> str:
    """Who keeps it, how the order is made, credits."""
    return render_template("directory/about.html")


@blueprint.get("/api")
@public
def api_docs() -> str:
    """How programs read the directory."""
    return render_template("directory/api_docs.html")


@blueprint.get("/robots.txt")
@public
def robots() -> Response:
    """Listings may be indexed; searches and lists may not."""
    lines = [
        "User-agent: *",
        "Disallow: /list",
        "Disallow: /services?",
        "Disallow: /api/",
        f"Sitemap: {_absolute(url_for('directory.sitemap'))}",
    ]
    return Response("\n".join([*lines, ""]), mimetype="text/plain")


@blueprint.get("/sitemap.xml")
@public
def sitemap() -> Response:
    """Public pages and public listings only, whoever asks."""
    fixed = [url_for(f"directory.{name}") for name in ("home", "help_page", "privacy", "accessibility", "about")]
    ids = queries.list_public_services(after=None, limit=SITEMAP_SIZE)
    listings = [url_for("directory.show_listing", service_id=service_id) for service_id in ids]
    entries = "".join(f"<url><loc>{_absolute(path)}</loc></url>\n" for path in [*fixed, *listings])
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n'
    )
    return Response(text, mimetype="application/xml")


def _absolute(path: str) -> str:
    return current_site().public_url.rstrip("/") + path
