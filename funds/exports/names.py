"""What the ledger accounts are called in a journal of beancount or hledger (funds.md, 12); no file is written here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from funds.ledger import FUND_ACCOUNTS, Account
from funds.queries.entries import AccountName

# Of a budget line, the fund with its year and the category follow: Expenses:SDF-2026:Housing; of a fund, its code.
PREFIXES: Final[Mapping[Account, str]] = {
    Account.APPROPRIATION: "Equity:Budget:Appropriations",
    Account.AVAILABLE: "Equity:Budget:Available",
    Account.ENCUMBERED: "Equity:Budget:Encumbered",
    Account.EXPENDED: "Equity:Budget:Expended",
    Account.DISALLOWED: "Equity:Budget:Disallowed",
    Account.EXPENSE: "Expenses",
    Account.ADVANCES: "Assets:Advances",
    Account.RECEIVABLE: "Assets:Receivable",
    Account.PAYABLE: "Liabilities:Payable",
    Account.CASH: "Assets:Cash",
    Account.PRIOR_RECEIVABLE: "Assets:Receivable:Prior-Years",
    Account.REVENUE: "Income:Revenue",
    Account.PRIOR_RECOVERY: "Income:Prior-Years",
}


def journal_names(accounts: Iterable[AccountName]) -> dict[int, str]:
    """Account id → its name in a journal. Codes that a journal would spell alike are told apart by a number."""
    names: dict[int, str] = {}
    taken: set[str] = set()
    for account in accounts:
        if account.key.account in FUND_ACCOUNTS:
            wanted = f"{PREFIXES[account.key.account]}:{component(account.fund)}"
        else:
            fund_year = component(f"{account.fund}-{account.year}")
            wanted = f"{PREFIXES[account.key.account]}:{fund_year}:{component(account.category or '')}"
        name, number = wanted, 1
        while name in taken:
            number += 1
            name = f"{wanted}-{number}"
        taken.add(name)
        names[account.id] = name
    return names


def component(code: str) -> str:
    """A code as one part of an account's name: letters, digits and hyphens, a capital or digit first."""
    words = [word for word in re.split(r"[^A-Za-z0-9]+", code) if word]
    text = "-".join(word[0].upper() + word[1:] for word in words)
    return text or "X"


def tag(code: str) -> str:
    """A code as a tag or link: what both programs allow in one."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", code)
