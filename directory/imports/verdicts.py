"""What an import says at its end: how many rows, what a steward must know, and when to stop and ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from core.errors import Sentence
from directory.hsds.records import Feed, Plan, Record
from directory.hsds.tables import MAIN_TABLES
from directory.imports.existing import Existing

FEW: Final = 20  # fewer rows than this come and go in any feed
STOP_SHARE: Final = 0.2  # of a source's services: losing more than this at once is rarely meant (directory.md rule 4)
REFUSED_SHARE: Final = 0.5  # of organizations, services and locations together: the feed is not what it seems


@dataclass(frozen=True, slots=True)
class Options:
    """How an import is meant: `partial` retires nothing, `strict` refuses all for one refused row, `show_inactive`
    shows services that the feed calls inactive, marked; `accept_losses` goes on where it would stop and ask.
    """

    partial: bool = False
    strict: bool = False
    show_inactive: bool = False
    accept_losses: bool = False


def is_hidden(values: Mapping[str, Any]) -> bool:
    return values.get("status", "active") in ("inactive", "defunct")


def judge(plan: Plan, feed: Feed, existing: Existing, options: Options) -> None:
    """Counts, notices and the reasons to stop and ask."""
    for table, count in plan.counts.items():
        count.refused, count.merged = feed.refused[table], feed.merged[table]
        count.read += count.refused + count.merged
    plan.counts = {table: count for table, count in plan.counts.items() if count.read or count.retired}
    plan.changes = feed.changes + plan.changes
    for name, encoding in feed.encoding.items():
        plan.notices.append(Sentence("%(name)s was read as %(encoding)s.", name=name, encoding=encoding))
    if feed.is_part:
        plan.notices.append(
            Sentence("The API says that it has %(all)s pages; %(here)s of them came. It was read as a part of the feed:"
                     " nothing was retired.", all=feed.pages[1], here=feed.pages[0])
        )  # fmt: skip
    services = feed.of("service")
    hidden = sum(1 for service in services if is_hidden(service.values))
    plan.figures["services_inactive"] = hidden
    plan.figures["services_waiting"] = sum(1 for service in services if "organization_id" not in service.parents)
    _judge_refusals(plan, feed, options)
    _judge_losses(plan, existing, options, services, hidden)
    _judge_parts(plan, existing, options)
    if plan.figures["services_waiting"]:
        plan.notices.append(
            Sentence("%(count)s services wait, hidden, for their organization.", count=plan.figures["services_waiting"])
        )
    if plan.figures.get("places_withheld"):
        plan.notices.append(
            Sentence("%(count)s places are confidential and were left out. Ask the provider what may be shown.",
                     count=plan.figures["places_withheld"])
        )  # fmt: skip


def _judge_refusals(plan: Plan, feed: Feed, options: Options) -> None:
    main = [plan.counts[table] for table in MAIN_TABLES if table in plan.counts]
    read, refused = sum(count.read for count in main), sum(count.refused for count in main)
    if read and refused > read * REFUSED_SHARE:
        plan.stops.append(
            Sentence("%(refused)s of %(read)s organizations, services and locations would be refused: the file is not"
                     " what it seems. Nothing was imported.", refused=refused, read=read)
        )  # fmt: skip
    every = sum(feed.refused.values())
    if options.strict and every:
        plan.stops.append(
            Sentence("%(count)s rows would be refused, and --strict allows none. Nothing was imported.", count=every)
        )


def _judge_parts(plan: Plan, existing: Existing, options: Options) -> None:
    """A feed that comes without its phones, say: more likely a missing file than a wish."""
    if options.accept_losses:
        return
    held: Counter[str] = Counter(table for table, _ in existing.records)
    gone: Counter[str] = Counter(
        one.table for one in plan.retirements if one.held.get("location_id") not in plan.secret_locations
    )
    for table, count in gone.items():
        lost = count - plan.counts[table].added  # a row without an id that changed goes and comes
        if table != "service" and lost >= FEW and lost > held[table] * STOP_SHARE:
            plan.stops.append(
                Sentence("%(lost)s of %(held)s rows of %(table)s are no longer in the feed: is a file missing? Nothing"
                         " was imported. If that is right, import again with --accept-losses; a part of a feed is"
                         " imported with --partial.", lost=lost, held=held[table], table=table)
            )  # fmt: skip


def _judge_losses(plan: Plan, existing: Existing, options: Options, services: list[Record], hidden: int) -> None:
    """Many services lost at once: stop and ask. A new source that is inactive is loaded, hidden, and said."""
    held = {known.record_id for (table, _), known in existing.records.items() if table == "service"}
    shown = held & existing.shown_services
    retired = {retirement.record_id for retirement in plan.retirements if retirement.table == "service"}
    newly_hidden = {
        write.record_id for write in plan.writes
        if write.table == "service" and not write.is_new and write.values.get("status") in ("inactive", "defunct")
    }  # fmt: skip
    lost = len(retired) + len((newly_hidden & shown) - retired) if not options.show_inactive else len(retired)
    if held and lost > len(held) * STOP_SHARE and not options.accept_losses:
        plan.stops.append(
            Sentence("%(lost)s of %(held)s services of this source would be retired or hidden. Nothing was imported. If"
                     " that is right, import again with --accept-losses; a part of a feed is imported with --partial;"
                     " services that the feed calls inactive can be shown with --show-inactive.",
                     lost=lost, held=len(held))
        )  # fmt: skip
    if hidden and hidden > len(services) * STOP_SHARE:
        words = (
            Sentence("%(hidden)s of %(all)s services are inactive in the feed. They are shown, marked: status not"
                     " confirmed.", hidden=f"{hidden:,}", all=f"{len(services):,}")
            if options.show_inactive
            else Sentence("%(hidden)s of %(all)s services are inactive in the feed: they are loaded, and hidden from"
                          " the public. If they are in fact open, import again with --show-inactive: they are then"
                          " shown, marked: status not confirmed.", hidden=f"{hidden:,}", all=f"{len(services):,}")
        )  # fmt: skip
        plan.notices.append(words)
