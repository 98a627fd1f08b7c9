"""Flask-Security's forms in our words, with the throttle around every guess; no page of its own."""

from __future__ import annotations

from typing import Any

from flask import request, session
from flask_login import current_user
from flask_security import hash_password
from flask_security.forms import (
    ChangePasswordForm,
    EmailValidation,
    ForgotPasswordForm,
    LoginForm,
    ResetPasswordForm,
    TwoFactorRescueForm,
    TwoFactorSetupForm,
    TwoFactorVerifyCodeForm,
    VerifyForm,
    valid_user_email,
)
from flask_security.proxies import _datastore, _security
from flask_security.recovery_codes import MfRecoveryForm
from flask_security.twofactor import is_tf_setup
from wtforms import EmailField, PasswordField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, EqualTo, Length, Optional

from accounts import actions, queries, rules
from accounts.models import User
from accounts.sign_in.settings import CODE_WINDOW_S, NO_CODE, NO_MATCH
from core import clock
from core.db import transaction
from core.errors import Sentence
from core.identity import Identity
from core.pages import translate

LONGEST = 200  # letters that any of these boxes reads
WRITE_CODE = Sentence("Write the code.")


class SignInForm(LoginForm):
    """Address and password. Without "remember me": sessions here are short on purpose."""

    email = EmailField(
        Sentence("E-mail address"),
        validators=[
            DataRequired(Sentence("Write your e-mail address.")),
            Length(max=LONGEST),
            EmailValidation(verify=False),
        ],
        render_kw={"autocomplete": "username"},
    )
    password = PasswordField(
        Sentence("Password"),
        validators=[DataRequired(Sentence("Write your password.")), Length(max=LONGEST)],
        render_kw={"autocomplete": "current-password"},
    )
    remember = None
    submit = None

    def validate(self, **kwargs: Any) -> bool:
        """Check the guess, unless it comes too soon: then it costs the same time and gets the same words."""
        email = (self.email.data or "").strip().lower()[:LONGEST]
        if _must_wait(email, "password"):
            hash_password(self.password.data or "")
            self.form_errors = [translate(NO_MATCH)]
            return False
        correct = bool(super().validate(**kwargs))
        if self.ifield is not None:  # the address and the password had a shape, so a guess was made
            _keep_guess(email, "password", correct, self.user)
        if correct:
            session["second_step_at"] = clock.now_utc().timestamp()
        return correct


class ForgottenPasswordForm(ForgotPasswordForm):
    """The address that gets a link."""

    email = EmailField(
        Sentence("E-mail address"),
        validators=[
            DataRequired(Sentence("Write your e-mail address.")),
            Length(max=LONGEST),
            EmailValidation(verify=False),
            valid_user_email,
        ],
        render_kw={"autocomplete": "username"},
    )
    submit = None

    def validate(self, **kwargs: Any) -> bool:
        """Look the address up; a known one costs as much time as the library spends on an unknown one."""
        known = bool(super().validate(**kwargs))
        if known:
            hash_password("not-a-password")
        return known


class NewPasswordForm(ResetPasswordForm):
    """A new password, twice."""

    password = PasswordField(
        Sentence("New password"),
        validators=[DataRequired(Sentence("Write your password.")), Length(max=LONGEST)],
        render_kw={"autocomplete": "new-password"},
    )
    password_confirm = PasswordField(
        Sentence("New password again"),
        validators=[
            DataRequired(Sentence("Write your password.")),
            EqualTo("password", Sentence("The two passwords differ.")),
        ],
        render_kw={"autocomplete": "new-password"},
    )
    submit = None


class OtherPasswordForm(ChangePasswordForm):
    """The present password and a new one, twice."""

    password = PasswordField(
        Sentence("Present password"),
        validators=[DataRequired(Sentence("Write your password.")), Length(max=LONGEST)],
        render_kw={"autocomplete": "current-password"},
    )
    new_password = PasswordField(
        Sentence("New password"),
        validators=[DataRequired(Sentence("Write your password.")), Length(max=LONGEST)],
        render_kw={"autocomplete": "new-password"},
    )
    new_password_confirm = PasswordField(
        Sentence("New password again"),
        validators=[
            DataRequired(Sentence("Write your password.")),
            EqualTo("new_password", Sentence("The two passwords differ.")),
        ],
        render_kw={"autocomplete": "new-password"},
    )
    submit = None

    def validate(self, **kwargs: Any) -> bool:
        """Check the present password behind the same throttle as a sign-in: a stolen session cannot guess it."""
        user = _present_user()
        if _must_wait(user.email, "password"):
            self.password.errors = [translate(NO_MATCH)]
            return False
        allowed = bool(super().validate(**kwargs))
        if self.password.data:
            _keep_guess(user.email, "password", not self.password.errors, user)
        return allowed


