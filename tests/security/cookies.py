"""What lies in the signed cookies of an answer: signed is not secret, so tests read them like anybody can."""

from __future__ import annotations

import base64
import binascii
import zlib

from werkzeug.test import TestResponse


def opened_cookies(answer: TestResponse) -> list[str]:
    """The content of each cookie that an answer sets, unpacked where it is packed."""
    found = []
    for header in answer.headers.getlist("Set-Cookie"):
        value = header.partition("=")[2].partition(";")[0]
        packed = value.startswith(".")
        payload = value.lstrip(".").partition(".")[0]
        try:
            data = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
            found.append((zlib.decompress(data) if packed else data).decode("utf-8", "replace"))
        except (binascii.Error, ValueError, zlib.error):
            found.append(value)
    return found
