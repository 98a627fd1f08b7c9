"""What is sent to each address of the fund that takes a form: values that form and action accept from who may send."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from tests.builders import today

if TYPE_CHECKING:
    from tests.permissions.world import World

Ids = Mapping[str, Any]
Body = Callable[["World", Ids], dict[str, Any]]


def _day(days: int = 0) -> str:
    day = today() + timedelta(days=days)
    return f"{day.month}/{day.day}/{day.year}"


def _seen(world: World, ids: Ids, row_id: Any = None) -> dict[str, Any]:
    """A fresh key and the version of the request, or of the one that a row hangs on."""
    request_id = world.fund.owners.get(row_id, row_id) or ids["request_id"]
    return {"key": uuid4().hex, "row_version": world.fund.versions.get(request_id, 1)}


def _verb(**values: Any) -> Body:
    return lambda world, ids: {**_seen(world, ids), **values}


def _on(row: str, **values: Any) -> Body:
    return lambda world, ids: {**_seen(world, ids, ids[row]), **values}


def _asked(world: World, ids: Ids) -> dict[str, Any]:
    return {
        "request_id": uuid4(),
        "goal": ids.get("goal_id") or next(iter(world.fund.goals.values())),
        "fund": world.fund.others["fund_id"],
        "item": "Sent",
        "amount": "20",
        "category": world.fund.categories["furniture"],
        "do": "save",
    }


def _edited(world: World, ids: Ids) -> dict[str, Any]:
    goal_id = next((world.fund.goals[standing] for standing, made in world.fund.requests.items()
                    if ids["request_id"] in made.values()), uuid4())  # fmt: skip
    return {
        **_asked(world, ids),
        **_seen(world, ids),
        "goal": goal_id,
        "method": "check",
        "payee": "Elm Street Furniture",
    }


def _holder(world: World, ids: Ids) -> dict[str, Any]:
    holder = world.viewers["coordinator"].user_id
    return {**_seen(world, ids), "advance_id": uuid4(), "method": "petty_cash", "cents": "5", "holder": holder}


BODIES: Final[Mapping[str, Body]] = {
    "funds.ask": _asked,
    "funds.edit_request": _edited,
    "funds.amend_request": _edited,
    "funds.adopt_request": _verb(),
    "funds.submit_request": _verb(),
    "funds.recall_request": _verb(),
    "funds.withdraw_request": _verb(reason="sent"),
    "funds.cancel_request": _verb(reason="sent"),
    "funds.request_supplement": _verb(cents="5", reason="sent"),
    "funds.appeal": _verb(words="sent"),
    "funds.appeal_own_request": _verb(words="sent"),
    "funds.answer_request": _verb(answer="yes"),
    "funds.withdraw_own_request": _verb(reason="sent"),
    "funds.start_request": lambda world, ids: {
        "request_id": uuid4(), "key": uuid4().hex, "goal": world.fund.goals["own"], "item": "Sent", "purpose": "Sent",
    },
    "funds.decide_request": _verb(cents="90"),
    "funds.return_request": _verb(reason_code="other", words="sent"),
    "funds.deny_request": _verb(reason_code="other", words="sent"),
    "funds.grant_exception": _verb(rule_code="none", reason="sent"),
    "funds.take_back_approval": _verb(reason="sent"),
    "funds.ratify_request": _verb(answer="yes", note="sent"),
    "funds.decide_supplement": _verb(answer="yes", note="sent"),
    "funds.decide_appeal": _verb(answer="uphold", words="sent"),
    "funds.pause_request": _verb(reason="sent"),
    "funds.make_voucher": lambda world, ids: {**_seen(world, ids), "voucher_id": uuid4(), "cents": "90"},
    "funds.issue_advance": _holder,
    "funds.pay_voucher": lambda world, ids: {
        **_seen(world, ids), "payment_id": uuid4(), "voucher": world.fund.unpaid.get(ids["request_id"], uuid4()),
        "method": "check", "bank_account": "Operating", "number": "90001", "paid_on": _day(),
    },
    "funds.refund_request": lambda world, ids: {
        **_seen(world, ids), "target": ids.get("voucher_id", uuid4()), "cents": "5", "reason_code": "came_back",
        "note": "sent",
    },
    "funds.undo_request": lambda world, ids: {
        **_seen(world, ids), "proposal_id": uuid4(), "action": "void", "target": ids.get("voucher_id", uuid4()),
        "reason_code": "other", "note": "sent",
    },
    "funds.reconcile_request": _verb(),
    "funds.sign_affidavit": lambda world, ids: {
        **_seen(world, ids), "document_id": uuid4(), "vendor": "sent", "dated_on": _day(-1), "cents": "5",
        "words": "sent",
    },
    "funds.add_document": _verb(kind="receipt", vendor="sent"),
    "funds.decide_step": _on("proposal_id", do="refuse"),
    "funds.fail_payment": _on("payment_id", reason_code="lost", note="sent"),
    "funds.cover_advance": _on("advance_id", cents="5"),
    "funds.return_advance": _on("advance_id", cents="5"),
    "funds.accept_receipt": lambda world, ids: {
        **_seen(world, ids, ids["document_id"]), "target": ids.get("voucher_id", uuid4()), "cents": "5",
    },
    "funds.countersign_affidavit": _verb(),
    "funds.packet": _verb(),
    # --- what is nobody's ---------------------------------------------------------------------------------------------
    "funds.end_delegation": lambda world, ids: {},
    "funds.verify_payee": lambda world, ids: {"row_version": 1},
    "funds.retire_payee": lambda world, ids: {"row_version": 1},
    "funds.change_payee": lambda world, ids: {"name": "Sent", "kind": "vendor", "tax_class": "", "row_version": 1},
    "funds.record_tax_form": lambda world, ids: {
        "tax_form_id": uuid4(), "document_id": uuid4(), "received_on": _day(-1),
    },
    "funds.propose_payee": lambda world, ids: {"payee_id": uuid4(), "name": "Sent", "kind": "vendor", "tax_class": ""},
    "funds.decide_change": lambda world, ids: {"decision": "approve"},
    "funds.decide_rule": lambda world, ids: {"decision": "approve"},
    "funds.decide_run": lambda world, ids: {"decision": "refuse"},
    "funds.try_rule": lambda world, ids: {"new_id": uuid4()},
    "funds.preview_rollover": lambda world, ids: {"new_id": uuid4()},
    "funds.set_line_aside": lambda world, ids: {"note": "sent"},
    "funds.receive_instrument": lambda world, ids: {},
    "funds.acknowledge_instrument": lambda world, ids: {},
    "funds.lose_instrument": lambda world, ids: {"second": world.viewers["director"].user_id},
    "funds.soft_close_period": lambda world, ids: {"seen": "open", "status": "soft_closed", "reason": "sent"},
    "funds.close_period": lambda world, ids: {"seen": "open", "status": "closed"},
    "funds.download_report": lambda world, ids: {},
}  # fmt: skip
