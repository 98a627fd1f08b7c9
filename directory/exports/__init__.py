"""The public directory as files and nested objects of HSDS 3.1. Only public records, and no secret place."""

from directory.exports.nested import full_items, summary_item
from directory.exports.tabular import write_csv_package
from directory.exports.written import write_json

__all__ = ["full_items", "summary_item", "write_csv_package", "write_json"]
