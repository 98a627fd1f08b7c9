"""What is done to accounts: invite, change roles, disable, end sessions; and the events of the sign-in library.

The functions of the second half (from `record_sign_in` on) run inside the write that `accounts.sign_in` opened around a
page of Flask-Security, because the library changes the rows itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import IntegrityError

from accounts import queries, rules
from accounts.models import Role, SignInAttempt, User
from audit import actions as trail
from audit.rules import EventKind
from core.clock import now_utc
from core.db import constraint_of, current_config, db, transaction
from core.errors import InvalidInput, NotAllowed, NotFound, Sentence
from core.identity import VISITOR, Identity, system_identity

NAME_MAX = 100


@dataclass(frozen=True, slots=True)
class Invited:
    """Who was invited, and the token of the link that is mailed."""

    user_id: UUID
    email: str
    name: str
    language: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoUser:
    """One invented person who can sign in to a demo."""

    email: str
    name: str
    role: str
    password: str


def invite_user(identity: Identity, *, email: str, name: str, roles: Iterable[str], language: str = "en") -> Invited:
    """Make an account without a password. The caller mails the link with which its owner sets one.

    Raises InvalidInput for a bad or known address, NotAllowed for roles that nobody may hold together.
    """
    now = now_utc()
    wanted = frozenset(roles)
    address = rules.normalize_email(email)
    label = _checked_name(name)
    decision = rules.decide_grant(actor_id=identity.user_id, subject_id=None, old=(), new=wanted, other_admins=1)
    if not decision.allowed:
        raise NotAllowed(*decision.reasons)
    try:
        with transaction() as session:
            user = User(
                id=uuid4(),
                email=address,
                name=label,
                language=language,
                active=True,
                is_demo=False,
                fs_uniquifier=uuid4().hex,
                created_at=now,
                roles=_roles(wanted),
            )
            session.add(user)
            session.flush()
            invited = _invited(user, now)
            _record(EventKind.USER_INVITED, identity, user.id, now, roles=sorted(wanted))
    except IntegrityError as error:
        if "email" in constraint_of(error):
            raise InvalidInput("email", Sentence("There is an account with this address already.")) from error
        raise
    return invited


def invite_again(identity: Identity, *, user_id: UUID) -> Invited:
    """A new link for somebody who has not set a password yet; the former one stops working."""
    now = now_utc()
    with transaction():
        user = _locked(user_id)
        if user.password is not None or not user.active:
            raise NotAllowed(Sentence("This person has a password already, or the account is switched off."))
        user.fs_uniquifier = uuid4().hex
        _record(EventKind.USER_INVITED, identity, user.id, now, roles=sorted(user.role_names), again=True)
        return _invited(user, now)


def change_roles(identity: Identity, *, user_id: UUID, roles: Iterable[str]) -> None:
    """Give a person exactly these roles and end their sessions. Nobody changes their own."""
    now = now_utc()
    wanted = frozenset(roles)
    with transaction():
        user = _locked(user_id)
        old = user.role_names
        decision = rules.decide_grant(
            actor_id=identity.user_id,
            subject_id=user_id,
            old=old,
            new=wanted,
            other_admins=queries.count_other_admins(user_id),
        )
        if not decision.allowed:
            raise NotAllowed(*decision.reasons)
        if wanted == old:
            return
        user.roles = _roles(wanted)
        user.fs_uniquifier = uuid4().hex
        _record(EventKind.USER_ROLES_CHANGED, identity, user_id, now, old=sorted(old), new=sorted(wanted))


def edit_profile(identity: Identity, *, user_id: UUID, name: str, language: str) -> None:
    """Change a name and the language that pages and mails use. One's own, or anybody's for an administrator."""
    now = now_utc()
    label = _checked_name(name)
    with transaction():
        user = _locked(user_id)
        fields = [field for field, value in (("name", label), ("language", language)) if getattr(user, field) != value]
        if not fields:
            return
        user.name, user.language = label, language
        _record(EventKind.USER_EDITED, identity, user_id, now, fields=fields)


def disable_user(identity: Identity, *, user_id: UUID, reason: str) -> None:
    """Switch an account off: no request of it is served from now on. `reason` is one of DISABLE_REASONS."""
    now = now_utc()
    if reason not in DISABLE_REASONS:
        raise InvalidInput("reason", Sentence("Choose a reason."))
    with transaction():
        user = _locked(user_id)
        decision = rules.decide_disable(
            actor_id=identity.user_id,
            subject_id=user_id,
            roles=user.role_names,
            other_admins=queries.count_other_admins(user_id),
        )
        if not decision.allowed:
            raise NotAllowed(*decision.reasons)
        if not user.active:
            return
        user.active = False
        user.fs_uniquifier = uuid4().hex
        _record(EventKind.USER_DISABLED, identity, user_id, now, reason=reason)


DISABLE_REASONS = {
    "left": Sentence("The person left"),
    "leave": Sentence("The person is on leave"),
    "risk": Sentence("The account may be in wrong hands"),
    "mistake": Sentence("The account was made by mistake"),
}


def enable_user(identity: Identity, *, user_id: UUID) -> None:
    """Switch an account on again, with the roles that it had."""
    now = now_utc()
    with transaction():
        user = _locked(user_id)
        if user.active:
            return
        user.active = True
        _record(EventKind.USER_ENABLED, identity, user_id, now)


def end_sessions(identity: Identity, *, user_id: UUID) -> None:
    """End every session of a person, on all devices, the present one too."""
    now = now_utc()
    with transaction():
        _locked(user_id).fs_uniquifier = uuid4().hex
        _record(EventKind.USER_SESSIONS_ENDED, identity, user_id, now)


def reset_second_factor(identity: Identity, *, user_id: UUID) -> None:
    """Take a lost second factor and its codes away; where one is needed, the next sign-in sets up another."""
    now = now_utc()
    with transaction():
        if identity.user_id == user_id:
            raise NotAllowed(Sentence("Change your own second step on your profile."))
        user = _locked(user_id)
        user.tf_primary_method = user.tf_totp_secret = user.mf_recovery_codes = None
        user.fs_uniquifier = uuid4().hex
        _record(EventKind.USER_TWO_FACTOR_CHANGED, identity, user_id, now, how="reset")


def make_admin(*, email: str, name: str) -> Invited:
    """The first administrator, from the command line: the only account that nobody invites."""
    return invite_user(system_identity("command line"), email=email, name=name, roles=("admin",))


def create_demo_users(users: Sequence[DemoUser], *, hash_password: Callable[[str], str]) -> int:
    """Make the invented people of the demo who are not there yet; answers how many. Refused in production."""
    now = now_utc()
    if current_config().is_production:
        raise NotAllowed(Sentence("There are no demo accounts where real people are served."))
    identity = system_identity("demo data")
    with transaction() as session:
        known = set(session.scalars(select(User.email).where(User.email.in_([user.email for user in users]))))
        missing = [user for user in users if user.email not in known]
        for person in missing:
            user = User(
                id=uuid4(),
                email=rules.normalize_email(person.email),
                name=_checked_name(person.name),
                language="en",
                active=True,
                is_demo=True,
                password=hash_password(person.password),
                fs_uniquifier=uuid4().hex,
                created_at=now,
                roles=_roles(frozenset({person.role})),
            )
            session.add(user)
            session.flush()
            _record(EventKind.USER_INVITED, identity, user.id, now, roles=[person.role])
    return len(missing)


# --- inside the write around a page of the sign-in library -----------------------------------------------------------


def lock_guesses(*, email: str, kind: str) -> None:
    """Let the guesses at one account stand in line, so that none is checked beyond the limit.

    SQLite has one writer at a time; PostgreSQL holds an advisory lock until the write ends.
    """
    session = db.session()
    if session.get_bind().dialect.name == "postgresql":
        number = int(queries.account_key(f"{kind}:{email}")[:15], 16)
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def record_guess(*, email: str, network: str, kind: str, succeeded: bool, user_id: UUID | None, now: datetime) -> None:
    """Keep a checked guess for the throttle, and a failed one in the trail. An unknown address has no `user_id`."""
    session = db.session()
    session.add(
        SignInAttempt(
            at=now,
            account_key=queries.account_key(email),
            network_key=queries.network_key(network),
            kind=kind,
            succeeded=succeeded,
        )
    )
    session.execute(delete(SignInAttempt).where(SignInAttempt.at < now - rules.KNOWN_NETWORK - timedelta(days=1)))
    if not succeeded:
        _record(EventKind.USER_SIGN_IN_FAILED, VISITOR, user_id, now, guessed=kind)


def forgive_guesses(*, email: str, network: str, now: datetime) -> None:
    """After a password was reset by mail: this network is the owner's, and earlier guesses from it no longer count."""
    for kind in ("password", "code"):
        record_guess(email=email, network=network, kind=kind, succeeded=True, user_id=None, now=now)


