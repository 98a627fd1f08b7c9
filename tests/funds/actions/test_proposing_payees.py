"""A payee is proposed: by those who keep payees, once, with its event; never the person themselves."""

from __future__ import annotations

from uuid import uuid4

import pytest
from flask import Flask

from audit.queries import list_events
from core.db import db
from core.errors import Conflict, InvalidInput, NotAllowed
from funds.actions.payees import PayeeValues, propose_payee
from funds.models import Payee
from tests.care.people import user_of
from tests.cast import ANA, CAL


def test_a_proposal_waits_for_somebody_else(app: Flask) -> None:
    """Twice the same is one; another name under the same id is refused."""
    cal, payee_id = user_of(CAL), uuid4()
    before = list_events(page=1)[1]
    for _ in range(2):
        propose_payee(cal, payee_id=payee_id, values=PayeeValues("  Elm Street   Furniture "))
    events, total = list_events(page=1)
    assert total == before + 1 and events[0].kind == "payee:proposed"
    payee = db.session.get(Payee, payee_id)
    assert (payee.name, payee.status, payee.proposed_by) == ("Elm Street Furniture", "proposed", cal.user_id)
    db.session.rollback()
    with pytest.raises(Conflict):
        propose_payee(cal, payee_id=payee_id, values=PayeeValues("Another"))


def test_what_is_refused(app: Flask) -> None:
    with pytest.raises(NotAllowed, match="Your role does not allow this"):
        propose_payee(user_of(ANA), payee_id=uuid4(), values=PayeeValues("Shop"))
    with pytest.raises(InvalidInput, match="Write the payee's name"):
        propose_payee(user_of(CAL), payee_id=uuid4(), values=PayeeValues(" "))
    with pytest.raises(InvalidInput, match="pays vendors, not the person"):
        propose_payee(user_of(CAL), payee_id=uuid4(), values=PayeeValues("Ana", kind="enrollee"))
