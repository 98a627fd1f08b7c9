"""Pages about accounts: start, profile, step-up, the users of an administrator; sign-in itself is the library's."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, current_app, flash, jsonify, redirect, render_template, request, session, url_for
from flask_babel import force_locale, gettext
from werkzeug.wrappers import Response

from accounts import actions, kept, queries, sign_in
from accounts.forms import (
    AddUserForm,
    CodeForm,
    DisableForm,
    FindUsersForm,
    ProfileForm,
    RolesForm,
    choices_of,
)
from accounts.rules import ROLE_NAMES, ROLES
from core import clock
from core.config import Config
from core.errors import InvalidInput, NotAllowed, NotFound, Sentence
from core.guard import current_identity, needs, public, signed_in
from core.identity import Identity, Permission
from core.layout import LOCALES, NavigationItem, address_with
from core.mail import Mail, send_mail
from core.pages import PageOf, flash_sentence, page_number, safe_next, show_refusal, translate

blueprint = Blueprint("accounts", __name__)
PAGE_SIZE = 50
OPERATIONS = {
    "roles": Sentence("To give or take roles, write a code from your app."),
    "disclosure": Sentence("To tell about a person under a consent, write a code from your app."),
    "approve": Sentence("To decide about money, write a code from your app."),
    "governance": Sentence("To decide about a budget, a month, a year or a rule, write a code from your app."),
    "pay": Sentence("To move money or change who is paid, write a code from your app."),
    "emergency": Sentence("To open a record in an emergency, write a code from your app."),
}


def navigation(identity: Identity) -> Sequence[NavigationItem]:
    """The start page of whoever is signed in, and the users for an administrator."""
    items = []
    if identity.is_signed_in:
        here = request.endpoint == "accounts.start"
        items.append(NavigationItem(Sentence("Start"), url_for("accounts.start"), here))
    if identity.may(Permission.MANAGE_USERS):
        here = request.endpoint in {"accounts.users", "accounts.add_user", "accounts.edit_user"}
        items.append(NavigationItem(Sentence("Users"), url_for("accounts.users"), here))
    return items


@blueprint.get("/start")
@signed_in
def start() -> str:
    """What waits for this person: each package adds its own lines through `goldthread_waiting`."""
    identity = current_identity()
    waiting = [item for part in current_app.extensions.get("goldthread_waiting", ()) for item in part(identity)]
    return render_template(
        "accounts/start.html", account=_account(identity), waiting=waiting, role_names=_names(identity.roles)
    )


@blueprint.route("/profile", methods=["GET", "POST"])
@signed_in
def profile() -> str | Response:
    """One's own name and language, and the ways to password, second step and sessions."""
    identity = current_identity()
    account = _account(identity)
    form = ProfileForm(name=account.name, language=account.language)
    if form.validate_on_submit():
        try:
            actions.edit_profile(
                identity, user_id=account.id, name=form.name.data or "", language=form.language.data or "en"
            )
        except InvalidInput as refusal:
            if not show_refusal(form, refusal):
                raise
        else:
            session["language"] = form.language.data
            flash_sentence(Sentence("Your profile was saved."))
            return redirect(url_for("accounts.profile"), 303)
    return render_template("accounts/profile.html", form=form, account=account, role_names=_names(account.roles))


@blueprint.post("/profile/end-sessions")
@signed_in
def end_my_sessions() -> Response:
    """Sign out everywhere, here too."""
    identity = current_identity()
    actions.end_sessions(identity, user_id=_account(identity).id)
    session.clear()
    flash_sentence(Sentence("You are signed out on all devices."))
    return redirect(url_for("security.login"), 303)


@blueprint.get("/session/time")
@signed_in
def session_time() -> Response:
    """How many seconds the session has left. A timer asks: it never counts as a sign of life."""
    return jsonify(ends_in_s=_seconds_left())


@blueprint.post("/session/stay")
@signed_in
def stay() -> Response:
    """The press on "Stay signed in": a sign of life, counted by the request itself."""
    if request.headers.get("Accept", "").startswith("application/json"):
        return jsonify(ends_in_s=_seconds_left())
    return redirect(safe_next(request.form.get("next"), url_for("accounts.start")), 303)


@blueprint.get("/invitation/<token>")
@public
def invitation(token: str) -> Response:
    """The link of an invitation: on to a new password, while it is good."""
    account = queries.find_invited(token, clock.now_utc())
    if account is None:
        flash_sentence(Sentence("This link does not work any more. Ask for a new one."), "error")
        return redirect(url_for("security.login"), 303)
    return redirect(sign_in.new_password_address(account.id), 303)


