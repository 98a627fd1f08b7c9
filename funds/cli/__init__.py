"""Commands of the fund: `flask --app app funds …`. Each file here holds the commands of one noun."""

from funds.cli.group import group

__all__ = ["group"]
