"""What Flask-Security is given in place of its own parts: datastore, one-time codes, password check, mail."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import segno
from flask import g, url_for
from flask_security import MailUtil, MfRecoveryCodesUtil, PasswordUtil, SQLAlchemyUserDatastore, Totp
from flask_security.proxies import _datastore
from flask_security.recoverable import generate_reset_password_token
from passlib.exc import TokenError, UsedTokenError

from accounts import actions, rules
from accounts.models import User
from core import clock
from core.db import current_config, end_write
from core.identity import Identity
from core.mail import Mail
from core.pages import translate


class Datastore(SQLAlchemyUserDatastore):
    """The library's store on our session: its commit ends the write that `sessions.begin` opened."""

    def commit(self) -> None:
        """End the write, with the events of the library's signals inside."""
        end_write()


class OneTimeCodes(Totp):
    """Codes of an authenticator app, each of which works once."""

    def verify_totp(self, token: str, totp_secret: str, user: Any, window: int = 0) -> bool:
        """Whether the code is right, within `window` seconds either way, and newer than the last one used."""
        try:
            match = self._totp.verify(
                token, totp_secret, time=clock.now_utc(), window=window, last_counter=user.tf_last_counter
            )
            self.set_last_counter(user, match)
        except (TokenError, ValueError, TypeError):
            return False
        return True

    def set_last_counter(self, user: Any, tmatch: Any) -> None:
        """Use the code up. Raises UsedTokenError when another request was first."""
        if not actions.take_code(user_id=user.id, counter=tmatch.counter):
            raise UsedTokenError

    def generate_qrcode(self, username: str, totp: str) -> str:
        """The picture for the authenticator app, as an address that our policy for pictures allows."""
        code = segno.make(self.get_totp_uri(username, totp), error="m", micro=False)
        return str(code.svg_data_uri(scale=5, border=3, dark="#1b1b1b", light="#ffffff"))


class RecoveryCodes(MfRecoveryCodesUtil):
    """Recovery codes, with an event when they are made and when one is used."""

    def create_recovery_codes(self, user: Any) -> list[str]:
        """New codes; the former ones stop working."""
        codes: list[str] = super().create_recovery_codes(user)
        actions.record_second_factor(identity_of(user), how="recovery codes made", now=clock.now_utc())
        return codes

    def delete_recovery_code(self, user: Any, code: str) -> bool:
        """Use a code up."""
        deleted = bool(super().delete_recovery_code(user, code))
        actions.record_second_factor(identity_of(user), how="recovery code used", now=clock.now_utc())
        return deleted


class Passwords(PasswordUtil):
    """Our rule for new passwords in place of the library's."""

    def validate(self, password: str, is_register: bool, **kwargs: Any) -> tuple[list[str] | None, str]:
        """The reasons against a new password, translated, and its normal form."""
        normal = self.normalize(password)
        user: User | None = kwargs.get("user")
        config = current_config()
        own = (config.site_name, config.county_name, *((user.name, user.email) if user else ()))
        decision = rules.decide_password(normal, own_words=own)
        return [translate(reason) for reason in decision.reasons] or None, normal


class Post(MailUtil):
    """The library's mails, kept until its write is committed and, in service, its answer is on its way."""

    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: str | tuple[str, str],
        sender: str | tuple[str, str],
        body: str | None,
        html: str | None,
        **kwargs: Any,
    ) -> None:
        """Put a mail into the bag that `sessions.finish` empties."""
        g.setdefault("goldthread_mails", []).append(Mail(str(recipient), str(subject), body or ""))


def identity_of(user: User) -> Identity:
    """Who a signed-in user is to the rest of the program."""
    roles = user.role_names
    user_id: UUID = user.id
    return Identity(user_id=user_id, name=user.name, roles=roles, permissions=rules.permissions_of(roles))


def new_password_address(user_id: UUID) -> str:
    """Where the person with this account sets a password; good for an hour. For who opened an invitation."""
    user = _datastore.find_user(id=user_id)
    return url_for("security.reset_password", token=generate_reset_password_token(user))  # type: ignore[no-untyped-call]
