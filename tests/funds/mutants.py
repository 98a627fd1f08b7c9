"""Small faults planted in the pure files of the fund, one at a time: how many do the unit tests notice?

    python -m tests.funds.mutants [--count 60] [--seed 1] [funds/ledger.py …]

Each mutant lives in a copy of the project in a temporary folder; prints those that survive and the share killed.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent.parent
TESTS: Final = {
    "funds/ledger.py": ("tests/funds/test_ledger.py",),
    "funds/states.py": ("tests/funds/test_states.py",),
    "funds/posting.py": ("tests/funds/test_posting.py",),
    "funds/rules.py": ("tests/funds/test_rules.py", "tests/funds/actions"),
}
SWAPS: Final[dict[type[Any], type[Any]]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.Add: ast.Sub, ast.Sub: ast.Add,
    ast.And: ast.Or, ast.Or: ast.And, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
LEFT_OUT: Final = ("data", ".git", ".venv", "node_modules", "static", "docs", "translations", "seeds", "__pycache__")


def mutants(source: str) -> Iterator[tuple[int, str]]:
    """Every mutant of a file: the line that changed, and the whole text. Annotations and words are left alone."""
    count = sum(1 for _ in _places(ast.parse(source)))
    for number in range(count):
        tree = ast.parse(source)
        node, change = next(place for at, place in enumerate(_places(tree)) if at == number)
        line = change(node)
        yield line, ast.unparse(tree)


def _places(tree: ast.AST) -> Iterator[tuple[ast.AST, Callable[[ast.AST], int]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
            yield node, _swap_comparison
        elif isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in SWAPS and not _is_type(node):
            yield node, _swap_operator
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield node, _drop_not
        elif isinstance(node, ast.Constant) and type(node.value) in (int, bool):
            yield node, _change_constant


def _is_type(node: ast.AST) -> bool:
    """`int | None` in an annotation is no arithmetic."""
    return isinstance(node, ast.BinOp) and isinstance(node.right, ast.Constant) and node.right.value is None


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


def main() -> None:
    """Plant, test, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=60, help="at most so many for each file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("files", nargs="*", default=list(TESTS))
    asked = parser.parse_args()
    killed = total = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
        for name in ("static", "docs", "translations", "seeds"):
            os.symlink(ROOT / name, copy / name)
        shutil.copytree(ROOT / "funds" / "data", copy / "funds" / "data", dirs_exist_ok=True)
        for file in asked.files:
            original = (ROOT / file).read_text(encoding="utf-8")
            found = list(mutants(original))
            random.Random(asked.seed).shuffle(found)
            tests = [test for test in TESTS[file] if (copy / test).exists()]
            for line, text in found[: asked.count]:
                (copy / file).write_text(text, encoding="utf-8")
                total += 1
                if _is_noticed(copy, tests):
                    killed += 1
                else:
                    print(f"survives: {file}:{line}: {original.splitlines()[line - 1].strip()}", flush=True)
            (copy / file).write_text(original, encoding="utf-8")
    print(f"{killed} of {total} killed ({100 * killed / max(1, total):.0f} %)")
    raise SystemExit(0 if killed >= 0.9 * total else 1)


def _is_noticed(copy: Path, tests: list[str]) -> bool:
    done = subprocess.run(
        [sys.executable, "-B", "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider", *tests],
        cwd=copy,
        check=False,
        capture_output=True,
        timeout=300,
    )
    return done.returncode != 0


if __name__ == "__main__":
    main()
