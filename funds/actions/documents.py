"""Papers: photos and files, several at once; affidavits for lost receipts; receipts accepted; read with an event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID, uuid4

from audit import actions as trail
from audit.rules import EventKind
from care import vault
from core import uploads
from core.clock import local_day, now_utc
from core.db import current_config, db, rerun, transaction
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Sentence
from core.identity import Identity, Permission
from core.uploads import CleanFile
from core.uploads.kinds import Kind
from funds import queries, receipts, rules
from funds.actions import stepping
from funds.actions.contents import MOST_CENTS
from funds.actions.opening import READ_THE_WORDS, OpenedRequest
from funds.actions.stepping import Step, begin, finish
from funds.models import DOCUMENT_KINDS, Document, Payee, ReceiptAllocation
from funds.posting import OTHER_PAYLOAD
from funds.queries import papers, payments
from funds.states import PAYER, Action

MOST_PAPERS: Final = 10
PAYER_READS: Final = ("invoice", "bill", "w9")  # who pays sees what is to be paid, not the person's other papers


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper that is sent: the file, and what it says. `explained`: why it is not the one that it looks like."""

    id: UUID
    data: bytes
    kind: str = "receipt"
    vendor: str = ""
    dated_on: date | None = None
    total_cents: int | None = None
    explained: str = ""


@rerun
def add_documents(
    identity: Identity, *, request_id: UUID, papers_sent: Sequence[Paper], key: str, now: datetime | None = None
) -> list[Sentence]:
    """Add papers to a request; answers warnings about papers of the same vendor, day and amount.

    Raises InvalidInput for a file that is not taken, and on `explained` for the very same file that was sent before.
    Needs no version of the request: papers reset nothing.
    """
    now = now or now_utc()
    if not 0 < len(papers_sent) <= MOST_PAPERS:
        raise InvalidInput("files", Sentence("Choose from 1 to %(most)s files.", most=MOST_PAPERS))
    for paper in papers_sent:
        _check_paper(paper, now)
    cleaned = [uploads.clean(paper.data, field="files") for paper in papers_sent]
    with transaction():
        step = begin(
            identity,
            request_id=request_id,
            action=Action.ADD_DOCUMENT,
            row_version=None,
            key=key,
            payload={
                "papers": repr(
                    [
                        (str(each.id), clean.sha256_of_original, each.kind, each.vendor, each.total_cents)
                        for each, clean in zip(papers_sent, cleaned, strict=True)
                    ]
                )
            },
            now=now,
        )
        if step.is_repeat:
            return []
        warnings: list[Sentence] = []
        rows = [_add(step, paper, clean) for paper, clean in zip(papers_sent, cleaned, strict=True)]
        for row in rows:
            warnings += _warnings(row)
        finish(step, documents=[str(row.id) for row in rows], kinds=[row.kind for row in rows])
    return warnings


@rerun
def sign_affidavit(
    identity: Identity,
    *,
    request_id: UUID,
    document_id: UUID,
    vendor: str,
    dated_on: date,
    cents: int,
    words: str,
    key: str,
    now: datetime | None = None,
) -> None:
    """Declare, as who held the money, what was bought and why there is no receipt; a second person signs after."""
    now = now or now_utc()
    if not 0 < cents <= MOST_CENTS:
        raise InvalidInput("cents", Sentence("Write the amount."))
    if not words.strip():
        raise InvalidInput("words", Sentence("Write what was bought, where, and how the receipt was lost."))
    if dated_on > local_day(now, current_config().timezone):
        raise InvalidInput("dated_on", Sentence("Write the day of the purchase; that is today or earlier."))
    with transaction():
        step = begin(
            identity,
            request_id=request_id,
            action=Action.ADD_DOCUMENT,
            row_version=None,
            key=key,
            payload={"affidavit": document_id, "cents": cents, "words": words, "vendor": vendor, "on": dated_on},
            now=now,
        )
        if step.is_repeat:
            return
        db.session.add(
            Document(
                id=document_id,
                enrollee_id=step.request.enrollee_id,
                fund_request_id=request_id,
                kind="affidavit",
                media_type="text/plain",
                size_bytes=0,
                sha256=uuid4().hex,  # it has no file that could be sent twice
                vendor=vendor.strip() or None,
                dated_on=dated_on,
                total_cents=cents,
                added_by=identity.user_id,
                added_at=now,
                sealed=stepping.seal(step.enrollee, "document", document_id, {"words": words.strip()}),
            )
        )
        db.session.flush()
        finish(step, cents=cents, documents=[str(document_id)], kinds=["affidavit"])


