"""Every address × every role × every standing, against the written table and the policy; what was shown and logged too.

One test a role asks the whole site once (about 1,300 requests) and looks at each answer: its status, its words (no
canary of a group that the role may not see), its likeness to the answer for nobody, and its event in the trail.
PostgreSQL is asked what `fewer` says, or everything too with GOLDTHREAD_TEST_PERMISSIONS=all.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Final

import pytest

from audit.checks import verify_chain
from core.db import db
from funds.fields import FIELDS as FUND_FIELDS
from tests.permissions import policy
from tests.permissions.asking import (
    READS,
    Answered,
    Asker,
    all_requests,
    fewer,
    needs_body,
    unknown_arguments,
)
from tests.permissions.canaries import Canary, names
from tests.permissions.conftest import Stage
from tests.permissions.table import HOW_TO, VIEWERS, differences, read_table
from tests.permissions.world import World
from tests.security.conftest import Diary

ASK_ALL: Final = os.environ.get("GOLDTHREAD_TEST_PERMISSIONS") == "all"
SHOWN: Final = frozenset({"shown", "done", "refused form", "conflict", "sent on"})


def test_every_address_has_its_lines(stage: Stage) -> None:
    """A new address, method or standing is in the table before it is on main."""
    cells = read_table()
    asked = {
        (one.address, one.method, one.standing or "-", role)
        for one in all_requests(stage.app, stage.world)
        for role in VIEWERS
    }
    missing = sorted({key[:2] for key in asked - cells.keys()})
    assert not missing, f"These addresses are not in the permission table: {missing}. {HOW_TO}"
    gone = sorted({key[:2] for key in cells.keys() - asked})
    assert not gone, f"These addresses are in the permission table and gone from the site: {gone}. {HOW_TO}"


def test_every_argument_and_form_is_known(stage: Stage) -> None:
    """An address about a person is asked with ids of that person and with a form that the action would accept."""
    unknown = unknown_arguments(stage.app, stage.world)
    assert not unknown, (
        f"No id is known for the arguments {sorted(unknown)}. If they name a row about a person, make that row for "
        "each person in tests/permissions/world.py and give its id there; else add a value to PLAIN in asking.py."
    )
    lacking = needs_body(stage.app, stage.world)
    assert not lacking, (
        f"Nothing is posted to {lacking}. Add to BODIES in tests/permissions/posts.py what the form and the action "
        "accept from who may send it: an empty form is refused before the rule is asked."
    )


def test_the_table_keeps_the_policy() -> None:
    """No cell of the table says more than the policy allows: what is generated is not what is right."""
    wrong = []
    cells = read_table()
    about_people = {key[:2] for key in cells if key[2] == "own"}
    for (address, method, standing, role), word in cells.items():
        if (address, method) not in about_people:
            continue
        where = (method, address, standing, role, word)
        if policy.is_fund(address):
            if not policy.fund_word_fits(address, role, standing, word):
                wrong.append(("the fund's policy", *where))
            continue
        if standing == "absent" and word in SHOWN:
            wrong.append(("nobody is shown", *where))
        if word == "done" and (role, standing) not in policy.WRITES:
            if (address, role, standing) not in policy.OTHER_WRITES:
                wrong.append(("only coordinator and supervisor write", *where))
        if (
            not policy.groups_seen(role, standing)
            and word in SHOWN
            and (address, role, standing) not in (policy.OTHER_WRITES)
        ):
            if "/coordinator" in address or "/reviewed" in address:
                continue  # by code alone, for those who may assign or judge: the canaries say that no field is shown
            wrong.append(("shown to one who sees nothing", *where))
        staff = policy.STAFF | policy.OWN_PAGES | (policy.FISCAL if address.endswith("/fund") else frozenset())
        if word in SHOWN and role not in staff and "/reviewed" not in address:
            wrong.append(("a role that sees no person", *where))
    assert wrong == []


@pytest.mark.parametrize("role", VIEWERS)
def test_each_role_gets_what_is_written(stage: Stage, diary: Diary, role: str) -> None:
    """Status by status; no field of a person whom the role may not see, in no answer, cookie, log or mail."""
    asker = Asker(stage.app, stage.world, role, stage.restore, read_table())
    requests = all_requests(stage.app, stage.world)
    if not ASK_ALL:
        requests = fewer(requests, role, read_table(), pages_too=db.engine.dialect.name != "sqlite")
    answers = list(asker.ask_all(requests))
    asker.close()
    wrong = differences(answers, read_table())
    assert not wrong, f"{len(wrong)} answers differ from the table, the first: {wrong[:8]}. {HOW_TO}"
    assert shown_too_much(answers) == []
    assert told_apart(answers) == []
    assert unrecorded(answers, stage.world) == []
    assert wrongly_written(answers) == []
    logged = stage.world.canaries.find("\n".join(diary.lines))
    assert names(logged) == []
    mails = b"\n".join(path.read_bytes() for path in (stage.app.config["GOLDTHREAD"].data_dir / "outbox").glob("*"))
    assert names(stage.world.canaries.find_bytes(mails)) == []
    assert verify_chain() == []
    assert not_shown(answers, stage.world, role) == set()


def shown_too_much(answers: Iterable[Answered]) -> list[tuple[str, str, str, list[str]]]:
    """Answers that hold a field which the role may not see: method, address, standing, the fields."""
    found = []
    for answer in answers:
        if wrong := [canary for canary in answer.found if not may_see(answer.role, canary)]:
            found.append((answer.asked.method, answer.asked.address, answer.asked.standing, names(wrong)))
    return found


def may_see(role: str, canary: Canary) -> bool:
    """Whether the policy lets a role see a field of the person it belongs to."""
    if canary.name in policy.ALSO.get(role, ()):
        return True
    if canary.table in FUND_FIELDS:
        return policy.fund_words_seen(role, canary.standing, canary.label)
    if canary.name == "goal.own_words" and not canary.label and role in policy.READS_WORDS:
        return True  # a request says for which goal it is
    if canary.group is None:
        return bool(policy.groups_seen(role, canary.standing))
    is_flagged = canary.label.startswith("flagged") and canary.standing in {"consent", "consent mixed"}
    if is_flagged and role not in policy.OVERSIGHT:
        return False  # a goal that is flagged by itself, and what hangs on it: Part 2 is not covered
    return canary.group.value in policy.groups_seen(role, canary.standing)


def told_apart(answers: Iterable[Answered]) -> list[tuple[str, str, str]]:
    """Answers “absent” for somebody else's person that differ from the answer for nobody, even in one byte."""
    absent: dict[tuple[str, str], str] = {}
    answers = list(answers)
    for answer in answers:
        if answer.asked.standing == "absent":
            absent[answer.asked.address, answer.asked.method] = answer.body
    return [
        (answer.asked.method, answer.asked.address, answer.asked.standing)
        for answer in answers
        if answer.word == "absent"
        and answer.asked.standing
        and answer.body  # its page was fetched
        and answer.body != absent[answer.asked.address, answer.asked.method]
    ]


