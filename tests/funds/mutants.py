"""Small faults planted in the files that decide about money, one at a time: how many do their own tests notice?

    python -m tests.funds.mutants [--count 30] [--seed 1] [--jobs 2] [--minutes 20] [funds/ledger.py …]

No part of `make test`. Nothing is written: each mutant is a text that a forked child imports in the file's place before
it runs the tests of that file alone. Prints those that survive, and the share killed by file; ends with 1 below 90 %.
"""

from __future__ import annotations

import argparse
import ast
import importlib.abc
import importlib.machinery
import importlib.util
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent.parent
RULES: Final = ("tests/funds/test_rules.py",)
POLICY: Final = ("tests/funds/policy",)
TESTS: Final = {
    "funds/ledger.py": ("tests/funds/test_ledger.py",),
    "funds/states.py": ("tests/funds/test_states.py",),
    "funds/posting.py": ("tests/funds/test_posting.py", "tests/funds/actions/test_rollover.py"),
    "funds/rules/approving.py": RULES,
    "funds/rules/asking.py": RULES,
    "funds/rules/paying.py": RULES,
    "funds/rules/advances.py": RULES,
    "funds/rules/receipts.py": RULES,
    "funds/policy/amounts.py": POLICY,
    "funds/policy/evaluating.py": POLICY,
    "funds/policy/windows.py": POLICY,
}
HEAVY: Final = ("flask", "flask_security", "flask_sqlalchemy", "pytest", "sqlalchemy.orm", "wtforms")
"""Imported once, before the forks; nothing of the project is."""
SECONDS: Final = 240  # a mutant that runs longer hangs, and so is noticed
SWAPS: Final[dict[type[Any], type[Any]]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.Add: ast.Sub, ast.Sub: ast.Add,
    ast.And: ast.Or, ast.Or: ast.And, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip


def mutants(source: str) -> Iterator[tuple[int, str]]:
    """Every mutant of a file: the line that changed, and the whole text. Annotations and words are left alone."""
    count = sum(1 for _ in _places(ast.parse(source)))
    for number in range(count):
        tree = ast.parse(source)
        node, change = next(place for at, place in enumerate(_places(tree)) if at == number)
        line = change(node)
        yield line, ast.unparse(tree)


def _places(tree: ast.AST) -> Iterator[tuple[ast.AST, Callable[[ast.AST], int]]]:
    idle = set(_without_effect(tree))
    for node in ast.walk(tree):
        if node in idle:
            continue
        if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
            yield node, _swap_comparison
        elif isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in SWAPS:
            yield node, _swap_operator
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield node, _drop_not
        elif isinstance(node, ast.Constant) and type(node.value) in (int, bool):
            yield node, _change_constant


def _without_effect(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes of annotations, and of decorators: whether a class has slots or is frozen decides about no money."""
    for node in ast.walk(tree):
        parts = [getattr(node, name, None) for name in ("annotation", "returns")]
        for part in [*parts, *getattr(node, "decorator_list", ())]:
            if isinstance(part, ast.AST):
                yield from ast.walk(part)


def _swap_comparison(node: ast.AST) -> int:
    assert isinstance(node, ast.Compare)
    node.ops[0] = SWAPS[type(node.ops[0])]()
    return node.lineno


def _swap_operator(node: ast.AST) -> int:
    assert isinstance(node, ast.BinOp | ast.BoolOp)
    node.op = SWAPS[type(node.op)]()
    return node.lineno


def _drop_not(node: ast.AST) -> int:
    assert isinstance(node, ast.UnaryOp)
    node.op = ast.UAdd()
    node.operand = ast.Call(ast.Name("bool", ast.Load()), [node.operand], [])
    return node.lineno


def _change_constant(node: ast.AST) -> int:
    assert isinstance(node, ast.Constant)
    value = node.value
    node.value = not value if isinstance(value, bool) else int(str(value)) + 1
    return node.lineno


class _InPlace(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports a text in the place of one file."""

    def __init__(self, file: str, text: str) -> None:
        self._name, self._path, self._text = file.removesuffix(".py").replace("/", "."), ROOT / file, text

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The mutant, when its module is asked for."""
        return importlib.util.spec_from_file_location(name, self._path, loader=self) if name == self._name else None

    def exec_module(self, module: ModuleType) -> None:
        """Run the text."""
        exec(compile(self._text, self._path, "exec"), module.__dict__)


def start(file: str, text: str) -> int:
    """Fork a child that runs the file's tests with the mutant in its place; answers its process id."""
    child = os.fork()
    if child:
        return child
    signal.alarm(SECONDS)
    silent = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silent, stream)
    sys.meta_path.insert(0, _InPlace(file, text))
    sys.dont_write_bytecode = True
    import pytest

    code = 1
    try:
        code = int(pytest.main(["-q", "-x", "-n", "0", "-p", "no:cacheprovider", *TESTS[file]]))
    finally:
        os._exit(min(code, 100))


def main() -> None:
    """Plant, test, count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=30, help="at most so many for each file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="so many at once")
    parser.add_argument("--minutes", type=float, default=20, help="plant no more after so long")
    parser.add_argument("files", nargs="*", default=list(TESTS))
    asked = parser.parse_args()
    os.chdir(ROOT)
    for name in HEAVY:
        importlib.import_module(name)
    until = time.monotonic() + asked.minutes * 60
    planned = list(_planned(asked.files, asked.count, asked.seed))
    running: dict[int, tuple[str, int]] = {}
    total: Counter[str] = Counter()
    killed: Counter[str] = Counter()
    while running or planned:
        while planned and len(running) < asked.jobs and time.monotonic() < until:
            file, line, text = planned.pop(0)
            running[start(file, text)] = file, line
        if not running:
            print(f"Out of time: {len(planned)} were not planted.")
            break
        child, status = os.wait()
        file, line = running.pop(child)
        total[file] += 1
        killed[file] += status != 0
        if status == 0:
            print(f"survives: {file}:{line}: {(ROOT / file).read_text().splitlines()[line - 1].strip()}", flush=True)
    for file in total:
        print(f"{file}: {killed[file]} of {total[file]} killed")
    share = killed.total() / max(1, total.total())
    print(f"{killed.total()} of {total.total()} killed ({share:.0%})")
    raise SystemExit(0 if share >= 0.9 else 1)


def _planned(files: Sequence[str], count: int, seed: int) -> Iterator[tuple[str, int, str]]:
    """The mutants of each file, first as it is: its tests must pass without one."""
    for file in files:
        source = (ROOT / file).read_text(encoding="utf-8")
        _child, status = os.waitpid(start(file, source), 0)
        if status:
            raise SystemExit(f"The tests of {file} fail without a mutant.")
        found = list(mutants(source))
        random.Random(seed).shuffle(found)
        yield from ((file, line, text) for line, text in found[:count])


if __name__ == "__main__":
    main()
