"""What happens around each request: who asks, how long the session lasts, the library's write and its events."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID, uuid4

from flask import Flask, Response, current_app, flash, g, redirect, request, session, url_for
from flask_login import current_user
from flask_security.tf_plugin import tf_clean_session
from flask_wtf.csrf import validate_csrf
from werkzeug.wrappers import Response as AnyResponse
from wtforms import ValidationError

from accounts import actions, kept, rules
from accounts.models import User
from accounts.sign_in.store import identity_of
from core import clock
from core.config import Config
from core.db import drop_write, end_write, open_write
from core.errors import Sentence, Unavailable
from core.guard import current_identity
from core.identity import VISITOR, Identity
from core.mail import Mail, send_mail
from core.pages import safe_next, translate

LIBRARY = "security"
NEVER_AGAIN = frozenset({LIBRARY, "accounts"})  # forms about sign-in itself are written anew
POLLING = frozenset({"accounts.session_time"})  # endpoints that never count as a sign of life
TIMERS = POLLING | {"accounts.stay"}  # what the dialog about time asks
CODE_PAGE = "security.two_factor_token_validation"
SETTING_UP = "validating_profile"  # the library's word for a second factor whose first code is awaited
POLL_HEADER = "X-Goldthread-Poll"  # nor does any request that says it was made by a timer
KEEP_HEADER = "X-Goldthread-Keep"  # a page that is left by its timer: keep the form, carry nothing out
KEPT_HEADER = "X-Goldthread-Kept"  # the answer to it: where the form is offered again
HASHES_AT_ONCE = threading.BoundedSemaphore(2)  # 19 MB and 20 ms each: more at once would starve the other pages
WAIT_FOR_HASH_S = 10
TIMED_OUT = Sentence("You were signed out because this page was not used for a while. Nothing was lost on our side.")
TOO_LONG = Sentence("You were signed out because your session reached its longest time. Please sign in again.")


def load_identity() -> Identity:
    """Who makes this request. Ends a session that is over, and notes the sign of life of one that is not."""
    user: User | None = current_user._get_current_object() if current_user else None
    if user is None or not user.is_authenticated:
        return VISITOR
    now, times = clock.now_utc(), session_times()
    if times is None or rules.session_is_over(times, user.role_names, now):
        if request.endpoint in TIMERS:
            return (
                VISITOR  # the page that asks sends what was typed next: the session that names its person stays for it
            )
        whole = times is not None and now >= times.signed_in_at + rules.whole_limit(user.role_names)
        form_id = keep_typed(user.id)
        _forget_session()
        g.goldthread_kept = form_id
        g.goldthread_over = TOO_LONG if whole else TIMED_OUT
        if KEEP_HEADER not in request.headers:  # no person reads the answer to a timer
            flash(translate(g.goldthread_over), "warning")
        return VISITOR
    if request.endpoint not in POLLING and POLL_HEADER not in request.headers:
        session["seen_at"] = now.timestamp()
    return identity_of(user)


def keep_typed(user_id: UUID) -> UUID | None:
    """Keep the form that this request sends for its person; None where it sends none that could be sent again.

    Only with the token of a page that was shown to them: nobody else lays words before a person.
    """
    if request.method != "POST" or request.blueprint in NEVER_AGAIN or request.view_args is None or not request.form:
        return None
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        return None
    return kept.keep_form(
        user_id,
        address=request.full_path.rstrip("?"),
        fields=list(request.form.items(multi=True)),
        had_files=any(file.filename for file in request.files.values()),
        is_for_reading=request.headers.get(KEEP_HEADER) == "read",
        now=clock.now_utc(),
    )


def to_confirm(operation: str, onward: str) -> AnyResponse:
    """To the page that asks for a one-time code, and from there on; a form that was sent is kept and offered again."""
    identity = current_identity()
    form_id = keep_typed(identity.user_id) if identity.user_id is not None else None
    if form_id is not None:
        onward = url_for("accounts.show_kept", form_id=form_id)
    return redirect(url_for("accounts.confirm_code", operation=operation, next=onward), 303)


def session_times() -> rules.SessionTimes | None:
    """When this session began and was last used; None for one that does not say."""
    began, seen = session.get("signed_in_at"), session.get("seen_at")
    if not isinstance(began, int | float) or not isinstance(seen, int | float):
        return None
    return rules.SessionTimes(datetime.fromtimestamp(began, UTC), datetime.fromtimestamp(seen, UTC))


def ends_at() -> datetime | None:
    """When the present session is over if nothing more happens; None for visitors."""
    identity, times = current_identity(), session_times()
    return rules.session_ends_at(times, identity.roles) if identity.is_signed_in and times else None


def fresh_second_factor(identity: Identity, operation: str) -> bool:
    """Whether a one-time code was given for exactly this operation in the last five minutes.

    An account that has no second factor, and whose roles need none here, counts as fresh: there is nothing to ask.
    """
    user: User = current_user._get_current_object()
    if not user.is_authenticated or user.id != identity.user_id:
        return False
    if not user.tf_totp_secret and not user.check_tf_required_setup():
        return True
    given = session.get("second_factor", {}).get(operation)
    at = datetime.fromtimestamp(given, UTC) if isinstance(given, int | float) else None
    return rules.is_fresh(at, clock.now_utc())


def note_second_factor(operation: str) -> None:
    """Remember in the session that a right code was given for this operation just now; others are forgotten."""
    session["second_factor"] = {operation: clock.now_utc().timestamp()}


def init_sessions(app: Flask, config: Config) -> None:
    """Put the steps below around every request."""
    app.before_request(begin)
    app.after_request(_finish(config))
    app.teardown_request(_leave)


def begin() -> AnyResponse | None:
    """Judge the session; before a library page that writes, begin its write and take one of the two hash slots."""
    if request.endpoint is None or request.endpoint == "static":
        return None
    current_identity()
    if KEEP_HEADER in request.headers:
        return Response(status=204)
    if request.blueprint != LIBRARY:
        return None
    if request.endpoint == CODE_PAGE and current_identity().is_signed_in and session.get("tf_state") != SETTING_UP:
        return redirect(url_for("accounts.start"), 303)  # the way back in the browser; the library would sign them out
    started = session.get("second_step_at")
    if "tf_user_id" in session and not _within(started, rules.SECOND_STEP.total_seconds()):
        tf_clean_session()  # type: ignore[no-untyped-call]
    for wanted in (request.args.get("next"), request.form.get("next")):
        if wanted and safe_next(wanted, "") != wanted:
            return redirect(url_for("security.login"), 303)
    if request.method == "POST":
        if not HASHES_AT_ONCE.acquire(timeout=WAIT_FOR_HASH_S):
            raise Unavailable(Sentence("Many people sign in just now. Try again in a minute."))
        g.goldthread_hashing = True
        open_write()
    return None


def _finish(config: Config) -> Callable[[Response], Response]:
    def finish(response: Response) -> Response:
        if request.blueprint == LIBRARY:
            _close_library_page(response, config)
        if KEEP_HEADER in request.headers and "goldthread_over" in g:
            flash(translate(g.goldthread_over), "warning")
        if KEEP_HEADER in request.headers and g.get("goldthread_kept"):
            response.headers[KEPT_HEADER] = url_for("accounts.show_kept", form_id=g.goldthread_kept)
        if request.endpoint != "static" and (request.blueprint == LIBRARY or "_user_id" in session):
            response.headers["Cache-Control"] = "no-store"
        return response

    return finish


def _close_library_page(response: Response, config: Config) -> None:
    mails: list[Mail] = g.pop("goldthread_mails", [])
    if response.status_code >= 500:
        drop_write()
        return
    end_write()
    if response.status_code in {302, 303}:
        response.status_code = 303
        response.location = safe_next(_without_far_next(response.location or ""), url_for("accounts.start"))
    if request.endpoint == "security.logout" and request.method == "POST":
        response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    if mails and current_app.testing:
        _send(config, mails)
    elif mails:  # after the answer, so that its time does not tell whether there was anything to send
        response.call_on_close(lambda: _send(config, mails))


def _without_far_next(location: str) -> str:
    """The address without a `next` that is not a page of ours: the library names its own page with host and scheme."""
    path, _, query = location.partition("?")
    kept = [(name, text) for name, text in parse_qsl(query) if name != "next" or safe_next(text, "") == text]
    return f"{path}?{urlencode(kept, safe='/')}" if kept else path


def _send(config: Config, mails: list[Mail]) -> None:
    for mail in mails:
        send_mail(config, mail)


def _leave(_error: BaseException | None) -> None:
    drop_write()
    if g.pop("goldthread_hashing", False):
        HASHES_AT_ONCE.release()


# --- what the library's signals say ----------------------------------------------------------------------------------


def on_sign_in(_app: Flask, *, user: Any, authn_via: list[str] | None = None, **_rest: Any) -> None:
    """A session begins. After a change of password the library signs in again: that is the same session."""
    user = _plain(user)
    g.pop("goldthread_identity", None)
    if authn_via == ["change"]:
        return
    now = clock.now_utc()
    session["signed_in_at"] = session["seen_at"] = now.timestamp()
    session["language"] = user.language
    session.pop("second_step_at", None)
    session.pop("second_factor", None)
    actions.record_sign_in(identity_of(user), now=now)


def on_sign_out(_app: Flask, *, user: Any, **_rest: Any) -> None:
    """Every session of this person ends, on all devices."""
    user = _plain(user)
    g.pop("goldthread_identity", None)
    session.clear()
    if user is not None and user.is_authenticated:
        actions.record_sign_out(identity_of(user), now=clock.now_utc())


def on_password_changed(_app: Flask, *, user: Any, **_rest: Any) -> None:
    """The event of a password that its owner changed."""
    actions.record_password(identity_of(_plain(user)), how="changed", now=clock.now_utc())


def on_password_reset(_app: Flask, *, user: Any, **_rest: Any) -> None:
    """The event of a password set through a mailed link; whoever holds the mailbox no longer waits for guesses."""
    user, now = _plain(user), clock.now_utc()
    actions.record_password(identity_of(user), how="reset", now=now)
    actions.forgive_guesses(email=user.email, network=request.remote_addr or "", now=now)


def on_code_confirmed(_app: Flask, *, user: Any, **_rest: Any) -> None:
    """A sign-in passed its second step; when that step was set up just now, the event of that."""
    if session.get("tf_state") == SETTING_UP:
        on_second_factor_changed(_app, user=user)


def on_second_factor_changed(_app: Flask, *, user: Any, **_rest: Any) -> None:
    """A second factor was set up or changed: other sessions end."""
    user = _plain(user)
    _renew(user)
    actions.record_second_factor(identity_of(user), how="set up", now=clock.now_utc())


def on_second_factor_removed(_app: Flask, *, user: Any, **_rest: Any) -> None:
    """The second factor was switched off: other sessions end, and its recovery codes are void."""
    user = _plain(user)
    user.mf_recovery_codes = None
    _renew(user)
    actions.record_second_factor(identity_of(user), how="removed", now=clock.now_utc())


def _renew(user: User) -> None:
    user.fs_uniquifier = uuid4().hex
    if "_user_id" in session:
        session["_user_id"] = user.fs_uniquifier
    if "tf_user_id" in session:
        session["tf_user_id"] = user.fs_uniquifier


def _forget_session() -> None:
    session.clear()
    current_app.login_manager._update_request_context_with_user()  # type: ignore[attr-defined]


def _plain(user: Any) -> Any:
    return user._get_current_object() if hasattr(user, "_get_current_object") else user


def _within(started: Any, seconds: float) -> bool:
    return isinstance(started, int | float) and 0 <= clock.now_utc().timestamp() - started < seconds
