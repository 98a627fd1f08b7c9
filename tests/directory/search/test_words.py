"""Stems, synonyms, spelling, suggestions and excerpts."""

from __future__ import annotations

import pytest

from bench import corpus
from directory.needs import all_needs
from directory.search.answering import answer, corrected_words
from directory.search.engine import run
from directory.search.language import english_stem, excerpt, fold, spanish_stem, words_of
from directory.search.plan import PartView
from directory.search.query import SearchQuery
from directory.search.segment import Segment, build_segment
from directory.search.spelling import edits
from directory.search.synonyms import clauses_of, thesaurus
from tests.directory.search.made import NOW, document, view_of


def typed(words: str, language: str = "en") -> list[str]:
    """The clauses of a query as their typed words."""
    return [clause.typed for clause in clauses_of(words, language)]


def found(views: tuple[PartView, ...], words: str, language: str = "en") -> list[str]:
    """Services in their order."""
    items = run(views, SearchQuery(words=words, language=language), NOW).items
    return [item.service_id for item in items]


def test_accents_case_and_apostrophes_do_not_count() -> None:
    assert fold("Niños’ WOMEN'S Clínica") == "ninos womens clinica"
    assert words_of("24/7 drop-in, café_bar") == ["24", "7", "drop", "in", "cafe", "bar"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("pantries", "pantry"), ("counselling", "counseling"), ("dentists", "dental"), ("housing", "house")],
)
def test_endings_do_not_count(one: str, other: str) -> None:
    assert english_stem(one) == english_stem(other)


def test_aids_is_not_aid() -> None:
    assert english_stem("aids") != english_stem("aid")


def test_spanish_plurals_are_one_word() -> None:
    assert spanish_stem("abogados") == spanish_stem("abogado")


def test_there_are_at_least_250_groups_of_english_synonyms_and_every_need_has_some() -> None:
    lists = thesaurus()
    assert lists.group_count >= 450
    assert len(lists.english) >= 800
    reached = {a.need for alternatives in lists.english.values() for a in alternatives if a.need}
    assert reached <= {need.code for need in all_needs()}
    assert len(reached) >= 6


def test_every_spanish_word_leads_to_english_ones() -> None:
    for phrase, alternatives in thesaurus().spanish.items():
        assert any(not stem.startswith("es:") for a in alternatives for stem in a.stems), phrase


def test_little_words_do_not_decide() -> None:
    assert typed("I need help with rent") == ["rent"]
    assert typed("where can i find free food near me") == ["food"]
    assert typed("necesito ayuda con la renta", "es") == ["renta"]
    assert typed("help") == ["help"]


def test_the_longest_phrase_is_taken() -> None:
    assert typed("sending money") == ["sending money"]
    assert typed("food stamps office") == ["food stamps", "office"]


def test_a_known_phrase_is_known_in_any_order_and_without_little_words() -> None:
    for words in ("government phone", "phone government", "phone free government"):
        stems = {alternative.stems for clause in clauses_of(words, "en") for alternative in clause.alternatives}
        assert ("free", "phone") in stems, words


def test_two_words_of_a_phrase_typed_as_one_are_two() -> None:
    assert typed("foodstamps") == ["food stamps"]
    assert typed("somethingelse") == ["somethingelse"]


def test_a_slip_in_a_word_of_the_lists_is_put_right_though_no_listing_has_it() -> None:
    views = view_of([document(1, name="SNAP help"), document(2, name="Choir", description="Stands for food.")])
    segment = views[0].part
    assert isinstance(segment, Segment)
    result = answer(views, SearchQuery(words="food stanps"), NOW, lambda: segment)
    assert result.corrected_words == "food stamps"
    assert [item.service_id for item in result.items] == ["service-1"]


def test_a_word_is_not_put_right_to_one_that_means_no_help() -> None:
    views = view_of([document(1, name="Choir", description="A shared room.")])
    segment = views[0].part
    assert isinstance(segment, Segment)
    result = answer(views, SearchQuery(words="scared"), NOW, lambda: segment)
    assert result.corrected_words is None and not result.items


def test_of_a_sentence_the_kind_of_help_is_kept_and_not_the_rarest_word() -> None:
    views = view_of([
        document(1, name="Detox"),
        document(2, name="Detox by the river"),
        document(3, name="Choir", description="Come whenever it snows; nobody laughs."),
    ])  # fmt: skip
    segment = views[0].part
    assert isinstance(segment, Segment)
    result = answer(views, SearchQuery(words="whenever nobody laughs detox"), NOW, lambda: segment)
    assert {item.service_id for item in result.items} == {"service-1", "service-2"}
    assert "whenever" in result.relaxed


def test_words_that_meet_in_a_text_by_chance_give_way_to_the_kind_they_name() -> None:
    views = view_of([
        document(1, name="Detox"),
        document(2, name="Choir", description="We sang for the detox on a Wednesday in March."),
        document(3, name="Detox on the hill", description="Ask on a Wednesday."),
    ])  # fmt: skip
    segment = views[0].part
    assert isinstance(segment, Segment)
    by_chance = answer(views, SearchQuery(words="detox march"), NOW, lambda: segment)
    assert {item.service_id for item in by_chance.items} == {"service-1", "service-3"}
    assert by_chance.relaxed == ("march",)
    meant = answer(views, SearchQuery(words="detox wednesday"), NOW, lambda: segment)
    assert "service-3" in {item.service_id for item in meant.items} and not meant.relaxed


