"""The security headers of every answer, errors too; no cookie and no session."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, request
from flask_talisman import Talisman

from core.config import Config

ISOLATION = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}
PERMISSIONS_POLICY = {"geolocation": "(self)", "camera": "()", "microphone": "()", "browsing-topics": "()"}


def content_security_policy(tile_url: str) -> dict[str, str]:
    """The policy: nothing inline, so no nonce, so that public pages stay byte-identical.

    A configured `tile_url` adds its one origin to the pictures.
    """
    pictures = "'self' data:"
    if tile_url:
        parts = urlsplit(tile_url.replace("{s}.", ""))
        pictures += f" {parts.scheme}://{parts.netloc}"
    own = "'self'"
    policy = {f"{kind}-src": own for kind in ("script", "style", "font", "connect", "worker", "manifest")} | {
        "default-src": "'none'",
        "img-src": pictures,
        "form-action": own,
    }
    return policy | {"base-uri": "'none'", "frame-ancestors": "'none'", "object-src": "'none'"}


def init_headers(app: Flask, config: Config) -> None:
    """Set the headers of security.md on every answer of `app`."""
    Talisman(
        app,
        content_security_policy=content_security_policy(config.tile_url),
        frame_options="DENY",
        referrer_policy="same-origin",
        force_https=False,  # the proxy redirects; a wrong proxy setting here would be a redirect loop
        strict_transport_security=config.uses_https,
        strict_transport_security_max_age=63072000,
        session_cookie_secure=config.uses_https,
        permissions_policy=PERMISSIONS_POLICY,
        x_xss_protection=False,
    )

    @app.after_request
    def isolate(response: Response) -> Response:
        embedder = "credentialless" if config.tile_url else "require-corp"
        for name, value in {**ISOLATION, "Cross-Origin-Embedder-Policy": embedder}.items():
            response.headers.setdefault(name, value)
        if request.endpoint == "static":
            response.headers.pop("Set-Cookie", None)
        return response
