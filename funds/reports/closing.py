"""The close of a period (11): trial balance, tie-outs, counts, head of the trail; what a year end would post (13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from audit.queries import chain_head
from core.clock import local_day
from core.db import current_config
from core.errors import Bilingual, Sentence
from funds.ledger import CREDIT_NORMAL, Account, Kind
from funds.models import BudgetLine
from funds.queries.reporting import closing, names
from funds.queries.sums import net_by, totals_by_kind
from funds.reports.names import ACCOUNT_NAMES, KIND_NAMES
from funds.reports.shape import Ask, Footing, Report, Table, count, day, money, numbers, rows_of, text, words

# Two figures of the whole that must be one (funds.md, 3).
TIE_OUTS = (
    (Sentence("Expended is expense"), Account.EXPENDED, Account.EXPENSE),
    (Sentence("Disallowed is to be recovered"), Account.DISALLOWED, Account.RECEIVABLE),
)


def trial_balance(ask: Ask) -> Report:
    """Report 11."""
    scope = ask.until
    net = net_by(scope).get((), dict.fromkeys(Account, 0))
    opening = dict.fromkeys(Account, 0)
    if scope.from_on is not None:
        before = replace(scope, from_on=None, to_on=scope.from_on - timedelta(days=1))
        opening = net_by(before).get((), opening)
    rows, debits, credits_ = [], 0, 0
    for account in Account:
        cents = net[account] + opening[account]
        debits, credits_ = debits + max(cents, 0), credits_ + max(-cents, 0)
        rows.append(
            [
                text(ACCOUNT_NAMES[account]),
                money(opening[account] * (-1 if account in CREDIT_NORMAL else 1)),
                money(net[account] * (-1 if account in CREDIT_NORMAL else 1), rows_of(scope, account)),
                money(cents if cents > 0 else 0),
                money(-cents if cents < 0 else 0),
            ]
        )
    kinds = totals_by_kind(scope)
    seq, head = chain_head()
    zone = current_config().timezone
    closes = [
        [
            text(row.starts_on.strftime("%Y-%m")),
            text(row.PeriodClose.status),
            day(local_day(row.PeriodClose.closed_at, zone)),
            text(row.PeriodClose.reason or ""),
            text(f"{row.PeriodClose.chain_seq}"),
            text(row.PeriodClose.chain_head[:16]),
        ]
        for row in closing.list_closes()
    ]
    return Report(
        basis=Sentence("Every account with what it held before the first day, what moved, and where it ended."),
        tables=[
            Table(
                Sentence("Trial balance"),
                [
                    *words(Sentence("Account")),
                    *numbers(Sentence("Before"), Sentence("Moved"), Sentence("Debit"), Sentence("Credit")),
                ],
                rows,
                [text(Sentence("Together")), text(""), text(""), money(debits), money(credits_)],
            ),
            Table(
                Sentence("Counts"),
                [*words(Sentence("What")), *numbers(Sentence("How many"))],
                [
                    [text(Sentence("Postings")), count(sum(each.postings for each in kinds.values()))],
                    [text(Sentence("Transfers")), count(sum(each.rows for each in kinds.values()))],
                    [text(Sentence("All amounts together")), money(sum(each.cents for each in kinds.values()))],
                    [text(Sentence("Events in the trail")), count(seq)],
                    *([text(KIND_NAMES[Kind(kind)]), count(each.postings)] for kind, each in sorted(kinds.items())),
                ],
            ),
            Table(
                Sentence("Months closed"),
                words(
                    Sentence("Month"),
                    Sentence("State"),
                    Sentence("On"),
                    Sentence("Why"),
                    Sentence("Event"),
                    Sentence("Head then"),
                ),
                closes,
                empty=Sentence("No month is closed yet."),
            ),
        ],
        footings=[
            Footing(Sentence("Debits are credits"), debits, credits_),
            *(
                Footing(title, net[left] + opening[left], net[right] + opening[right])
                for title, left, right in TIE_OUTS
            ),
        ],
        notes=[Sentence("The head of the trail is event %(seq)s, %(head)s.", seq=seq, head=head)],
    )


def year_end(ask: Ask) -> Report:
    """Report 13: per line, what ending the year would lapse, carry and turn into a receivable of the fund."""
    scope = replace(ask.scope, from_on=None, to_on=None)
    if scope.year_id is None:
        scope = replace(scope, year_id=names.year_of_day(ask.as_of))
    net: dict[UUID, dict[Account, int]] = {key[0]: sums for key, sums in net_by(scope, BudgetLine.id).items()}
    rows, sums = [], [0, 0, 0, 0]
    wanted = (Account.AVAILABLE, Account.ENCUMBERED, Account.DISALLOWED, Account.ADVANCES)
    for line in names.list_lines(scope):
        of_line = net.get(line.id, dict.fromkeys(Account, 0))
        cells = [text(line.fund), text(line.year), text(Bilingual({"en": line.category, "es": line.category_es}))]
        for index, account in enumerate(wanted):
            sums[index] += of_line[account]
            narrowed = {"fund_id": line.fund_id, "year_id": line.year_id, "category_id": line.category_id}
            cells.append(money(of_line[account], rows_of(scope, account, **narrowed)))
        rows.append(cells)
    whole = net_by(scope).get((), dict.fromkeys(Account, 0))
    gone = sums[0] + sums[1] + sums[2]
    return Report(
        basis=Sentence(
            "What ending the year would post as the books stand now: what is available lapses (or is carried, where "
            "the fund says so), what is encumbered goes on in the new year, what is disallowed becomes the fund's to "
            "recover."
        ),
        tables=[
            Table(
                Sentence("Year end"),
                [
                    *words(Sentence("Fund"), Sentence("Year"), Sentence("Category")),
                    *numbers(
                        Sentence("Lapses"),
                        Sentence("Goes on encumbered"),
                        Sentence("To recover"),
                        Sentence("Advances in the way"),
                    ),
                ],
                rows,
                [text(Sentence("Together")), text(""), text(""), *(money(cents) for cents in sums)],
            )
        ],
        footings=[
            Footing(
                Sentence("Lapsing, going on and to recover are the appropriation less what was expended"),
                gone,
                -whole[Account.APPROPRIATION] - whole[Account.EXPENDED],
            )
        ],
        notes=[Sentence("The year cannot end while an advance is outstanding.")] if sums[3] else [],
    )
