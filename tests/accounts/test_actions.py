"""Each action on accounts: what it does, whom it refuses, and its event."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask_security import hash_password

from accounts import actions, queries
from accounts.actions import DemoUser
from audit import queries as trail
from core.config import Config
from core.db import db, transaction
from core.errors import InvalidInput, NotAllowed, NotFound
from tests.cast import ADA, CAL, SAM, STELLA, identity_for, make_user


@pytest.fixture(autouse=True)
def fresh_reads(app: Flask) -> Iterator[None]:
    """Each test ends its reads."""
    yield
    db.session.rollback()


def last_event() -> tuple[str, str, str | None, dict[str, object]]:
    db.session.rollback()
    event = trail.list_events(page=1)[0][0]
    return event.kind, event.actor_name, event.subject_id, event.record["details"]


def events() -> int:
    return trail.list_events(page=1)[1]


def test_invited_person_has_no_password_and_an_event(app: Flask) -> None:
    sam = identity_for(SAM)
    invited = actions.invite_user(sam, email=" New@Example.ORG", name="  New   Person ", roles=["coordinator"])
    account = queries.get_account(invited.user_id)
    assert (account.email, account.name) == ("new@example.org", "New Person")
    assert account.roles == {"coordinator"}
    assert not account.has_password
    assert last_event() == ("user:invited", "Sam Weller", str(invited.user_id), {"roles": ["coordinator"]})


def test_second_invitation_to_an_address_is_refused_without_an_event(app: Flask) -> None:
    sam = identity_for(SAM)
    actions.invite_user(sam, email="new@example.org", name="New", roles=["coordinator"])
    with pytest.raises(InvalidInput, match="There is an account with this address already"):
        actions.invite_user(sam, email="NEW@example.org", name="Other", roles=["steward"])
    assert events() == 1


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("email", {"email": "nonsense"}),
        ("name", {"name": "   "}),
        ("name", {"name": "x" * 101}),
        ("name", {"name": "a\x00b"}),
    ],
)
def test_senseless_invitation_is_refused(app: Flask, field: str, values: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        actions.invite_user(
            identity_for(SAM), roles=["steward"], **{"email": "new@example.org", "name": "New", **values}
        )
    assert refusal.value.field == field
    assert events() == 0


def test_roles_that_check_each_other_are_not_invited(app: Flask) -> None:
    with pytest.raises(NotAllowed, match="Who pays does not reconcile"):
        actions.invite_user(identity_for(SAM), email="n@example.org", name="N", roles=["payer", "reconciler"])


def test_changed_roles_are_in_the_trail_and_a_second_change_to_the_same_is_not(app: Flask) -> None:
    sam, cal = identity_for(SAM), make_user(CAL)
    actions.change_roles(sam, user_id=cal, roles=["coordinator", "steward"])
    assert queries.get_account(cal).roles == {"coordinator", "steward"}
    details = {"old": ["coordinator"], "new": ["coordinator", "steward"]}
    assert last_event() == ("user:roles_changed", "Sam Weller", str(cal), details)
    actions.change_roles(sam, user_id=cal, roles=["steward", "coordinator"])
    assert events() == 1


def test_nobody_grants_themselves_roles(app: Flask) -> None:
    sam = identity_for(SAM)
    assert sam.user_id is not None
    with pytest.raises(NotAllowed, match="Nobody changes their own roles"):
        actions.change_roles(sam, user_id=sam.user_id, roles=["admin", "steward"])
    assert events() == 0


def test_last_admin_cannot_be_taken_away(app: Flask) -> None:
    sam = make_user(SAM)
    with pytest.raises(NotAllowed, match="last administrator"):
        actions.disable_user(identity_for(ADA), user_id=sam, reason="left")
    with pytest.raises(NotAllowed, match="last administrator"):
        actions.change_roles(identity_for(ADA), user_id=sam, roles=["steward"])


def test_disabled_and_enabled_leave_events(app: Flask) -> None:
    sam, cal = identity_for(SAM), make_user(CAL)
    actions.disable_user(sam, user_id=cal, reason="left")
    assert not queries.get_account(cal).active
    assert last_event()[0] == "user:disabled" and last_event()[3] == {"reason": "left"}
    actions.disable_user(sam, user_id=cal, reason="left")
    actions.enable_user(sam, user_id=cal)
    actions.enable_user(sam, user_id=cal)
    assert queries.get_account(cal).active
    assert (last_event()[0], events()) == ("user:enabled", 2)


def test_disabling_needs_a_known_reason_and_an_account(app: Flask) -> None:
    with pytest.raises(InvalidInput, match="Choose a reason"):
        actions.disable_user(identity_for(SAM), user_id=make_user(CAL), reason="because")
    with pytest.raises(NotFound):
        actions.disable_user(identity_for(SAM), user_id=uuid4(), reason="left")


def test_ended_sessions_leave_an_event(app: Flask) -> None:
    cal = make_user(CAL)
    actions.end_sessions(identity_for(SAM), user_id=cal)
    assert last_event() == ("user:sessions_ended", "Sam Weller", str(cal), {})


def test_edited_profile_names_its_fields_and_not_their_words(app: Flask) -> None:
    cal = make_user(CAL)
    actions.edit_profile(identity_for(SAM), user_id=cal, name="Calvin Brooks", language="es")
    assert last_event() == ("user:edited", "Sam Weller", str(cal), {"fields": ["name", "language"]})
    actions.edit_profile(identity_for(SAM), user_id=cal, name="Calvin Brooks", language="es")
    assert events() == 1


def test_own_second_step_is_not_reset_by_oneself(app: Flask) -> None:
    sam = identity_for(SAM)
    assert sam.user_id is not None
    with pytest.raises(NotAllowed):
        actions.reset_second_factor(sam, user_id=sam.user_id)
    cal = make_user(CAL)
    actions.reset_second_factor(sam, user_id=cal)
    assert last_event()[3] == {"how": "reset"}


def test_invitation_is_sent_again_only_without_a_password(app: Flask) -> None:
    sam = identity_for(SAM)
    first = actions.invite_user(sam, email="new@example.org", name="New", roles=["steward"])
    second = actions.invite_again(sam, user_id=first.user_id)
    now = trail.list_events(page=1)[0][0].at
    assert queries.find_invited(first.token, now) is None
    found = queries.find_invited(second.token, now)
    assert found is not None and found.id == first.user_id
    with pytest.raises(NotAllowed):
        actions.invite_again(sam, user_id=make_user(CAL))


PEOPLE = (
    DemoUser(email="steward@demo.example", name="Demo Steward", role="steward", password="demo steward lamp"),
    DemoUser(email="admin@demo.example", name="Demo Admin", role="admin", password="demo admin lamp"),
)


def test_demo_people_are_made_once(app: Flask) -> None:
    assert actions.create_demo_users(PEOPLE, hash_password=hash_password) == 2
    assert actions.create_demo_users(PEOPLE, hash_password=hash_password) == 0
    assert [account.name for account in queries.list_demo_accounts()] == ["Demo Admin", "Demo Steward"]
    assert events() == 2


def test_demo_people_are_refused_in_production(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    production = Config.for_tests(data_dir=app.config["GOLDTHREAD"].data_dir, environment="production")
    monkeypatch.setattr(actions, "current_config", lambda: production)
    with pytest.raises(NotAllowed, match="no demo accounts where real people are served"):
        actions.create_demo_users(PEOPLE, hash_password=hash_password)
    assert queries.list_demo_accounts() == []


def test_code_is_taken_once_and_never_an_older_one(app: Flask) -> None:
    cal: UUID = make_user(CAL)
    taken = []
    for counter in (100, 100, 99, 101):
        with transaction():
            taken.append(actions.take_code(user_id=cal, counter=counter))
    assert taken == [True, False, False, True]


def test_list_is_narrowed_by_words_and_role(app: Flask) -> None:
    for person in (SAM, CAL, STELLA, ADA):
        make_user(person)

    def names(words: str = "", role: str = "") -> list[str]:
        return [account.name for account in queries.list_accounts(page=1, words=words, role=role)[0]]

    assert names() == ["Ada Okoro", "Cal Brooks", "Sam Weller", "Stella Marsh"]
    assert names(words="STELLA") == ["Stella Marsh"]
    assert names(words="cal@") == ["Cal Brooks"]
    assert names(words="%") == names()
    assert names(role="admin") == ["Sam Weller"]
    assert queries.list_accounts(page=2, size=3) == ([queries.find_account(STELLA.email)], 4)
