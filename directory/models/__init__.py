"""The directory's tables: the objects of HSDS 3.1 with their names and columns, and ours beside them.

HSDS: https://docs.openreferral.org/en/3.1.1/. Unknown is NULL, never "no".
"""

from directory.models.agreement import Agreement, AgreementService, AgreementVersion
from directory.models.contact import Contact, Language, Phone, Schedule
from directory.models.feed import GeocodeAnswer, ImportRun, Source, SourceRecord, Tombstone
from directory.models.organization import Funding, Organization, OrganizationIdentifier, Program, Url
from directory.models.place import Accessibility, Address, Location, ServiceAtLocation
from directory.models.service import (
    CostOption,
    HousingOffer,
    RequiredDocument,
    Requirement,
    Service,
    ServiceArea,
    ServiceCapacity,
    Unit,
)
from directory.models.stewardship import (
    ClosingDay,
    ListingChange,
    Metadata,
    MetaTableDescription,
    Suggestion,
    Verification,
)
from directory.models.taxonomy import Attribute, Taxonomy, TaxonomyTerm

HSDS_TABLES = {
    model.__tablename__: model
    for model in (
        Organization,
        Program,
        Service,
        ServiceAtLocation,
        Location,
        Address,
        Phone,
        Contact,
        Schedule,
        ServiceArea,
        Language,
        Accessibility,
        CostOption,
        RequiredDocument,
        Funding,
        OrganizationIdentifier,
        Url,
        Unit,
        ServiceCapacity,
        Taxonomy,
        TaxonomyTerm,
        Attribute,
        Metadata,
        MetaTableDescription,
    )
}

__all__ = [
    "HSDS_TABLES",
    "Agreement",
    "AgreementService",
    "AgreementVersion",
    "Accessibility",
    "Address",
    "Attribute",
    "ClosingDay",
    "Contact",
    "CostOption",
    "Funding",
    "GeocodeAnswer",
    "HousingOffer",
    "ImportRun",
    "Language",
    "ListingChange",
    "Location",
    "MetaTableDescription",
    "Metadata",
    "Organization",
    "OrganizationIdentifier",
    "Phone",
    "Program",
    "RequiredDocument",
    "Requirement",
    "Schedule",
    "Service",
    "ServiceArea",
    "ServiceAtLocation",
    "ServiceCapacity",
    "Source",
    "SourceRecord",
    "Suggestion",
    "Taxonomy",
    "TaxonomyTerm",
    "Tombstone",
    "Unit",
    "Url",
    "Verification",
]