@blueprint.route("/confirm/<operation>", methods=["GET", "POST"])
@signed_in
def confirm_code(operation: str) -> str | Response:
    """Ask for a one-time code before one operation; it opens only that operation, for five minutes."""
    if operation not in OPERATIONS:
        raise NotFound
    identity, form = current_identity(), CodeForm()
    account = _account(identity)
    onward = safe_next(request.args.get("next"), url_for("accounts.start"))
    if account.has_second_factor and form.validate_on_submit():
        if sign_in.use_code(identity, form.code.data or ""):
            sign_in.note_second_factor(operation)
            return redirect(onward, 303)
        form.code.errors = [translate(sign_in.NO_CODE)]
    return render_template(
        "accounts/confirm_code.html", form=form, account=account, sentence=OPERATIONS[operation], onward=onward
    )


@blueprint.get("/kept/<uuid:form_id>")
@signed_in
def show_kept(form_id: UUID) -> str:
    """What one typed before sign-in or a code ran out: to look at and to send again with one press."""
    found = kept.open_form(current_identity(), form_id, clock.now_utc())
    return render_template(
        "accounts/show_kept.html", found=found, typed=[text for name, text in found.fields if _is_typed(name, text)]
    )


# --- an administrator's pages ----------------------------------------------------------------------------------------


@blueprint.get("/users")
@needs(Permission.MANAGE_USERS)
def users() -> str:
    """Who has an account."""
    form = FindUsersForm(request.args)
    form.role.choices = choices_of([("", Sentence("All roles")), *ROLE_NAMES.items()])
    words = "".join(filter(str.isprintable, form.q.data or "")).strip()[:100]  # PostgreSQL takes no NUL
    role = form.role.data if form.role.data in ROLE_NAMES else ""
    page = page_number(request.args.get("page"))
    accounts, total = queries.list_accounts(page=page, size=PAGE_SIZE, words=words, role=role)
    return render_template(
        "accounts/users.html",
        form=form,
        accounts=accounts,
        pages=PageOf(page, PAGE_SIZE, total),
        page_address=lambda number: address_with(page=str(number)),
        role_names=ROLE_NAMES,
    )


@blueprint.route("/users/add", methods=["GET", "POST"])
@needs(Permission.MANAGE_USERS)
def add_user() -> str | Response:
    """Invite a person by mail."""
    identity = current_identity()
    if not sign_in.fresh_second_factor(identity, "roles"):
        return _to_confirm("roles")
    form, reasons = AddUserForm(), tuple[Sentence, ...]()
    form.roles.choices = choices_of(ROLE_NAMES.items())
    if form.validate_on_submit():
        try:
            invited = actions.invite_user(
                identity,
                email=form.email.data or "",
                name=form.name.data or "",
                roles=form.roles.data or (),
                language=form.language.data or "en",
            )
        except InvalidInput as refusal:
            if not show_refusal(form, refusal):
                raise
        except NotAllowed as refusal:
            reasons = refusal.reasons
        else:
            _mail_invitation(invited)
            flash_sentence(Sentence("The invitation is on its way."))
            return redirect(url_for("accounts.edit_user", user_id=invited.user_id), 303)
    return render_template("accounts/add_user.html", form=form, reasons=reasons)


@blueprint.route("/users/<uuid:user_id>", methods=["GET", "POST"])
@needs(Permission.MANAGE_USERS)
def edit_user(user_id: UUID) -> str | Response:
    """One account: its name and language, and the ways to its roles, sessions and end."""
    identity, account = current_identity(), queries.get_account(user_id)
    form = ProfileForm(name=account.name, language=account.language)
    if form.validate_on_submit():
        try:
            actions.edit_profile(
                identity, user_id=user_id, name=form.name.data or "", language=form.language.data or "en"
            )
        except InvalidInput as refusal:
            if not show_refusal(form, refusal):
                raise
        else:
            flash_sentence(Sentence("The account was saved."))
            return redirect(url_for("accounts.edit_user", user_id=user_id), 303)
    return render_template(
        "accounts/edit_user.html",
        form=form,
        disable_form=_disable_form(),
        account=account,
        role_names=_names(account.roles),
        is_self=identity.user_id == user_id,
    )


@blueprint.route("/users/<uuid:user_id>/roles", methods=["GET", "POST"])
@needs(Permission.MANAGE_USERS)
def change_user_roles(user_id: UUID) -> str | Response:
    """Give and take roles; asks for a one-time code first."""
    identity, account = current_identity(), queries.get_account(user_id)
    if not sign_in.fresh_second_factor(identity, "roles"):
        return _to_confirm("roles")
    form, reasons = RolesForm(roles=sorted(account.roles, key=ROLES.index)), tuple[Sentence, ...]()
    form.roles.choices = choices_of(ROLE_NAMES.items())
    if form.validate_on_submit():
        try:
            actions.change_roles(identity, user_id=user_id, roles=form.roles.data or ())
        except NotAllowed as refusal:
            reasons = refusal.reasons
        else:
            flash_sentence(Sentence("The roles were changed, and this person was signed out."))
            return redirect(url_for("accounts.edit_user", user_id=user_id), 303)
    return render_template("accounts/change_user_roles.html", form=form, account=account, reasons=reasons)


@blueprint.post("/users/<uuid:user_id>/disable")
@needs(Permission.MANAGE_USERS)
def disable_user(user_id: UUID) -> Response:
    """Switch an account off."""
    form = _disable_form()
    reason = form.reason.data if form.validate_on_submit() else ""
    actions.disable_user(current_identity(), user_id=user_id, reason=reason or "")
    flash_sentence(Sentence("The account is switched off."))
    return redirect(url_for("accounts.edit_user", user_id=user_id), 303)


@blueprint.post("/users/<uuid:user_id>/enable")
@needs(Permission.MANAGE_USERS)
def enable_user(user_id: UUID) -> Response:
    """Switch an account on again."""
    actions.enable_user(current_identity(), user_id=user_id)
    flash_sentence(Sentence("The account is switched on."))
    return redirect(url_for("accounts.edit_user", user_id=user_id), 303)


@blueprint.post("/users/<uuid:user_id>/end-sessions")
@needs(Permission.MANAGE_USERS)
def end_user_sessions(user_id: UUID) -> Response:
    """Sign a person out everywhere."""
    actions.end_sessions(current_identity(), user_id=user_id)
    flash_sentence(Sentence("This person is signed out on all devices."))
    return redirect(url_for("accounts.edit_user", user_id=user_id), 303)


@blueprint.post("/users/<uuid:user_id>/reset-second-step")
@needs(Permission.MANAGE_USERS)
def reset_second_step(user_id: UUID) -> Response:
    """Help a person who lost phone and recovery codes; asks for the administrator's own code first."""
    identity = current_identity()
    if not sign_in.fresh_second_factor(identity, "roles"):
        return _to_confirm("roles", url_for("accounts.edit_user", user_id=user_id))
    actions.reset_second_factor(identity, user_id=user_id)
    flash_sentence(Sentence("The second step is gone. The next sign-in sets up a new one."))
    return redirect(url_for("accounts.edit_user", user_id=user_id), 303)


@blueprint.post("/users/<uuid:user_id>/invite-again")
@needs(Permission.MANAGE_USERS)
def invite_again(user_id: UUID) -> Response:
    """Mail a new link to somebody without a password."""
    _mail_invitation(actions.invite_again(current_identity(), user_id=user_id))
    flash_sentence(Sentence("The invitation is on its way."))
    return redirect(url_for("accounts.edit_user", user_id=user_id), 303)


def _account(identity: Identity) -> queries.Account:
    if identity.user_id is None:
        raise NotFound
    return queries.get_account(identity.user_id)


def _names(roles: frozenset[str]) -> list[Sentence]:
    return [ROLE_NAMES[role] for role in ROLES if role in roles]


def _disable_form() -> DisableForm:
    form = DisableForm()
    form.reason.choices = choices_of(actions.DISABLE_REASONS.items())
    return form


def _is_typed(name: str, text: str) -> bool:
    """Whether a field holds words of the person, not an id, a code or a choice of the page."""
    return len(text.strip()) > 1 and " " in text.strip() and name not in {"key", "row_version"}


def _seconds_left() -> int:
    end = sign_in.ends_at()
    return max(0, int((end - clock.now_utc()).total_seconds())) if end else 0


def _to_confirm(operation: str, onward: str | None = None) -> Response:
    return redirect(url_for("accounts.confirm_code", operation=operation, next=onward or request.path), 303)


def _mail_invitation(invited: actions.Invited) -> None:
    config: Config = current_app.config["GOLDTHREAD"]
    address = config.public_url.rstrip("/") + url_for("accounts.invitation", token=invited.token)
    with force_locale(LOCALES[invited.language]):
        body = render_template("accounts/mail/invitation.txt", name=invited.name, address=address)
        subject = gettext("Your account at %(site)s", site=config.site_name)
    send_mail(config, Mail(invited.email, subject, body))
    if config.demo and not config.mail_host and not config.is_production:
        flash(gettext("No mail server is configured: the mail is a file in the folder “outbox” of the data."), "info")
