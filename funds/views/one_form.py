"""A step with a page of its own: one form above the page of the request, and what the form is sent with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from accounts import sign_in
from core.errors import InvalidInput, NotFound, Sentence
from core.guard import current_identity
from core.money import format_cents
from core.pages import attempt, flash_sentence, translate
from funds.actions.opening import OpenedRequest
from funds.forms.asking import key_of, version_of
from funds.queries import payments as stored
from funds.states import Action
from funds.views.requests import request_page

Answer = Response | tuple[str, int]
PAY: Final = "pay"  # the operation that a one-time code opens


def one_form(
    request_id: UUID,
    template: str,
    form: Any,
    act: Callable[[], Any],
    done: Sentence,
    *,
    fill: Callable[[OpenedRequest], Mapping[str, Any]] = lambda _opened: {},
    onward: str = "",
    action: Action | None = None,
    purpose: str = "",
    must_answer: str = "",
) -> Answer:
    """A page of one form above the request's own page; refused, it stands there again with all that was typed.

    `purpose` is what the trail says of the opening: the template's name where none is given. `must_answer` is the field
    of a decision, asked for before anything else of the form is judged.
    """

    def shown(reasons: Sequence[Sentence]) -> tuple[str, int]:
        def more(opened: OpenedRequest) -> dict[str, Any]:
            form.row_version.data, form.row_version.raw_data = str(opened.request.row_version), None
            return {"one_form": form, **fill(opened)}

        return request_page(
            request_id,
            template=template,
            purpose=purpose or template,
            form=form,
            reasons=reasons,
            more=more,
            action=action,
        )

    if request.method == "GET":
        return shown(())
    if must_answer and not form[must_answer].data:
        return shown((Sentence("Choose your decision."),))
    _trust_choices(form)
    return sent(form, act, lambda _: done, shown, onward=onward or url_for("funds.show_request", request_id=request_id))


def sent(
    form: Any,
    act: Callable[[], Any],
    done: Callable[[Any], Sentence],
    shown: Callable[[Sequence[Sentence]], tuple[str, int]],
    *,
    onward: str,
) -> Answer:
    """What a form was sent for is done, and `onward` is next; or the page again with what stands against it."""
    if not form.validate_on_submit():
        return shown(())
    tried = attempt(form, act)
    if not tried.done:
        return shown(tried.reasons)
    flash_sentence(done(tried.result))
    return redirect(onward, 303)


def seen(form: Any, request_id: UUID) -> dict[str, Any]:
    """What each verb sends of the page that it stands on."""
    return {
        "request_id": request_id,
        "row_version": version_of(form.row_version.data),
        "key": key_of(form.key.data),
    }


def step_up(operation: str, onward: str) -> Response | None:
    """To the page that asks for a one-time code, unless one was given just now."""
    if sign_in.fresh_second_factor(current_identity(), operation):
        return None
    return sign_in.to_confirm(operation, onward)


def targets_of(opened: OpenedRequest, *, only_paid: bool = False) -> list[tuple[str, str]]:
    """The vouchers and advances of a request, as choices."""
    wanted = ("paid",) if only_paid else ("unpaid", "paid")
    return [(str(row.id), voucher_label(row)) for row in opened.vouchers if row.status in wanted] + [
        (
            str(row.id),
            translate(Sentence("Advance %(number)s · %(cents)s", number=row.seq, cents=format_cents(row.cents))),
        )
        for row in opened.advances
    ]


def offer_targets(form: Any, opened: OpenedRequest, *, only_paid: bool = False) -> None:
    """Give the form its targets; the only one is chosen already."""
    form.target.choices = targets_of(opened, only_paid=only_paid)
    if request.method == "GET" and len(form.target.choices) == 1:
        form.target.data = form.target.choices[0][0]


def target_ids(text: str | None) -> dict[str, Any]:
    """The chosen voucher or advance as the actions take it. Raises NotFound for what is no id."""
    target_id = optional(text)
    if target_id is None:
        return {"voucher_id": None, "advance_id": None}
    is_voucher = stored.is_voucher(target_id)
    return {"voucher_id": target_id if is_voucher else None, "advance_id": None if is_voucher else target_id}


def voucher_label(row: Any) -> str:
    """A voucher by its number, amount and invoice."""
    number = row.invoice_no or translate(Sentence("no invoice number"))
    return translate(
        Sentence(
            "Voucher %(number)s · %(cents)s · %(invoice)s",
            number=row.seq,
            cents=format_cents(row.cents),
            invoice=number,
        )
    )


def chosen(text: Any) -> UUID:
    """The id that was chosen of a list. Raises InvalidInput where nothing was."""
    found = optional(text)
    if found is None:
        raise InvalidInput("list", Sentence("Choose one of the list."))
    return found


def optional(text: Any) -> UUID | None:
    """The id that was chosen, if any. Raises NotFound for what is no id."""
    try:
        return UUID(str(text)) if text else None
    except ValueError as error:
        raise NotFound from error


def _trust_choices(form: Any) -> None:
    """Choices that the page fills from the request are judged by the action, not by the form."""
    for field in form:
        if field.type in ("RadioField", "SelectField") and not field.choices:
            field.choices, field.validate_choice = [], False
