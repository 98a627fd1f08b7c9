"""The queue of reports: oldest first, decided once, the sender answered and then forgotten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

from flask import Flask

from core.config import Config
from core.db import db, transaction
from core.identity import VISITOR
from directory import actions, queries
from directory.models import Suggestion
from tests.builders import NOW, make_service
from tests.cast import Browser

SignIn = Callable[[str], Browser]


def proposed(service_id: UUID, field: str, old: str, new: str, days: int = 0) -> UUID:
    """A value that a feed or a provider proposes."""
    row = Suggestion(
        id=uuid4(),
        service_id=service_id,
        kind="feed",
        record_table="service",
        record_id=service_id,
        field_name=field,
        old_value=old,
        new_value=new,
        received_at=NOW - timedelta(days=days),
    )
    with transaction() as session:
        session.add(row)
        session.flush()
        return row.id


def test_oldest_first_with_old_beside_new(app: Flask, sign_in_as: SignIn) -> None:
    """The list shows both values."""
    service_id = make_service(name="Pantry")
    proposed(service_id, "name", "Pantry", "Newer proposal", days=1)
    proposed(service_id, "name", "Pantry", "Older proposal", days=9)
    text = sign_in_as("stella").get("/steward/reports").text
    assert text.index("Older proposal") < text.index("Newer proposal")


def test_accepting_writes_the_value_once(app: Flask, sign_in_as: SignIn, client: Browser) -> None:
    """The listing has the new value, the report its decision; the second press is told so."""
    service_id = make_service(name="Pantry")
    report = proposed(service_id, "name", "Pantry", "Corner pantry")
    stella = sign_in_as("stella")
    page = f"/steward/reports/{report}"
    token = stella.token(page)
    stella.post(page, data={"csrf_token": token, "decision": "accept", "answer": ""})
    assert "Corner pantry" in client.get(f"/services/{service_id}").text
    assert "Corner pantry" in stella.get("/steward/reports?state=accepted").text
    again = stella.post(page, data={"csrf_token": token, "decision": "decline", "answer": ""})
    assert again.status_code == 422 and "decided already by Stella Marsh" in again.text


def test_declining_keeps_the_old_value(app: Flask, sign_in_as: SignIn, client: Browser) -> None:
    """The listing stays as it was."""
    service_id = make_service(name="Pantry")
    report = proposed(service_id, "name", "Pantry", "Nonsense")
    sign_in_as("stella").send(f"/steward/reports/{report}", decision="decline", answer="")
    assert "Nonsense" not in client.get(f"/services/{service_id}").text


def test_the_sender_is_answered_and_forgotten(app: Flask, sign_in_as: SignIn) -> None:
    """The address stands on the page until the decision; the answer is mailed; nothing keeps the address."""
    service_id = make_service(name="Pantry")
    report = actions.suggest(
        VISITOR, service_id=service_id, kind="wrong hours", words="They close at four", reply_to="ada@example.com"
    )
    stella = sign_in_as("stella")
    page = f"/steward/reports/{report}"
    assert "ada@example.com" in stella.get(page).text
    stella.send(page, decision="accept", answer="Thank you, corrected.")
    config: Config = app.config["GOLDTHREAD"]
    outbox = list(Path(config.data_dir / "outbox").glob("*.eml"))
    mail = next(text for path in outbox if "ada@example.com" in (text := path.read_text()))
    assert "Thank you, corrected." in mail and "Pantry" not in mail
    assert "ada@example.com" not in stella.get(page).text
    assert queries.get_suggestion(report).reply_to is None
    db.session.rollback()
    assert "Thank you, corrected." in stella.get(page).text


def test_a_report_about_a_hidden_listing_can_still_be_settled(app: Flask, sign_in_as: SignIn) -> None:
    """The listing beside it says that it is hidden."""
    service_id = make_service(name="Pantry")
    report = actions.suggest(VISITOR, service_id=service_id, kind="closed")
    stella = sign_in_as("stella")
    stella.send(f"/steward/services/{service_id}/retire", reason="closed")
    assert "hidden, retired or gone" in stella.get(f"/steward/reports/{report}").text
    assert stella.send(f"/steward/reports/{report}", decision="accept", answer="").status_code == 303
