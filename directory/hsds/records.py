"""What an import passes along: records, changes with their reasons, feeds and plans; it reads and writes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from core.errors import Sentence

CODES: Final[dict[str, Sentence]] = {
    "trimmed": Sentence("Spaces around the value were removed."),
    "null_word": Sentence("The word stands for an empty cell."),
    "markup_removed": Sentence("Markup was turned into plain text."),
    "text_too_long": Sentence("The text was longer than a page can show; the rest was cut."),
    "extra_cell": Sentence("The row has more cells than the file has headings; the cell was kept beside the record."),
    "row_realigned": Sentence("A value was cut over several cells; the cells were joined and the row moved back."),
    "unknown_column": Sentence("No HSDS column has this name; the values were kept beside their records."),
    "word_read": Sentence("The word was written as HSDS has it."),
    "column_left_out": Sentence("The mapping leaves this column out: it says nothing about the services."),
    "file_not_read": Sentence("The directory has no table for this file; it was left alone."),
    "not_a_number": Sentence("This is not a number."),
    "not_a_date": Sentence("This is not a date that could be read."),
    "date_read": Sentence("The date was written as year-month-day."),
    "not_a_time": Sentence("This is not a clock time; the words are shown as they are."),
    "time_read": Sentence("The time was written as hours and minutes."),
    "hours_as_text": Sentence("The hours could not be understood; the words are shown as they are."),
    "hours_read": Sentence("The words were turned into opening hours."),
    "hours_empty": Sentence("The row names a day but no times; it says nothing about opening."),
    "not_an_email": Sentence("This is not an e-mail address."),
    "not_a_url": Sentence("This is not a web address."),
    "url_completed": Sentence("The web address was completed with https."),
    "age_no_limit": Sentence("An age this high or low means no limit."),
    "age_as_text": Sentence("This is not an age; the words went to the eligibility text."),
    "age_read": Sentence("The words were turned into ages."),
    "phone_split": Sentence("The cell holds several phones; each became its own."),
    "phone_read": Sentence("The phone was written in the usual way."),
    "phone_words": Sentence("Words beside the number went to the phone's description."),
    "phone_not_understood": Sentence("This is no complete phone number; it is shown as it is."),
    "extension_found": Sentence("The extension was taken out of the number."),
    "extension_as_text": Sentence("An extension that is no plain number went to the phone's description."),
    "phone_type_unknown": Sentence("This is no kind of phone; it went to the phone's description."),
    "zip_restored": Sentence("The ZIP lost its leading zero; it was put back."),
    "zip_cleaned": Sentence("Signs that belong to no ZIP were removed."),
    "zip_not_understood": Sentence("This is not a ZIP; it was kept as text."),
    "state_read": Sentence("The state was written as two letters."),
    "address_split": Sentence("The address was one text; it was taken apart."),
    "address_as_text": Sentence("This is not an address; the words went to the place's description."),
    "address_type_missing": Sentence("The kind of address is not stated; it is taken as a physical one."),
    "status_read": Sentence("The status was written in HSDS words."),
    "status_unknown": Sentence("This is no HSDS status; the service counts as inactive until someone looks."),
    "status_missing": Sentence("No status is stated; the service counts as active."),
    "point_off_earth": Sentence("The point is not on the earth, or is zero; it was left out."),
    "point_half": Sentence("Only one of latitude and longitude is given; it was left out."),
    "point_far": Sentence("The point lies far from its own address; it was left out until someone looks."),
    "point_read": Sentence("The point was written as plain degrees of latitude and longitude."),
    "point_turned": Sentence("Latitude and longitude had changed places, or lost a sign; turned, the point fits."),
    "place_withheld": Sentence("The place is confidential: this field was left out and is stored nowhere."),
    "place_tombstoned": Sentence("The place was made secret here: this field was left out and is stored nowhere."),
    "place_still_secret": Sentence("The place is secret here: this field was left out and is stored nowhere."),
    "not_published": Sentence("The feed says not to publish; only coordinators see it."),
    "not_referred": Sentence("The feed says not to refer; only coordinators see it."),
    "inactive": Sentence("The service is not active; the public does not see it."),
    "status_not_confirmed": Sentence("Not active in the feed; it is shown, marked status not confirmed."),
    "merged_cell": Sentence("The cell is merged over several rows; it was read as standing in each of them."),
    "title_row": Sentence("The row stands above the headings; it was read as a title."),
    "sheet_hidden": Sentence("The sheet is hidden in its workbook; it was not read. Show it there to import it."),
    "empty_row": Sentence("The row says nothing."),
    "duplicate_row": Sentence("The row is there twice; it was read once."),
    "id_repeated": Sentence("One id stands on several rows; each got its own from what it links to."),
    "id_conflict": Sentence("This id is already used by an earlier row that says something else; the row was refused."),
    "id_taken": Sentence("Another source has a record of this id; this one got its own."),
    "link_missing": Sentence("The row it links to is not in the feed; the link was left out."),
    "link_several": Sentence("The cell links to several rows where one can stand; the first was taken."),
    "link_exploded": Sentence("The cell links to several rows; one record was made for each."),
    "no_owner": Sentence("Nothing that this row belongs to is in the feed; the row was refused."),
    "no_organization": Sentence("Its organization is not in the feed; the service waits, hidden, for a steward."),
    "name_missing": Sentence("A record without a name cannot be found; the row was refused."),
    "organization_from_place": Sentence("The place names no organization; it counts as its own."),
    "zip_centre": Sentence("No usable point is given; the middle of its ZIP stands for the place, and says so."),
    "country_filled": Sentence("The country is not named; a state and a ZIP of the United States are."),
    "language_split": Sentence("The cell names several languages; each became its own."),
    "language_read": Sentence("The language got its code."),
    "area_read": Sentence("The area served was understood."),
    "area_as_text": Sentence("The area served could not be understood; the words are shown as they are."),
    "value_conflict": Sentence("The same record says two things in one feed; the first was kept."),
    "suggested": Sentence("Changed here and in the feed: yours stays, the feed's waits as a suggestion."),
    "retired": Sentence("It is no longer in the feed; it was retired, not deleted."),
    "returned": Sentence("It is in the feed again; it is no longer retired."),
}
REFUSING: Final = frozenset({"empty_row", "id_conflict", "no_owner", "name_missing", "hours_empty"})
SHELVED: Final = frozenset({"duplicate_row"})


@dataclass(slots=True)
class Change:
    """One value that was changed, dropped or refused on the way in, and why."""

    file: str
    row: int
    field: str
    old: str | None
    new: str | None
    code: str
    table: str = ""

    @property
    def sentence(self) -> Sentence:
        """The reason in words."""
        return CODES[self.code]

    def as_dict(self) -> dict[str, Any]:
        """For the JSON report."""
        return {
            "file": self.file,
            "row": self.row,
            "table": self.table,
            "field": self.field,
            "old": self.old,
            "new": self.new,
            "code": self.code,
            "sentence": str(self.sentence),
        }


@dataclass(slots=True)
class Record:
    """One record on its way in. `links` name other records by the ids of the feed; `extra` holds unknown columns.

    `ref` is unique within its table and feed; `original_id` is empty where the feed gives none.
    """

    table: str
    ref: str
    original_id: str
    values: dict[str, Any]
    links: dict[str, str]
    extra: dict[str, Any]
    file: str
    row: int
    flags: set[str] = field(default_factory=set)
    pointer: str = ""
    parents: dict[str, Record] = field(default_factory=dict)

    def text(self, *columns: str) -> str:
        """The named columns as one text."""
        return " ".join(str(self.values[column]) for column in columns if self.values.get(column))


@dataclass(slots=True)
class Feed:
    """A feed as read: records by table, what was changed on the way, what kind of feed it is."""

    name: str
    dialect: str
    records: dict[str, list[Record]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    merged: Counter[str] = field(default_factory=Counter)
    licence: str = ""
    credit: str = ""
    encoding: dict[str, str] = field(default_factory=dict)
    pages: tuple[int, int] = (0, 0)

    @property
    def is_part(self) -> bool:
        """Whether an API said that there are more pages than came: what is not here is then not gone."""
        return self.pages[0] < self.pages[1]

    def all(self) -> Iterator[Record]:
        """Every record, table by table."""
        for records in self.records.values():
            yield from records

    def of(self, table: str) -> list[Record]:
        """The records of one table; a list that may be changed."""
        return self.records.setdefault(table, [])

    def note(self, record: Record, column: str, old: object, new: object, code: str) -> None:
        """Write down one change of one record."""
        where = f"{record.pointer}/{column}" if record.pointer else column
        self.changes.append(Change(record.file, record.row, where, _shown(old), _shown(new), code, record.table))

    def refuse(self, record: Record, code: str, column: str = "", old: object = None) -> None:
        """Count a record as refused and say why."""
        (self.merged if code in SHELVED else self.refused)[record.table] += 1
        self.note(record, column, old, None, code)


def _shown(value: object) -> str | None:
    """A value as the report prints it, short enough to read."""
    if value is None:
        return None
    text = str(value)
    return text if len(text) <= 500 else text[:497] + "…"


@dataclass(slots=True)
class Write:
    """One record to write: a new one with all its columns, or a known one with the columns that change.

    `received` is what the source sent, as JSON; `before` what the changed columns held; `suggestions` what the feed
    would change over a local edit, as column → (ours, theirs).
    """

    table: str
    record_id: UUID
    original_id: str
    values: dict[str, Any]
    received: str
    received_hash: str
    is_new: bool
    before: dict[str, Any] = field(default_factory=dict)
    suggestions: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    source_record_id: UUID | None = None
    service_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Retirement:
    """One record that the feed no longer has: hidden when it is a listing, else taken away with its words kept."""

    table: str
    record_id: UUID
    source_record_id: UUID
    is_listing: bool
    held: Mapping[str, Any]


@dataclass(slots=True)
class TableCount:
    """The line of one table in the report."""

    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    retired: int = 0
    refused: int = 0
    merged: int = 0

    def as_dict(self) -> dict[str, int]:
        """For the JSON report."""
        return {
            "read": self.read,
            "added": self.added,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "retired": self.retired,
            "refused": self.refused,
            "merged": self.merged,
        }


@dataclass(slots=True)
class Plan:
    """What an import would do: the writes in order, what retires, the counts and the sentences to show.

    `notices` are told and the import goes on; `stops` must be answered first. `mark` is the directory's state when it
    was compared: the action refuses when it has moved on. `secret_locations` have just become secret;
    `tombstones` are keyed hashes of addresses that the feed calls secret and that are not known yet.
    """

    source: str
    dialect: str
    licence: str = ""
    credit: str = ""
    writes: list[Write] = field(default_factory=list)
    retirements: list[Retirement] = field(default_factory=list)
    counts: dict[str, TableCount] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    figures: dict[str, int] = field(default_factory=dict)
    notices: list[Sentence] = field(default_factory=list)
    stops: list[Sentence] = field(default_factory=list)
    assured: dict[UUID, Any] = field(default_factory=dict)
    secret_locations: set[UUID] = field(default_factory=set)
    tombstones: set[str] = field(default_factory=set)
    mark: int = 0

    @property
    def changes_nothing(self) -> bool:
        """True when there is nothing to write: the same feed again."""
        return not self.writes and not self.retirements and not self.tombstones


def append_words(record: Record, column: str, words: str) -> None:
    """Add words to a text column, once."""
    have = record.values.get(column)
    if not have:
        record.values[column] = words
    elif words not in have:
        record.values[column] = f"{have}\n{words}"


def sibling(record: Record, number: int) -> Record:
    """A further record that one row makes."""
    original = f"{record.original_id}/{number}" if record.original_id else ""
    return Record(
        record.table, f"{record.ref}/{number}", original, dict(record.values), dict(record.links), {}, record.file,
        record.row, set(record.flags), record.pointer,
    )  # fmt: skip
