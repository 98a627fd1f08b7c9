"""Where the budget stands (1), and what is held for whom (3)."""

from __future__ import annotations

from dataclasses import replace

from core.clock import local_day
from core.db import current_config
from core.errors import Bilingual, Sentence
from funds.ledger import Account
from funds.models import BudgetLine
from funds.queries.books import list_balances
from funds.queries.reporting import names, requests
from funds.queries.scope import Scope
from funds.queries.sums import net_by
from funds.reports.shape import (
    Ask,
    Footing,
    Report,
    Table,
    bars,
    count,
    day,
    money,
    numbers,
    request_link,
    rows_of,
    text,
    words,
)

SHOWN = (
    (Account.APPROPRIATION, Sentence("Appropriation")),
    (Account.ENCUMBERED, Sentence("Encumbered")),
    (Account.PAYABLE, Sentence("Awaiting payment")),
    (Account.EXPENDED, Sentence("Expended")),
    (Account.DISALLOWED, Sentence("Disallowed")),
    (Account.AVAILABLE, Sentence("Available")),
)
ON_CREDIT = (Account.APPROPRIATION, Account.PAYABLE)


def position(ask: Ask) -> Report:
    """Report 1: per budget line, what was given, what it became and what is left."""
    scope = ask.until
    lines = names.list_lines(scope)
    net = {key[0]: sums for key, sums in net_by(scope, BudgetLine.id).items()}
    waiting = requests.pre_encumbered(scope, ask.as_of)
    current = names.year_of_day(ask.as_of)
    sums = {account: 0 for account, _title in SHOWN}
    memo, rows = 0, []
    for line in lines:
        of_line = net.get(line.id, dict.fromkeys(Account, 0))
        pre = waiting.pop(line.category_id, 0) if line.year_id == current else 0
        memo += pre
        cells = [text(line.fund), text(line.year), text(Bilingual({"en": line.category, "es": line.category_es}))]
        for account, _title in SHOWN:
            cents = -of_line[account] if account in ON_CREDIT else of_line[account]
            sums[account] += cents
            narrowed = {"fund_id": line.fund_id, "year_id": line.year_id, "category_id": line.category_id}
            cells.append(money(cents, rows_of(scope, account, **narrowed)))
        cells.insert(4, money(pre))
        rows.append(cells)
    total = [text(Sentence("Together")), text(""), text(""), *(money(sums[account]) for account, _title in SHOWN)]
    total.insert(4, money(memo))
    titles = [title for _account, title in SHOWN]
    titles.insert(1, Sentence("Pre-encumbered"))
    columns = [
        *words(Sentence("Fund"), Sentence("Year"), Sentence("Category")),
        *numbers(*titles),
    ]
    kept_in = (Account.AVAILABLE, Account.ENCUMBERED, Account.EXPENDED, Account.DISALLOWED)
    parts = sum(sums[account] for account in kept_in)
    footings = [
        Footing(
            Sentence("Available, encumbered, expended and disallowed add up to the appropriation"),
            parts,
            sums[Account.APPROPRIATION],
        )
    ]
    footings += _kept(scope, ask, lines, sums)
    return Report(
        basis=Sentence(
            "Budget by line: every posting up to the day. Pre-encumbered is what was submitted and not decided; it "
            "holds no money."
        ),
        tables=[Table(Sentence("Budget position"), columns, rows, total)],
        footings=footings,
        plots=[
            bars(
                Sentence("Where the appropriation is"),
                [
                    (title, sums[account])
                    for account, title in SHOWN
                    if account in (Account.EXPENDED, Account.ENCUMBERED, Account.DISALLOWED, Account.AVAILABLE)
                ],
            )
        ],
    )


def _kept(scope: Scope, ask: Ask, lines: list[names.LineName], sums: dict[Account, int]) -> list[Footing]:
    """Against the balances that are kept beside the books: only when no day and no request is left out."""
    today = local_day(ask.now, current_config().timezone)
    whole = replace(scope, to_on=None) == Scope(
        fund_id=scope.fund_id, year_id=scope.year_id, category_id=scope.category_id
    )
    if not whole or ask.as_of < today or ask.scope.to_on is not None:
        return []
    kept = list_balances(fund_id=scope.fund_id, year_id=scope.year_id)
    owners = {line.id for line in lines}
    return [
        Footing(
            Sentence("%(account)s is the balance kept beside the books", account=title),
            sums[account],
            sum(cents for key, cents in kept.items() if key.account is account and key.owner in owners),
        )
        for account, title in SHOWN
    ]


def open_encumbrances(ask: Ask) -> Report:
    """Report 3: every request that still holds money, with the part that may be used and its age."""
    scope = ask.until
    categories = names.category_names()
    zone = current_config().timezone
    rows, held, free, advanced = [], 0, 0, 0
    ages: list[tuple[int, int]] = []
    for row in requests.list_holding(scope):
        of_it = (int(row.held), int(row.held - row.advanced), int(row.advanced))
        held, free, advanced = held + of_it[0], free + of_it[1], advanced + of_it[2]
        approved = local_day(row.approved_at, zone) if row.approved_at else None
        age = (ask.as_of - approved).days if approved else 0
        ages.append((age, of_it[0]))
        name = categories.get(row.category_id)
        rows.append(
            [
                text(row.number or "–", request_link(row.id) if row.id else None),
                text(row.enrollee or "–"),
                text(Bilingual({"en": name[0], "es": name[1]}) if name else "–"),
                money(of_it[0], rows_of(scope, Account.ENCUMBERED, fund_request_id=row.id)),
                money(of_it[1]),
                money(of_it[2]),
                count(age),
                day(row.expires_on),
            ]
        )
    books = net_by(scope, only=(Account.ENCUMBERED,))[()][Account.ENCUMBERED]
    buckets = ((Sentence("0–30 days"), 0, 30), (Sentence("31–60 days"), 31, 60), (Sentence("over 60 days"), 61, 10**6))
    return Report(
        basis=Sentence("Money that approvals hold and that is not spent or released, by request, up to the day."),
        tables=[
            Table(
                Sentence("Open encumbrances"),
                [
                    *words(Sentence("Request"), Sentence("Enrollee"), Sentence("Category")),
                    *numbers(
                        Sentence("Held"), Sentence("Free"), Sentence("Out in advances"), Sentence("Days since approval")
                    ),
                    *words(Sentence("Held until")),
                ],
                rows,
                [
                    text(Sentence("Together")),
                    text(""),
                    text(""),
                    money(held),
                    money(free),
                    money(advanced),
                    text(""),
                    text(""),
                ],
            )
        ],
        footings=[Footing(Sentence("Held by requests is what the books hold encumbered"), held, books)],
        plots=[
            bars(
                Sentence("Held, by age"),
                [(title, sum(cents for age, cents in ages if low <= age <= high)) for title, low, high in buckets],
            )
        ],
    )
