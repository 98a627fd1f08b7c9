"""Sixteen people press "approve" at once, through the real server, on money for ten: ten get it, six a sentence.

`ROUNDS=200` plays as many rounds; `make test` fewer. The control asks a naive page in the same way, and overspends.
"""

from __future__ import annotations

import os
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from core.db import db
from funds import checks, ledger, queries
from funds.ledger import Account, Key
from funds.models import FundRequest
from tests.cast import Person, give_second_factor
from tests.conftest import BringBack, Database
from tests.funds.books import World, version_of
from tests.funds.kills.client import Form, Presser
from tests.funds.kills.harness import served
from tests.funds.waiting import EACH_CENTS, leave, make_waiting

ROUNDS: Final = int(os.environ.get("ROUNDS", "2"))
AT_ONCE: Final = 16
MONEY_FOR: Final = 10
PEOPLE: Final = tuple(Person(f"A{number} Approver", "fiscal_approver") for number in range(AT_ONCE))


@pytest.fixture
def short(bring_back: BringBack, _application: tuple[Flask, Database]) -> tuple[World, list[UUID], list[str]]:
    """Sixteen requests of $10.00 on a line with $100.00, and sixteen approvers with their phones."""

    def make() -> tuple[World, list[UUID], list[str]]:
        security = _application[0].extensions["security"]
        waiting = make_waiting(security)
        leave(waiting.world, MONEY_FOR * EACH_CENTS)
        phones = [give_second_factor(person, security) for person in PEOPLE]
        return waiting.world, [request_id for request_id, _version in waiting.requests[:AT_ONCE]], phones

    return bring_back("short", make)


def at_once(work: Sequence[Callable[[], None]]) -> None:
    """All of it at the same moment; what one of them raises is raised."""
    ready, broken = threading.Barrier(len(work)), []

    def go(job: Callable[[], None]) -> None:
        try:
            ready.wait(60)
            job()
        except BaseException as error:
            broken.append(error)

    threads = [threading.Thread(target=go, args=(job,)) for job in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if broken:
        raise broken[0]


def statuses(requests: Sequence[UUID]) -> dict[UUID, str]:
    """Where each request stands."""
    found = {row.id: row.status for row in db.session.execute(
        select(FundRequest.id, FundRequest.status).where(FundRequest.id.in_(requests)))}  # fmt: skip
    db.session.rollback()
    return found


def available(line: UUID) -> int:
    """What the line has left."""
    cents = queries.list_balances()[Key(Account.AVAILABLE, line)]
    db.session.rollback()
    return cents


def test_sixteen_approvals_at_once_never_overspend(
    short: tuple[World, list[UUID], list[str]], _application: tuple[Flask, Database], tmp_path: Path
) -> None:
    world, requests, phones = short
    line = world.lines["housing"]
    assert available(line) == MONEY_FOR * EACH_CENTS
    with served(_application[1], tmp_path) as (address, _parent):
        people = [Presser(address, *each) for each in zip(PEOPLE, phones, strict=True)]
        for person in people:
            person.sign_in()
        for _round in range(ROUNDS):
            for person in people:
                person.acknowledged, person.refused = {}, []
            forms = [
                Form.new(f"/fund/requests/{each}/decide", each, version_of(each), lane="", cents="", note="")
                for each in requests
            ]
            at_once([lambda who=who, form=form: who.press(form) for who, form in zip(people, forms, strict=True)])  # type: ignore[misc]
            now = statuses(requests)
            held = [each for each in requests if now[each] == "approved"]
            assert Counter(now.values()) == {"approved": MONEY_FOR, "submitted": AT_ONCE - MONEY_FOR}
            assert available(line) == 0
            assert [bool(who.acknowledged) for who in people] == [each in held for each in requests]
            said = [sentence for who in people for sentence in who.refused]
            assert len(said) == AT_ONCE - MONEY_FOR
            assert all("$0.00" in sentence and not sentence.startswith("5") for sentence in said), said
            assert checks.verify_ledger() == []
            back = [
                (who, Form.new(f"/fund/requests/{each}/take-back", each, version_of(each), reason="The next round."))
                for who, each in zip(people, requests, strict=True)
                if each in held
            ]
            at_once([lambda who=who, form=form: who.press(form) for who, form in back])  # type: ignore[misc]
            assert set(statuses(requests).values()) == {"submitted"} and available(line) == MONEY_FOR * EACH_CENTS
            db.session.rollback()


def test_control_a_naive_page_overspends(
    short: tuple[World, list[UUID], list[str]], _application: tuple[Flask, Database], tmp_path: Path
) -> None:
    """The same race, asked of a page that reads, decides and writes: it promises more than there is."""
    line = short[0].lines["housing"]
    account = queries.account_ids(ledger.hold(line, 1).moves)[Key(Account.AVAILABLE, line)]
    db.session.rollback()
    answers: Counter[int] = Counter()
    with served(_application[1], tmp_path, program="tests.funds.kills.naive:app", page="/") as (address, _parent):

        def press() -> None:
            try:
                with urllib.request.urlopen(f"{address}/hold/{account}", b"", timeout=20) as answer:
                    answers[answer.status] += 1
            except urllib.error.HTTPError as error:
                answers[error.code] += 1

        for _round in range(3):
            at_once([press] * AT_ONCE)
    assert answers[200] > MONEY_FOR, answers
