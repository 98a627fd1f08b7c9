"""Sign-in by Flask-Security on Flask-Login: its settings, its pages under our addresses, its write and its events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, redirect, url_for
from flask_login import user_logged_out
from flask_security import (
    Security,
    password_changed,
    password_reset,
    tf_code_confirmed,
    tf_disabled,
    tf_profile_changed,
    user_authenticated,
)
from flask_security import views as library
from flask_security.recovery_codes import mf_recovery, mf_recovery_codes
from flask_security.utils import url_for_security
from werkzeug.wrappers import Response

from accounts.models import Role, User
from accounts.sign_in import screens, sessions, store
from accounts.sign_in.screens import use_code
from accounts.sign_in.sessions import ends_at, fresh_second_factor, load_identity, note_second_factor, to_confirm
from accounts.sign_in.settings import NO_CODE, security_settings
from accounts.sign_in.store import new_password_address
from core.config import Config
from core.db import db

__all__ = [
    "NO_CODE",
    "ends_at",
    "fresh_second_factor",
    "init_sign_in",
    "load_identity",
    "new_password_address",
    "note_second_factor",
    "to_confirm",
    "use_code",
]

Limit = Callable[[Callable[..., Any]], Callable[..., Any]]


def init_sign_in(app: Flask, config: Config, *, limit: Limit | None = None) -> None:
    """Add sign-in to the application, after CSRFProtect and the guard. `limit` bounds the posts of one address."""
    app.config.update(security_settings(config))
    security = Security(
        app,
        store.Datastore(db, User, Role),
        register_blueprint=False,  # only the pages that are used exist, under our own addresses
        totp_cls=store.OneTimeCodes,
        mf_recovery_codes_util_cls=store.RecoveryCodes,
        password_util_cls=store.Passwords,
        mail_util_cls=store.Post,
        login_form=screens.SignInForm,
        forgot_password_form=screens.ForgottenPasswordForm,
        reset_password_form=screens.NewPasswordForm,
        change_password_form=screens.OtherPasswordForm,
        verify_form=screens.AgainForm,
        two_factor_setup_form=screens.SecondStepForm,
        two_factor_verify_code_form=screens.CodeForm,
        two_factor_rescue_form=screens.RescueForm,
        mf_recovery_form=screens.RecoveryCodeForm,
    )
    security.want_json(lambda _request: False)
    security.mail_context_processor(lambda: {"site_address": config.public_url.rstrip("/")})
    app.login_manager.request_loader(lambda _request: None)  # type: ignore[attr-defined]  # sessions only, no tokens
    app.context_processor(
        lambda: {
            "url_for_security": url_for_security,
            "session_ends_at": sessions.ends_at,
            "demo_without_codes": config.demo and not config.is_production,
        }
    )
    app.register_blueprint(_pages(limit or (lambda view: view)))
    sessions.init_sessions(app, config)
    _listen(app)


def _pages(limit: Limit) -> Blueprint:
    """The library's pages, each named in accounts.rules.LIBRARY_ENDPOINTS with its mark."""
    pages = Blueprint(sessions.LIBRARY, __name__)
    both = ["GET", "POST"]
    for address, endpoint, view, methods in (
        ("/sign-in", "login", limit(library.login), both),
        ("/sign-out", "logout", library.logout, ["POST"]),
        ("/sign-in/code", "two_factor_token_validation", limit(library.two_factor_token_validation), both),
        ("/sign-in/help", "two_factor_rescue", _rescue, ["GET"]),
        ("/sign-in/recovery-code", "mf_recovery", limit(mf_recovery), both),
        ("/sign-in/again", "verify", limit(library.verify), both),
        ("/forgotten-password", "forgot_password", limit(library.forgot_password), both),
        ("/new-password/<token>", "reset_password", limit(library.reset_password), both),
        ("/profile/password", "change_password", limit(library.change_password), both),
        ("/profile/second-step", "two_factor_setup", limit(library.two_factor_setup), both),
        ("/profile/second-step/<token>", "two_factor_setup_validate", library.two_factor_setup_validate, ["POST"]),
        ("/profile/recovery-codes", "mf_recovery_codes", mf_recovery_codes, both),
    ):
        pages.add_url_rule(address, endpoint, view, methods=methods)
    return pages


def _rescue() -> Response:
    """Where the library would mail an administrator: here a recovery code helps, and an administrator in person."""
    return redirect(url_for("security.mf_recovery"), 303)


def _listen(app: Flask) -> None:
    for signal, receiver in (
        (user_authenticated, sessions.on_sign_in),
        (user_logged_out, sessions.on_sign_out),
        (password_changed, sessions.on_password_changed),
        (password_reset, sessions.on_password_reset),
        (tf_code_confirmed, sessions.on_code_confirmed),
        (tf_profile_changed, sessions.on_second_factor_changed),
        (tf_disabled, sessions.on_second_factor_removed),
    ):
        signal.connect(receiver, app)