def test_a_synonym_finds_by_name_and_the_typed_word_comes_first() -> None:
    views = view_of([
        document(1, name="Food pantry"),
        document(2, name="Grocery pantry", description=""),
        document(3, name="Bus", description="Next to the food bank."),
        document(4, name="Choir"),
    ])  # fmt: skip
    assert found(views, "food pantry")[0] == "service-1"
    assert set(found(views, "food bank")) >= {"service-1", "service-3"}
    assert "service-4" not in found(views, "hungry")


def test_sending_money_finds_no_bus() -> None:
    views = view_of([
        document(1, name="Bus to the market", description="Bring money for the fare; we are sending a driver."),
        document(2, name="Bus", description="No money needed."),
    ])  # fmt: skip
    segment = views[0].part
    assert isinstance(segment, Segment)
    result = answer(views, SearchQuery(words="sending money"), NOW, lambda: segment)
    assert "service-2" not in [item.service_id for item in result.items]


def test_a_phrase_in_quotes_must_stand_together() -> None:
    views = view_of([document(1, name="Legal aid"), document(2, name="Aid for legal residents")])
    assert found(views, '"legal aid"') == ["service-1"]
    assert set(found(views, "legal aid")) == {"service-1", "service-2"}
    assert found(views, 'aid -"legal aid"') == ["service-2"]


def test_or_takes_either() -> None:
    views = view_of([document(1, name="Choir"), document(2, name="Chess"), document(3, name="Rugby")])
    assert set(found(views, "choir OR chess")) == {"service-1", "service-2"}


def test_a_slip_is_offered_and_used_only_where_nothing_is_found() -> None:
    made = [document(n, name="Food pantry") for n in range(30)] + [document(99, name="Panty drive")]
    views = view_of(made)
    segment = views[0].part
    assert isinstance(segment, Segment)
    none = answer(views, SearchQuery(words="fodo pantrry"), NOW, lambda: segment)
    assert (none.total, none.corrected_words, none.did_you_mean) == (30, "food pantry", "food pantry")
    some = answer(views, SearchQuery(words="panty"), NOW, lambda: segment)
    assert (some.total, some.corrected_words, some.did_you_mean) == (1, None, "pantry")


def test_words_that_are_nowhere_are_left_out_and_named() -> None:
    views = view_of([document(1, name="Emergency shelter"), document(2, name="Bus", description="Past the shelter.")])
    segment = views[0].part
    assert isinstance(segment, Segment)
    result = answer(views, SearchQuery(words="shelter zqzqzq"), NOW, lambda: segment)
    assert result.relaxed == ("zqzqzq",)
    assert [item.service_id for item in result.items] == ["service-1"], "a mention is not enough for half a query"


def test_the_filter_that_emptied_the_answer_is_named() -> None:
    views = view_of([document(1, name="Food pantry", answers={"free": 2}), document(2, name="Food pantry")])
    segment = views[0].part
    assert isinstance(segment, Segment)
    query = SearchQuery(words="pantry", yes=("free",), languages=("es",), age=30)
    result = answer(views, query, NOW, lambda: segment)
    assert result.total == 0
    only = answer(views, SearchQuery(words="pantry", languages=("es",)), NOW, lambda: segment)
    assert [(removal.name, removal.value, removal.total) for removal in only.emptied_by] == [("languages", "es", 2)]


def test_95_of_100_slips_are_put_right() -> None:
    made = list(corpus.documents(1_000))
    segment = build_segment(made)
    views = (PartView.of(segment),)
    slips = corpus.typos()
    right = [meant == corrected_words(segment, views, SearchQuery(words=slip)) for slip, meant in slips]
    assert len(slips) == 100
    assert sum(right) >= 95


@pytest.mark.parametrize(
    ("a", "b", "count"),
    [("food", "food", 0), ("fod", "food", 1), ("fodo", "food", 1), ("foood", "food", 1), ("fool", "food", 1),
     ("flood", "fool", 2), ("abcd", "dcba", 2), ("a", "abc", 2)],
)  # fmt: skip
def test_edits_are_counted(a: str, b: str, count: int) -> None:
    assert edits(a, b) == edits(b, a) == count


def test_suggestions_come_from_what_the_public_sees() -> None:
    segment = build_segment([
        document(1, name="Food pantry", term_names=("Food pantries",)),
        document(2, name="Foxglove house", organization="Hidden harbor", visibility=2, term_names=("Fostering",)),
    ])  # fmt: skip
    assert segment.suggestions.starting_with("fo", "en", 20)[0] == "Food pantries"
    shown = " ".join(segment.suggestions.starting_with("fo", "en", 20)).lower()
    assert "foxglove" not in shown
    assert "fostering" not in shown
    assert segment.suggestions.starting_with("hidden", "en", 9) == []
    assert "despensa de alimentos" in segment.suggestions.starting_with("despensa", "es", 9)
    assert segment.suggestions.starting_with("despensa", "en", 9) == []


def test_spelling_does_not_tell_hidden_words() -> None:
    segment = build_segment([document(1, name="Foxglove house", visibility=3), document(2, name="Choir")])
    assert corrected_words(segment, (PartView.of(segment),), SearchQuery(words="foxglov")) is None


def test_an_excerpt_marks_the_typed_words() -> None:
    runs = excerpt("We give food to everybody. " * 20 + "The pantry opens at nine.", "pantries")
    assert ("pantry", True) in runs
    assert runs[0] == ("… ", False)
    assert len("".join(text for text, _ in runs)) < 260
