#!/usr/bin/env python3
"""Verifies an audit packet of a fund request without Goldthread and without a network: only Python 3.9 or newer.

    python3 verify_packet.py PACKET.json [--head HASH] [--files FOLDER]

--head   the head of the audit trail as you know it from elsewhere (a close report, an export's manifest)
--files  a folder with the papers; each paper of the packet must be there, byte for byte
Says what was verified and exits with 0, or says each fault and exits with 1.
"""

from __future__ import annotations

import hashlib
import json
import sys
import unicodedata
from pathlib import Path
from typing import Any

NEEDS_EVALUATION = ("hold", "hold_more", "voucher", "advance")
TWINS = (("expended", "expense"), ("disallowed", "receivable"))


def canonical(value: Any) -> bytes:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return unicodedata.normalize("NFC", text).encode()


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def walk(start: Any, links: Any, faults: list[str]) -> dict[str, Any]:
    """The hash at the end of some links: SHA-256(algorithm, hash before, digest of the record)."""
    seq, head = start["seq"], start["hash"]
    for link in links:
        seq += 1
        digest = sha(link["record"].encode()) if "record" in link else link["digest"]
        if link["seq"] != seq or ("record" in link and json.loads(link["record"])["seq"] != seq):
            faults.append(f"Trail: event {seq} is missing or out of its place.")
        head = sha(f"sha256-v1\n{head}\n{digest}".encode())
    return {"seq": seq, "hash": head}


def check_postings(body: Any, faults: list[str]) -> None:
    accounts, total, count = body["accounts"], 0, 0
    net: dict[str, int] = {}
    evaluations = {row["id"] for row in body["records"]["policy_evaluation"]}
    for row in body["postings"]:
        sides = [(accounts[str(t["debit"])], accounts[str(t["credit"])], t["cents"]) for t in row["transfers"]]
        moves = [[d["kind"], d["owner"], c["kind"], c["owner"], cents] for d, c, cents in sides]
        parts = {name: row[name] for name in ("kind", "fund", "request", "reverses", "voucher", "advance")}
        if sha(canonical({**parts, "moves": moves})) != row["payload_sha256"]:
            faults.append(f"Posting {row['id']}: its content does not have its hash.")
        if row["kind"] in NEEDS_EVALUATION and row["evaluation"] not in evaluations:
            faults.append(f"Posting {row['id']}: the evaluation that allowed it is missing.")
        for debit, credit, cents in sides:
            if cents <= 0 or debit == credit:
                faults.append(f"Posting {row['id']}: a transfer has no two sides or no amount.")
            net[debit["kind"]] = net.get(debit["kind"], 0) + cents
            net[credit["kind"]] = net.get(credit["kind"], 0) - cents
            total, count = total + cents, count + 1
    if {"transfers": count, "control_total_cents": total, "net_cents": net} != body["totals"]:
        faults.append("The postings do not add up to the packet's totals.")
    faults += [f"{a} is not {b}." for a, b in TWINS if net.get(a, 0) != net.get(b, 0)]


def check_records(body: Any, folder: str | None, faults: list[str]) -> None:
    events, numbers, state = body["records"]["fund_request_event"], {row["id"] for row in body["postings"]}, None
    for seq, row in enumerate(sorted(events, key=lambda each: each["seq"]), 1):
        if row["seq"] != seq or row["from_status"] != state:
            faults.append(f"Step {seq} does not follow the step before it.")
        if row["posting_id"] is not None and row["posting_id"] not in numbers:
            faults.append(f"Step {seq} names a posting that is not here.")
        state = row["to_status"]
    if state != body["request"]["status"]:
        faults.append("The steps do not lead to the request's state.")
    for row in body["records"]["policy_evaluation"]:
        if sha(canonical({name: row[name] for name in ("findings", "tiers", "cents")})) != row["digest"]:
            faults.append(f"Evaluation {row['id']} does not have its digest.")
    if folder:
        there = {sha(path.read_bytes()) for path in Path(folder).rglob("*") if path.is_file()}
        faults += [f"Paper {d['id']} is not there." for d in body["records"]["document"] if d["sha256"] not in there]


def verify(data: bytes, known_head: str | None = None, folder: str | None = None) -> list[str]:
    """Every fault of a packet as a sentence; none when it is whole."""
    packet, faults = json.loads(data), []
    if canonical(packet) != data:
        faults.append("The file is not in its canonical spelling: something was changed.")
    body, seal = packet["body"], packet["seal"]
    if walk(body["chain"]["from"], body["chain"]["links"], faults) != body["chain"]["to"]:
        faults.append("Trail: the events do not lead from the first anchor to the last.")
    if walk(body["chain"]["to"], seal["links"], faults) != seal["head"]:
        faults.append("Trail: the events do not lead to the packet's seal.")
    if sha(canonical(body)) not in json.loads(seal["links"][-1]["record"])["details"]["sha256"].values():
        faults.append("The content is not what the trail says was handed out.")
    if known_head and known_head not in (
        body["chain"]["from"]["hash"],
        body["chain"]["to"]["hash"],
        seal["head"]["hash"],
    ):
        faults.append("The head that you know is not a head of this packet.")
    own = [json.loads(link["record"]) for link in body["chain"]["links"] if "record" in link]
    if not own or any(event["subject_id"] != body["request"]["id"] for event in own):
        faults.append("Trail: the events of the request are missing.")
    check_postings(body, faults)
    check_records(body, folder, faults)
    return faults


def main(words: list[str]) -> int:
    options = {words[at]: words[at + 1] for at in range(1, len(words) - 1, 2)}
    if not words or len(words) % 2 == 0 or set(options) - {"--head", "--files"}:
        print(__doc__)
        return 2
    try:
        faults = verify(Path(words[0]).read_bytes(), options.get("--head"), options.get("--files"))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OSError) as error:
        faults = [f"This is no whole packet: {type(error).__name__} {error}"]
    print("\n".join(faults) if faults else "Verified: trail, postings, totals, steps, evaluations and papers' hashes.")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
