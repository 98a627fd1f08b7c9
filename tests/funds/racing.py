"""Many threads at once on one database, each like a request of its own; what came of each job, in no order."""

from __future__ import annotations

import queue
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

from core.db import db
from core.errors import Conflict, NotAllowed

Job = Callable[[], Any]


def race(app: Flask, jobs: Iterable[Job], *, threads: int) -> tuple[Counter[str], list[str]]:
    """Run the jobs by several threads that start together: how many ended in which way, and every refusal's words.

    A job that fails in an unforeseen way fails the race.
    """
    waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
    for job in jobs:
        waiting.put(job)
    outcomes: Counter[str] = Counter()
    words: list[str] = []
    broken: list[BaseException] = []
    gate, lock = threading.Barrier(threads), threading.Lock()
    db.session.remove()

    def work() -> None:
        with app.app_context():
            gate.wait()
            while not broken:
                try:
                    job = waiting.get_nowait()
                except queue.Empty:
                    break
                try:
                    job()
                    said, outcome = [], "done"
                except (NotAllowed, Conflict) as refused:
                    reasons = refused.reasons if isinstance(refused, NotAllowed) else [refused]
                    said, outcome = [str(reason) for reason in reasons], type(refused).__name__
                except BaseException as error:
                    broken.append(error)
                    raise
                finally:
                    db.session.remove()
                with lock:
                    outcomes[outcome] += 1
                    words.extend(said)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if broken:
        raise broken[0]
    return outcomes, words
