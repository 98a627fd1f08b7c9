"""The reports for fiscal staff: figures that say what they count, and that add up to the books.

Each file holds the reports of one noun; `catalog.REPORTS` lists them. No page here, and no file format.
"""

from funds.reports.catalog import REPORTS, Entry, make_report
from funds.reports.shape import Ask, Report

__all__ = ["REPORTS", "Ask", "Entry", "Report", "make_report"]
