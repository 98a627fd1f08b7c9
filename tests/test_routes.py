"""Who may call which address: every one is listed and marked, an unmarked one is refused, each role gets its own."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from accounts.rules import ROLE_PERMISSIONS
from core import guard
from core.db import db
from core.guard import PUBLIC, SIGNED_IN, mark_of
from core.identity import VISITOR, Identity, Permission
from tests.routes import LIST, route_lines

ROLES = [None, *ROLE_PERMISSIONS]


def test_the_reviewed_list_is_the_truth(app: Flask) -> None:
    """A route that came, went or changed its mark must be in the diff: `python -m tests.routes` writes the list."""
    assert route_lines(app) == LIST.read_text().splitlines()


def test_every_endpoint_is_marked(app: Flask) -> None:
    """Nothing is left to chance."""
    marks = {rule.endpoint: mark_of(app, rule.endpoint) for rule in app.url_map.iter_rules()}
    assert {endpoint for endpoint, mark in marks.items() if mark is None} == set()
    assert all(mark in {PUBLIC, SIGNED_IN, *Permission} for mark in marks.values())


def test_an_unmarked_view_is_refused(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: without its mark even the first page is closed."""
    view = app.view_functions["directory.home"]
    monkeypatch.delattr(view, "goldthread_mark")
    assert app.test_client().get("/").status_code == 403


def plain_gets(app: Flask) -> list[tuple[str, str]]:
    """Addresses without parameters that answer GET, with their endpoints."""
    return sorted(
        (rule.rule, rule.endpoint)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.arguments and rule.endpoint != "static"
    )


@pytest.mark.one_database
@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_what_its_permissions_say(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, role: str | None
) -> None:
    """Every parameterless page × every role: shown, refused, or sent to sign in."""
    identity = VISITOR
    if role is not None:
        from uuid import uuid4

        identity = Identity(uuid4(), f"a {role}", frozenset({role}), frozenset(ROLE_PERMISSIONS[role]))
    monkeypatch.setitem(app.extensions, "goldthread_identity", lambda: identity)
    wrong: dict[str, Any] = {}
    for address, endpoint in plain_gets(app):
        if endpoint.startswith(("security.", "accounts.")):
            continue  # they need a real account; tests/accounts asks them
        mark, status = mark_of(app, endpoint), client.get(address).status_code
        if mark == PUBLIC:
            expected = status < 400
        elif identity == VISITOR:
            expected = status == 303
        elif mark == SIGNED_IN or identity.may(Permission(mark or "")):
            expected = status < 400
        else:
            expected = status == 403
        if not expected:
            wrong[address] = (mark, status)
    assert wrong == {}


def digest_of_everything() -> str:
    """A digest of every row of every table."""
    db.session.rollback()
    found = hashlib.sha256()
    for table in sorted(db.metadata.tables.values(), key=lambda each: each.name):
        for row in sorted(map(repr, db.session.execute(select(table)))):
            found.update(row.encode())
    db.session.rollback()
    return found.hexdigest()


def test_a_get_changes_nothing(app: Flask, client: FlaskClient) -> None:
    """Every public address without parameters leaves every row as it was; a post does not (the control)."""
    from tests.builders import make_listing

    before = digest_of_everything()
    for address, endpoint in plain_gets(app):
        if mark_of(app, endpoint) == PUBLIC:
            client.get(address)
            client.head(address)
    assert digest_of_everything() == before
    make_listing()
    assert digest_of_everything() != before


def test_post_by_a_visitor_is_refused_before_the_view(app: Flask, client: FlaskClient) -> None:
    """Every address that asks for a permission refuses a visitor's post, whatever its parameters."""
    from uuid import uuid4

    wrong = {}
    for rule in app.url_map.iter_rules():
        mark = mark_of(app, rule.endpoint)
        if mark == PUBLIC or "POST" not in (rule.methods or ()):
            continue
        values = {name: str(uuid4()) for name in rule.arguments}
        with app.test_request_context():
            address = app.url_map.bind("localhost").build(rule.endpoint, values, method="POST")
        status = client.post(address).status_code
        if status not in {400, 401, 403}:
            wrong[address] = status
    assert wrong == {}
    assert guard.mark_of(app, "directory.home") == PUBLIC
