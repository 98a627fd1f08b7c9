"""The texts of the page's language as templates ask for them: some hundred times a page, so each is looked up once.

Which language a page has is decided in `layout.py`; the sentences themselves stand in translations/.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from babel.support import NullTranslations
from flask import Flask, g
from flask_babel import get_locale, get_translations
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

MOST_KEPT: Final = 20_000  # texts of one language: more than the program has, so only a fault would reach it


class Catalog:
    """The texts of one language."""

    def __init__(self, translations: NullTranslations, language: str = "en") -> None:
        self.translations = translations
        self.language = language
        self._formats: dict[str, Markup] = {}
        self._wholes: dict[str, Markup] = {}

    def format(self, text: str) -> Markup:
        """A text of the program with places for values, which it escapes."""
        return self._kept(self._formats, text, lambda: Markup(self.translations.ugettext(text)))  # noqa: S704

    def whole(self, text: str) -> Markup:
        """A text of the program without places for values."""
        return self._kept(self._wholes, text, lambda: self.format(text) % {})

    @staticmethod
    def _kept(texts: dict[str, Markup], text: str, make: Callable[[], Markup]) -> Markup:
        found = texts.get(text)
        if found is None:
            if len(texts) >= MOST_KEPT:
                texts.clear()
            found = texts[text] = make()
        return found


_catalogs: dict[str, Catalog] = {}
_none = Catalog(NullTranslations())


def catalog() -> Catalog:
    """The catalog of the language spoken now: that of the page, or of a letter in another one (`force_locale`)."""
    try:
        locale = g._flask_babel.babel_locale  # what `get_locale` keeps, in one step instead of eight
    except (AttributeError, RuntimeError):
        locale = None
    if locale is None:
        locale = get_locale()
        if locale is None:
            return _none
    found = _catalogs.get(locale.language)
    if found is None:
        found = _catalogs[locale.language] = Catalog(get_translations(), locale.language)
    return found


def gettext(text: str, **values: Any) -> str:
    """A text in the language spoken now. The same as Flask-Babel's, for code that asks some dozen times a page."""
    said: str = catalog().translations.ugettext(text)
    return said % values if values else said


def ngettext(one: str, many: str, num: int, **values: Any) -> str:
    """The same for a number of things."""
    said: str = catalog().translations.ungettext(one, many, num)
    return said % {"num": num, **values}


def init_catalog(app: Flask) -> None:
    """Let `_` and `gettext` of templates ask the catalog. In HTML, values are escaped unless they are markup."""

    @pass_eval_context
    def said(context: EvalContext, text: str, **values: Any) -> str:
        spoken = catalog()
        if not context.autoescape:  # a letter
            return str(spoken.translations.ugettext(text)) % values
        return spoken.format(text) % values if values else spoken.whole(text)

    app.jinja_env.globals["_"] = app.jinja_env.globals["gettext"] = said
