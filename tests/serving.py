"""An application behind a real socket, in a thread of the test's process."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.serving import make_server

from core.db import db

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address at which `app` answers until the block ends; then its connections to the database are closed."""
    with running(closing(app)) as port:
        yield f"http://127.0.0.1:{port}"
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@contextmanager
def running(app: WSGIApplication) -> Iterator[int]:
    """The port on which `app` answers until the block ends."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()


def closing(app: WSGIApplication) -> WSGIApplication:
    """`app` whose answers close themselves once they are sent.

    Werkzeug's server reads what else came before it closes the answer, and where a browser has reset the connection
    it forgets to: a static file then stays open until it is collected, which pytest holds against some later test.
    """

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return _closed_after(app(environ, start_response))

    return answer


def _closed_after(body: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from body
    finally:
        close = getattr(body, "close", None)
        if close is not None:
            close()
