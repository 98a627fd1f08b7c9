"""What a plain answer lacks when words find nothing: other spellings, fewer words, what emptied the answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import combinations

from directory.search.engine import count, run_plan
from directory.search.language import english_stem, fold, is_light_word, is_stop_word, spanish_stem, words_of
from directory.search.matching import find_clause
from directory.search.plan import PartView, plan_of, rarity_in
from directory.search.query import Removal, SearchQuery, SearchResult
from directory.search.segment import Segment
from directory.search.spelling import FAR_MORE_COMMON, best_correction, corrections
from directory.search.synonyms import Alternative, Clause, clauses_of, listed_correction, thesaurus

MOST_SPLIT = 5  # words that are tried in smaller companies: 31 at most
CHANCE = 4  # so few texts hold several words together by chance
RARE = 2  # a word in so few public documents may be a slip that somebody else made too

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def answer(
    views: Sequence[PartView], query: SearchQuery, now: datetime, spelling: Callable[[], Segment]
) -> SearchResult:
    """The answer to a query, with the help that an empty one needs. `spelling` gives the segment of the words."""
    clauses = clauses_of(query.words, query.language)
    result = run_plan(views, plan_of(views, query, now, clauses))
    wanted = [clause for clause in clauses if not clause.is_excluded]
    if not wanted:
        return result if result.total else replace(result, emptied_by=removals(views, query, now))
    better = corrected_words(spelling(), views, query)
    if result.total:
        if result.total <= CHANCE and _is_by_chance(views, query, now, clauses):
            kinds = _of_a_named_kind(views, query, now, clauses)
            result = result if kinds is None else kinds
        return replace(result, did_you_mean=better)
    if _holds_anything(result):
        return replace(result, did_you_mean=better, emptied_by=removals(views, query, now))
    for helped in _attempts(views, query, now, clauses, better):
        if _holds_anything(helped):
            return helped
        result = helped
    used = query if result.corrected_words is None else replace(query, words=result.corrected_words)
    return replace(result, did_you_mean=better, emptied_by=removals(views, used, now))


def _is_by_chance(views: Sequence[PartView], query: SearchQuery, now: datetime, clauses: tuple[Clause, ...]) -> bool:
    """Whether several words name a kind of help and stand together only in texts of listings of no such kind."""
    kinds = [clause for clause in clauses if not clause.is_excluded and len(clause.alternatives) > 1]
    if not kinds or sum(not clause.is_excluded for clause in clauses) < 2 or any(clause.phrase for clause in clauses):
        return False
    for kind in kinds:
        named = replace(kind, alternatives=tuple(replace(one, is_typed=False) for one in kind.alternatives))
        if count(views, plan_of(views, query, now, [named if one is kind else one for one in clauses])):
            return False
    return True


def _of_a_named_kind(
    views: Sequence[PartView], query: SearchQuery, now: datetime, clauses: tuple[Clause, ...]
) -> SearchResult | None:
    """What is of the kind that fewer of the words name; None where nothing is."""
    for kept, left_out in _fewer(views, clauses):
        if count(views, plan_of(views, query, now, kept, named_only=True)):
            result = run_plan(views, plan_of(views, query, now, kept, named_only=True))
            return replace(result, relaxed=left_out)
    return None


def _attempts(
    views: Sequence[PartView], query: SearchQuery, now: datetime, clauses: Sequence[Clause], better: str | None
) -> Iterator[SearchResult]:
    """Answers to kinder readings of the words, each only where those words are near the place at all.

    Where the words are there and another filter emptied the answer, the words stay: the page then says what to remove.
    Words that are only elsewhere give way to fewer words that are near: a person asks for help here, not for a text.
    """
    near = _without_filters(query)
    if better is not None and not _names_help(query.words, better):
        better = None  # another word that means nothing here would find just anything
    for words in (query.words, better):
        if words is None:
            continue
        asked = query if words == query.words else replace(query, words=words)
        named = None if words == query.words else words
        read = clauses if words == query.words else clauses_of(words, query.language)
        for anywhere in (False, True):
            if count(views, plan_of(views, replace(near, words=words), now, read, anywhere=anywhere)):
                result = run_plan(views, plan_of(views, asked, now, read, anywhere=anywhere))
                yield replace(result, did_you_mean=named, corrected_words=named)
                if not anywhere:
                    return
    words = better or query.words
    asked, named = replace(query, words=words), better
    choices = tuple(_fewer(views, clauses_of(words, query.language)))
    # What is named comes first: a few words of a sentence stand together in some text by chance, kinds of help do not.
    for by_name in (True, False):
        for kept, left_out in choices:
            held = [clause for clause in kept if not clause.is_excluded]
            ways = [(False, True), (True, True)] if by_name else []
            # One word alone must name the help: "money" in some text would make a bus service of "sending money".
            if len(held) > 1 and by_name == all(len(clause.alternatives) > 1 for clause in held):
                ways.append((True, False))
            for anywhere, named_only in ways:
                if count(views, plan_of(views, near, now, kept, anywhere=anywhere, named_only=named_only)):
                    result = run_plan(views, plan_of(views, asked, now, kept, anywhere=anywhere, named_only=named_only))
                    yield replace(result, did_you_mean=named, corrected_words=named, relaxed=left_out)
                    return


def _fewer(
    views: Sequence[PartView], clauses: Sequence[Clause]
) -> Iterator[tuple[tuple[Clause, ...], tuple[str, ...]]]:
    """Fewer and fewer clauses, of each number the most telling first; what is nowhere is left out at once.

    A word of the lists names a kind of help and tells more than any other, however rare that is here.
    """
    parts = [view.part for view in views]
    excluded = tuple(clause for clause in clauses if clause.is_excluded)
    wanted: list[Clause] = []
    known: list[Clause] = []
    for clause in (clause for clause in clauses if not clause.is_excluded):
        whole = any(find_clause(part, clause, anywhere=True).size for part in parts)
        ones = [clause] if whole else _split(clause)
        wanted += ones
        known += [one for one in ones if whole or any(find_clause(part, one, anywhere=True).size for part in parts)]
    tells = {one: (len(one.alternatives) > 1, rarity_in(views, one), len(one.typed)) for one in known}
    known = sorted(known, key=lambda one: tells[one], reverse=True)[:MOST_SPLIT]
    for size in range(len(known) - (len(known) == len(wanted)), 0, -1):
        for kept in combinations(known, size):
            left_out = tuple(one.typed for one in wanted if one not in kept)
            yield (*kept, *excluded), left_out


def _split(clause: Clause) -> list[Clause]:
    """A clause of several typed words as one clause a word; its synonyms stood for all words together."""
    first = clause.alternatives[0]
    words = clause.typed.split()
    if len(first.stems) < 2 or len(words) != len(first.stems):
        return [clause]
    return [Clause(word, (Alternative((stem,), 1.0, is_typed=True),))
            for word, stem in zip(words, first.stems, strict=True)]  # fmt: skip


def _names_help(typed: str, better: str) -> bool:
    """Whether each word that was put right became one of our lists."""
    lists = thesaurus()
    fresh = set(words_of(better)) - set(words_of(typed))
    return all(
        (word in lists.english_words or word in lists.spanish_words) and not is_light_word(word) for word in fresh
    )


def corrected_words(segment: Segment, views: Sequence[PartView], query: SearchQuery) -> str | None:
    """The query with its likely slips put right, or None where nothing looks like one."""
    changed = False

    def better(match: re.Match[str]) -> str:
        nonlocal changed
        word = fold(match.group())
        if is_stop_word(word, spanish=True):
            return match.group()
        found = _correction(segment, views, word)
        if found is None:
            return match.group()
        changed = True
        return found

    text = _WORD.sub(better, query.words)
    return text if changed else None


def _correction(segment: Segment, views: Sequence[PartView], word: str) -> str | None:
    if word in thesaurus().english_words or word in thesaurus().spanish_words:
        return None  # a word of our own lists is no slip: "kill" in "kill myself" is not "hill"
    words, number = segment.words, segment.word_numbers.get(word)
    if number is None and not _is_known(views, word) and (listed := listed_correction(word)) is not None:
        return listed
    own = int(words.frequency[number]) if number is not None else 0
    if own > RARE:
        return None
    candidates = corrections(word, words.deletion_hash, words.deletion_word, words.list.__getitem__)
    best = best_correction(word, candidates, words.frequency)
    if best is None:
        return None
    often = int(words.frequency[segment.word_numbers[best]])
    if own or _is_known(views, word):
        # It is a word of the directory: doubt it only where another is far more common and means something else.
        same = english_stem(word) == english_stem(best)
        return best if not same and often >= FAR_MORE_COMMON * max(1, own) and number is not None and own else None
    return best


def _is_known(views: Sequence[PartView], word: str) -> bool:
    stems = (english_stem(word), spanish_stem(word))
    return any(len(view.part.documents_of(stem)[0]) for view in views for stem in stems)


def removals(views: Sequence[PartView], query: SearchQuery, now: datetime) -> tuple[Removal, ...]:
    """For each filter of a query, the total without it; only what brings something back, the most first."""
    found: list[Removal] = []

    def tell(name: str, value: str | None, **changes: object) -> None:
        looser = replace(query, **changes)  # type: ignore[arg-type]
        total = count(views, plan_of(views, looser, now, clauses_of(looser.words, looser.language)))
        if total:
            found.append(Removal(name, value, total))

    if words_of(query.words):
        tell("words", query.words, words="")
    if query.place is not None:
        if query.radius_m is not None:
            tell("radius_m", None, radius_m=None)
        tell("place", query.place.label, place=None)
    for name in ("needs", "terms", "languages"):
        if getattr(query, name):
            chosen = getattr(query, name)
            tell(name, chosen[0] if len(chosen) == 1 else None, **{name: ()})
    for code in query.yes:
        tell("yes", code, yes=tuple(one for one in query.yes if one != code))
    if query.age is not None:
        tell("age", str(query.age), age=None)
    if query.open_at is not None:
        tell("open_at", None, open_at=None)
    return tuple(sorted(found, key=lambda removal: -removal.total))


def _holds_anything(result: SearchResult) -> bool:
    return bool(result.total or result.total_unplaced or result.total_not_stated)


def _without_filters(query: SearchQuery) -> SearchQuery:
    """The words and the place of a query, without everything else that narrows it."""
    return replace(
        query, needs=(), terms=(), languages=(), yes=(), age=None, open_at=None, page=1, facets=False,
        include_not_stated=False,
    )  # fmt: skip
