"""What a misspelled word probably meant: a table of one-letter deletions over the words that the public may see.

The idea is SymSpell's: two words one edit apart share a form with a letter deleted. Whole queries are in `engine.py`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

SHORTEST = 4  # a shorter word is one edit away from too many others
LONGEST = 24
FAR_MORE_COMMON = 20  # a rare word that is in the index is doubted only when its neighbour is this much more frequent

Array = npt.NDArray[np.uint32]


def deletion_table(words: Sequence[str], frequencies: Array) -> tuple[Array, Array]:
    """Sorted hashes of every word and its one-letter deletions, and beside each the word's number."""
    hashes: list[int] = []
    numbers: list[int] = []
    for number in np.flatnonzero(frequencies).tolist():
        word = words[number]
        if SHORTEST <= len(word) <= LONGEST and word.isalpha():
            forms = _forms(word)
            hashes += forms
            numbers += [number] * len(forms)
    table = np.array(hashes, np.uint32)
    order = np.argsort(table, kind="stable")
    return table[order], np.array(numbers, np.uint32)[order]


def corrections(word: str, hashes: Array, numbers: Array, word_of: Callable[[int], str]) -> list[tuple[int, str, int]]:
    """Words one edit away (a letter more, less, other, or two swapped) as (edits, word, number); also `word` itself."""
    if not (SHORTEST - 1 <= len(word) <= LONGEST and word.isalpha()):
        return []
    forms = np.unique(np.array(_forms(word), np.uint32))
    starts, ends = np.searchsorted(hashes, forms, "left"), np.searchsorted(hashes, forms, "right")
    found: dict[int, int] = {}
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        for number in numbers[start:end].tolist():
            if number not in found:
                found[number] = edits(word, word_of(number))
    return [(distance, word_of(number), number) for number, distance in found.items() if distance <= 1]


def best_correction(word: str, candidates: Iterable[tuple[int, str, int]], frequencies: Array) -> str | None:
    """The likeliest other word: the most frequent, and where that is equal one with the same first letter."""
    others = [(int(frequencies[n]), other[0] == word[0], other) for _, other, n in candidates if other != word]
    return max(others)[2] if others else None


def edits(a: str, b: str) -> int:
    """How many edits lie between two words, a swap of neighbours counting as one; 2 stands for two or more."""
    if a == b:
        return 0
    if abs(len(a) - len(b)) > 1:
        return 2
    start = 0
    shorter = min(len(a), len(b))
    while start < shorter and a[start] == b[start]:
        start += 1
    end = 0
    while end < shorter - start and a[-1 - end] == b[-1 - end]:
        end += 1
    middle_a, middle_b = a[start : len(a) - end], b[start : len(b) - end]
    if len(middle_a) <= 1 and len(middle_b) <= 1:
        return 1
    return 1 if len(middle_a) == 2 and middle_a == middle_b[::-1] else 2


def _forms(word: str) -> list[int]:
    forms = {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}
    return [zlib.crc32(form.encode()) for form in forms]
