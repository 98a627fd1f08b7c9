"""Commands of the fund: `flask --app app funds …`. Each file here holds the commands of one noun."""

from funds.cli import checking, exporting, setting_up
from funds.cli.group import group

__all__ = ["checking", "exporting", "group", "setting_up"]