@rerun
def countersign_affidavit(identity: Identity, *, document_id: UUID, now: datetime | None = None) -> None:
    """Sign somebody's affidavit: the supervisor, and from the third in 12 months the director."""
    now = now or now_utc()
    with transaction():
        document = papers.get_document(identity, document_id, now)
        if document.fund_request_id is None or document.kind != "affidavit":
            raise NotFound
        request = queries.lock_request(identity, document.fund_request_id, now)
        db.session.refresh(document)
        if document.second_signer_id is not None and document.second_signer_id == identity.user_id:
            return
        today = local_day(now, current_config().timezone)
        stepping.require(
            rules.decide_countersign(
                actor_id=identity.user_id,
                holder_id=document.added_by,
                roles=queries.roles_on(identity, request.enrollee_id, now),
                earlier=papers.count_affidavits(document.added_by, today, but=document_id),
                is_signed=document.second_signer_id is not None,
            )
        )
        document.second_signer_id, document.second_signed_at = identity.user_id, now
        db.session.flush()
        trail.record(
            EventKind.FUND_DOCUMENT_SIGNED,
            identity,
            now=now,
            subject_type="fund_request",
            subject_id=request.id,
            details={"number": request.number, "document": str(document_id)},
        )


@rerun
def accept_receipt(
    identity: Identity,
    *,
    document_id: UUID,
    row_version: int,
    cents: int,
    key: str,
    voucher_id: UUID | None = None,
    advance_id: UUID | None = None,
    now: datetime | None = None,
) -> None:
    """Count so much of a paper for a voucher or an advance of its request; together never more than the paper says."""
    now = now or now_utc()
    if (voucher_id is None) == (advance_id is None):
        raise InvalidInput("target", Sentence("Choose the voucher or the advance."))
    with transaction():
        document = papers.get_document(identity, document_id, now)
        if document.fund_request_id is None:
            raise NotFound
        step = begin(
            identity,
            request_id=document.fund_request_id,
            action=Action.ACCEPT_RECEIPT,
            row_version=row_version,
            key=key,
            payload={
                "document": document_id,
                "cents": cents,
                "voucher": voucher_id or "",
                "advance": advance_id or "",
            },
            now=now,
        )
        if step.is_repeat:
            return
        db.session.refresh(document)
        target = payments.target_of(step.request.id, voucher_id=voucher_id, advance_id=advance_id)[3]
        decision = rules.decide_receipt(
            kind=document.kind,
            total_cents=document.total_cents,
            used_cents=payments.allocated_cents(document_id),
            cents=cents,
            is_countersigned=document.second_signer_id is not None,
            status=target.status,
        )
        if not decision.allowed:
            raise InvalidInput("cents", decision.reasons[0])
        if document.added_by == identity.user_id:
            raise NotAllowed(Sentence("You added this paper, so somebody else must accept it."))
        db.session.add(
            ReceiptAllocation(
                document_id=document_id,
                voucher_id=voucher_id,
                advance_id=advance_id,
                cents=cents,
                accepted_by=identity.user_id,
                accepted_at=now,
            )
        )
        db.session.flush()
        finish(step, cents=cents, document=str(document_id), target=str(voucher_id or advance_id))


@rerun
def add_payee_document(
    identity: Identity, *, payee_id: UUID, document_id: UUID, data: bytes, now: datetime | None = None
) -> UUID:
    """Keep a payee's signed W-9. Same id twice: one paper."""
    now = now or now_utc()
    if not identity.may(Permission.KEEP_PAYEES):
        raise NotAllowed(Sentence("Your role does not allow this."))
    clean = uploads.clean(data, field="document")
    with transaction() as session:
        if session.get(Payee, payee_id) is None:
            raise NotFound
        there = session.get(Document, document_id)
        if there is not None:
            if there.payee_id != payee_id or there.sha256 != clean.sha256_of_original:
                raise Conflict(OTHER_PAYLOAD)
            return document_id
        session.add(
            Document(
                id=document_id,
                payee_id=payee_id,
                kind="w9",
                media_type=clean.kind.media_type,
                size_bytes=len(clean.data),
                sha256=clean.sha256_of_original,
                file_key=receipts.keep(clean.data, document_id=document_id, enrollee=None),
                added_by=identity.user_id,
                added_at=now,
            )
        )
        session.flush()
        trail.record(
            EventKind.PAYEE_CHANGED,
            identity,
            now=now,
            subject_type="payee",
            subject_id=payee_id,
            details={"fields": ["document"], "document": str(document_id), "sha256": clean.sha256_of_original},
        )
    return document_id


