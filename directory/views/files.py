"""A listing as files for other programs: vCard for contacts, iCalendar for a visit."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask_babel import gettext
from icalendar import Calendar, Event

from directory.queries import Listing
from directory.views.cards import Moment, address_text, main_phone, open_status, safe_address

SLOT: Final = timedelta(hours=1)  # a reminder to go there, not the length of a visit


def contact_card_text(listing: Listing) -> str:
    """vCard 3.0 of the provider: name, organization, phones, address, page."""
    site = listing.sites[0]
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"FN:{_plain(listing.name)}", f"N:{_plain(listing.name)};;;;"]
    lines.append(f"ORG:{_plain(listing.organization)}")
    for line in site.phones:
        if line.number:
            extension = f";ext={line.extension}" if line.extension else ""
            lines.append(f"TEL;TYPE={'FAX' if line.type == 'fax' else 'WORK,VOICE'}:{_plain(line.number)}{extension}")
    if listing.email:
        lines.append(f"EMAIL;TYPE=WORK:{_plain(listing.email)}")
    if address := address_text(site):
        lines.append(f"ADR;TYPE=WORK:;;{_plain(address)};;;;")
    if url := safe_address(listing.url):
        lines.append(f"URL:{_plain(url)}")
    return "\r\n".join([*lines, "END:VCARD", ""])


def calendar_text(listing: Listing, moment: Moment) -> str | None:
    """An hour from the next opening, with place and phone. None when it is open now or nobody knows the hours."""
    site = listing.sites[0]
    hours = open_status(site, moment)
    starts = hours.opens_next if hours.state == "closed" else None
    if starts is None:
        return None
    event = Event()
    event.add("uid", f"{listing.service_id}-{starts:%Y%m%dT%H%M}@goldthread")
    event.add("dtstamp", moment.now)
    event.add("dtstart", starts)
    event.add("dtend", starts + SLOT)
    event.add("summary", listing.name)
    if address := address_text(site):
        event.add("location", address)
    phone = main_phone(site)
    event.add("description", gettext("Call before you go.") + (f" {phone.number}" if phone else ""))
    calendar = Calendar()
    calendar.add("prodid", "-//Goldthread//directory//EN")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return calendar.to_ical().decode("utf-8")


def _plain(text: str) -> str:
    """A value without line breaks, its separators escaped (RFC 6350, 3.4)."""
    line = " ".join(text.split())
    return line.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;")