def record_sign_in(identity: Identity, *, now: datetime) -> None:
    """Keep when a person last signed in, with the event."""
    db.session.execute(update(User).where(User.id == identity.user_id).values(last_signed_in_at=now))
    _record(EventKind.USER_SIGNED_IN, identity, identity.user_id, now)


def record_sign_out(identity: Identity, *, now: datetime) -> None:
    """End every session of the person who signs out: a copied cookie is dead from now on."""
    db.session.execute(update(User).where(User.id == identity.user_id).values(fs_uniquifier=uuid4().hex))
    _record(EventKind.USER_SIGNED_OUT, identity, identity.user_id, now)


def record_password(identity: Identity, *, how: str, now: datetime) -> None:
    """The event of a new password; `how` is "changed" or "reset"."""
    _record(EventKind.USER_PASSWORD_CHANGED, identity, identity.user_id, now, how=how)


def record_second_factor(identity: Identity, *, how: str, now: datetime) -> None:
    """The event of a second factor set up, removed, or of new recovery codes."""
    _record(EventKind.USER_TWO_FACTOR_CHANGED, identity, identity.user_id, now, how=how)


def take_code(*, user_id: UUID, counter: int) -> bool:
    """Mark a one-time code as used. False when it, or a later one, was used before: a conditional update decides."""
    taken = db.session.execute(
        update(User)
        .where(User.id == user_id, (User.tf_last_counter.is_(None)) | (User.tf_last_counter < counter))
        .values(tf_last_counter=counter)
    )
    return bool(taken.rowcount == 1)  # type: ignore[attr-defined]


def _record(kind: EventKind, identity: Identity, user_id: UUID | None, now: datetime, **details: object) -> None:
    trail.record(kind, identity, now=now, subject_type="user", subject_id=user_id, details=details)


def _invited(user: User, now: datetime) -> Invited:
    token = rules.make_invitation(current_config().secret_key, user.fs_uniquifier, now + rules.INVITATION)
    return Invited(user.id, user.email, user.name, user.language, token)


def _locked(user_id: UUID) -> User:
    user = db.session.scalar(select(User).where(User.id == user_id).with_for_update())
    if user is None:
        raise NotFound
    return user


def _roles(names: frozenset[str]) -> list[Role]:
    return list(db.session.scalars(select(Role).where(Role.name.in_(names)).order_by(Role.name)))


def _checked_name(name: str) -> str:
    label = " ".join(name.split())
    if not label or not label.isprintable():
        raise InvalidInput("name", Sentence("Write a name."))
    if len(label) > NAME_MAX:
        raise InvalidInput("name", Sentence("Write at most %(count)s letters.", count=NAME_MAX))
    return label
