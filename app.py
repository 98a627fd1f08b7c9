"""The whole wiring in one read: settings, database, sign-in, guard, headers, pages, commands. No rule lives here."""

from __future__ import annotations

import logging
import uuid
from typing import Any

from flask import Flask, Response, jsonify, render_template, request
from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix

import accounts.cli
import accounts.views
import audit.actions
import audit.cli
import audit.views
import care.cli
import care.views
import directory.api
import directory.cli
import directory.views
import directory.views.steward
import funds.cli
import funds.views
import seeds.cli
from accounts.rules import LIBRARY_ENDPOINTS
from accounts.sign_in import init_sign_in, load_identity
from core.catalog import init_catalog
from core.cli import init_cli
from core.compression import init_compression
from core.config import ROOT, BadSetting, Config
from core.db import bind, db, engine_options
from core.doctor import examine
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Sentence, Unavailable
from core.filters import init_filters
from core.guard import PUBLIC, init_guard
from core.headers import init_headers
from core.layout import init_layout, page_locale
from core.pages import translate
from core.static_files import init_static

limiter = Limiter(get_remote_address, storage_uri="memory://", headers_enabled=False)
NAVIGATION = (
    directory.views.navigation,
    care.views.navigation,
    funds.views.navigation,
    directory.views.steward.navigation,
    accounts.views.navigation,
    audit.views.navigation,
)
WAITING = (  # what the start page counts
    care.views.today.waiting,
    funds.views.waiting,
    funds.views.deciding.waiting,
    funds.views.paying.waiting,
    directory.views.steward.waiting,
)
STANDING_IN = (funds.views.caseload.standing_in,)  # whose people somebody looks after, beside their own
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


def create_app(config: Config | None = None) -> Flask:
    """The application, ready to serve. Raises BadSetting when the environment holds a senseless setting."""
    config = config or Config.from_env()
    config.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    app = Flask(__name__, root_path=str(ROOT))
    app.config.update(flask_settings(config))
    if config.proxy_count:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.proxy_count, x_proto=config.proxy_count, x_host=0)  # type: ignore[method-assign]
    db.init_app(app)
    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True)
    with app.app_context():
        bind(config)
    csrf = CSRFProtect(app)
    csrf.exempt(directory.api.hsds_blueprint)  # its POST only reads: the query in the body stays out of logs
    limiter.init_app(app)
    Babel(app, locale_selector=page_locale, default_translation_directories=str(ROOT / "translations"))
    init_catalog(app)
    init_headers(app, config)
    init_compression(app)
    init_requests(app)
    init_guard(app, load_identity=load_identity, library={"static": PUBLIC, **LIBRARY_ENDPOINTS})
    init_sign_in(app, config, limit=limiter.limit(config.sign_in_rate, methods=["POST"]))
    init_filters(app, config.timezone)
    directory.views.cards.init_cards(app)
    init_layout(app, config, version=release(), navigation=NAVIGATION)
    app.extensions["goldthread_waiting"] = WAITING
    app.extensions["goldthread_standing_in"] = STANDING_IN
    app.extensions["goldthread_sealed"] = funds.cli.SEALED
    init_errors(app)
    for blueprint in (
        directory.views.blueprint,
        directory.views.steward.blueprint,
        directory.api.blueprint,
        directory.api.hsds_blueprint,
        care.views.blueprint,
        funds.views.blueprint,
        accounts.views.blueprint,
        audit.views.blueprint,
    ):
        app.register_blueprint(blueprint)
    init_counting(app, csrf)
    for group in (
        directory.cli.group,
        accounts.cli.group,
        audit.cli.group,
        care.cli.group,
        funds.cli.group,
        seeds.cli.group,
    ):
        app.cli.add_command(group)
    init_cli(app)
    init_static(app, config)
    return app


def init_counting(app: Flask, csrf: CSRFProtect) -> None:
    """Let a public page count a search that found nothing: without a cookie, so without a token, and a few an hour."""
    endpoint = "care.count_public_search"
    view: Any = app.view_functions[endpoint]
    csrf.exempt(view)
    limited: Any = limiter.limit("20 per hour")(view)
    app.view_functions[endpoint] = limited


def create_served_app() -> Flask:
    """The application for a web server. In production it does not start while `flask doctor` finds something.

    Raises BadSetting with every finding.
    """
    config = Config.from_env()
    app = create_app(config)
    if config.is_production:
        with app.app_context():
            if findings := examine(app, config):
                raise BadSetting("This installation is not safe for real people:\n" + "\n".join(findings))
    return app


