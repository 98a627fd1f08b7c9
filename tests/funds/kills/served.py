"""The site as gunicorn serves it to the tests of kills and races: its own database, and the day of the tests."""

from __future__ import annotations

import os
from pathlib import Path

from app import create_app
from core.config import Config
from tests.funds.present import day_of_tests

app = create_app(Config.for_tests(data_dir=Path(os.environ["KILLS_FOLDER"]), database_url=os.environ["KILLS_DATABASE"]))
_day = day_of_tests(float(os.environ["KILLS_STARTED"]))
_day.__enter__()  # for as long as the process lives
