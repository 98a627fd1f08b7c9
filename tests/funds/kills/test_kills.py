"""Workers of the real server are killed while people approve: nothing acknowledged is lost, nothing is done twice.

`KILLS=200` kills as often; `make test` less. Only processes of the server that this test started are killed.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import func, select

from core.db import db
from funds import checks
from funds.models import FundRequestEvent, Posting
from tests.conftest import Database
from tests.funds.kills.client import Presser
from tests.funds.waiting import Waiting

ROOT = Path(__file__).parent.parent.parent.parent
KILLS = int(os.environ.get("KILLS", "20"))


@contextmanager
def served(database: Database, folder: Path) -> Iterator[tuple[str, int]]:
    """Gunicorn with two workers that are forked ready; answers its address and the process id of their parent."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = os.environ | {
        "KILLS_FOLDER": str(folder),
        "KILLS_DATABASE": database.url,
        "KILLS_STARTED": str(time.time()),
    }
    command = [
        *(sys.executable, "-m", "gunicorn", "--config", "/dev/null", "--preload", "--workers", "2", "--threads", "4"),
        *("--worker-class", "gthread", "--bind", f"127.0.0.1:{port}", "--log-level", "critical"),
        "tests.funds.kills.served:app",
    ]
    server = subprocess.Popen(command, cwd=ROOT, env=environ, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            assert server.poll() is None, "gunicorn stopped"
            try:
                urllib.request.urlopen(f"{address}/sign-in", timeout=20).close()
                break
            except OSError:
                time.sleep(0.1)
        yield address, server.pid
    finally:
        os.killpg(server.pid, signal.SIGKILL)  # its own session: the server and its workers, nobody else
        server.wait()


def workers_of(parent: int) -> list[int]:
    """The processes that a process started."""
    return [int(each) for each in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def test_kills_lose_nothing_and_do_nothing_twice(
    waiting: Waiting, _application: tuple[Flask, Database], tmp_path: Path
) -> None:
    with served(_application[1], tmp_path) as (address, parent):
        people = [Presser(address, person, phone) for person, phone in waiting.phones]
        for person in people:
            person.sign_in()
        killed = _press_and_kill(people, waiting.requests, parent)
    retries = sum(person.retries for person in people)
    acknowledged = {request: key for person in people for request, key in person.acknowledged.items()}
    assert killed == KILLS
    assert retries > 0, "no answer was ever cut off, so nothing was tried"
    assert [each for person in people for each in person.refused] == []
    assert len(acknowledged) == len(waiting.requests)
    assert _held() == {request: 1 for request, _ in waiting.requests}
    assert _keys() >= set(acknowledged.values())
    assert checks.verify_ledger() == []


def _press_and_kill(people: list[Presser], requests: list[tuple[UUID, int]], parent: int) -> int:
    """Everybody works through their part, and presses old forms again, until the kills are over."""
    choice, stop, broken = random.Random(5), threading.Event(), []

    def work(person: Presser, mine: list[tuple[UUID, int]]) -> None:
        try:
            for request_id, version in mine:
                person.approve(request_id, version)
            while not stop.is_set():
                person.approve(*choice.choice(mine))
        except BaseException as error:
            broken.append(error)
            raise

    threads = [
        threading.Thread(target=work, args=(person, requests[number :: len(people)]))
        for number, person in enumerate(people)
    ]
    for thread in threads:
        thread.start()
    killed, answered = 0, -1
    while killed < KILLS and not broken:
        time.sleep(choice.uniform(0.05, 0.3))
        alive, now = workers_of(parent), sum(person.answers for person in people)
        if alive and now > answered:  # a slow machine forks slowly: nobody is killed again before an answer came
            answered = now
            os.kill(choice.choice(alive), signal.SIGKILL)
            killed += 1
    stop.set()
    for thread in threads:
        thread.join()
    if broken:
        raise broken[0]
    return killed


def _held() -> dict[Any, int]:
    found = {
        row[0]: row[1]
        for row in db.session.execute(
            select(Posting.fund_request_id, func.count())
            .where(Posting.kind == "hold")
            .group_by(Posting.fund_request_id)
        )
    }
    db.session.rollback()
    return found


def _keys() -> set[str | None]:
    found = set(db.session.scalars(select(FundRequestEvent.idempotency_key)))
    db.session.rollback()
    return found
