"""The books as files: for spreadsheets, for other bookkeeping programs, for a ledger of the county. Codes, no names.

`write_export` is the one door; who hands a file to somebody records it first (`funds.actions.exporting`).
"""

from funds.exports.names import journal_names
from funds.exports.writing import FORMATS, SUFFIXES, Export, Wishes, write_export, zip_export

__all__ = ["FORMATS", "SUFFIXES", "Export", "Wishes", "journal_names", "write_export", "zip_export"]
