"""Proof that the trail is whole: recomputes every hash and compares what is stored beside it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from audit.queries import StoredLink, chain_head, iterate_chain
from audit.rules import GENESIS, canonical_json, chain_hash, moment


def verify_chain(
    kept_head: tuple[int, str] | None = None, visit: Callable[[int, dict[str, Any]], None] | None = None
) -> list[str]:
    """One sentence per problem, none when the chain is whole. Reads every event once.

    `kept_head` is a number and hash kept outside the database: only that shows a tail cut off with its head.
    `visit` is shown every event's number and record that can be read, oldest first.
    """
    problems: list[str] = []
    previous, expected = GENESIS, 1
    kept_seen = kept_head is None or kept_head == (0, GENESIS)
    for link in iterate_chain():
        if link.seq != expected:
            problems.append(f"Trail: event {expected} is missing; the next one is {link.seq}.")
        problems.extend(_problems_of(link, previous, visit))
        if kept_head is not None and link.seq == kept_head[0]:
            kept_seen = True
            if link.hash != kept_head[1]:
                problems.append(f"Trail: event {link.seq} differs from the hash kept outside.")
        previous, expected = link.hash, link.seq + 1
    seq, head = chain_head()
    if (seq, head) != (expected - 1, previous):
        problems.append(f"Trail: the head says event {seq}, the last event is {expected - 1}, or their hashes differ.")
    if not kept_seen and kept_head is not None:
        problems.append(f"Trail: event {kept_head[0]}, known from outside, is gone.")
    return problems


def _problems_of(
    link: StoredLink, previous: str, visit: Callable[[int, dict[str, Any]], None] | None = None
) -> list[str]:
    found: list[str] = []
    if link.previous_hash != previous:
        found.append(f"Trail: event {link.seq} does not follow the event before it.")
    try:
        record: dict[str, Any] = json.loads(link.record)
        if canonical_json(record).decode() != link.record:
            found.append(f"Trail: the record of event {link.seq} is not in its canonical spelling.")
        computed = chain_hash(link.previous_hash, record)
    except (ValueError, TypeError):
        return [*found, f"Trail: the record of event {link.seq} cannot be read."]
    if visit is not None:
        visit(link.seq, record)
    if computed != link.hash:
        found.append(f"Trail: the record of event {link.seq} was changed after it was written.")
    if _shown(link) != {key: record.get(key) for key in _shown(link)}:
        found.append(f"Trail: a column of event {link.seq} differs from its record.")
    return found


def _shown(link: StoredLink) -> dict[str, Any]:
    columns = link.columns
    return {
        "seq": link.seq,
        "at": moment(columns["at"]),
        "kind": columns["kind"],
        "actor_id": str(columns["actor_id"]) if columns["actor_id"] else None,
        "actor_name": columns["actor_name"],
        "actor_roles": columns["actor_roles"].split(),
        "subject_type": columns["subject_type"],
        "subject_id": columns["subject_id"],
        "request_id": columns["request_id"],
    }
