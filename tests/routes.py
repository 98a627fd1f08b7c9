"""Every address of the site in one reviewed list: `python -m tests.routes` writes `tests/routes.txt` anew.

A lost or a new address shows in the diff, with its methods and who may call it.
"""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from core.guard import mark_of

LIST = Path(__file__).with_name("routes.txt")


def route_lines(app: Flask) -> list[str]:
    """One line a rule: address, methods, endpoint, mark; ordered by address."""
    lines = []
    for rule in app.url_map.iter_rules():
        methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        lines.append(f"{rule.rule}  {methods}  {rule.endpoint}  {mark_of(app, rule.endpoint)}")
    return sorted(lines)


if __name__ == "__main__":
    import tempfile

    from app import create_app
    from core.config import Config

    with tempfile.TemporaryDirectory() as folder:
        LIST.write_text("\n".join(route_lines(create_app(Config.for_tests(data_dir=Path(folder))))) + "\n")
