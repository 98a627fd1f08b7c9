"""`python -m bench.http`: load on the results page of a gunicorn on this machine, for as long as the run lasts.

Starts the server on a free port of 127.0.0.1 with the settings of the environment (a GOLDTHREAD_DATA_DIR with
data and an index, such as bench.site makes), asks for result pages at a fixed rate, then as fast as some connections
can, and stops the server.
Never sends anything to another machine.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

from bench.search import percentile

HOST = "127.0.0.1"
WORDS = (
    "food",
    "food pantry",
    "rent help",
    "counseling",
    "detox",
    "dentist",
    "lawyer",
    "free phone",
    "shelter",
    "job",
    "",
)
PLACES = ("10601", "14604", "14201", "White Plains", "Rochester, NY", "Buffalo", "")
MILES = ("5", "10", "25", "50")
START_SECONDS, WARM_SECONDS, MOST_SECONDS = 60, 5.0, 120


YARDSTICK = "/robots.txt"  # a page that does nothing: how quick the machine, the server and the load are just now


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=25.0, help="requests a second of the steady part")
    parser.add_argument("--seconds", type=float, default=20.0, help="length of each part, at most 120")
    parser.add_argument("--times", type=int, default=3, help="how often each part is measured, at most 10")
    parser.add_argument("--connections", type=int, default=8, help="connections of the part without a rate, at most 64")
    parser.add_argument("--workers", type=int, default=2, help="gunicorn processes")
    options = parser.parse_args()
    seconds, connections = min(options.seconds, MOST_SECONDS), min(options.connections, 64)
    times = range(min(options.times, 10))
    with server(options.workers) as (port, master):
        # Every worker opens the index, compiles its templates and has seen some of the listings before the clock runs.
        run_full(port, master, connections, min(seconds, WARM_SECONDS))
        steady = [run_steady(port, options.rate, seconds) for _ in times]
        full = [run_full(port, master, connections, seconds) for _ in times]
        yardstick = run_full(port, master, connections, min(seconds, WARM_SECONDS), path=YARDSTICK)
    print(
        json.dumps(
            {
                "steady": min(steady, key=lambda one: one["p95_ms"]),
                "saturated": max(full, key=lambda one: one["rate"]),
                "yardstick": yardstick,
                "all": {"steady_p95_ms": [one["p95_ms"] for one in steady], "rates": [one["rate"] for one in full]},
                "cores": os.cpu_count(),
                "load": os.getloadavg()[0],
            },
            indent=1,
        )
    )


@contextlib.contextmanager
def server(workers: int) -> Iterator[tuple[int, int]]:
    """A gunicorn of the site on a free port, stopped at the end by its own process id; yields both."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "gunicorn", "--workers", str(workers), "--bind", f"{HOST}:{port}",
               "--access-logfile", "/dev/null", "app:create_app()"]  # fmt: skip
    process = subprocess.Popen(command, env={**os.environ, "GOLDTHREAD_SEARCH_RATE": "1000000 per minute"})
    try:
        until = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(OSError):
                if ask(port, "/services")[0] == 200:
                    break
            if time.monotonic() > until or process.poll() is not None:
                raise SystemExit("The server did not start.")
            time.sleep(0.2)
        yield port, process.pid
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()


def worked_seconds(master: int) -> float:
    """The processor time that the workers of a gunicorn have used so far; 0 where the system does not tell."""
    with contextlib.suppress(OSError):
        workers = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        ticks = 0
        for worker in workers:
            fields = Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")
    return 0.0


def path_of(rng: random.Random) -> str:
    """The address of one results page."""
    values = {"q": rng.choice(WORDS), "where": rng.choice(PLACES), "within": rng.choice(MILES)}
    if rng.random() < 0.2:
        values["open_now"] = "1"
    return "/services?" + urlencode({name: value for name, value in values.items() if value})


def ask(port: int, path: str, connection: http.client.HTTPConnection | None = None) -> tuple[int, float]:
    """The status of one page and the seconds it took."""
    own = connection or http.client.HTTPConnection(HOST, port, timeout=30)
    started = time.perf_counter()
    own.request("GET", path, headers={"Host": f"{HOST}:{port}", "Accept-Encoding": "gzip, deflate, br"})
    response = own.getresponse()
    response.read()
    spent = time.perf_counter() - started
    if connection is None:
        own.close()
    return response.status, spent


def run_steady(port: int, rate: float, seconds: float) -> dict[str, float]:
    """Requests at a fixed rate, each counted from when it was due, so that a queue shows."""
    spent: list[float] = []
    failed: list[int] = []
    threads = []
    rng, began = random.Random(1), time.perf_counter()

    def one(due: float, path: str) -> None:
        status, _ = ask(port, path)
        spent.append(time.perf_counter() - due)
        if status != 200:
            failed.append(status)

    for number in range(int(rate * seconds)):
        due = began + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        thread = threading.Thread(target=one, args=(due, path_of(rng)))
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join()
    return {"rate": rate, "requests": len(spent), "failed": len(failed), "p50_ms": percentile(spent, 50),
            "p95_ms": percentile(spent, 95)}  # fmt: skip


def run_full(port: int, master: int, connections: int, seconds: float, path: str = "") -> dict[str, float]:
    """As many requests as some connections get through, one after the other on each; result pages unless said."""
    spent: list[float] = []
    failed: list[int] = []
    until = time.perf_counter() + seconds
    worked, asking = worked_seconds(master), time.process_time()

    def one(seed: int) -> None:
        rng, connection = random.Random(seed), http.client.HTTPConnection(HOST, port, timeout=30)
        while time.perf_counter() < until:
            status, took = ask(port, path or path_of(rng), connection)
            spent.append(took)
            if status != 200:
                failed.append(status)

    threads = [threading.Thread(target=one, args=(seed,)) for seed in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    count = max(1, len(spent))
    return {"connections": connections, "rate": len(spent) / seconds, "failed": len(failed),
            "p50_ms": percentile(spent, 50), "p95_ms": percentile(spent, 95),
            "server_ms_a_page": 1e3 * (worked_seconds(master) - worked) / count,
            "load_ms_a_page": 1e3 * (time.process_time() - asking) / count}  # fmt: skip


if __name__ == "__main__":
    main()
