"""Writes the figures of a run into `bench/README.md`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- figures of bench.search -->", "<!-- end of figures -->"


def write_report(machine: Mapping[str, str], found: Sequence[Mapping[str, Any]]) -> None:
    """Put the tables between the marks of the README; all else in it is written by hand."""
    lines = ["Machine: " + ", ".join(f"{name} {value}" for name, value in machine.items()) + ".", ""]
    for one in found:
        lines += _tables(one)
    text = README.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN, 1)
    _, after = rest.split(END, 1)
    README.write_text(before + BEGIN + "\n\n" + "\n".join(lines) + "\n" + END + after, encoding="utf-8")


def _tables(one: Mapping[str, Any]) -> list[str]:
    ours = one["timings"][0]
    lines = [
        f"### {one['size']:,} services at {one['documents']:,} places",
        "",
        "| engine | p50 / p95 ms | quickest round | processor | ours is faster, p50 / p95 | build s |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for timing in one["timings"]:
        ratio = (
            f"{timing.p50_ms / ours.p50_ms:.1f}× / {timing.p95_ms / ours.p95_ms:.1f}×" if timing is not ours else "–"
        )
        lines.append(
            f"| {timing.name} | {timing.p50_ms:.2f} / {timing.p95_ms:.2f} | {timing.best_p50_ms:.2f} /"
            f" {timing.best_p95_ms:.2f} | {timing.cpu_p50_ms:.2f} / {timing.cpu_p95_ms:.2f} | {ratio} |"
            f" {timing.build_s:.1f} |"
        )
    edits, spelling, prefix, half = one["edits"], one["spelling"], one["prefix"], one["half"]
    lines += [
        "",
        f"- Counts behind the filters asked by every second question only: Goldthread p50 {half['p50_ms']:.2f} ms,"
        f" p95 {half['p95_ms']:.2f} ms.",
        f"- Build {one['build_s']:.1f} s and {one['write_s']:.1f} s to write, sync and check"
        f" ({one['index_mb']:.0f} MB of files).",
        f"- Edit to visible: p50 {edits['p50_ms']:.2f} ms, p95 {edits['p95_ms']:.2f} ms of work in the next query;"
        f" with 1,000 edits waiting the median query takes {edits['query_p50_after_ms']:.2f} ms instead of"
        f" {edits['query_p50_before_ms']:.2f} ms ({edits['slower']:.1f}×).",
        f"- Spelling: {spelling['right']} of 100 slips put right, p95 {spelling['p95_ms']:.2f} ms."
        f" Suggestions: p50 {prefix['p50_ms']:.2f} ms, p95 {prefix['p95_ms']:.2f} ms.",
        "",
    ]
    return lines
