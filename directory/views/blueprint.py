"""The blueprint that all pages of the directory hang on; the pages live beside this file."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("directory", __name__)
