"""The tables of HSDS 3.1 with their columns, kinds and links, and the file names they go by; no database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its kind (text, url, email, int, number, date, time, datetime) or the table it links to."""

    name: str
    kind: str = "text"
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One HSDS table: its columns in the order of the descriptor, and the columns that make a row worth keeping."""

    name: str
    columns: dict[str, Column]

    @property
    def links(self) -> dict[str, str]:
        """Link column → table it points to."""
        return {column.name: column.link for column in self.columns.values() if column.link}


# One line a table: "name:kind" and "name>table" (a link). Source: the HSDS 3.1.1 schemas, in their order.
_COLUMNS: Final[dict[str, str]] = {
    "taxonomy": "id name description uri:url version",
    "taxonomy_term": "id code name description parent_id>taxonomy_term taxonomy language taxonomy_id>taxonomy "
    "term_uri:url",
    "organization": "id name alternate_name description email:email website:url tax_status tax_id "
    "year_incorporated:int legal_status logo:url uri:url parent_organization_id>organization",
    "organization_identifier": "id organization_id>organization identifier_scheme identifier_type identifier",
    "program": "id organization_id>organization name alternate_name description",
    "service": "id organization_id>organization program_id>program name alternate_name description url:url email:email "
    "status interpretation_services application_process fees_description wait_time fees accreditations "
    "eligibility_description minimum_age:age maximum_age:age assured_date:date assurer_email:email licenses alert "
    "last_modified:datetime",
    "location": "id location_type url:url organization_id>organization name alternate_name description transportation "
    "latitude:number longitude:number external_identifier external_identifier_type",
    "service_at_location": "id service_id>service location_id>location description",
    "contact": "id organization_id>organization service_id>service service_at_location_id>service_at_location "
    "location_id>location name title department email:email",
    "phone": "id location_id>location service_id>service organization_id>organization contact_id>contact "
    "service_at_location_id>service_at_location number extension type description",
    "address": "id location_id>location attention address_1 address_2 city region state_province postal_code country "
    "address_type",
    "schedule": "id service_id>service location_id>location service_at_location_id>service_at_location "
    "valid_from:date valid_to:date dtstart:date timezone:number until:date count:int wkst freq interval:int byday "
    "byweekno bymonthday byyearday description opens_at:time closes_at:time schedule_link:url attending_type notes",
    "funding": "id organization_id>organization service_id>service source",
    "service_area": "id service_id>service service_at_location_id>service_at_location name description extent "
    "extent_type uri:url",
    "required_document": "id service_id>service document uri:url",
    "language": "id service_id>service location_id>location phone_id>phone name code note",
    "accessibility": "id location_id>location description details url:url",
    "cost_option": "id service_id>service valid_from:date valid_to:date option currency amount:number "
    "amount_description",
    "unit": "id name scheme identifier uri:url",
    "service_capacity": "id service_id>service unit_id>unit available:number maximum:number description "
    "updated:datetime",
    "url": "id label url:url organization_id>organization service_id>service",
    "attribute": "id link_id taxonomy_term_id>taxonomy_term link_type link_entity value label",
    "metadata": "id resource_id resource_type last_action_date:date last_action_type field_name previous_value "
    "replacement_value updated_by",
    "meta_table_description": "id name language character_set",
}


def _table(name: str, line: str) -> Table:
    """Read one line of `_COLUMNS`."""
    columns: dict[str, Column] = {}
    for word in line.split():
        if ">" in word:
            column, target = word.split(">")
            columns[column] = Column(column, "link", target)
        else:
            column, _, kind = word.partition(":")
            columns[column] = Column(column, kind or "text")
    return Table(name, columns)


TABLES: Final[dict[str, Table]] = {name: _table(name, line) for name, line in _COLUMNS.items()}

# What says nothing without one of these is an empty row.
CONTENT: Final[dict[str, tuple[str, ...]]] = {
    "organization": ("name",),
    "service": ("name",),
    "location": ("name", "alternate_name", "description", "url", "latitude", "external_identifier"),
    "phone": ("number",),
    "language": ("name", "code"),
    "required_document": ("document",),
    "funding": ("source",),
    "taxonomy_term": ("name",),
    "url": ("url",),
    "address": ("address_1", "address_2", "city", "region", "state_province", "postal_code"),
    "accessibility": ("description", "details", "url"),
    "contact": ("name", "title", "department", "email"),
    "service_area": ("name", "description", "extent", "uri"),
    "cost_option": ("option", "amount", "amount_description"),
    "attribute": ("taxonomy_term_id",),
    "program": ("name",),
    "service_capacity": ("available", "maximum", "description"),
}

# What belongs to something else and says nothing alone: at least one of these links must hold.
OWNERS: Final[dict[str, tuple[str, ...]]] = {
    "organization_identifier": ("organization_id",),
    "service_at_location": ("service_id", "location_id"),
    "contact": ("organization_id", "service_id", "service_at_location_id", "location_id"),
    "phone": ("location_id", "service_id", "organization_id", "contact_id", "service_at_location_id"),
    "address": ("location_id",),
    "schedule": ("service_id", "location_id", "service_at_location_id"),
    "funding": ("organization_id", "service_id"),
    "service_area": ("service_id", "service_at_location_id"),
    "required_document": ("service_id",),
    "language": ("service_id", "location_id", "phone_id"),
    "accessibility": ("location_id",),
    "cost_option": ("service_id",),
    "service_capacity": ("service_id",),
    "url": ("organization_id", "service_id"),
    "attribute": ("link_id",),
}
ALL_OWNERS: Final = frozenset({"service_at_location"})  # tables that need every one of their owners
EXTRA_NEEDS: Final[dict[str, tuple[str, ...]]] = {"attribute": ("taxonomy_term_id",), "service_capacity": ("unit_id",)}
MAIN_TABLES: Final = ("organization", "service", "location")

# In the order in which they can be written: a table comes after those it links to.
WRITE_ORDER: Final[tuple[str, ...]] = tuple(TABLES)

# File names (without ending) of HSDS 3.x, its UK profile and the versions before → table.
FILE_TABLES: Final[dict[str, str]] = {
    **{name: name for name in TABLES},
    **{name + "s": name for name in TABLES},
    "addresses": "address",
    "taxonomies": "taxonomy",
    "service_capacities": "service_capacity",
    "accessibilities": "accessibility",
    "services_at_location": "service_at_location",
    "services_at_locations": "service_at_location",
    "fundings": "funding",
    "metadata": "metadata",
}
