"""The documents name what there is: every setting, command, permission, event, API route and package.

A name that is written down but gone is found too, so that the documents do not grow stale.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask

from accounts.rules import ROLE_NAMES, ROLE_PERMISSIONS, SECOND_FACTOR_ROLES
from audit.rules import REQUIRED_DETAILS, EventKind
from core.config import PREFIX, SECRET_NAMES, Config
from core.identity import Permission
from directory.api.hsds import PARAMETERS
from seeds.load import list_demo_users

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = {"core", "audit", "accounts", "directory", "care", "funds", "seeds"}
# Written differently in the table: a place on this machine, or a value that is made.
DEFAULTS_IN_WORDS = {"data_dir": "`data`", "database_url": "a SQLite file in the data folder"} | dict.fromkeys(
    SECRET_NAMES, "made and kept"
)


def _documents() -> str:
    paths = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def missing_names(names: Iterator[str] | list[str], text: str) -> list[str]:
    """The names that a text does not contain, each as a whole word or phrase."""
    return [name for name in names if not re.search(rf"(?<![\w:-]){re.escape(name)}(?![\w:-])", text)]


def settings_table(text: str) -> dict[str, str]:
    """Setting → default, as the README's table says them."""
    return dict(re.findall(rf"^\| `({PREFIX}\w+)` \| (.+?) \| ", text, flags=re.MULTILINE))


