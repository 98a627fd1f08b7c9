"""Reading feeds, saying what they would change, handing them to the action; the door of the package.

feed = imports.read(path)
plan = imports.compare(feed, "County feed")
apply_feed(identity, plan=plan, file_name=path.name)
"""

from directory.imports.compare import compare
from directory.imports.read import read
from directory.imports.recognise import load_mapping, shipped_mappings
from directory.imports.report import STORED_CHANGES, as_dict, as_json, as_lines
from directory.imports.verdicts import Options

__all__ = [
    "STORED_CHANGES",
    "Options",
    "as_dict",
    "as_json",
    "as_lines",
    "compare",
    "load_mapping",
    "read",
    "shipped_mappings",
]
