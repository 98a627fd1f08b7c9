"""Commands of the fund: `flask --app app funds …`. Each file here holds the commands of one noun."""

from funds.cli import checking, expiring, exporting, setting_up, year_end
from funds.cli.group import group
from funds.cli.sealed import SEALED

__all__ = ["SEALED", "checking", "expiring", "exporting", "group", "setting_up", "year_end"]
