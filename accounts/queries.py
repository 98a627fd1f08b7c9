"""Reading accounts: one user, lists, guesses so far; no write and no rule."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select

from accounts.models import Role, SignInAttempt, User
from accounts.rules import KNOWN_NETWORK, Attempt, read_invitation
from core.db import current_config, db
from core.errors import NotFound


@dataclass(frozen=True, slots=True)
class Account:
    """One account as pages show it; no secret in it."""

    id: UUID
    email: str
    name: str
    language: str
    active: bool
    is_demo: bool
    has_password: bool
    has_second_factor: bool
    recovery_codes: int
    roles: frozenset[str]
    created_at: datetime
    last_signed_in_at: datetime | None


def get_account(user_id: UUID) -> Account:
    """One account, or NotFound. Two queries."""
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound
    return _account(user)


def find_account(email: str) -> Account | None:
    """The account with this normalised address, or None."""
    user = db.session.scalar(select(User).where(User.email == email))
    return _account(user) if user else None


def list_accounts(*, page: int, size: int = 50, words: str = "", role: str = "") -> tuple[list[Account], int]:
    """A page of accounts by name, and how many fit. Three queries."""
    wanted = select(User)
    if words:
        fits = f"%{words.lower().replace('%', '').replace('_', '')}%"
        wanted = wanted.where(or_(func.lower(User.name).like(fits), User.email.like(fits)))
    if role:
        wanted = wanted.where(User.roles.any(Role.name == role))
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.scalars(wanted.order_by(func.lower(User.name), User.id).limit(size).offset((page - 1) * size))
    return [_account(user) for user in rows], total


def find_invited(token: str, now: datetime) -> Account | None:
    """The account that an invitation's link is for, while it has no password; else None."""
    uniquifier = read_invitation(current_config().secret_key, token, now)
    if uniquifier is None:
        return None
    user = db.session.scalar(select(User).where(User.fs_uniquifier == uniquifier, User.password.is_(None), User.active))
    return _account(user) if user else None


def names_of(user_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of some accounts, for pages that say who did something. One query."""
    wanted = set(user_ids)
    if not wanted:
        return {}
    return {row.id: row.name for row in db.session.execute(select(User.id, User.name).where(User.id.in_(wanted)))}


def list_holders(role: str) -> list[Account]:
    """The active accounts that hold a role, by name; at most 500."""
    rows = db.session.scalars(
        select(User)
        .where(User.active, User.roles.any(Role.name == role))
        .order_by(func.lower(User.name), User.id)
        .limit(500)
    )
    return [_account(user) for user in rows]


def list_demo_accounts() -> list[Account]:
    """The invented people of the demo data, by name; at most 50."""
    rows = db.session.scalars(select(User).where(User.is_demo, User.active).order_by(User.name, User.id).limit(50))
    return [_account(user) for user in rows]


def count_other_admins(user_id: UUID | None) -> int:
    """How many active administrators there are besides this one."""
    wanted = select(func.count()).select_from(User).where(User.active, User.roles.any(Role.name == "admin"))
    if user_id is not None:
        wanted = wanted.where(User.id != user_id)
    return db.session.scalar(wanted) or 0


def list_attempts(*, email: str, network: str, kind: str, now: datetime) -> list[Attempt]:
    """The checked guesses at this account that still count, oldest first; at most the last thousand."""
    here = network_key(network)
    rows = db.session.execute(
        select(SignInAttempt.at, SignInAttempt.succeeded, SignInAttempt.network_key)
        .where(
            SignInAttempt.account_key == account_key(email),
            SignInAttempt.kind == kind,
            SignInAttempt.at > now - KNOWN_NETWORK,
        )
        .order_by(SignInAttempt.at.desc(), SignInAttempt.id.desc())
        .limit(1000)
    ).all()
    return [Attempt(row.at, row.succeeded, row.network_key == here) for row in reversed(rows)]


def account_key(email: str) -> str:
    """How the table of guesses names an account, known or not: a keyed digest of the address that was typed."""
    return _digest("account", email.strip().lower())


def network_key(address: str) -> str:
    """How the table of guesses names a network: a keyed digest of the /24 or /56 that the address lies in."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return _digest("network", address)
    bits = 24 if parsed.version == 4 else 56
    return _digest("network", str(ipaddress.ip_network(f"{parsed}/{bits}", strict=False)))


def _digest(kind: str, text: str) -> str:
    key = current_config().password_salt.encode()
    return hmac.new(key, f"{kind}:{text}".encode(), hashlib.sha256).hexdigest()


def _account(user: User) -> Account:
    return Account(
        id=user.id,
        email=user.email,
        name=user.name,
        language=user.language,
        active=user.active,
        is_demo=user.is_demo,
        has_password=user.password is not None,
        has_second_factor=bool(user.tf_totp_secret and user.tf_primary_method),
        recovery_codes=len(user.mf_recovery_codes or []),
        roles=user.role_names,
        created_at=user.created_at,
        last_signed_in_at=user.last_signed_in_at,
    )
