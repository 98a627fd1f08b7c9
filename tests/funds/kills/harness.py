"""The real server with its workers killed at random while people press; who calls this says what must hold afterwards.

Only processes of the server that a test started itself are killed.
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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from tests.conftest import Database
from tests.funds.kills.client import Form

ROOT = Path(__file__).parent.parent.parent.parent


@contextmanager
def served(
    database: Database, folder: Path, *, program: str = "tests.funds.kills.served:app", page: str = "/sign-in"
) -> Iterator[tuple[str, int]]:
    """Gunicorn with two workers that are forked ready; answers its address and the process id of their parent.

    `page` is one that answers when the program is up.
    """
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
        program,
    ]
    server = subprocess.Popen(command, cwd=ROOT, env=environ, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            assert server.poll() is None, "gunicorn stopped"
            try:
                urllib.request.urlopen(f"{address}{page}", timeout=20).close()
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


class Pressing(Protocol):
    """Who sends forms: how many answers came, and how many were cut off."""

    answers: int
    retries: int

    def press(self, form: Form) -> None:
        """Send one until an answer comes."""


def press_and_kill(work: Sequence[tuple[Pressing, Sequence[Form]]], parent: int, kills: int) -> int:
    """Everybody sends their forms, then old ones again, until so many workers were killed. Answers how many were.

    Goes on to five times as many while no answer was cut off yet: such a run would have tried nothing.
    """
    choice, stop = random.Random(5), threading.Event()
    broken: list[BaseException] = []

    def press(person: Pressing, forms: Sequence[Form], seed: int) -> None:
        mine = random.Random(seed)
        try:
            for form in forms:
                person.press(form)
            while not stop.is_set():
                person.press(mine.choice(forms))
        except BaseException as error:
            broken.append(error)
            raise

    people = [person for person, _forms in work]
    threads = [threading.Thread(target=press, args=(*each, seed)) for seed, each in enumerate(work)]
    for thread in threads:
        thread.start()
    killed, answered = 0, -1
    while not broken and (killed < kills or (killed < 5 * kills and not sum(person.retries for person in people))):
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
