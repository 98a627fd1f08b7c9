"""The files of papers: sealed under the person's key and again by `core.files`, and read back; no row is written."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from care import vault
from core import files
from core.errors import NotFound
from core.uploads.kinds import Kind
from funds.models import Document

KINDS = {kind.media_type: kind for kind in Kind}


def keep(data: bytes, *, document_id: UUID, enrollee: Any | None) -> str:
    """Store a clean file and answer its key. Call it inside the transaction that keeps the row."""
    bound_to = _bound(document_id)
    if enrollee is not None:
        data = vault.seal_file(enrollee, data, bound_to=bound_to)
    return files.store(data, bound_to=bound_to)


def read(document: Document, *, enrollee: Any | None) -> tuple[bytes, Kind]:
    """A paper's file and what it is. Raises NotFound for a paper without one, CannotOpen once the key is destroyed."""
    if document.file_key is None:
        raise NotFound
    bound_to = _bound(document.id)
    data = files.read(document.file_key, bound_to=bound_to)
    if enrollee is not None:
        data = vault.open_file(enrollee, data, bound_to=bound_to)
    return data, KINDS[document.media_type]


def _bound(document_id: UUID) -> str:
    return f"document|file_key|{document_id}"
