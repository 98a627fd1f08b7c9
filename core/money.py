"""Money as integer cents: parsing, showing and splitting; no rule about what money may do."""

from __future__ import annotations

import re
from decimal import Decimal

from core.errors import InvalidInput, Sentence

Cents = int
MAX_CENTS = 10**13  # a hundred billion dollars: far above any fund, far below a 64-bit column
_AMOUNT = re.compile(r"\$?\s*(?P<whole>\d{1,3}(?:,\d{3})+|\d+)?(?:\.(?P<part>\d{1,2}))?\s*\$?", re.ASCII)


def parse_cents(text: str, *, field: str = "amount") -> Cents:
    """Cents of an amount as a person types it: "1,234.5", "$ 20", ".75".

    Raises InvalidInput for anything that is not plainly one amount of at most two decimals, and above MAX_CENTS.
    """
    match = _AMOUNT.fullmatch(text.strip())
    if match is None or (match["whole"] is None and match["part"] is None):
        raise InvalidInput(field, Sentence("Write an amount like 45 or 1,234.50."))
    whole = (match["whole"] or "0").replace(",", "")
    if len(whole) > 15:
        raise InvalidInput(field, Sentence("This amount is too large."))
    cents = int(Decimal(f"{whole}.{match['part'] or '0'}") * 100)
    if cents > MAX_CENTS:
        raise InvalidInput(field, Sentence("This amount is too large."))
    return cents


def format_cents(cents: Cents) -> str:
    """Dollars as the program prints them: 123450 → "$1,234.50", -5 → "-$0.05"."""
    sign = "-" if cents < 0 else ""
    dollars, rest = divmod(abs(cents), 100)
    return f"{sign}${dollars:,}.{rest:02d}"


def split_cents(total: Cents, parts: int) -> list[Cents]:
    """`total` in `parts` shares that differ by at most a cent and add up to it; larger shares first."""
    if parts < 1:
        raise ValueError("An amount is split into at least one part.")
    share, rest = divmod(total, parts)
    return [share + 1] * rest + [share] * (parts - rest)
