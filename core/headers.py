"""The security headers of every answer, errors too; no cookie and no session."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from flask_talisman import Talisman

from core.config import Config
from core.uploads.kinds import Kind

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ISOLATION = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}
TWO_YEARS_S = 63_072_000
STRICT_TRANSPORT = f"max-age={TWO_YEARS_S}; includeSubDomains"
PERMISSIONS_POLICY = {"geolocation": "(self)", "camera": "()", "microphone": "()", "browsing-topics": "()"}
# A file that somebody sent: should a browser show it after all, it runs nothing, sends nothing and has no origin.
SANDBOX = "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def stored_file(data: bytes, *, kind: Kind, name: str) -> Response:
    """A file that somebody sent (core.files), answered as an attachment that can do nothing and is kept by no cache.

    `name` is our own word for it, never the sender's and never a person's: the kind's ending is added.
    """
    response = Response(data, mimetype=kind.media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind.ending}"'
    response.headers["Cache-Control"] = "no-store"
    g.goldthread_sandbox = True
    return response


def content_security_policy(tile_url: str) -> dict[str, str]:
    """The policy: nothing inline, so no nonce, so that public pages stay byte-identical.

    A configured `tile_url` adds its one origin to the pictures; where it has `{s}`, that host's own names too.
    """
    pictures = "'self' data:"
    if tile_url:
        parts = urlsplit(tile_url.replace("{s}.", "*."))
        pictures += f" {parts.scheme}://{parts.netloc}"
    own = "'self'"
    policy = {f"{kind}-src": own for kind in ("script", "style", "font", "connect", "worker", "manifest")} | {
        "default-src": "'none'",
        "img-src": pictures,
        "form-action": own,
    }
    return policy | {"base-uri": "'none'", "frame-ancestors": "'none'", "object-src": "'none'"}


def with_headers(serve: WSGIApplication, config: Config) -> WSGIApplication:
    """`serve` with the headers of every page on what is answered before the application is asked: static files, their
    304 and 405."""
    policy = "; ".join(f"{name} {sources}" for name, sources in content_security_policy(config.tile_url).items())
    fixed = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": ", ".join(f"{name}={value}" for name, value in PERMISSIONS_POLICY.items()),
        "Cross-Origin-Embedder-Policy": _embedder(config),
        **ISOLATION,
    }
    if config.uses_https:
        fixed["Strict-Transport-Security"] = STRICT_TRANSPORT

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
            present = {name.lower() for name, _ in headers}
            missing = [(name, value) for name, value in fixed.items() if name.lower() not in present]
            return start_response(status, [*headers, *missing], *error)

        return serve(environ, start)

    return answer


def _embedder(config: Config) -> str:
    return "credentialless" if config.tile_url else "require-corp"


def init_headers(app: Flask, config: Config) -> None:
    """Set the headers of security.md on every answer of `app`."""

    @app.after_request  # the first named runs last: after Talisman, which knows one policy for all
    def sandbox(response: Response) -> Response:
        if g.pop("goldthread_sandbox", False):
            response.headers["Content-Security-Policy"] = SANDBOX
        return response

    Talisman(
        app,
        content_security_policy=content_security_policy(config.tile_url),
        frame_options="DENY",
        referrer_policy="same-origin",
        force_https=False,  # the proxy redirects; a wrong proxy setting here would be a redirect loop
        strict_transport_security=config.uses_https,
        strict_transport_security_max_age=TWO_YEARS_S,
        session_cookie_secure=config.uses_https,
        permissions_policy=PERMISSIONS_POLICY,
        x_xss_protection=False,
    )

    @app.after_request
    def isolate(response: Response) -> Response:
        for name, value in {**ISOLATION, "Cross-Origin-Embedder-Policy": _embedder(config)}.items():
            response.headers.setdefault(name, value)
        if request.endpoint == "static":
            response.headers.pop("Set-Cookie", None)
        return response
