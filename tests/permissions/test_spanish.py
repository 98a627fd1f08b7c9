"""No English sentence of ours stands on a page of care in Spanish, for any role that has one."""

from __future__ import annotations

import re
from typing import Final

import pytest

from tests.cast import Browser
from tests.permissions.asking import Asked, Asker, all_requests
from tests.permissions.conftest import Stage
from tests.test_translations import english_on

ROLES: Final = ("coordinator", "director", "privacy_officer", "enrollee", "family")
FILES: Final = ("care.download", "care.export", "funds.download", "funds.export")
pytestmark = pytest.mark.one_database


@pytest.mark.parametrize("role", ROLES)
def test_no_english_stands_on_a_page_of_care(stage: Stage, role: str) -> None:
    """Every page of care that the role may open about its own person, and every list."""
    asker = Asker(stage.app, stage.world, role, stage.restore)
    stage.app.extensions["goldthread_identity"] = lambda: stage.world.viewers[role]
    left: dict[str, list[str]] = {}
    pages = 0
    try:
        for asked in all_requests(stage.app, stage.world):
            if not _is_page(asked):
                continue
            address = asker.address_of(asked)
            answer = Browser(stage.app, stage.app.response_class).get(
                f"{address}{'&' if '?' in address else '?'}lang=es"
            )
            if answer.status_code != 200 or "text/html" not in answer.content_type:
                continue
            pages += 1
            assert '<html lang="es"' in answer.text
            # A sheet is in the person's language.
            text = re.sub(r'(?s)class="gt-sheet".*?</section>', "", answer.text)
            text = text.replace('lang="en"', "").replace(">English</a>", "><")
            if found := english_on(text):
                left[asked.address] = found
    finally:
        stage.app.extensions["goldthread_identity"] = asker.load_identity
        asker.close()
    assert left == {} and pages >= {"family": 2, "enrollee": 2, "privacy_officer": 1}.get(role, 15)


def _is_page(asked: Asked) -> bool:
    return (
        asked.method == "GET"
        and asked.endpoint.startswith(("care.", "funds."))
        and not asked.endpoint.startswith(FILES)
        and asked.standing in {"", "own", "there"}
    )
