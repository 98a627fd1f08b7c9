"""What the page frame (`templates/base.html`) needs on every page: language, site, navigation; no page of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, current_app, g, has_request_context, request, session, url_for
from markupsafe import Markup
from werkzeug.routing import BuildError

from core.catalog import catalog
from core.config import Config
from core.errors import Sentence
from core.guard import current_identity
from core.identity import Identity
from core.keeping import Keeper
from core.static_files import mark_of

LANGUAGE_COOKIE = "goldthread_language"
LANGUAGE_NAMES: Mapping[str, str] = {"en": "English", "es": "Español"}
LOCALES: Mapping[str, str] = {"en": "en_US", "es": "es_US"}  # plain "es" would print 1.234,50 US$
YEAR_S = 365 * 24 * 3600
COUNT_PLACE = "\x00"  # stands where a number goes: no text of a page holds it
MOST_PIECES = 10_000  # of pages, such as a box of a filter
MOST_ADDRESSES = 1_000  # of pages without values and static files, by the path that the site lies under


@dataclass(frozen=True, slots=True)
class Site:
    """The county's own words: the part of the settings that pages may show."""

    name: str
    county: str
    contact_email: str
    contact_phone: str
    crisis_name: str
    crisis_phone: str
    on_call_name: str
    on_call_phone: str
    quick_exit_url: str
    version: str
    is_demo: bool
    zone: str
    state: str
    public_url: str
    tile_url: str
    tile_attribution: str


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """One entry of the main navigation."""

    label: Sentence
    address: str
    current: bool = False
    count: int | None = None  # a number beside the label; None shows none


Navigation = Callable[[Identity], Sequence[NavigationItem]]


def page_language() -> str:
    """The language of this page, "en" or "es": the address, then the cookie, the account, the browser."""
    if not has_request_context():
        return "en"
    if "page_language" not in g:
        g.page_language = _chosen_language()
    language: str = g.page_language
    return language


def page_locale() -> str:
    """The locale for Flask-Babel: "en_US" or "es_US"."""
    return LOCALES[page_language()]


def init_layout(app: Flask, config: Config, *, version: str = "", navigation: Sequence[Navigation] = ()) -> None:
    """Give templates what the frame needs. `navigation` are functions of the packages, in the order of the header."""
    site = Site(
        name=config.site_name,
        county=config.county_banner or config.county_name,
        contact_email=config.contact_email,
        contact_phone=config.contact_phone,
        crisis_name=config.mobile_crisis_name,
        crisis_phone=config.mobile_crisis_phone,
        on_call_name=config.on_call_name,
        on_call_phone=config.on_call_phone,
        quick_exit_url=config.quick_exit_url,
        version=version,
        is_demo=config.demo,
        zone=config.timezone,
        state=config.county_state,
        public_url=config.public_url.rstrip("/"),
        tile_url=config.tile_url,
        tile_attribution=config.tile_attribution,
    )
    app.extensions["goldthread_site"] = site
    # Globals, so that imported macros see them too.
    app.jinja_env.globals["site"] = site
    app.jinja_env.globals["url_for"] = _kept_url_for(app)
    app.jinja_env.globals["kept_with_count"] = _kept_with_count()
    app.jinja_env.globals["icons_address"] = _icons_address
    app.config["GOLDTHREAD_LANGUAGES"] = config.languages

    @app.url_defaults
    def version_static(endpoint: str, values: dict[str, Any]) -> None:
        """Our own static files carry a mark of their content, so that a new release is seen at once."""
        name = values.get("filename", "")
        if endpoint == "static" and not name.startswith("vendor/"):
            values.setdefault("v", mark_of(name))

    @app.context_processor
    def frame() -> dict[str, Any]:
        return {"page_language": page_language(), "language_names": LANGUAGE_NAMES} | (
            _request_frame(navigation) if has_request_context() else {}
        )

    @app.after_request
    def remember_language(response: Response) -> Response:
        asked = request.args.get("lang", "")
        if asked in config.languages and request.cookies.get(LANGUAGE_COOKIE) != asked:
            response.set_cookie(
                LANGUAGE_COOKIE, asked, max_age=YEAR_S, secure=config.uses_https, httponly=True, samesite="Lax"
            )
        response.vary.update(("Cookie", "Accept-Language"))
        response.content_language.add(page_language())
        return response


