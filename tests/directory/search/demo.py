"""The demo directory as documents of the index, loaded through the actions into a database of its own."""

from __future__ import annotations

from pathlib import Path

from flask_migrate import upgrade

from app import create_app
from core.config import Config
from core.db import db
from core.identity import system_identity
from directory import queries
from directory.actions.source_records import add_source_records
from directory.facets import Visibility
from directory.search.documents import DatabaseSource
from directory.search.listing import ListingDocument
from seeds.build import REFERENCE, build


def demo_documents(folder: Path) -> tuple[list[ListingDocument], dict[str, frozenset[str]]]:
    """The public documents, and each service's term codes."""
    url = f"sqlite:///{folder / 'demo.db'}"
    app = create_app(Config.for_tests(data_dir=folder, database_url=url))
    with app.app_context():
        upgrade()
        rows = build(REFERENCE)
        add_source_records(
            system_identity("demo data"), source_name="Demo data", licence="Apache-2.0", credit="Invented.", rows=rows
        )
        documents = [one for one in DatabaseSource().all_documents() if one.visibility == Visibility.PUBLIC]
        ids = queries.list_public_services(after=None, limit=10_000)
        listings = [
            one
            for at in range(0, len(ids), 200)
            for one in queries.list_listings(ids[at : at + 200], Visibility.PUBLIC)
        ]
        codes = {str(one.service_id): frozenset(term.code or "" for term in one.terms) for one in listings}
        db.session.remove()
        db.engine.dispose()
    return documents, codes