def command_names(group: click.Group, above: str = "") -> Iterator[str]:
    """Every command of ours below a group as people type it; those of libraries are theirs to document."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from command_names(command, f"{above}{name} ")
        elif getattr(command.callback, "__module__", "").split(".")[0] in PACKAGES:
            yield f"{above}{name}"


def spelled_routes(rule: str) -> list[str]:
    """The addresses of a route as documents write them: one for each word of an `any`, `{name}` for a value."""
    choice = re.search(r"<any\((.+?)\):\w+>", rule)
    if choice:
        return [
            route for word in choice[1].split(",") for route in spelled_routes(rule.replace(choice[0], word.strip()))
        ]
    return [re.sub(r"<(?:[^<>:]+:)?(\w+)>", r"{\1}", rule)]


def _default_in_words(field: dataclasses.Field[object]) -> str:
    if field.name in DEFAULTS_IN_WORDS:
        return DEFAULTS_IN_WORDS[field.name]
    value = field.default
    if isinstance(value, bool):
        return "`yes`" if value else "`no`"
    if isinstance(value, tuple):
        value = ",".join(str(part) for part in value)
    return f"`{value}`" if value != "" else "empty"


def test_the_settings_table_names_each_setting_with_its_default() -> None:
    expected = {PREFIX + field.name.upper(): _default_in_words(field) for field in dataclasses.fields(Config)}
    assert settings_table(_read("README.md")) == expected


def test_each_command_is_documented(app: Flask) -> None:
    ours = list(command_names(app.cli))
    assert "directory import" in ours
    assert missing_names(ours, _documents()) == []


def test_each_permission_is_explained() -> None:
    assert missing_names([permission.value for permission in Permission], _read("docs/permissions.md")) == []


def test_no_permission_is_explained_that_is_gone() -> None:
    explained = re.findall(r"^\| ([a-z' ]{5,}) \| (?!lets one|name )", _read("docs/permissions.md"), flags=re.MULTILINE)
    assert set(explained) <= {permission.value for permission in Permission}


def test_the_roles_table_says_what_each_role_may_do() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \| (.+?) \|$", _read("docs/permissions.md"), flags=re.MULTILINE)
    assert {role: (name, set(may.split(", ")), code == "yes") for role, name, may, code in rows} == {
        role: (str(name), {permission.value for permission in ROLE_PERMISSIONS[role]}, role in SECOND_FACTOR_ROLES)
        for role, name in ROLE_NAMES.items()
    }


def test_the_readme_names_the_demo_sign_ins() -> None:
    people = list_demo_users()
    readme = _read("README.md")
    rows = re.findall(r"^\| `(\S+@\S+)` \| (\w+) \|", readme, flags=re.MULTILINE)
    assert rows == [(person.email, person.role) for person in people]
    assert {person.password for person in people} <= set(re.findall(r"`([^`\n]+)`", readme))


def test_the_events_table_names_each_event_and_no_other() -> None:
    explained = re.findall(r"^\| `([a-z_]+:[a-z_]+)` ", _read("docs/events.md"), flags=re.MULTILINE)
    assert sorted(explained) == sorted(kind.value for kind in EventKind)


def test_the_events_table_names_the_details_that_are_required() -> None:
    rows = dict(re.findall(r"^\| `([a-z_]+:[a-z_]+)` \| .+ \| (.*) ?\|$", _read("docs/events.md"), flags=re.MULTILINE))
    for kind, details in REQUIRED_DETAILS.items():
        # "fields" reads "names of the fields"; "rows" reads "number of rows".
        assert [detail for detail in details if detail not in rows[kind.value]] == [], kind


def test_each_api_route_is_documented(app: Flask) -> None:
    api = sorted({route for rule in app.url_map.iter_rules() for route in spelled_routes(rule.rule) if "/api" in route})
    assert "/api/search" in api
    assert [route for route in api if f"`{route}`" not in _documents()] == []


def test_each_api_parameter_is_documented() -> None:
    names = sorted(set().union(*PARAMETERS.values()))
    assert [name for name in names if f"`{name}`" not in _read("docs/api.md")] == []


def test_each_runtime_package_stands_in_the_credits() -> None:
    packages = re.findall(r"^([\w.-]+)==", _read("requirements.txt"), flags=re.MULTILINE)
    credited = re.findall(r"^\| ([\w.-]+) \| .+ \|$", _read("THIRD-PARTY.md"), flags=re.MULTILINE)
    assert packages
    assert [name for name in packages if name not in credited] == []


def test_the_lock_files_hash_every_package_and_name_no_index() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = _read(name)
        blocks = re.split(r"\n(?=[a-z0-9])", text)
        assert [block.split()[0] for block in blocks if "==" in block and "--hash=sha256:" not in block] == []
        assert "://" not in text
        assert "--index" not in text


def test_every_make_target_of_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", _read("Makefile"), flags=re.MULTILINE))
    named = set(re.findall(r"`make ([a-z-]+)", _documents()))
    assert named - targets == set()
    assert {"run", "setup", "test", "help"} <= targets


def test_every_make_target_says_what_it_does() -> None:
    targets = set(re.findall(r"^\.PHONY: (.+)$", _read("Makefile"), flags=re.MULTILINE)[0].split())
    explained = set(re.findall(r"^([a-z-]+):.*## [A-Z]", _read("Makefile"), flags=re.MULTILINE))
    assert targets == explained


def test_every_link_between_the_documents_leads_somewhere() -> None:
    broken = []
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", path.read_text(encoding="utf-8")):
            if not (path.parent / target).exists():
                broken.append(f"{path.relative_to(ROOT)} → {target}")
    assert broken == []


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("directory import", "flask --app app directory import feed.zip", True),
        ("directory import", "flask --app app directory imports", False),
        ("doctor", "the doctors", False),
        ("edit the directory", "| edit the directory | x |", True),
    ],
)
def test_a_missing_name_is_noticed(name: str, text: str, found: bool) -> None:
    assert (missing_names([name], text) == []) is found


def test_routes_are_spelled_as_people_write_them() -> None:
    assert spelled_routes("/api/<any(a, b):kind>/<uuid:id>") == ["/api/a/{id}", "/api/b/{id}"]
    assert spelled_routes("/api/search") == ["/api/search"]


def test_a_missing_setting_would_be_noticed() -> None:
    assert settings_table("| `GOLDTHREAD_DEMO` | `yes` | x |\n| `OTHER` | `1` | x |") == {"GOLDTHREAD_DEMO": "`yes`"}