def _chosen_language() -> str:
    languages: Sequence[str] = current_app.config["GOLDTHREAD_LANGUAGES"]
    for wish in (request.args.get("lang"), request.cookies.get(LANGUAGE_COOKIE), session.get("language")):
        if wish in languages:
            return str(wish)
    return request.accept_languages.best_match(languages) or "en"


def _request_frame(navigation: Sequence[Navigation]) -> dict[str, Any]:
    identity = current_identity()
    return {
        "identity": identity,
        "navigation": [item for part in navigation for item in part(identity)],
        "language_links": _language_links(),
        "quick_exit_shown": True,
        "sign_in_address": _address_of("security.login"),
        "sign_out_address": _address_of("security.logout"),
    }


def _language_links() -> list[tuple[str, str]]:
    """This page in each language, with its filters; a page that was posted keeps its path."""
    return [(code, address_with(lang=code)) for code in current_app.config["GOLDTHREAD_LANGUAGES"]]


def current_site() -> Site:
    """The county's own words, for pages that need them outside a template."""
    site: Site = current_app.extensions["goldthread_site"]
    return site


def address_with(**changes: str | Sequence[str] | None) -> str:
    """The address of this page with some parameters changed; None takes a parameter away."""
    path, asked = _address_parts()
    values = {name: texts for name, texts in asked.items() if name not in changes}
    for name, value in changes.items():
        if value is not None:
            values[name] = _quoted(name, [value] if isinstance(value, str) else value)
    query = "&".join(text for text in values.values() if text)
    return f"{path}?{query}" if query else path


def _address_parts() -> tuple[str, dict[str, str]]:
    """This page's path and its parameters as they stand in an address: read once, since a page of results has a dozen
    links to itself."""
    if "address_parts" not in g:
        # The path may be one that no route knows (a 404), so it is not built by url_for.
        path = quote(request.script_root + request.path)
        g.address_parts = path, {name: _quoted(name, texts) for name, texts in request.args.lists()}
    parts: tuple[str, dict[str, str]] = g.address_parts
    return parts


def _quoted(name: str, texts: Sequence[str]) -> str:
    return "&".join(f"{quote(name, safe='')}={quote(text, safe='')}" for text in texts)


def _kept_url_for(app: Flask) -> Callable[..., str]:
    """`url_for` for templates: addresses without values, and those of static files, are built once."""
    kept: dict[tuple[str, str, str], str] = {}

    def address(endpoint: str, **values: Any) -> str:
        is_static = endpoint == "static" and values.keys() == {"filename"}
        if (values and not is_static) or endpoint.startswith(".") or not has_request_context():
            return app.url_for(endpoint, **values)
        key = (endpoint, values.get("filename", ""), request.script_root)
        if key not in kept:
            if len(kept) >= MOST_ADDRESSES:
                kept.clear()
            kept[key] = app.url_for(endpoint, **values)
        return kept[key]

    return address


def _kept_with_count() -> Callable[..., Markup]:
    """`kept_with_count("box", box, rows)` for templates: what a macro makes of each row's values and number.

    Made once for each values, since only the number differs from page to page: for macros that show what they are
    given and texts of the program alone (no addresses), under a name of their own.
    """
    keeper: Keeper[tuple[str, str]] = Keeper(MOST_PIECES)

    def kept_with_count(name: str, macro: Callable[..., str], rows: Iterable[tuple[tuple[object, ...], int]]) -> Markup:
        language = catalog().language
        made = []
        for values, count in rows:
            key = (name, language, values)
            halves = keeper.get(key, None)
            if halves is None:
                made_once = str(macro(*values, COUNT_PLACE))
                before, _, after = made_once.rpartition(COUNT_PLACE)  # the number comes last
                halves = before, after
                keeper.put(key, None, halves)
            made.append(f"{halves[0]}{count:d}{halves[1]}")
        return Markup("".join(made))  # noqa: S704 - made of what the macro made, and whole numbers

    return kept_with_count


def _icons_address() -> str:
    """The address of the icons, made once a request: a page of results shows some three hundred."""
    if "icons_address" not in g:
        g.icons_address = url_for("static", filename="img/icons.svg")
    address: str = g.icons_address
    return address


def _address_of(endpoint: str) -> str | None:
    """The address of a page that this installation may not have; None where it has none."""
    try:
        return url_for(endpoint)
    except BuildError:
        return None
