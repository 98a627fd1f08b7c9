"""Emergency access: a reason, an hour, a judge; and the keys that rotate while the site runs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from care import queries
from care.actions import emergency, keys, support
from care.actions.opening import open_person
from care.fields import Group
from core import config as settings
from core.config import Config
from core.db import current_config, db
from core.errors import InvalidInput, NotAllowed, NotFound
from tests.builders import NOW
from tests.care.events import events_of
from tests.care.people import make_person, user_of
from tests.cast import ADA, CAL, MAX, PIA

REASON = "She is on the bridge and her coordinator is away"


def test_an_hour_and_no_longer(app: Flask) -> None:
    ana = make_person(CAL, code="E-014").enrollee_id
    broken = emergency.break_glass(user_of(MAX), code=" e-014 ", reason=REASON, now=NOW)
    assert broken.is_new and broken.enrollee_id == ana
    access = queries.find_access(user_of(MAX), ana, NOW + timedelta(minutes=59))
    assert access is not None and access.standing == "emergency"
    assert not access.may_write and Group.BENEFITS not in access.groups
    assert queries.find_access(user_of(MAX), ana, NOW + timedelta(minutes=60)) is None
    told = events_of("record:opened_in_emergency")
    assert len(told) == 1 and "bridge" not in str(told)
    again = emergency.break_glass(user_of(MAX), code="E-014", reason=REASON, now=NOW + timedelta(minutes=5))
    assert not again.is_new and again.expires_at == broken.expires_at
    assert len(events_of("record:opened_in_emergency")) == 1


def test_who_opens_nothing_in_an_emergency(app: Flask) -> None:
    make_person(CAL, code="E-014")
    with pytest.raises(NotAllowed, match="You can see this record already."):
        emergency.break_glass(user_of(CAL), code="E-014", reason=REASON, now=NOW)
    with pytest.raises(InvalidInput, match="Say in a few words why it cannot wait."):
        emergency.break_glass(user_of(MAX), code="E-014", reason="urgent", now=NOW)
    with pytest.raises(InvalidInput, match="There is no record with this code."):
        emergency.break_glass(user_of(MAX), code="E-999", reason=REASON, now=NOW)
    with pytest.raises(NotAllowed, match="Your role does not allow this."):
        emergency.break_glass(user_of(ADA), code="E-014", reason=REASON, now=NOW)
    assert events_of("record:opened_in_emergency") == []


def test_a_privacy_officer_reads_the_reason_and_judges_once(app: Flask) -> None:
    make_person(CAL, code="E-014", fields={"preferred_name": "Zuleika"})
    emergency.break_glass(user_of(MAX), code="E-014", reason=REASON, now=NOW)
    found = emergency.open_emergencies(user_of(PIA), now=NOW)
    assert [(row.code, row.reason, row.reviewed_at) for row in found] == [("E-014", REASON, None)]
    assert "Zuleika" not in repr(found)
    assert events_of("caseload:opened")[0]["purpose"] == "emergency review"
    for _ in range(2):
        emergency.review_emergency(user_of(PIA), opening_id=found[0].id, now=NOW)
    assert len(events_of("record:emergency_reviewed")) == 1
    for refused in (MAX, ADA):
        with pytest.raises(NotAllowed, match="Your role does not allow this."):
            emergency.open_emergencies(user_of(refused), now=NOW)
    with pytest.raises(NotFound):
        emergency.review_emergency(user_of(PIA), opening_id=user_of(PIA).user_id, now=NOW)  # type: ignore[arg-type]


def test_keys_rotate_while_the_site_runs(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The running application holds the old settings; it must read and write through the rotation."""
    held = tmp_path / "data_keys"
    held.write_text(current_config().data_keys)
    live = settings._replace(current_config(), data_keys=f"@{held}")
    monkeypatch.setattr("care.vault.current_config", lambda: live)
    monkeypatch.setattr("care.actions.keys.current_config", lambda: live)
    people = [make_person(CAL).enrollee_id for _ in range(5)]
    assert keys.count_by_key() == {1: 5}
    command = user_of(CAL)
    assert keys.add_key(command, now=NOW) == 2
    assert held.stat().st_mode & 0o777 == 0o400
    changed, after = keys.reseal_batch(command, size=2, now=NOW)  # stopped half way
    db.session.rollback()
    assert (changed, keys.count_by_key()) == (2, {1: 3, 2: 2})
    for enrollee_id in people:
        assert open_person(user_of(CAL), enrollee_id=enrollee_id, purpose="overview", now=NOW).name == "Ana"
    fresh = make_person(CAL).enrollee_id
    while after is not None:
        _, after = keys.reseal_batch(command, after=after, size=2, now=NOW)
    db.session.rollback()
    assert keys.count_by_key() == {1: 0, 2: 6}
    assert keys.reseal_batch(command, now=NOW)[0] == 0
    assert open_person(user_of(CAL), enrollee_id=fresh, purpose="overview", now=NOW).name == "Ana"
    assert sum(event.get("people", 0) for event in events_of("keys:rotated")) == 5