class AgainForm(VerifyForm):
    """Password, and a one-time code where one is set up, before sign-in itself may be changed."""

    password = PasswordField(
        Sentence("Password"),
        validators=[DataRequired(Sentence("Write your password.")), Length(max=LONGEST)],
        render_kw={"autocomplete": "current-password"},
    )
    code = StringField(
        Sentence("Code from your app"),
        validators=[Optional(), Length(max=20)],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )
    submit = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_tf_setup(self.user):
            del self.code

    def validate(self, **kwargs: Any) -> bool:
        """Both must be right, and neither can be guessed at leisure."""
        if _must_wait(self.user.email, "password") or _must_wait(self.user.email, "code"):
            self.password.errors = [translate(NO_MATCH)]
            return False
        correct = bool(super().validate(**kwargs))
        if self.password.data:
            _keep_guess(self.user.email, "password", not self.password.errors, self.user)
        if correct and self.code is not None:
            correct = _code_is_right(self.user, self.code.data or "")
            _keep_guess(self.user.email, "code", correct, self.user)
            if not correct:
                self.code.errors = [translate(NO_CODE)]
        return correct


class CodeForm(TwoFactorVerifyCodeForm):
    """The code of the authenticator app."""

    code = StringField(
        Sentence("Code from your app"),
        validators=[DataRequired(WRITE_CODE), Length(max=20)],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )
    submit = None

    def validate(self, **kwargs: Any) -> bool:
        """Check the code behind a throttle of its own."""
        user: Any = self.user
        if user is None or not self.code.data:
            return bool(super().validate(**kwargs))
        if _must_wait(user.email, "code"):
            self.code.errors = [translate(NO_CODE)]
            return False
        correct = bool(super().validate(**kwargs))
        _keep_guess(user.email, "code", correct, user)
        return correct


class RecoveryCodeForm(MfRecoveryForm):
    """One of the codes that were printed or copied when the second step was set up."""

    code = StringField(
        Sentence("Recovery code"),
        validators=[DataRequired(WRITE_CODE), Length(max=40)],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    submit = None

    def validate(self, **kwargs: Any) -> bool:
        """Check the code behind the throttle of codes; blanks and capitals do not matter."""
        user: Any = self.user
        self.code.data = "".join((self.code.data or "").lower().split())
        if user is None or not self.code.data:
            return bool(super().validate(**kwargs))
        if _must_wait(user.email, "code"):
            self.code.errors = [translate(NO_CODE)]
            return False
        correct = bool(super().validate(**kwargs))
        _keep_guess(user.email, "code", correct, user)
        return correct


class SecondStepForm(TwoFactorSetupForm):
    """Set the authenticator app up, or do without where no role needs it."""

    setup = RadioField(
        Sentence("Second step"),
        choices=[
            SelectChoice("authenticator", Sentence("Use an authenticator app")),
            SelectChoice("disable", Sentence("Do without")),
        ],
        validate_choice=False,
    )
    phone = StringField(validators=[Optional()])
    submit = None


class RescueForm(TwoFactorRescueForm):
    """What the library asks who lost the phone; our page links to the recovery codes instead."""

    help_setup = RadioField(choices=[SelectChoice("help", Sentence("Ask an administrator"))])
    submit = None


def use_code(identity: Identity, code: str) -> bool:
    """Whether a signed-in person's one-time code is right, behind the throttle of codes; uses it up. One write."""
    with transaction():
        user = _datastore.find_user(id=identity.user_id)
        if user is None or not is_tf_setup(user) or _must_wait(user.email, "code"):
            return False
        correct = _code_is_right(user, code)
        _keep_guess(user.email, "code", correct, user)
        return correct


def _code_is_right(user: Any, code: str) -> bool:
    return bool(_security.totp_factory.verify_totp(code, user.tf_totp_secret, user, window=CODE_WINDOW_S))


def _must_wait(email: str, kind: str) -> bool:
    """Whether a guess may not be checked yet. Locks the account's guesses until the write ends."""
    now = clock.now_utc()
    actions.lock_guesses(email=email, kind=kind)
    attempts = queries.list_attempts(email=email, network=request.remote_addr or "", kind=kind, now=now)
    return rules.waits_until(attempts, now) is not None


def _keep_guess(email: str, kind: str, correct: bool, user: Any) -> None:
    actions.record_guess(
        email=email,
        network=request.remote_addr or "",
        kind=kind,
        succeeded=correct,
        user_id=user.id if user else None,
        now=clock.now_utc(),
    )


def _present_user() -> User:
    user: User = current_user._get_current_object()
    return user
