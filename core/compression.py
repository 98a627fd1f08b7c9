"""Pages made smaller on the way: HTML and JSON for visitors without sign-in; static files come compressed from disk.

A signed-in person's pages are never compressed: their length would tell secrets that stand beside typed words (BREACH).
"""

from __future__ import annotations

import gzip
from typing import Final

import brotli
from flask import Flask, Response, request

from core.guard import current_identity
from core.identity import VISITOR

KINDS: Final = {"text/html", "application/json", "application/xml", "text/plain", "text/calendar"}
SMALLEST: Final = 1_024  # bytes: below this the header costs more than it saves
# A page of results, 125 KB: 0.2 ms for 15.7 KB; quality 4 takes 0.9 ms for 14.1 KB.
BROTLI_QUALITY, GZIP_LEVEL = 1, 1


def init_compression(app: Flask) -> None:
    """Compress what pages answer, by the browser's wish."""

    @app.after_request
    def compress(response: Response) -> Response:
        if response.mimetype not in KINDS or response.is_streamed or response.direct_passthrough:
            return response
        response.vary.add("Accept-Encoding")
        if "Content-Encoding" in response.headers or response.status_code in (204, 304) or not _is_visitor():
            return response
        body = response.get_data()
        if len(body) < SMALLEST:
            return response
        if request.accept_encodings["br"] > 0:
            response.set_data(brotli.compress(body, quality=BROTLI_QUALITY))
            response.headers["Content-Encoding"] = "br"
        elif request.accept_encodings["gzip"] > 0:
            response.set_data(gzip.compress(body, GZIP_LEVEL, mtime=0))
            response.headers["Content-Encoding"] = "gzip"
        return response


def _is_visitor() -> bool:
    return current_identity() == VISITOR