def test_the_command_rotates_where_the_environment_gives_the_keys(app: Flask) -> None:
    make_person(CAL)
    runner = app.test_cli_runner()
    said = runner.invoke(args=["keys", "rotate"]).output
    assert "The environment gives the keys" in said and "Sealed anew: 0 people, 0 files, 0 payees' numbers." in said
    assert "key 1: 1 people, 0 files" in runner.invoke(args=["keys", "list"]).output


def test_kept_keys_lie_in_a_file_that_is_read_anew(tmp_path: Path) -> None:
    config = Config.from_env({"GOLDTHREAD_DATA_DIR": str(tmp_path)})
    assert config.data_keys == f"@{tmp_path / 'keys' / 'data_keys'}"
    first = settings.read_data_keys(config)
    assert settings.add_data_key(config, "QUJD") == 2
    assert settings.read_data_keys(config) == f"{first},2:QUJD"


def test_benefits_and_supports_are_recorded_once(app: Flask) -> None:
    ana, cal = make_person(CAL).enrollee_id, user_of(CAL)
    assert cal.user_id is not None
    benefit: dict[str, Any] = {"enrollee_id": ana, "benefit_id": cal.user_id, "kind": "ssi", "now": NOW}
    assert support.set_benefit(cal, state="applied", soar_steps=["records", "intent"], **benefit)
    assert not support.set_benefit(cal, state="applied", soar_steps=["intent", "records"], **benefit)
    assert support.set_benefit(cal, state="active", soar_steps=["intent", "records"], renewal_on=NOW.date(), **benefit)
    assert [event["fields"] for event in events_of("benefit:changed")] == [
        ["state", "renewal_on"],
        ["kind", "soar_steps"],
    ]
    with pytest.raises(InvalidInput, match="SOAR steps belong to SSI and SSDI only."):
        support.set_benefit(cal, state="active", soar_steps=["intent"], **{**benefit, "kind": "medicaid"})
    with pytest.raises(InvalidInput, match="Choose a benefit."):
        support.set_benefit(cal, state="active", **{**benefit, "kind": "lottery"})
    with pytest.raises(InvalidInput, match="Choose how far it is."):
        support.set_benefit(cal, state="lost", **benefit)
    with pytest.raises(NotFound):
        support.set_benefit(user_of(MAX), state="active", **benefit)
    other = make_person(CAL).enrollee_id
    with pytest.raises(NotFound):
        support.set_benefit(cal, state="active", **{**benefit, "enrollee_id": other})
    sister: dict[str, Any] = {
        "enrollee_id": ana,
        "support_id": cal.user_id,
        "kind": "natural",
        "name": "Bea",
        "now": NOW,
    }
    assert support.set_support(cal, **sister) and not support.set_support(cal, **sister)
    with pytest.raises(InvalidInput, match="Write the name."):
        support.set_support(cal, **{**sister, "name": " "})
    with pytest.raises(NotFound):
        support.set_support(user_of(MAX), **sister)
    for _ in range(2):
        support.end_support(cal, enrollee_id=ana, support_id=cal.user_id, now=NOW)
    assert [event["what"] for event in events_of("support:changed")] == ["ended", "added"]
    assert "Bea" not in str(events_of("support:changed"))
