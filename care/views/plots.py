"""Plots as plain geometry: what a template draws as SVG, with every value as text; it reads nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

STEP: Final = 64
BAR: Final = 40
HEIGHT: Final = 180
BASE: Final = 140  # where bars stand; below it the labels
TOP: Final = 24  # room for a value above the highest bar
MARGIN: Final = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its box, what stands above and below it. Without a value there is no box, only the words."""

    x: int
    y: int
    width: int
    height: int
    middle: int
    value: str
    label: str
    note: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A row of bars under one title; `text` says all values for those who do not see it."""

    title: str
    text: str
    width: int
    height: int
    base: int
    bars: Sequence[Bar]


def bar_plot(title: str, points: Sequence[tuple[str, float | None, str, str]]) -> Plot:
    """Bars of equal scale from points of label, value, value in words and note (how many were observed)."""
    highest = max((value for _, value, _, _ in points if value is not None), default=0.0) or 1.0
    bars = []
    for number, (label, value, words, note) in enumerate(points):
        height = round((BASE - TOP) * (value or 0.0) / highest)
        x = MARGIN + number * STEP + (STEP - BAR) // 2
        bars.append(Bar(x, BASE - height, BAR, height, x + BAR // 2, words, label, note))
    text = "; ".join(f"{label}: {words} ({note})" for label, _, words, note in points)
    return Plot(title, f"{title}. {text}", 2 * MARGIN + STEP * len(points), HEIGHT, BASE, bars)