def unrecorded(answers: Iterable[Answered], world: World) -> list[tuple[str, str, str]]:
    """Answers with a field of a person whom no event of the same request names: method, address, standing."""
    found = []
    for answer in answers:
        told = " ".join(record for _, request_id, record in answer.events if request_id == answer.request_id)
        for standing in sorted({canary.standing for canary in answer.found if canary.group}):
            if str(world.subjects[standing].enrollee_id) not in told:
                found.append((answer.asked.method, answer.asked.address, standing))
    return found


def wrongly_written(answers: Iterable[Answered]) -> list[tuple[str, str, str, list[str]]]:
    """A GET, or a refused request, that wrote more than that somebody looked."""
    return [
        (answer.asked.method, answer.asked.address, answer.word, [kind for kind, _, _ in answer.events])
        for answer in answers
        if (answer.asked.method == "GET" or answer.word in {"refused", "absent", "refused form", "sign in", "conflict"})
        and not answer.asked.endpoint.startswith("security.")
        and any(kind not in READS for kind, _, _ in answer.events)
    ]


def not_shown(answers: Iterable[Answered], world: World, role: str) -> set[str]:
    """The control: what the role may see and no answer held. Without it, a search that finds nothing proves nothing.

    For who works with the person, field by field; nothing is asked of the others.
    """
    if (role, "own") not in policy.WRITES:
        return set()
    seen = {canary.name for answer in answers for canary in answer.found if canary.standing == "own"}
    known = {one.name for one in world.canaries.known.values() if one.standing == "own" and one.group}
    return known - seen - policy.SHOWN_NOWHERE.keys() - policy.NOT_ASKED.get(role, frozenset())


def test_a_canary_is_found_however_it_is_written(stage: Stage) -> None:
    """The control of the search: each of them in a page, in UTF-8 and in both UTF-16, at an even and an odd place."""
    canaries = stage.world.canaries
    for spelling, canary in canaries.known.items():
        assert canary in canaries.find(f"<p>{spelling}</p>"), canary.name
    token = next(text for text, one in canaries.known.items() if one.name == "enrollee.legal_name")
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        for before in (b"\0\0", b"\0\0\0"):
            assert canaries.find_bytes(before + token.encode(encoding) + b"\0\0"), encoding
