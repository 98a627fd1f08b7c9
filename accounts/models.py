"""The tables of sign-in: user, role, which user holds which role, and attempts to guess; no person's case data."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from flask_security import RoleMixin, UserMixin
from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Index, Table, UniqueConstraint
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.rules import needs_second_factor
from core.db import Base, BigInt, current_config

user_role = Table(
    "user_role",
    Base.metadata,
    Column("user_id", ForeignKey("user.id", ondelete="CASCADE"), primary_key=True),
    Column("role_name", ForeignKey("role.name"), primary_key=True),
)


class Role(Base, RoleMixin):
    """A role by its name. What it permits stands in `accounts.rules.ROLE_PERMISSIONS`."""

    __tablename__ = "role"

    name: Mapped[str] = mapped_column(primary_key=True)


class User(Base, UserMixin):
    """One person who signs in. `fs_uniquifier` is what sessions hold: a new one ends every session."""

    __tablename__ = "user"
    __table_args__ = (
        UniqueConstraint("email"),
        UniqueConstraint("fs_uniquifier"),
        CheckConstraint("email = lower(email)", name="email_lower"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)  # type: ignore[assignment]
    email: Mapped[str]
    name: Mapped[str]
    language: Mapped[str] = mapped_column(default="en")
    active: Mapped[bool] = mapped_column(default=True)
    is_demo: Mapped[bool] = mapped_column(default=False)
    password: Mapped[str | None]
    fs_uniquifier: Mapped[str]
    tf_primary_method: Mapped[str | None]
    tf_totp_secret: Mapped[str | None]  # encrypted by the library with the key of the settings
    tf_last_counter: Mapped[int | None] = mapped_column(BigInt)  # the last one-time code's number: none works twice
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(JSON()))  # encrypted, each once
    created_at: Mapped[datetime]
    last_signed_in_at: Mapped[datetime | None]

    roles: Mapped[list[Role]] = relationship(secondary=user_role, lazy="selectin", order_by=Role.name)  # type: ignore[assignment]

    @property
    def role_names(self) -> frozenset[str]:
        """The names of the roles held."""
        return frozenset(role.name for role in self.roles)

    def check_tf_required(
        self, tf_setup_methods: list[tuple[str, str]], tf_fresh: bool
    ) -> tuple[bool, list[tuple[str, str]]]:
        """Whether this sign-in asks for a one-time code: always where one is set up, and where a role needs it."""
        return bool(tf_setup_methods) or self.check_tf_required_setup(), tf_setup_methods

    def check_tf_required_setup(self) -> bool:
        """Whether this account may not be without one-time codes. Invented people of a demo may."""
        config = current_config()
        if not config.two_factor_required or (self.is_demo and not config.is_production):
            return False
        return needs_second_factor(self.role_names)


class SignInAttempt(Base):
    """A checked guess at a password or code. Account and network are keyed digests: no address stands here."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (
        CheckConstraint("kind IN ('password', 'code')", name="kind"),
        Index("ix_sign_in_attempt_account", "account_key", "kind", "at"),
        Index("ix_sign_in_attempt_at", "at"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    at: Mapped[datetime]
    account_key: Mapped[str]
    network_key: Mapped[str]
    kind: Mapped[str]
    succeeded: Mapped[bool]


class KeptForm(Base):
    """A form that was sent after sign-in ran out, kept for its person for an hour. One for each account."""

    __tablename__ = "kept_form"
    __table_args__ = (UniqueConstraint("user_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    address: Mapped[str]
    sealed: Mapped[bytes]
    kept_at: Mapped[datetime]
