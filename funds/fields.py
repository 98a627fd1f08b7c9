"""Which words about a person the fund's tables hold, sealed under the person's key by `care.vault`; no data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from care.fields import Field, Group

MONEY: Final = Group.PLAN  # a consent that shows the plan shows what is bought for it


def _texts(*names: str) -> dict[str, Field]:
    return {name: Field("text", MONEY) for name in names}


FIELDS: Final[Mapping[str, Mapping[str, Field]]] = {
    "fund_request": _texts(
        "item",
        "purpose",
        "sustainability",
        "quote_reason",
        "monthly_rent",
        "emergency_reason",
        "emergency_call",
        "supplement_reason",
    ),
    "fund_request_event": _texts("note"),
    "resource_tried": _texts("name", "note"),
    "choice_statement": _texts("words", "witness"),
    "appeal": _texts("words", "answer"),
    "notice": _texts("words"),
    "document": _texts("words"),
    "step_proposal": _texts("note"),
}
