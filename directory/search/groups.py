"""The groups that results stand in, the nearest to the question first."""

from __future__ import annotations

GROUPS = ("near", "remote", "not_stated", "unplaced")
NEAR, REMOTE, NOT_STATED, UNPLACED = range(4)
