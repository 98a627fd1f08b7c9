"""The audit packet of one request: its records, postings and events, and the digests of the links around them.

`docs/verify_packet.py` verifies it offline and knows nothing of this program. The body's digest stands in the trail
(`seal_packet`), so the head of the trail, kept by an outsider, vouches for the packet.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from audit.queries import chain_head, hash_of, iterate_links
from audit.rules import ALGORITHM, canonical_json
from core.db import snapshot
from funds.exports.lines import plain
from funds.ledger import Account
from funds.queries.entries import Entry, iterate_entries, list_accounts
from funds.queries.listed import iterate_requests
from funds.queries.reporting.closing import anchor_before, first_event_of
from funds.queries.reporting.requests import fund_of
from funds.queries.scope import Scope
from funds.queries.stored import iterate_stored

FORMAT: Final = "goldthread-packet-1"
RECORDS: Final = (
    "fund_request_event", "approval_step", "policy_evaluation", "policy_exception", "voucher", "payment", "advance",
    "document", "receipt_allocation",
)  # fmt: skip


def packet_body(request_id: UUID, *, made_at: str) -> dict[str, Any]:
    """Everything of a request as of one moment, by code. The request was sent once, else StopIteration is a bug."""
    scope = Scope(fund_request_id=request_id)
    with snapshot():
        request = next(iterate_requests(scope))
        entries = list(iterate_entries(scope))
        used = {number for entry in entries for number in (entry.debit_id, entry.credit_id)}
        to_seq, to_hash = chain_head()
        first_seq = first_event_of(request_id)
        from_seq = anchor_before(first_seq)
        return {
            "format": FORMAT,
            "made_at": made_at,
            "request": {
                **{name: plain(getattr(request, name)) for name in ("id", "number", "status", "version", "enrollee")},
                "goal": request.goal,
                "fund": request.fund,
                "category": request.item_category,
                "requested_cents": request.requested_cents,
                "approved_cents": request.approved_cents,
            },
            "records": {
                table: [{name: plain(value) for name, value in row.items()} for row in iterate_stored(table, scope)]
                for table in RECORDS
            },
            "accounts": {
                str(account.id): {"kind": str(account.key.account), "owner": str(account.key.owner)}
                for account in list_accounts(Scope())
                if account.id in used
            },
            "postings": list(_postings(entries, fund_of(request_id), request_id)),
            "totals": {
                "transfers": len(entries),
                "control_total_cents": sum(entry.cents for entry in entries),
                "net_cents": _net(entries),
            },
            "chain": {
                "algorithm": ALGORITHM,
                "from": {"seq": from_seq, "hash": hash_of(from_seq)},
                "to": {"seq": to_seq, "hash": to_hash},
                "links": list(_links(from_seq + 1, to_seq, str(request_id))),
            },
        }


def digest_of(body: dict[str, Any]) -> str:
    """The digest of a body, which the trail writes down."""
    return hashlib.sha256(canonical_json(body)).hexdigest()


def seal_packet(body: dict[str, Any], event_seq: int) -> bytes:
    """The packet's bytes: the body, and the links from its head to the event that names its digest."""
    with snapshot():
        links = [
            {"seq": seq, "record": record} if seq == event_seq else {"seq": seq, "digest": _digest(record)}
            for seq, _subject, record, _hash in iterate_links(body["chain"]["to"]["seq"] + 1, event_seq)
        ]
        head = {"seq": event_seq, "hash": hash_of(event_seq)}
    return canonical_json({"body": body, "seal": {"links": links, "head": head}})


def _links(first: int, last: int, subject: str) -> Iterator[dict[str, Any]]:
    """The events of the request with their records, of all others the digests only."""
    for seq, about, record, _hash in iterate_links(first, last):
        yield {"seq": seq, "record": record} if about == subject else {"seq": seq, "digest": _digest(record)}


def _digest(record: str) -> str:
    return hashlib.sha256(record.encode()).hexdigest()


def _net(entries: list[Entry]) -> dict[str, int]:
    net: dict[Account, int] = {}
    for entry in entries:
        net[entry.debit] = net.get(entry.debit, 0) + entry.cents
        net[entry.credit] = net.get(entry.credit, 0) - entry.cents
    return {str(account): cents for account, cents in net.items()}


def _postings(entries: list[Entry], fund_id: UUID, request_id: UUID) -> Iterator[dict[str, Any]]:
    for posting_id, group in groupby(entries, key=lambda entry: entry.posting_id):
        lines = list(group)
        first = lines[0]
        yield {
            "id": posting_id,
            "kind": first.kind,
            "effective_on": plain(first.effective_on),
            "posted_at": plain(first.posted_at),
            "actor": plain(first.actor_id),
            "evaluation": plain(first.evaluation_id),
            "fund": str(fund_id),
            "request": str(request_id),
            "reverses": first.reverses_id or 0,
            "voucher": str(first.voucher_id or ""),
            "advance": str(first.advance_id or ""),
            "payload_sha256": first.payload_sha256,
            "transfers": [
                {"seq": line.seq, "debit": line.debit_id, "credit": line.credit_id, "cents": line.cents}
                for line in lines
            ],
        }
