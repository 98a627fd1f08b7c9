"""What can go wrong, in sentences that people are shown; no HTTP status and no page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


class Sentence:
    """An English sentence with named places, translated only when it is shown.

    `text` is the message id of the translation; `values` fill its %(name)s places. `str()` gives English.
    A value may itself be a Sentence.
    """

    __slots__ = ("text", "values")

    def __init__(self, text: str, **values: Any) -> None:
        self.text = text
        self.values: Mapping[str, Any] = values

    def __str__(self) -> str:
        return self.text % {key: str(value) for key, value in self.values.items()} if self.values else self.text

    def __repr__(self) -> str:
        return f"Sentence({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sentence) and (self.text, dict(self.values)) == (other.text, dict(other.values))

    def __hash__(self) -> int:
        return hash(str(self))


class Bilingual(Sentence):
    """A sentence that brings its own languages, such as a rule's message kept as data; `str()` gives English."""

    __slots__ = ("by_language",)

    def __init__(self, by_language: Mapping[str, str]) -> None:
        super().__init__(by_language["en"])
        self.by_language = by_language


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rule answers: allowed, or refused with the sentences to show."""

    reasons: tuple[Sentence, ...] = ()

    @property
    def allowed(self) -> bool:
        """True when nothing speaks against it."""
        return not self.reasons

    @classmethod
    def of(cls, reasons: Iterable[Sentence]) -> Decision:
        """A decision from the reasons found against it."""
        return cls(tuple(reasons))


class GoldthreadError(Exception):
    """Base of the errors that the application turns into pages or JSON."""


class NotFound(GoldthreadError):
    """There is no such thing, or it is not the asker's to see: the two are never told apart."""


class NotAllowed(GoldthreadError):
    """The thing exists and may be known, but this may not be done now. `reasons` say why and what would help."""

    def __init__(self, *reasons: Sentence) -> None:
        super().__init__(" ".join(str(reason) for reason in reasons))
        self.reasons = reasons


class InvalidInput(GoldthreadError):
    """One field of the input does not make sense. `sentence` says what would."""

    def __init__(self, field: str, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.field = field
        self.sentence = sentence


class Conflict(GoldthreadError):
    """Somebody else changed it first, or the same thing is there already."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


class Unavailable(GoldthreadError):
    """A part that is needed cannot serve now (the disk is full, the database is locked). Try again later."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence
