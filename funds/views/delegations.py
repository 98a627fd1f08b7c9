"""Standing in: who acts for oneself while away, and for whom one acts."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import redirect, url_for
from werkzeug.wrappers import Response

import accounts.queries
from accounts.rules import ROLE_NAMES
from core.clock import now_utc
from core.errors import Sentence
from core.forms import options
from core.guard import current_identity, needs
from core.identity import Permission
from core.pages import attempt, flash_sentence
from funds.actions import delegations as actions
from funds.forms.deciding import DelegationForm
from funds.queries.access import delegations_of, list_delegations
from funds.views.blueprint import blueprint, page, today_of

Answer = Response | tuple[str, int]


@blueprint.route("/fund/standing-in", methods=["GET", "POST"])
@needs(Permission.SEE_FUND_REQUESTS)
def show_delegations() -> Answer:
    """One's own delegations, those under which one acts today, and a form for a new one."""
    identity = current_identity()
    form = DelegationForm()
    form.role.choices = options((role, ROLE_NAMES[role]) for role in actions.DELEGABLE if role in identity.roles)
    form.to_user.choices = options(_colleagues(identity.user_id))
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        tried = attempt(
            form,
            lambda: actions.delegate(
                identity,
                delegation_id=form.delegation_id.id_of_row,
                role=form.role.data,
                to_user_id=UUID(form.to_user.data),
                starts_on=form.starts_on.data or today_of(now_utc()),
                ends_on=form.ends_on.data or form.starts_on.data or today_of(now_utc()),
                reason=form.reason.data or "",
            ),
        )
        if tried.done:
            flash_sentence(Sentence("Written down. On those days they act for you, under their own name."))
            return redirect(url_for("funds.show_delegations"), 303)
        reasons = tried.reasons
    now = now_utc()
    mine = list_delegations(identity, now)
    acting = delegations_of(identity, now)
    names = accounts.queries.names_of({each.to_user_id for each in mine} | {each.from_user_id for each in acting})
    return page(
        "show_delegations",
        now=now,
        form=form,
        reasons=reasons,
        mine=mine,
        acting=acting,
        names=names,
        role_names=ROLE_NAMES,
        today=today_of(now),
    )


@blueprint.post("/fund/standing-in/<uuid:delegation_id>/end")
@needs(Permission.SEE_FUND_REQUESTS)
def end_delegation(delegation_id: UUID) -> Answer:
    """End one's own delegation at once."""
    actions.revoke_delegation(current_identity(), delegation_id=delegation_id)
    flash_sentence(Sentence("It ended. Nobody acts for you under it any more."))
    return redirect(url_for("funds.show_delegations"), 303)


def _colleagues(user_id: UUID | None) -> list[tuple[str, str]]:
    found = {account.id: account.name for role in actions.DELEGABLE for account in accounts.queries.list_holders(role)}
    found.pop(user_id, None)  # type: ignore[arg-type]
    return sorted(((str(key), name) for key, name in found.items()), key=lambda pair: pair[1])