def flask_settings(config: Config) -> dict[str, Any]:
    """Flask's and its extensions' settings from ours."""
    return {
        "GOLDTHREAD": config,
        "SECRET_KEY": config.secret_key,
        "SQLALCHEMY_DATABASE_URI": config.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(config),
        "TESTING": config.environment == "test",
        "TRUSTED_HOSTS": list(config.trusted_hosts),
        "MAX_CONTENT_LENGTH": 1_000_000,
        "MAX_FORM_MEMORY_SIZE": 500_000,
        "SESSION_COOKIE_NAME": "__Host-goldthread" if config.uses_https else "goldthread",
        "SESSION_COOKIE_SECURE": config.uses_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SEND_FILE_MAX_AGE_DEFAULT": 3600,
        "WTF_CSRF_TIME_LIMIT": None,  # a form left open for a day must still be sent; the token is bound to the session
        "BABEL_DEFAULT_TIMEZONE": config.timezone,
        "RATELIMIT_ENABLED": config.environment != "test",
    }


def init_requests(app: Flask) -> None:
    """Give each request an id, refuse posts from other sites, and keep personal pages out of caches."""

    @app.before_request
    def begin() -> None:
        audit.actions.request_id.set(uuid.uuid4().hex)
        if request.method not in SAFE_METHODS:
            site = request.headers.get("Sec-Fetch-Site", "none")
            if site not in {"same-origin", "none"}:
                raise NotAllowed(Sentence("This form came from another site, so nothing was changed."))

    @app.after_request
    def finish(response: Response) -> Response:
        response.headers["X-Request-Id"] = audit.actions.request_id.get() or ""
        if request.endpoint != "static":
            response.headers.setdefault(
                "Cache-Control", "no-store" if "Set-Cookie" in response.headers else "private, no-cache"
            )
        return response


def init_errors(app: Flask) -> None:
    """Turn what actions and queries raise into pages, or JSON below /api."""
    app.register_error_handler(NotFound, lambda _error: _answer(404))
    app.register_error_handler(NotAllowed, lambda error: _answer(403, *error.reasons))
    app.register_error_handler(InvalidInput, lambda error: _answer(422, error.sentence, field=error.field))
    app.register_error_handler(Conflict, lambda error: _answer(409, error.sentence))
    app.register_error_handler(Unavailable, lambda error: _answer(503, error.sentence))
    app.register_error_handler(OperationalError, _database_error)
    app.register_error_handler(
        CSRFError, lambda _error: _answer(400, Sentence("This page was open too long. Send the form again."))
    )
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(500, lambda _error: _answer(500))


def _database_error(error: OperationalError) -> tuple[Response | str, int]:
    logging.getLogger("goldthread").error("database: %s", type(error.orig).__name__)
    return _answer(503, Sentence("The records cannot be read just now. Try again in a minute."))


def _http_error(error: HTTPException) -> Response | tuple[Response | str, int]:
    if error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    if isinstance(error, SecurityError):  # a host that is not ours: no page of ours can be built for it
        return Response("This address is not served here.\n", status=400, mimetype="text/plain")
    answer, code = _answer(error.code)
    if error.code == 405 and isinstance(answer, str):
        response = Response(answer, status=code)
        response.headers["Allow"] = ", ".join(getattr(error, "valid_methods", None) or ())
        return response
    return answer, code


def _answer(code: int, *sentences: Sentence, field: str | None = None) -> tuple[Response | str, int]:
    if request.path.startswith("/api/"):
        message = " ".join(translate(one) for one in sentences or (API_SENTENCES.get(code, API_SENTENCES[500]),))
        return jsonify(
            error=ERROR_NAMES.get(code, "error"), message=message, fields={field: message} if field else {}
        ), code
    return render_template("errors/error.html", code=code, sentences=sentences), code


ERROR_NAMES = {
    400: "bad_request",
    401: "sign_in_needed",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    422: "invalid_input",
    429: "too_many_requests",
    500: "internal_error",
    503: "unavailable",
}

API_SENTENCES = {  # what a program's author reads where nothing more is known; pages have their own words
    400: Sentence("This could not be read. The page /api says what may be sent."),
    401: Sentence("This needs an account."),
    403: Sentence("This is not allowed."),
    404: Sentence("There is nothing at this address. The page /api lists what there is."),
    405: Sentence("This address is not asked in this way. The page /api says how."),
    413: Sentence("This is too large. Send less."),
    429: Sentence("That was a lot at once. Wait a minute and try again."),
    500: Sentence("Something broke on our side. Try again in a few minutes."),
}


def release() -> str:
    """The version that the footer shows."""
    return (ROOT / "VERSION").read_text(encoding="utf-8").strip()
