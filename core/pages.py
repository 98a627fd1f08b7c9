"""What pages share: page numbers, safe redirects and refusals shown beside the field; no page of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol
from urllib.parse import urlsplit

from flask import current_app, flash, request
from flask_babel import format_date
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from core.catalog import catalog, gettext
from core.errors import Bilingual, Conflict, InvalidInput, NotAllowed, Sentence

FORM_BYTES = 100_000  # what a form sends beside its file
MAX_PAGE = 1_000  # the bound of any page number: past it there is nothing that a person reads


class _Field(Protocol):
    errors: Iterable[str]


class _Form(Protocol):
    def __contains__(self, name: str) -> bool: ...
    def __getitem__(self, name: str) -> _Field: ...


@dataclass(frozen=True, slots=True)
class PageOf:
    """Where a list stands: for the pagination macro."""

    page: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.size))


def page_number(text: str | None) -> int:
    """The page number of a query string, 1 for anything that is none, at most MAX_PAGE."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > 9:
        return 1
    return min(max(1, int(text)), MAX_PAGE)


def safe_next(target: str | None, fallback: str) -> str:
    """`target` when it is a path that matches a GET route of this site, else `fallback`."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or "\\" in target:
        return fallback
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or any(ord(letter) < 32 for letter in target):
        return fallback
    try:
        current_app.url_map.bind("localhost").match(parts.path, method="GET")
    except RequestRedirect:
        return fallback
    except HTTPException:
        return fallback
    return target


def translate(sentence: Sentence | str) -> str:
    """A sentence in the language of this request, its values translated too."""
    if not isinstance(sentence, Sentence):  # plain text, or a label that Flask-Babel translates by itself
        return str(sentence)
    if isinstance(sentence, Bilingual):
        return sentence.by_language.get(catalog().language, sentence.text)
    if not sentence.values:
        return gettext(sentence.text)
    return gettext(sentence.text, **{key: _said(value) for key, value in sentence.values.items()})


def _said(value: Any) -> Any:
    """A value of a sentence in the language of this request: a sentence translated, a day in words."""
    if isinstance(value, Sentence):
        return translate(value)
    return format_date(value, "long") if type(value) is date else value


def take_upload(most_bytes: int) -> None:
    """Let this request send a file of up to `most_bytes`. Call it before the form is read: a URL value preprocessor."""
    request.max_content_length = most_bytes + FORM_BYTES


def flash_sentence(sentence: Sentence, kind: str = "success") -> None:
    """Show a sentence at the top of the next page. Never with a person's data: the cookie is signed, not secret."""
    flash(translate(sentence), kind)


def show_refusal(form: _Form, refusal: InvalidInput) -> bool:
    """Put a refusal beside its field. False when the form has no such field: then raise it again."""
    if refusal.field not in form:
        return False
    field = form[refusal.field]
    field.errors = [*field.errors, translate(refusal.sentence)]
    return True


@dataclass(slots=True)
class Attempt:
    """What came of an action: done with its result, or refused with reasons that belong to no field."""

    done: bool
    result: Any = None
    reasons: list[Sentence] = field(default_factory=list)


def attempt(form: Any, act: Callable[[], Any]) -> Attempt:
    """Run an action; a refusal goes beside its field where the form has it, else on top of the page."""
    try:
        return Attempt(True, act())
    except InvalidInput as refusal:
        return Attempt(False, reasons=[] if show_refusal(form, refusal) else [refusal.sentence])
    except NotAllowed as refusal:
        return Attempt(False, reasons=list(refusal.reasons))
    except Conflict as refusal:
        return Attempt(False, reasons=[refusal.sentence])
