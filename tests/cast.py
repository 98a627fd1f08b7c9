"""The people of the tests, each with one role, and a browser-like client that a person signs in with."""

from __future__ import annotations

import contextvars
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from flask import has_app_context
from flask.testing import FlaskClient
from flask_security import hash_password
from passlib.totp import TOTP
from sqlalchemy import select
from werkzeug.test import TestResponse

from accounts.models import Role, User
from accounts.sign_in.store import identity_of
from core.db import db, transaction
from core.identity import Identity

PASSWORD = "otter lantern maple seven"
NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
_hashes: dict[str, str] = {}


@dataclass(frozen=True)
class Person:
    """Somebody of the tests."""

    name: str
    role: str

    @property
    def email(self) -> str:
        """Where they get mail."""
        return f"{self.name.split()[0].lower()}@example.org"


ANA = Person("Ana Ruiz", "enrollee")
CAL = Person("Cal Brooks", "coordinator")
MAX = Person("Max Stone", "coordinator")
FAY = Person("Fay Lindt", "fiscal_approver")
ADA = Person("Ada Okoro", "auditor")
SAM = Person("Sam Weller", "admin")
STELLA = Person("Stella Marsh", "steward")
SUE = Person("Sue Quinn", "supervisor")
DAN = Person("Dan Reyes", "director")
PIA = Person("Pia Voss", "privacy_officer")
MILO = Person("Milo Hart", "mentor")
GUS = Person("Gus Ruiz", "family")
PAT = Person("Pat Olsen", "payer")
REX = Person("Rex Amin", "reconciler")
FLO = Person("Flo Haas", "fiscal_approver")
DEB = Person("Deb Conti", "director")
CAST = {
    person.name.split()[0].lower(): person
    for person in (ANA, CAL, MAX, FAY, ADA, SAM, STELLA, SUE, DAN, PIA, MILO, GUS, PAT, REX, FLO, DEB)
}


class Browser(FlaskClient):
    """A client whose requests share nothing with the test but the cookies and the database."""

    person_id: UUID
    phone: str = ""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request in a context of its own; a read that the test left open would keep a writer waiting."""
        if has_app_context():
            db.session.rollback()
        return contextvars.Context().run(self._open_whole, *args, **kwargs)

    def _open_whole(self, *args: Any, **kwargs: Any) -> TestResponse:
        answer = super().open(*args, **kwargs)
        answer.get_data()  # a streamed answer is made in the context that it began in
        return answer

    def token(self, address: str) -> str:
        """The CSRF token of a page's form."""
        page = self.get(address)
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
        assert found, f"{address} answered {page.status_code} and holds no form"
        return found[1]

    def send(self, address: str, *, page: str | None = None, **fields: Any) -> TestResponse:
        """Post a form as a browser does: with the token of the page that it stands on."""
        return self.post(address, data={"csrf_token": self.token(page or address), **fields})


def make_user(person: Person, *, demo: bool = False, password: str | None = PASSWORD) -> UUID:
    """The account of a person, once."""
    found = db.session.scalar(select(User.id).where(User.email == person.email))
    if found is not None:
        return found
    if password is not None and password not in _hashes:
        _hashes[password] = hash_password(password)
    with transaction() as session:
        user = User(
            id=uuid4(),
            email=person.email,
            name=person.name,
            language="en",
            active=True,
            is_demo=demo,
            password=_hashes[password] if password else None,
            fs_uniquifier=uuid4().hex,
            created_at=NOW,
            roles=list(session.scalars(select(Role).where(Role.name == person.role))),
        )
        session.add(user)
        return user.id


def identity_for(person: Person) -> Identity:
    """The identity of a person, for actions."""
    user = db.session.get(User, make_user(person))
    assert user is not None
    identity = identity_of(user)
    db.session.rollback()
    return identity


def give_second_factor(person: Person, security: Any) -> str:
    """Set up one-time codes for a person; answers the secret of the "phone"."""
    secret: str = security.totp_factory.generate_totp_secret()
    make_user(person)
    with transaction() as session:
        user = session.scalars(select(User).where(User.email == person.email)).one()
        user.tf_primary_method, user.tf_totp_secret = "authenticator", secret
    key: str = security.totp_factory.get_totp_b32_key(secret)
    return key


def code_at(key: str, moment: datetime) -> str:
    """What the authenticator app shows at a moment."""
    return str(TOTP(key=key, format="base32").generate(time=int(moment.timestamp())).token)
