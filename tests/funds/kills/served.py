"""The site as gunicorn serves it to the test of kills: its own database, and the day of the tests for the fund.

Sign-in keeps the real clock, for one-time codes; the fund's year is that of tests.builders.NOW, whatever today is.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

from app import create_app
from core import clock
from core.config import Config
from tests.builders import NOW

STARTED = float(os.environ["KILLS_STARTED"])


def present() -> datetime:
    """NOW, and what has passed since the test began."""
    return NOW + timedelta(seconds=time.time() - STARTED)


app = create_app(Config.for_tests(data_dir=Path(os.environ["KILLS_FOLDER"]), database_url=os.environ["KILLS_DATABASE"]))
for _name, _module in list(sys.modules.items()):
    if _name.startswith(("funds", "care")) and getattr(_module, "now_utc", None) is clock.now_utc:
        setattr(_module, "now_utc", present)  # noqa: B010 - a name of many modules
