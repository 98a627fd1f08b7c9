"""Who may call which page: every endpoint is marked, an unmarked one is refused; no rule about rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

from core.identity import VISITOR, Identity, Permission

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC = "public"
SIGNED_IN = "signed in"
Mark = str | Permission


def public(view: View) -> View:
    """Mark a view that everybody may call."""
    view.goldthread_mark = PUBLIC  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Mark a view for everybody with an account: their own profile, their own sign-in."""
    view.goldthread_mark = SIGNED_IN  # type: ignore[attr-defined]
    return view


def needs(permission: Permission) -> Callable[[View], View]:
    """Mark a view that asks for one permission."""

    def mark(view: View) -> View:
        view.goldthread_mark = permission  # type: ignore[attr-defined]
        return view

    return mark


def mark_of(app: Flask, endpoint: str) -> Mark | None:
    """How an endpoint is marked; None means that it is refused."""
    library: Mapping[str, Mark] = app.extensions["goldthread_guard"]
    if endpoint in library:
        return library[endpoint]
    return getattr(app.view_functions[endpoint], "goldthread_mark", None)


def init_guard(app: Flask, *, load_identity: Callable[[], Identity], library: Mapping[str, Mark]) -> None:
    """Refuse what is not marked. `library` marks the endpoints of libraries; `load_identity` tells who asks."""
    app.extensions["goldthread_guard"] = library
    app.extensions["goldthread_identity"] = load_identity
    app.before_request(_check)


def current_identity() -> Identity:
    """Who makes this request; VISITOR without sign-in. Loaded once a request."""
    if "goldthread_identity" not in g:  # plain `identity` is Flask-Principal's
        g.goldthread_identity = current_app.extensions["goldthread_identity"]()
    identity: Identity = g.goldthread_identity
    return identity


def _check() -> Response | None:
    if request.endpoint is None:  # no such page: the routing error follows
        return None
    mark = mark_of(current_app, request.endpoint)
    if mark == PUBLIC:
        return None
    if mark is None:
        current_app.logger.error("endpoint %s carries no mark and was refused", request.endpoint)
        abort(403)
    identity = current_identity()
    if identity == VISITOR:
        if request.method in {"GET", "HEAD"}:
            return redirect(url_for("security.login", next=request.full_path.rstrip("?")), 303)
        abort(401)
    if mark != SIGNED_IN and not identity.may(Permission(mark)):
        abort(403)
    return None
