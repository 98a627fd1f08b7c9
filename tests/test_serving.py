"""The server of tests closes each answer, also where the browser has reset the connection."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.serving import closing, running

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

RESET = struct.pack("ii", 1, 0)  # linger for no second: the connection is reset, not ended


class Answer:
    """A body that knows whether it was closed; it waits at its end for the browser to have gone."""

    def __init__(self) -> None:
        self.gone, self.ended, self.closed = threading.Event(), threading.Event(), threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        yield b"one"
        self.gone.wait(10)
        self.ended.set()

    def close(self) -> None:
        self.closed.set()


@pytest.mark.parametrize("wrapped", [True, False])
def test_an_answer_to_a_browser_that_reset_the_connection_is_closed(wrapped: bool) -> None:
    """Not wrapped, it stays open: if that ever changes, `closing` has no more use."""
    answer = Answer()

    def app(_environ: WSGIEnvironment, start_response: StartResponse) -> Answer:
        start_response("200 OK", [("Content-Length", "3")])
        return answer

    served: WSGIApplication = closing(app) if wrapped else app
    with running(served) as port, socket.create_connection(("127.0.0.1", port)) as browser:
        browser.sendall(b"GET / HTTP/1.0\r\n\r\n")
        received = b""
        while not received.endswith(b"one"):
            received += browser.recv(4096)
        browser.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        browser.close()
        time.sleep(0.05)  # the reset arrives
        answer.gone.set()
        assert answer.ended.wait(10)
        assert answer.closed.wait(0.5) is wrapped
