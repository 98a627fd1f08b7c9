"""The close of a period (11): trial balance, tie-outs, counts, head of the trail; what a year end would post (13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from audit.queries import chain_head
from core.clock import local_day
from core.db import current_config
from core.errors import Bilingual, Sentence
from funds.ledger import CREDIT_NORMAL, Account, Kind
from funds.models import Posting
from funds.queries import year_end as ends
from funds.queries.books import list_funds
from funds.queries.reporting import closing, names
from funds.queries.scope import Scope
from funds.queries.sums import net_by, totals_by_kind
from funds.reports.names import ACCOUNT_NAMES, KIND_NAMES
from funds.reports.shape import Ask, Footing, Report, Table, count, day, money, numbers, rows_of, text, words

# Two figures of the whole that must be one (funds.md, 3).
TIE_OUTS = (
    (Sentence("Expended is expense"), Account.EXPENDED, Account.EXPENSE),
    (Sentence("Disallowed is to be recovered"), Account.DISALLOWED, Account.RECEIVABLE),
)


ADVANCES_OUT = Sentence("Advances in the way")
# What ending a year makes of a line's money, and where a figure opens while the year is not ended.
YEAR_END: Final[Mapping[Sentence, Account | None]] = {
    Sentence("Lapses"): Account.AVAILABLE,
    Sentence("Carried over"): Account.AVAILABLE,
    Sentence("Goes on encumbered"): Account.ENCUMBERED,
    Sentence("To recover"): Account.DISALLOWED,
    ADVANCES_OUT: Account.ADVANCES,
}


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
    """Report 13: per line, what ending the year posts, from the same query as the preview that a director commits."""
    year_id = ask.scope.year_id or names.year_of_day(ask.as_of)
    funds = [fund for fund in list_funds() if year_id and ask.scope.fund_id in (None, fund.id)]
    runs = ends.committed_runs(year_id) if year_id else {}
    committed = {fund.id: runs[fund.id] for fund in funds if fund.id in runs}
    year = next((row.year for row in names.list_lines(Scope(year_id=year_id))), "–") if year_id else "–"
    categories = {code: (name, es, key) for key, (name, es, code) in names.category_names().items()}
    rows, sums, open_funds = [], dict.fromkeys(YEAR_END, 0), []
    for fund in funds:
        run = committed.get(fund.id)
        if run is None:
            open_funds.append(fund.id)
        for line in run.preview["lines"] if run else ends.line_ends(fund, year_id) if year_id else ():
            name, es, category_id = categories[line["code"]]
            parts = _parts_of(line)
            cells = [text(fund.code), text(year), text(Bilingual({"en": name, "es": es}))]
            for title, account in YEAR_END.items():
                sums[title] += parts[title]
                of = {"fund_id": fund.id, "year_id": year_id, "category_id": category_id}
                cells.append(money(parts[title], None if run or account is None else rows_of(Scope(), account, **of)))
            rows.append(cells)
    return Report(
        basis=Sentence(
            "What ending the year would post as the books stand now: what is left lapses or is carried, as the fund "
            "says; what is held goes on in the new year; what is disallowed becomes the fund's to recover. The preview "
            "of the year end and its commit take the same figures. Of a fund whose year is ended: what was posted."
        ),
        tables=[
            Table(
                Sentence("Year end"),
                [*words(Sentence("Fund"), Sentence("Year"), Sentence("Category")), *numbers(*YEAR_END)],
                rows,
                [text(Sentence("Together")), text(""), text(""), *(money(cents) for cents in sums.values())],
            )
        ],
        footings=[
            Footing(
                Sentence("Lapsing, carried, going on and to recover are the appropriation less what was expended"),
                sum(cents for title, cents in sums.items() if title != ADVANCES_OUT),
                _not_expended(year_id, open_funds) + ends.taken_from_old_year(list(committed.values())),
            )
        ],
        notes=[
            *(
                Sentence("The year end of %(fund)s is committed.", fund=fund.code)
                for fund in funds
                if fund.id in committed
            ),
            *([Sentence("The year cannot end while an advance is outstanding.")] if sums[ADVANCES_OUT] else []),
        ],
    )


def _parts_of(line: Mapping[str, Any]) -> dict[Sentence, int]:
    """What a line of a year end shows under each title of YEAR_END."""
    carried = line["left_carried"]
    figures = (line["left"] - carried, carried, line["held_carried"], line["to_recover"], line.get("advances", 0))
    return dict(zip(YEAR_END, figures, strict=True))


def _not_expended(year_id: UUID | None, funds: Sequence[UUID]) -> int:
    """What the books hold of some funds' year beside what was expended."""
    if year_id is None or not funds:
        return 0
    sums = net_by(Scope(year_id=year_id), Posting.fund_id, only=(Account.APPROPRIATION, Account.EXPENDED))
    return sum(-of[Account.APPROPRIATION] - of[Account.EXPENDED] for (fund,), of in sums.items() if fund in funds)
