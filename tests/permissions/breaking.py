"""Takes one permission rule away for a moment: a piece of a function's text, an entry of a table, a mark of a page.

A function keeps its identity: only its code is exchanged, so that every module that imported it has the broken one.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
import warnings
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import _lru_cache_wrapper
from types import CodeType, FunctionType
from typing import Any

from flask import Flask
from sqlalchemy.exc import SAWarning

from core.identity import Permission

Change = Callable[[Flask], Any]  # a context manager


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it says, how it is taken away, and whom it keeps from what (where its loss must be seen)."""

    says: str
    taken_away: Change
    roles: tuple[str, ...]
    standings: tuple[str, ...]


def without(place: str, old: str, new: str = "", *, nth: int = 0) -> Change:
    """`place` is "module:function" or "module:Class.property"; `old` is a piece of its text that stands there.

    `nth` chooses one where the piece stands more than once.
    """

    @contextmanager
    def change(app: Flask) -> Iterator[None]:
        function = _function(place)
        kept, broken = function.__code__, _broken_code(function, place, old, new, nth)
        function.__code__ = broken
        _forget_kept(function)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SAWarning)  # a join without its condition is what is tried here
                yield
        finally:
            function.__code__ = kept
            _forget_kept(function)

    return change


def entry(place: str, key: Any, value: Any) -> Change:
    """`place` is "module:TABLE"; its entry `key` becomes `value`."""

    @contextmanager
    def change(app: Flask) -> Iterator[None]:
        module, _, name = place.partition(":")
        table: MutableMapping[Any, Any] = getattr(importlib.import_module(module), name)
        kept = table[key]
        table[key] = value
        try:
            yield
        finally:
            table[key] = kept

    return change


def mark(endpoint: str, value: Permission | str) -> Change:
    """The mark above a view becomes another."""

    @contextmanager
    def change(app: Flask) -> Iterator[None]:
        view: Any = app.view_functions[endpoint]
        kept = view.goldthread_mark
        view.goldthread_mark = value
        try:
            yield
        finally:
            view.goldthread_mark = kept

    return change


def _function(place: str) -> FunctionType:
    module, _, path = place.partition(":")
    found: Any = importlib.import_module(module)
    for name in path.split("."):
        found = vars(found)[name] if isinstance(found, type) else getattr(found, name)
    found = found.fget if isinstance(found, property) else inspect.unwrap(found)
    assert isinstance(found, FunctionType), f"{place} is no function"
    return found


def _forget_kept(function: FunctionType) -> None:
    """Statements that a module builds once are built anew."""
    for made in vars(importlib.import_module(function.__module__)).values():
        if isinstance(made, _lru_cache_wrapper):
            made.cache_clear()


def _broken_code(function: FunctionType, place: str, old: str, new: str, nth: int) -> CodeType:
    text = textwrap.dedent(inspect.getsource(function))
    assert old in text, (
        f"{place} says “{old}” no more. If the rule moved, change its line in tests/permissions/rules_to_break.py."
    )
    at = -1
    for _ in range(nth + 1):
        at = text.find(old, at + 1)
        assert at >= 0, f"{place} says “{old}” fewer than {nth + 1} times."
    tree = ast.parse(text[:at] + new + text[at + len(old) :])
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef)
    definition.decorator_list = []
    space: dict[str, Any] = {}
    exec(compile(tree, f"<{place} without a rule>", "exec"), function.__globals__, space)
    made: FunctionType = space[definition.name]
    assert made.__code__.co_freevars == function.__code__.co_freevars
    return made.__code__