def open_document(
    identity: Identity, *, document_id: UUID, now: datetime | None = None
) -> tuple[Document, bytes, Kind]:
    """A paper's file for who may read it; the event is committed before the bytes are. Raises NotFound."""
    now = now or now_utc()
    document = papers.get_document(identity, document_id, now)
    if document.enrollee_id is not None and not may_read(identity, document, now):
        raise NotFound
    with transaction():
        trail.record(
            EventKind.FUND_DOCUMENT_OPENED,
            identity,
            now=now,
            subject_type="fund_request" if document.fund_request_id else "payee",
            subject_id=document.fund_request_id or document.payee_id,
            details={
                "document": str(document_id),
                "kind": document.kind,
                "enrollee": str(document.enrollee_id) if document.enrollee_id else None,
            },
        )
    document = papers.get_document(identity, document_id, now)
    enrollee = stepping.get_enrollee(document.enrollee_id) if document.enrollee_id else None
    data, kind = receipts.read(document, enrollee=enrollee)
    return document, data, kind


def words_of(opened: OpenedRequest, document: Document) -> dict[str, str]:
    """What an affidavit says, on a page of a request that was opened with an event, for who reads its words."""
    if document.fund_request_id != opened.request.id or not opened.reads_words:
        return {}
    return dict(vault.open_fields([document])[document.id])


def may_read(identity: Identity, document: Document, now: datetime) -> bool:
    """Whether somebody may open a paper of a request: who reads its words, and who pays the papers that say what."""
    if document.enrollee_id is None:
        return True
    roles = queries.roles_on(identity, document.enrollee_id, now)
    return bool(roles & READ_THE_WORDS) or (PAYER in roles and document.kind in PAYER_READS)


def _add(step: Step, paper: Paper, clean: CleanFile) -> Document:
    same = papers.find_same_file(clean.sha256_of_original, but=paper.id)
    if same is not None and not paper.explained.strip():
        raise InvalidInput(
            "explained",
            Sentence(
                "The very same file was sent on %(day)s already. If it belongs here too, write why.",
                day=local_day(same.added_at, current_config().timezone),
            ),
        )
    row = Document(
        id=paper.id,
        enrollee_id=step.request.enrollee_id,
        fund_request_id=step.request.id,
        kind=paper.kind,
        media_type=clean.kind.media_type,
        size_bytes=len(clean.data),
        sha256=clean.sha256_of_original,
        file_key=receipts.keep(clean.data, document_id=paper.id, enrollee=step.enrollee),
        vendor=" ".join(paper.vendor.split()) or None,
        dated_on=paper.dated_on,
        total_cents=paper.total_cents,
        explained=paper.explained.strip() or None,
        added_by=step.identity.user_id,
        added_at=step.now,
    )
    db.session.add(row)
    db.session.flush()
    return row


def _warnings(row: Document) -> list[Sentence]:
    if not papers.list_alike(row):
        return []
    return [
        Sentence("A paper of the same vendor, day and amount is there already. Look whether this is another purchase.")
    ]


def _check_paper(paper: Paper, now: datetime) -> None:
    if paper.kind not in DOCUMENT_KINDS or paper.kind == "affidavit":
        raise InvalidInput("kind", Sentence("Choose what kind of paper this is."))
    if paper.total_cents is not None and not 0 <= paper.total_cents <= MOST_CENTS:
        raise InvalidInput("total", Sentence("This amount is too large."))
    if paper.dated_on is not None and paper.dated_on > local_day(now, current_config().timezone):
        raise InvalidInput("dated_on", Sentence("The day on the paper is today or earlier."))
