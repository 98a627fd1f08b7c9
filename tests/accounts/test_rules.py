"""The rules of accounts, as tables that a policy person can read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from accounts import rules
from accounts.rules import Attempt, SessionTimes
from core.errors import InvalidInput
from core.identity import Permission

NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def test_every_role_has_a_name_and_permissions() -> None:
    assert set(rules.ROLE_PERMISSIONS) == set(rules.ROLE_NAMES)
    assert all(Permission.SEE_OWN_PAGES in allowed for allowed in rules.ROLE_PERMISSIONS.values())
    assert rules.permissions_of(["nonsense"]) == frozenset()


@pytest.mark.parametrize(
    ("permission", "roles"),
    [
        (Permission.EDIT_DIRECTORY, {"steward"}),
        (Permission.IMPORT_FEEDS, {"steward"}),
        (Permission.SEE_RESTRICTED_LISTINGS, {"steward"}),
        (Permission.SEE_COORDINATOR_LISTINGS, {"steward", "coordinator", "supervisor", "director"}),
        (Permission.MANAGE_USERS, {"admin"}),
        (Permission.SEE_TRAIL, {"auditor", "director", "privacy_officer"}),
    ],
)
def test_permission_belongs_to_exactly_these_roles(permission: Permission, roles: set[str]) -> None:
    assert {role for role, allowed in rules.ROLE_PERMISSIONS.items() if permission in allowed} == roles


@pytest.mark.parametrize(
    ("roles", "fits"),
    [
        (["coordinator"], True),
        (["coordinator", "steward"], True),
        (["admin", "steward"], True),
        ([], False),
        (["wizard"], False),
        (["admin", "coordinator"], False),
        (["admin", "payer"], False),
        (["admin", "auditor"], False),
        (["auditor", "reconciler"], False),
        (["auditor", "steward"], False),
        (["fiscal_approver", "payer"], False),
        (["payer", "reconciler"], False),
    ],
)
def test_roles_that_check_each_other_are_kept_apart(roles: list[str], fits: bool) -> None:
    assert rules.decide_roles(roles).allowed is fits


def test_nobody_changes_their_own_roles() -> None:
    me = uuid4()
    decision = rules.decide_grant(actor_id=me, subject_id=me, old=["admin"], new=["admin", "steward"], other_admins=3)
    assert [str(reason) for reason in decision.reasons] == [
        "Nobody changes their own roles. Ask another administrator."
    ]


def test_last_admin_stays() -> None:
    decision = rules.decide_grant(actor_id=uuid4(), subject_id=uuid4(), old=["admin"], new=["steward"], other_admins=0)
    assert decision.reasons == (rules.LAST_ADMIN,)
    assert rules.decide_disable(actor_id=uuid4(), subject_id=uuid4(), roles=["admin"], other_admins=0).reasons
    assert rules.decide_disable(actor_id=uuid4(), subject_id=uuid4(), roles=["admin"], other_admins=1).allowed


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "elevenchars",
        "password1234",
        "Goldthread2026",
        "qwertyuiopas",
        "123456789012",
        "aaaaaaaaaaaa",
        "Westchester2026",
        "anaruiz12345",
        "x" * 129,
    ],
)
def test_easy_password_is_refused(password: str) -> None:
    assert not rules.decide_password(password, own_words=["Ana Ruiz", "ana@example.org"]).allowed


@pytest.mark.parametrize(
    "password",
    ["otter lantern maple seven", "correct horse battery", "  spaces are fine here ", "ñandú contraseña río"],
)
def test_three_words_are_a_good_password(password: str) -> None:
    assert rules.decide_password(password).allowed


def test_longest_password_is_judged_in_time() -> None:
    rules.decide_password("ab12" * 32)  # 128 letters: a slow estimate would make this test time out in practice
    assert rules.decide_password("otter lantern maple seven " * 4 + "and some more").allowed


@pytest.mark.parametrize(("text", "kept"), [(" Ana@Example.ORG ", "ana@example.org"), ("a.b+c@x.org", "a.b+c@x.org")])
def test_address_is_kept_in_lower_case(text: str, kept: str) -> None:
    assert rules.normalize_email(text) == kept


@pytest.mark.parametrize("text", ["", "ana", "ana@", "@x.org", "ana@x..org", "a b@x.org", "ana@x.org\nBcc: y@z.org"])
def test_senseless_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        rules.normalize_email(text)


# --- guesses ---------------------------------------------------------------------------------------------------------


def failures(count: int, *, last: datetime = NOW, same: bool = True) -> list[Attempt]:
    return [Attempt(last - i * SECOND, succeeded=False, same_network=same) for i in reversed(range(count))]


@pytest.mark.parametrize(
    ("count", "delay"),
    [
        (4, None),
        (5, 1 * MINUTE),
        (6, 2 * MINUTE),
        (7, 4 * MINUTE),
        (8, 8 * MINUTE),
        (9, 15 * MINUTE),
        (40, 15 * MINUTE),
    ],
)
def test_delay_doubles_from_the_fifth_failure_up_to_fifteen_minutes(count: int, delay: timedelta | None) -> None:
    until = rules.waits_until(failures(count), NOW)
    assert until == (NOW + delay if delay else None)
    if until:
        assert rules.waits_until(failures(count), until - SECOND) == until
        assert rules.waits_until(failures(count), until) is None


def test_success_from_here_ends_the_delay() -> None:
    attempts = [*failures(9, last=NOW - MINUTE), Attempt(NOW, succeeded=True, same_network=True)]
    assert rules.waits_until(attempts, NOW + SECOND) is None


def test_failures_of_yesterday_do_not_count() -> None:
    assert rules.waits_until(failures(9, last=NOW - timedelta(hours=24)), NOW) is None


def test_owner_gets_in_from_a_known_network_while_strangers_guess() -> None:
    known = Attempt(NOW - timedelta(days=20), succeeded=True, same_network=True)
    strangers = failures(50, same=False)
    assert rules.waits_until([known, *strangers], NOW) is None
    assert rules.waits_until(strangers, NOW) is not None  # the control: from an unknown network one waits


def test_one_guess_from_each_of_many_networks_is_slow_too() -> None:
    checked: list[datetime] = []
    moment = NOW
    while moment < NOW + timedelta(hours=1):
        seen = [Attempt(at, succeeded=False, same_network=False) for at in checked]
        if rules.waits_until(seen, moment) is None:
            checked.append(moment)
        moment += timedelta(seconds=3.6)  # 1,000 guesses an hour
    assert len(checked) <= 20


def test_a_thousand_guesses_from_one_network_check_at_most_twenty_an_hour() -> None:
    checked: list[datetime] = []
    moment = NOW
    while moment < NOW + timedelta(hours=1):
        if rules.waits_until([Attempt(at, succeeded=False, same_network=True) for at in checked], moment) is None:
            checked.append(moment)
        moment += timedelta(seconds=3.6)
    assert 5 <= len(checked) <= 20


# --- sessions --------------------------------------------------------------------------------------------------------

IDLE = [
    (["enrollee"], 30, 12),
    (["family"], 30, 12),
    (["coordinator"], 15, 8),
    (["steward"], 15, 8),
    (["auditor"], 15, 8),
    (["fiscal_approver"], 10, 8),
    (["payer"], 10, 8),
    (["reconciler"], 10, 8),
    (["admin"], 10, 8),
    (["enrollee", "steward"], 15, 8),
    (["coordinator", "reconciler"], 10, 8),
]


def limits() -> Iterator[tuple[list[str], SessionTimes, datetime]]:
    for roles, idle_min, whole_h in IDLE:
        yield roles, SessionTimes(NOW, NOW), NOW + timedelta(minutes=idle_min)
        busy = SessionTimes(NOW, NOW + timedelta(hours=whole_h) - MINUTE)
        yield roles, busy, NOW + timedelta(hours=whole_h)


@pytest.mark.parametrize(("roles", "times", "end"), limits())
def test_session_ends_to_the_second(roles: list[str], times: SessionTimes, end: datetime) -> None:
    assert not rules.session_is_over(times, roles, end - SECOND)
    assert rules.session_is_over(times, roles, end)
    assert rules.session_is_over(times, roles, end + SECOND)


def test_clock_set_back_does_not_revive_a_session() -> None:
    assert rules.session_is_over(SessionTimes(NOW, NOW), ["steward"], NOW - timedelta(hours=1))


@pytest.mark.parametrize(
    ("age", "fresh"), [(0, True), (299, True), (300, False), (-1, False)], ids=["now", "4:59", "5:00", "future"]
)
def test_code_opens_its_operation_for_five_minutes(age: int, fresh: bool) -> None:
    assert rules.is_fresh(NOW - timedelta(seconds=age), NOW) is fresh
    assert not rules.is_fresh(None, NOW)


# --- invitations -----------------------------------------------------------------------------------------------------


def test_invitation_opens_until_its_last_second_and_only_with_our_key() -> None:
    token = rules.make_invitation("our key", "abc", NOW)
    assert rules.read_invitation("our key", token, NOW - SECOND) == "abc"
    assert rules.read_invitation("our key", token, NOW) is None
    assert rules.read_invitation("another key", token, NOW - SECOND) is None
    for broken in ("", "x", token[:-1], token + "x", "WyJhIl0.x"):
        assert rules.read_invitation("our key", broken, NOW - SECOND) is None
