"""A person at a browser who presses again, with the same key, until an answer comes."""

from __future__ import annotations

import http.client
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from uuid import UUID, uuid4

from tests.cast import PASSWORD, Person, code_at


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_values: Any) -> None:
        return None


class Answer:
    """Status, where it leads, and the page."""

    def __init__(self, status: int, location: str, text: str) -> None:
        self.status, self.location, self.text = status, location, text


@dataclass(frozen=True)
class Form:
    """A form as it was filled in once: sent again, it carries the same key, ids and numbers."""

    path: str
    subject: UUID
    fields: Mapping[str, str]

    @classmethod
    def new(cls, path: str, subject: UUID, row_version: int, **fields: str) -> Form:
        """A form with a key of its own."""
        return cls(path, subject, {"key": uuid4().hex, "row_version": str(row_version), **fields})


class Presser:
    """One signed-in person. `acknowledged`: what a form was about → its key, once the answer had come."""

    def __init__(self, address: str, person: Person, phone: str) -> None:
        policy = DefaultCookiePolicy(secure_protocols=("http", "https"))
        self._opener = urllib.request.build_opener(_Stay, urllib.request.HTTPCookieProcessor(CookieJar(policy)))
        self._address, self._person, self._phone = address, person, phone
        self._token, self._counter = "", 0
        self.retries = self.answers = 0
        self.acknowledged: dict[UUID, str] = {}
        self.refused: list[str] = []

    def send(self, path: str, **fields: str) -> Answer:
        """Get a page, or post a form; tried again until an answer comes."""
        data = urllib.parse.urlencode({"csrf_token": self._token, **fields}).encode() if fields else None
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                answer = self._exchange(urllib.request.Request(self._address + path, data))
            except (OSError, http.client.HTTPException):  # cut off, perhaps in the middle of an answer
                self.retries += 1
                time.sleep(0.02)
                continue
            assert answer.status < 500, f"{path} answered {answer.status}: {answer.text[:300]}"
            return answer
        raise AssertionError(f"{path} was not answered in a minute")

    def _exchange(self, request: urllib.request.Request) -> Answer:
        try:
            with self._opener.open(request, timeout=20) as answer:
                return Answer(answer.status, "", answer.read().decode())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers.get("Location") or "", error.read().decode(errors="replace"))

    def sign_in(self) -> None:
        """Password and one-time code."""
        self._read_token("/sign-in")
        self.send("/sign-in", email=self._person.email, password=PASSWORD)
        answer = self.send("/sign-in/code", code=self._code())
        assert answer.location.endswith("/start"), (answer.status, answer.location)

    def press(self, form: Form) -> None:
        """Send a form until it is acknowledged or refused with a sentence; a fresh code is given where it is asked."""
        for _attempt in range(5):
            answer = self.send(form.path, **form.fields)
            self.answers += 1
            if answer.status == 303 and "/confirm/" in answer.location:
                self._confirm(answer.location)
                continue
            if answer.status == 303 and "/sign-in" in answer.location:
                self.sign_in()
                continue
            if answer.status == 303:
                self.acknowledged[form.subject] = form.fields["key"]
            else:
                alerts = re.findall('usa-alert__body">(.*?)</div>', answer.text, re.DOTALL)
                words = re.sub("<[^>]+>", " ", " ".join(alerts))
                self.refused.append(f"{answer.status} {' '.join(words.split())}")
            return
        raise AssertionError(f"{form.path} asked again and again for a code")

    def _confirm(self, location: str) -> None:
        """Give a code; when the answer to one was cut off, it may be used up already, so a fresh one follows."""
        path = location.removeprefix(self._address)
        self._read_token(path)
        for _attempt in range(5):
            answer = self.send(path, code=self._code())
            if answer.status == 303:
                return
        raise AssertionError(answer.text[:500])

    def _read_token(self, path: str) -> None:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.send(path).text)
        assert found, path
        self._token = found[1]

    def _code(self) -> str:
        """A code that was not used: the phone shows a new one each half minute, and one ahead is taken."""
        while True:
            counter = int(time.time() // 30)
            wanted = max(counter, self._counter + 1)
            if wanted <= counter + 1:
                self._counter = wanted
                return code_at(self._phone, datetime.fromtimestamp(wanted * 30 + 1, UTC))
            time.sleep(0.5)
