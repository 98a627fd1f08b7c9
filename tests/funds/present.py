"""The day of the tests for a served site: its fund's year is that of tests.builders.NOW, whatever today is.

Sign-in keeps the real clock, for one-time codes.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest

from core import clock
from tests.builders import NOW


@contextmanager
def day_of_tests(started: float) -> Iterator[None]:
    """Fund and care read NOW and what has passed since `started` (seconds of the epoch), until the block ends."""

    def present() -> datetime:
        return NOW + timedelta(seconds=time.time() - started)

    with pytest.MonkeyPatch.context() as patch:
        for name, module in list(sys.modules.items()):
            if name.startswith(("funds.", "care.")) and getattr(module, "now_utc", None) is clock.now_utc:
                patch.setattr(module, "now_utc", present)
        yield
