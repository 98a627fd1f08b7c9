"""Flask-Security's settings from ours, and its messages in our words; no behaviour."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core.config import ROOT, Config
from core.errors import Sentence

CODE_WINDOW_S = 30  # how far a phone's clock may be off, either way

# The same words for a wrong password, an unknown address and a guess that came too soon: they tell a guesser nothing.
NO_MATCH = Sentence(
    "The e-mail address and password do not match, or there were too many tries. "
    "Check both, wait a few minutes, or set a new password."
)
NO_CODE = Sentence("This code did not work, or there were too many tries. Wait for the next code and try again.")

MESSAGES: dict[str, tuple[Sentence, str]] = {
    "GENERIC_AUTHN_FAILED": (NO_MATCH, "error"),
    "USER_DOES_NOT_EXIST": (NO_MATCH, "error"),
    "INVALID_PASSWORD": (Sentence("This is not your present password."), "error"),
    "DISABLED_ACCOUNT": (NO_MATCH, "error"),
    "EMAIL_NOT_PROVIDED": (Sentence("Write your e-mail address."), "error"),
    "INVALID_EMAIL_ADDRESS": (Sentence("Write an e-mail address like name@example.org."), "error"),
    "PASSWORD_NOT_PROVIDED": (Sentence("Write your password."), "error"),
    "RETYPE_PASSWORD_MISMATCH": (Sentence("The two passwords differ."), "error"),
    "PASSWORD_IS_THE_SAME": (Sentence("The new password must differ from the present one."), "error"),
    "PASSWORD_CHANGE": (Sentence("Your password was changed. Other devices are signed out."), "success"),
    "PASSWORD_RESET_REQUEST": (
        Sentence("If this address has an account, a mail with a link is on its way. The link works for one hour."),
        "info",
    ),
    "PASSWORD_RESET_EXPIRED": (Sentence("This link is too old. Ask for a new one."), "error"),
    "INVALID_RESET_PASSWORD_TOKEN": (Sentence("This link does not work any more. Ask for a new one."), "error"),
    "PASSWORD_RESET_NO_LOGIN": (Sentence("Your new password is set. Sign in with it."), "success"),
    "UNAUTHENTICATED": (Sentence("Sign in to see this page."), "info"),
    "REAUTHENTICATION_REQUIRED": (Sentence("Say once more who you are, to change how you sign in."), "info"),
    "REAUTHENTICATION_SUCCESSFUL": (Sentence("Thank you. You can go on."), "success"),
    "TWO_FACTOR_INVALID_TOKEN": (NO_CODE, "error"),
    "TWO_FACTOR_LOGIN_SUCCESSFUL": (Sentence("You are signed in."), "success"),
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": (Sentence("Your second step is set up."), "success"),
    "TWO_FACTOR_PERMISSION_DENIED": (Sentence("Sign in again: this took too long, or was done already."), "error"),
    "TWO_FACTOR_METHOD_NOT_AVAILABLE": (Sentence("This cannot be chosen."), "error"),
    "TWO_FACTOR_DISABLED": (Sentence("Your second step is off."), "success"),
    "TWO_FACTOR_SETUP_EXPIRED": (Sentence("This took too long. Start again."), "error"),
    "INVALID_RECOVERY_CODE": (NO_CODE, "error"),
    "INVALID_REDIRECT": (Sentence("This address leads away from this site."), "error"),
    "API_ERROR": (Sentence("This page was open too long. Send the form again."), "error"),
    "INVALID_INPUT": (Sentence("This cannot be read."), "error"),
}

MAIL_SUBJECTS = {
    "PASSWORD_RESET": Sentence("Set a new password"),
    "PASSWORD_NOTICE": Sentence("Your password was changed"),
    "PASSWORD_CHANGE_NOTICE": Sentence("Your password was changed"),
}


def security_settings(config: Config) -> dict[str, Any]:
    """Everything that Flask-Security is told. What is not named here keeps the library's default."""
    settings: dict[str, Any] = {
        "PASSWORD_HASH": "argon2",
        "PASSWORD_SCHEMES": ["argon2"],
        "DEPRECATED_PASSWORD_SCHEMES": [],
        # Argon2id at OWASP's floor: a dearer one would make a flood of sign-ins a denial of service.
        "PASSWORD_HASH_PASSLIB_OPTIONS": {
            "argon2__memory_cost": 19456,
            "argon2__time_cost": 2,
            "argon2__parallelism": 1,
        },
        "PASSWORD_SALT": config.password_salt,
        "PASSWORD_LENGTH_MIN": 12,
        "PASSWORD_CONFIRM_REQUIRED": True,
        # The reset link holds a digest of the password's hash; a slow one would tell known addresses from others.
        "HASHING_SCHEMES": ["hex_sha256"],
        "DEPRECATED_HASHING_SCHEMES": [],
        "RECOVERABLE": True,
        "CHANGEABLE": True,
        "REGISTERABLE": False,
        "TRACKABLE": False,
        "USE_REGISTER_V2": True,
        "RESET_PASSWORD_WITHIN": timedelta(hours=1),
        "RETURN_GENERIC_RESPONSES": True,
        "LOGOUT_CSRF": True,
        "LOGOUT_METHODS": ["POST"],
        "API_ENABLED_METHODS": ["session"],
        "FRESHNESS": timedelta(minutes=5),
        "FRESHNESS_GRACE_PERIOD": timedelta(0),
        "TWO_FACTOR": True,
        "TWO_FACTOR_REQUIRED": False,  # by role: User.check_tf_required
        "TWO_FACTOR_ALWAYS_VALIDATE": True,
        "TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "TWO_FACTOR_RESCUE_EMAIL": False,
        "TWO_FACTOR_AUTHENTICATOR_VALIDITY": CODE_WINDOW_S,
        "TWO_FACTOR_SETUP_WITHIN": timedelta(minutes=10),
        "TWO_FACTOR_POST_SETUP_VIEW": "accounts.profile",
        "TWO_FACTOR_ERROR_VIEW": "security.login",
        "TOTP_SECRETS": {"1": config.totp_key},
        "TOTP_ISSUER": config.site_name,
        "MULTI_FACTOR_RECOVERY_CODES": True,
        "MULTI_FACTOR_RECOVERY_CODES_N": 10,
        "MULTI_FACTOR_RECOVERY_CODES_KEYS": [config.recovery_key.encode()],
        "POST_LOGIN_VIEW": "accounts.start",
        "POST_LOGOUT_VIEW": "/",
        "POST_CHANGE_VIEW": "accounts.profile",
        "POST_RESET_VIEW": "security.login",
        "POST_VERIFY_VIEW": "accounts.profile",
        "DEFAULT_REMEMBER_ME": False,
        "JOIN_USER_ROLES": False,
        "EMAIL_HTML": False,
        "EMAIL_SENDER": config.mail_sender,
        "EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
        "CLI_USERS_NAME": None,
        "CLI_ROLES_NAME": None,
        "I18N_DOMAIN": "messages",
        "I18N_DIRNAME": [str(ROOT / "translations")],
    }
    settings |= {f"MSG_{key}": (sentence.text, kind) for key, (sentence, kind) in MESSAGES.items()}
    settings |= {f"EMAIL_SUBJECT_{key}": sentence.text for key, sentence in MAIL_SUBJECTS.items()}
    return {f"SECURITY_{key}": value for key, value in settings.items()}
