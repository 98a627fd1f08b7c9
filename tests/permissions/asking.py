"""Asks every address as one viewer, for every standing, and says what came back; what should come stands elsewhere."""

from __future__ import annotations

import contextvars
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import create_engine, select
from werkzeug.exceptions import Forbidden, HTTPException, Unauthorized
from werkzeug.exceptions import NotFound as PageNotFound
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from audit.models import AuditEvent, ChainHead
from audit.rules import EventKind
from core import clock
from core.db import db
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.guard import mark_of
from core.identity import VISITOR
from core.pages import translate
from tests.cast import Browser
from tests.permissions.canaries import Canary
from tests.permissions.fund_rows import FUND_STANDINGS, WHOLE_LIVES
from tests.permissions.posts import BODIES, QUERIES
from tests.permissions.world import DRAFT, STANDINGS, World

Key = tuple[str, str, str, str]  # address, method, standing ("-": the address names no person), role
VISITOR_NAME: Final = "visitor"
SESSION_PAGES: Final = ("security.", "accounts.")  # they ask the session itself who is there
# Arguments of addresses that name no person, with a value that makes sense.
PLAIN: Final = {
    "filename": "css/site.css", "token": "none", "packed": "none", "operation": "disclosure", "kind": "services",
    "table": "phone", "measure": "days_homeless",
    "record_id": str(uuid4()), "report_id": str(uuid4()), "run_id": str(uuid4()),
    "change_id": str(uuid4()), "site_id": str(uuid4()), "form_id": str(uuid4()),
}  # fmt: skip
NAMES_ROW: Final = frozenset({"care.make_choice_sheet", "care.make_referral", "care.find_services"})  # in form or query
WHOLE: Final = frozenset({"own", "other", "absent"})  # in these standings a refusal's page is looked at, byte by byte
FORM_STANDINGS: Final = frozenset(
    {"own", "other", "own, other's row", "former", "glass", f"own{DRAFT}", f"other{DRAFT}", "absent"}
)
BY_CODE_STANDINGS: Final = frozenset({"own", "other", f"own{DRAFT}", f"other{DRAFT}", "absent"})
ALIKE_FOR_OVERSIGHT: Final = frozenset(
    {"former", "later", "role lost", "consent later", "consent expired", "consent revoked", "glass over"}
)
BY_CODE: Final = frozenset({"fiscal_approver", "payer", "reconciler", "director", "auditor"})  # see every request
# What stands differently under an argument's name in an address of the fund.
FUND_PLAIN: Final = {"kind": "csv"}
READS: Final = frozenset(
    {
        EventKind.RECORD_OPENED.value, EventKind.CASELOAD_OPENED.value, EventKind.FUND_REQUEST_OPENED.value,
        EventKind.FUND_REQUESTS_LISTED.value, EventKind.PAYEE_OPENED.value,
        EventKind.FUND_DOCUMENT_OPENED.value,
    }
)  # fmt: skip
VOLATILE: Final = (
    re.compile(r'name="csrf_token"[^>]*>'),
    re.compile(r'<meta name="csrf-token"[^>]*>'),
    re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: an address of the map, a method, and how the viewer stands to the person in it ("" for none)."""

    address: str
    method: str
    endpoint: str
    standing: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back: a word for the status, the canaries in it, and the events that it wrote."""

    asked: Asked
    role: str
    status: int
    word: str
    found: frozenset[Canary]
    events: tuple[tuple[str, str | None, str], ...] = ()
    request_id: str = ""
    body: str = field(repr=False, default="")


def all_requests(app: Flask, world: World) -> list[Asked]:
    """Every address and method; once for each standing where the address names a person or a row of theirs."""
    found = []
    for rule in sorted(app.url_map.iter_rules(), key=lambda each: each.rule):
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            for standing in standings_of(rule, world) if rule.endpoint != "static" else ():
                found.append(Asked(rule.rule, method, rule.endpoint, standing))
    return found


def standings_of(rule: Rule, world: World) -> tuple[str, ...]:
    """Every standing for an address about a person; there and absent for another row; one for an address without."""
    if rule.endpoint.startswith("funds.") and rule.arguments & fund_arguments(world):
        there = [name for name in FUND_STANDINGS if rule.arguments & {"request_id", *world.fund.rows[name]}]
        drafts = [f"{name}{DRAFT}" for name in WHOLE_LIVES] if "request_id" in rule.arguments else []
        return (*there, *drafts, "absent")
    if rule.arguments & person_arguments(world):
        names_row = len(rule.arguments & person_arguments(world)) > 1 or rule.endpoint in NAMES_ROW
        return tuple(
            name for name in STANDINGS if (names_row or name != "own, other's row") and not name.endswith(DRAFT)
        )
    if rule.endpoint.startswith("funds.") and "delegation_id" in rule.arguments:
        return ("there", "another's", "absent")
    return ("there", "absent") if rule.arguments & other_rows(world, rule.endpoint).keys() else ("",)


def other_rows(world: World, endpoint: str) -> dict[str, Any]:
    """Rows that are nobody's, by the argument that names them in an address."""
    if not endpoint.startswith("funds."):
        return world.other_rows
    rows = world.fund.others
    line = rows["budget_line_id" if endpoint == "funds.show_line" else "bank_line_id"]
    return {**rows, "line_id": line}


def fund_arguments(world: World) -> set[str]:
    """Arguments of the fund's addresses that name a request, or what hangs on one."""
    return {"request_id", *world.fund.rows["own"]}


def fewer(requests: Iterable[Asked], role: str, expected: Mapping[Key, str], *, pages_too: bool = False) -> list[Asked]:
    """What is asked where not the whole table is: each address in the standings that differ in kind, and one more.

    That one goes round from address to address, so that every standing is asked at many of them. Pages about people
    are asked in every standing unless `pages_too`. What the table calls done is asked always. Whoever oversees
    everybody is asked about one of those who have nothing else to do with them; who knows requests by code, about
    one's own, another's, drafts and nobody's.
    """
    kinds = FORM_STANDINGS | ({"consent", "role lost"} if role in {"coordinator", "supervisor"} else set())
    found = []
    for asked in requests:
        is_page = asked.method == "GET" and not pages_too
        more = sorted(STANDINGS)[zlib.crc32(f"{asked.address} {asked.method}".encode()) % len(STANDINGS)]
        if role in BY_CODE and asked.endpoint.startswith("funds."):
            wanted = asked.standing in BY_CODE_STANDINGS
        elif role in {"director", "auditor"} and asked.standing in ALIKE_FOR_OVERSIGHT:
            wanted = False
        else:
            wanted = is_page or asked.standing in kinds
        is_done = expected.get((asked.address, asked.method, asked.standing or "-", role)) == "done"
        if wanted or is_done or asked.standing == more or asked.standing not in STANDINGS:
            found.append(asked)
    return found


def person_arguments(world: World) -> set[str]:
    """Arguments of addresses that name a person, or a row about one."""
    return {"enrollee_id", *world.subjects["own"].rows}


def unknown_arguments(app: Flask, world: World) -> set[str]:
    """Arguments of addresses for which no value is known here."""
    known = {"enrollee_id", "delegation_id", *world.subjects["own"].rows, *PLAIN, *fund_arguments(world)}
    return {
        name
        for rule in app.url_map.iter_rules()
        for name in rule.arguments
        if name not in known and name not in other_rows(world, rule.endpoint)
    }


class Asker:
    """One viewer: asks, and puts the database back when something was written.

    The pages of sign-in see a session; to all others the viewer is given as they are (`goldthread_identity`). What the
    guard refuses it refuses by the mark alone, so its page is fetched once for each mark, and after that the guard is
    asked without the page. What a view refuses (`NotFound`, `NotAllowed`) it says with a page that is the same for all:
    that page is fetched for the standings in WHOLE, and for the others the view is asked without it. `expected` only
    says where to try that first: a view that answers is asked again, whole.
    """

    def __init__(
        self,
        app: Flask,
        world: World,
        role: str,
        restore: Callable[[], None],
        expected: Mapping[Key, str] | None = None,
    ) -> None:
        self.expected = expected or {}
        self.app, self.world, self.role = app, world, role
        self._restore = restore
        self._watch = create_engine(db.engine.url, isolation_level="AUTOCOMMIT")  # kept open: asked after each request
        self.rules = {(rule.rule, rule.endpoint): rule for rule in app.url_map.iter_rules()}
        self.identity = VISITOR if role == VISITOR_NAME else world.viewers[role]
        self.load_identity = app.extensions["goldthread_identity"]
        self.guarded: set[tuple[str, str]] = set()
        self._guard_said: dict[tuple[str, str], str] = {}
        self.last_event = self._head()

    def ask_all(self, requests: Iterable[Asked]) -> Iterator[Answered]:
        """Ask one after the other."""
        for asked in requests:
            yield self.ask(asked)

    def ask(self, asked: Asked) -> Answered:
        """One request and what came of it."""
        is_library = asked.endpoint.startswith(SESSION_PAGES)
        self.app.extensions["goldthread_identity"] = self.load_identity if is_library else (lambda: self.identity)
        self.app.config["WTF_CSRF_ENABLED"] = is_library  # a page of the library asks for its token itself
        try:
            if not is_library and (word := self._refused_by_guard(asked)):
                return Answered(asked, self.role, 0, word, frozenset())
            if not is_library and (refused := self._refused_by_view(asked)):
                return refused
            return self._ask(asked, self._sign_in() if is_library else self._plain_browser())
        finally:
            self.app.extensions["goldthread_identity"] = self.load_identity
            self.app.config["WTF_CSRF_ENABLED"] = False

    def _refused_by_guard(self, asked: Asked) -> str:
        """The word for what the guard refuses, once its page was seen for this mark; empty when it lets pass."""
        key = (mark_of_asked(self.app, asked), asked.method)
        if key not in self.guarded:
            return ""
        if (place := (asked.endpoint, asked.method)) not in self._guard_said:  # it knows of no person
            self._guard_said[place] = contextvars.Context().run(self._ask_guard, asked)
        return self._guard_said[place]

    def _ask_guard(self, asked: Asked) -> str:
        with self.app.test_request_context(self.address_of(asked), method=asked.method):
            try:
                answer = self.app.preprocess_request()
            except (Forbidden, Unauthorized) as refusal:
                return "refused" if isinstance(refusal, Forbidden) else "sign in"
            finally:
                db.session.rollback()
        return "sign in" if answer is not None else ""

    def _refused_by_view(self, asked: Asked) -> Answered | None:
        """What came of a view that refuses, without the page that says so; None where the page is to be looked at."""
        expected = self.expected.get((asked.address, asked.method, asked.standing or "-", self.role))
        if asked.standing in WHOLE or asked.standing not in STANDINGS or expected not in {"absent", "refused"}:
            return None
        word, said = contextvars.Context().run(self._ask_view, asked)
        head = self._head()
        if head > self.last_event and not word:
            self.restore()
        if not word:
            return None
        events, self.last_event = (_events_after(self.last_event) if head > self.last_event else ()), head
        return Answered(asked, self.role, 0, word, frozenset(self.world.canaries.find(said)), events)

    def _ask_view(self, asked: Asked) -> tuple[str, str]:
        body = self._body(asked) if asked.method == "POST" else None
        with self.app.test_request_context(self.address_of(asked), method=asked.method, data=body):
            try:
                self.app.preprocess_request()
                self.app.dispatch_request()
            except (NotFound, PageNotFound):
                return "absent", ""
            except NotAllowed as refusal:
                return "refused", " ".join(translate(reason) for reason in refusal.reasons)
            except (Conflict, InvalidInput, HTTPException):
                return "", ""
            finally:
                db.session.rollback()
        return "", ""

    def _ask(self, asked: Asked, browser: Browser) -> Answered:
        body = self._body(asked) if asked.method == "POST" else None
        if body is not None and self.app.config["WTF_CSRF_ENABLED"]:
            body["csrf_token"] = _give_token(self.app, browser)
        answer = browser.open(self.address_of(asked), method=asked.method, data=body)
        head = self._head()
        events = _events_after(self.last_event) if head > self.last_event else ()
        self.last_event = head
        wrote = any(kind not in READS for kind, _, _ in events)
        if answer.status_code in {401, 403} or urlsplit(answer.headers.get("Location", "")).path == "/sign-in":
            self.guarded.add((mark_of_asked(self.app, asked), asked.method))
        answered = Answered(
            asked,
            self.role,
            answer.status_code,
            _word(asked, answer, wrote),
            frozenset(self.world.canaries.find(_everything(answer))),
            events,
            answer.headers.get("X-Request-Id", ""),
            _plain(answer),
        )
        if wrote:
            self.restore()
        return answered

    def address_of(self, asked: Asked) -> str:
        """The address with the ids of the standing's person."""
        rule, ids = self.rules[asked.address, asked.endpoint], self._ids(asked)
        built = rule.build({name: ids.get(name, uuid4()) for name in rule.arguments}, append_unknown=False)
        assert built is not None
        query = QUERIES.get(asked.endpoint)
        return built[1] + ("?" + urlencode(query(self.world, ids)) if query else "")

    def _ids(self, asked: Asked) -> dict[str, Any]:
        arguments, fund = set(self.rules[asked.address, asked.endpoint].arguments), self.world.fund
        others = other_rows(self.world, asked.endpoint)
        if asked.endpoint.startswith("funds."):
            others = {**FUND_PLAIN, **others, "delegation_id": fund.delegations.get(self.role, uuid4())}
            if arguments & fund_arguments(self.world):
                standing = asked.standing.removesuffix(DRAFT)
                request_id = fund.request_id(asked.endpoint, standing, is_draft=asked.standing.endswith(DRAFT))
                return {**PLAIN, **others, **self.world.ids(asked.standing), "request_id": request_id}
        if arguments & person_arguments(self.world):
            return {**PLAIN, **others, **self.world.ids(asked.standing)}
        ids = {**PLAIN, **self.world.ids("absent"), **others}
        if asked.standing == "another's":
            ids["delegation_id"] = others["others_delegation"]
        if asked.standing == "absent":
            ids |= {name: 999_999 if name == "seq" else str(uuid4()) for name in others if name not in FUND_PLAIN}
        return ids

    def _body(self, asked: Asked) -> dict[str, Any]:
        made = BODIES.get(asked.endpoint)
        return {name: value if isinstance(value, list) else str(value)
                for name, value in (made(self.world, self._ids(asked)) if made else {}).items()}  # fmt: skip

    def restore(self) -> None:
        """Put the database back to what the world was."""
        self._watch.dispose()
        self._restore()
        self.last_event = self._head()

    def close(self) -> None:
        """Let go of the database."""
        self._watch.dispose()

    def _head(self) -> int:
        with self._watch.connect() as connection:
            return int(connection.scalar(select(ChainHead.seq)) or 0)

    def _plain_browser(self) -> Browser:
        return Browser(self.app, self.app.response_class)

    def _sign_in(self) -> Browser:
        browser = self._plain_browser()
        if self.role != VISITOR_NAME:
            now = clock.now_utc().timestamp()
            with browser.session_transaction() as session:
                session["_user_id"], session["_fresh"] = self.world.sessions[self.role], True
                session["signed_in_at"] = session["seen_at"] = now
        return browser


def _give_token(app: Flask, browser: Browser) -> str:
    """The token of a form, as a page would have put it into the browser's session."""
    raw = "0" * 40
    with browser.session_transaction() as session:
        session["csrf_token"] = raw
    return str(URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps(raw))


def needs_body(app: Flask, world: World) -> list[str]:
    """Endpoints about a person, or with a permission in care, that take a POST and have no line in BODIES."""
    lacking = []
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and rule.endpoint not in BODIES and len(standings_of(rule, world)) > 2:
            lacking.append(rule.endpoint)
    return sorted(set(lacking))


def mark_of_asked(app: Flask, asked: Asked) -> str:
    """The permission that the address names."""
    return str(mark_of(app, asked.endpoint))


def _word(asked: Asked, answer: TestResponse, wrote: bool) -> str:
    """The status in a policy person's words."""
    status, location = answer.status_code, answer.headers.get("Location", "")
    if status == 401 or (status == 303 and urlsplit(location).path == "/sign-in" and asked.method == "GET"):
        return "sign in"
    if status in {301, 302, 303, 308}:
        return "done" if wrote else "sent on"
    if status == 204 and not wrote:
        return "shown"
    named = {200: "shown", 204: "done", 400: "refused form", 403: "refused", 404: "absent", 409: "conflict",
             422: "refused form"}  # fmt: skip
    if status == 200 and asked.method == "POST" and wrote:
        return "done"
    return named.get(status, str(status))


def _everything(answer: TestResponse) -> str:
    """Body and headers, what lies in the session's cookie too, as text."""
    from tests.security.cookies import opened_cookies

    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers)
    return "\n".join((answer.get_data().decode("utf-8", "replace"), headers, *opened_cookies(answer)))


def _plain(answer: TestResponse) -> str:
    """Status, headers and body without what changes from answer to answer."""
    headers = sorted(f"{name}: {value}" for name, value in answer.headers
                     if name not in {"X-Request-Id", "Date", "Set-Cookie", "Content-Length"})  # fmt: skip
    text = "\n".join((str(answer.status_code), *headers, answer.get_data().decode("utf-8", "replace")))
    for pattern in VOLATILE:
        text = pattern.sub("*", text)
    return text


def _events_after(seq: int) -> tuple[tuple[str, str | None, str], ...]:
    """Kind, request id and record of the events after a number."""
    rows = db.session.execute(
        select(AuditEvent.kind, AuditEvent.request_id, AuditEvent.record)
        .where(AuditEvent.seq > seq)
        .order_by(AuditEvent.seq)
    ).all()
    db.session.rollback()
    return tuple((row.kind, row.request_id, row.record) for row in rows)
