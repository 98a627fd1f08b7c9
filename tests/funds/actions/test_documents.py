"""Papers: kept sealed, known again, counted once; affidavits by two; a receipt covers no more than it says."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from care.models import Enrollee
from core import files
from core.crypto import CannotOpen
from core.db import db, transaction
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from funds.actions import documents
from funds.actions.documents import Paper
from funds.models import Document, ReceiptAllocation
from tests.builders import NOW
from tests.care.events import events_of
from tests.care.people import user_of
from tests.cast import MAX
from tests.funds.books import World, make_approved, make_submitted, version_of
from tests.funds.paying import key, make_paid, make_vouchered
from tests.funds.pictures import picture


def receipt(shade: int = 200, **values: Any) -> Paper:
    """A receipt over $180.00."""
    return Paper(
        **{
            "id": uuid4(),
            "data": picture(shade),
            "vendor": "Elm Street Furniture",
            "dated_on": date(2026, 11, 18),
            "total_cents": 18_000,
            **values,
        }
    )


def add(world: World, request_id: UUID, *sent: Paper, **values: Any) -> list[str]:
    """Add papers as Cal; the warnings in English."""
    return [
        str(each)
        for each in documents.add_documents(
            values.pop("who", world.cal),
            **{"request_id": request_id, "papers_sent": sent, "key": key(), "now": NOW, **values},
        )
    ]


def test_several_photos_are_kept_sealed_without_where_they_were_taken(world: World) -> None:
    request_id = make_submitted(world)
    before = version_of(request_id)
    first, second = receipt(), receipt(100, total_cents=1_000)
    assert add(world, request_id, first, second) == []
    rows = db.session.scalars(select(Document)).all()
    assert {row.id for row in rows} == {first.id, second.id}
    assert all(row.media_type == "image/jpeg" and row.enrollee_id == world.person.enrollee_id for row in rows)
    assert rows[0].file_key is not None
    on_disk = files.read(rows[0].file_key, bound_to=f"document|file_key|{rows[0].id}")
    assert not on_disk.startswith(b"\xff\xd8")  # sealed under the person's key, too
    db.session.rollback()
    _row, data, kind = documents.open_document(world.cal, document_id=first.id, now=NOW)
    assert data.startswith(b"\xff\xd8") and b"where it was taken" not in data
    assert kind.media_type == "image/jpeg"
    assert version_of(request_id) == before + 1
    event = events_of("fund_request:document_added")[0]
    assert event["kinds"] == ["receipt", "receipt"]
    assert events_of("fund_document:opened")[0]["document"] == str(first.id)


def test_with_the_persons_key_the_picture_is_gone(world: World) -> None:
    request_id, paper = make_submitted(world), receipt()
    add(world, request_id, paper)
    with transaction() as session:
        session.get(Enrollee, world.person.enrollee_id).data_key = None
    with pytest.raises(CannotOpen):
        documents.open_document(world.fay, document_id=paper.id, now=NOW)


def test_the_same_file_is_held_back_until_it_is_explained(world: World) -> None:
    request_id, other = make_submitted(world), make_submitted(world)
    add(world, request_id, receipt())
    with pytest.raises(InvalidInput, match="The very same file was sent on 2026-11-18 already") as refused:
        add(world, other, receipt())
    assert refused.value.field == "explained"
    add(world, other, receipt(explained="One receipt for two requests"))


def test_the_same_vendor_day_and_amount_is_warned_of(world: World) -> None:
    request_id = make_submitted(world)
    add(world, request_id, receipt())
    (warning,) = add(world, request_id, receipt(100, vendor="elm street FURNITURE"))
    assert warning.startswith("A paper of the same vendor, day and amount is there already.")
    assert add(world, request_id, receipt(50, total_cents=17_999)) == []


def test_a_form_sent_twice_adds_its_papers_once(world: World) -> None:
    request_id, paper, same = make_submitted(world), receipt(), key()
    for _ in range(2):
        add(world, request_id, paper, key=same)
    assert len(db.session.scalars(select(Document.id)).all()) == 1
    db.session.rollback()
    with pytest.raises(Conflict, match="sent before with other values"):
        add(world, request_id, receipt(9), key=same)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kind": "affidavit"}, "Choose what kind of paper"),
        ({"data": b"GIF89a"}, "This is no JPEG, PNG or WebP picture and no PDF"),
        ({"data": b""}, "The file is empty"),
        ({"total_cents": -1}, "too large"),
        ({"dated_on": date(2026, 11, 19)}, "today or earlier"),
    ],
)
def test_what_is_no_paper_is_refused(world: World, change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        add(world, make_submitted(world), receipt(**change))


def test_who_may_open_a_paper(world: World) -> None:
    request_id, paper, invoice = make_submitted(world), receipt(), receipt(100, kind="invoice")
    add(world, request_id, paper, invoice)
    for reader in (world.cal, world.sue, world.fay, world.rex, world.dan, world.ana):
        documents.open_document(reader, document_id=paper.id, now=NOW)
    documents.open_document(world.pat, document_id=invoice.id, now=NOW)  # who pays sees what is to be paid
    for reader in (world.pat, user_of(MAX)):
        with pytest.raises(NotFound):
            documents.open_document(reader, document_id=paper.id, now=NOW)
    with pytest.raises(NotAllowed, match="Only the coordinator or a fiscal approver can do this."):
        add(world, request_id, receipt(1), who=world.rex)
    with pytest.raises(NotFound):
        add(world, request_id, receipt(1), who=user_of(MAX))


def accept(world: World, document_id: UUID, request_id: UUID, cents: int, **values: Any) -> None:
    """Count a paper for something, as Rex."""
    documents.accept_receipt(
        values.pop("who", world.rex),
        **{
            "document_id": document_id,
            "row_version": version_of(request_id),
            "cents": cents,
            "key": key(),
            "now": NOW,
            **values,
        },
    )


def test_a_receipt_covers_no_more_than_it_says(world: World) -> None:
    request_id, first, _payment_id = make_paid(world, cents=8_000, is_final=False)
    _request_id, second = make_vouchered(world, request_id=request_id, cents=10_000)
    paper, quote = receipt(total_cents=12_000), receipt(9, kind="quote")
    add(world, request_id, paper, quote)
    accept(world, paper.id, request_id, 8_000, voucher_id=first)
    with pytest.raises(InvalidInput, match=r"\$40.00 of this paper is not used yet."):
        accept(world, paper.id, request_id, 4_001, voucher_id=second)
    accept(world, paper.id, request_id, 4_000, voucher_id=second)
    rows = db.session.scalars(select(ReceiptAllocation.cents)).all()
    assert sum(rows) == 12_000
    db.session.rollback()
    with pytest.raises(InvalidInput, match="no receipt, invoice or affidavit"):
        accept(world, quote.id, request_id, 1, voucher_id=first)
    with pytest.raises(InvalidInput, match="Choose the voucher or the advance"):
        accept(world, paper.id, request_id, 1)
    with pytest.raises(NotAllowed, match="Only a reconciler can do this"):
        accept(world, paper.id, request_id, 1, voucher_id=first, who=world.fay)
    with pytest.raises(NotFound):
        accept(world, paper.id, request_id, 1, voucher_id=first, who=user_of(MAX))
    assert events_of("fund_request:receipt_accepted")[0]["cents"] == 4_000


def test_the_same_acceptance_twice_counts_once(world: World) -> None:
    request_id, voucher_id, _payment_id = make_paid(world)
    paper = receipt()
    add(world, request_id, paper)
    values = {"row_version": version_of(request_id), "key": key(), "voucher_id": voucher_id}
    for _ in range(2):
        accept(world, paper.id, request_id, 9_000, **values)
    assert db.session.scalars(select(ReceiptAllocation.cents)).all() == [9_000]


def affidavit(world: World, request_id: UUID, *, on: date = date(2026, 11, 18), **values: Any) -> UUID:
    """Cal declares that a receipt was lost."""
    document_id = uuid4()
    documents.sign_affidavit(
        world.cal,
        **{
            "request_id": request_id,
            "document_id": document_id,
            "vendor": "Corner store",
            "dated_on": on,
            "cents": 1_500,
            "words": "Bought bedding; the paper was washed in a pocket",
            "key": key(),
            "now": NOW,
            **values,
        },
    )
    return document_id


def test_an_affidavit_takes_holder_and_supervisor(world: World) -> None:
    request_id, voucher_id, _payment_id = make_paid(world)
    document_id = affidavit(world, request_id)
    with pytest.raises(InvalidInput, match="not signed by a second person yet"):
        accept(world, document_id, request_id, 1_500, voucher_id=voucher_id)
    for who, sentence in (
        (world.cal, "Who lost the receipt and who signs for it are two people."),
        (world.fay, "Only a supervisor or the director signs an affidavit."),
    ):
        with pytest.raises(NotAllowed, match=sentence):
            documents.countersign_affidavit(who, document_id=document_id, now=NOW)
    for _ in range(2):
        documents.countersign_affidavit(world.sue, document_id=document_id, now=NOW)
    with pytest.raises(NotAllowed, match="This affidavit is signed already."):
        documents.countersign_affidavit(world.dan, document_id=document_id, now=NOW)
    accept(world, document_id, request_id, 1_500, voucher_id=voucher_id)
    assert len(events_of("fund_document:signed")) == 1
    for change, sentence in (
        ({"cents": 0}, "Write the amount"),
        ({"words": " "}, "Write what was bought"),
        ({"dated_on": date(2026, 11, 19)}, "today or earlier"),
    ):
        with pytest.raises(InvalidInput, match=sentence):
            affidavit(world, request_id, **change)


def test_the_third_affidavit_in_a_year_is_the_directors(world: World) -> None:
    request_id = make_approved(world)
    for days in (365, 300, 10):  # the first one is a year old: it counts no more
        document_id = affidavit(world, request_id, on=(NOW - timedelta(days=days)).date())
        documents.countersign_affidavit(world.sue, document_id=document_id, now=NOW)
    third = affidavit(world, request_id)
    with pytest.raises(NotAllowed, match="This is more than 2 in 12 months, so the director must sign it."):
        documents.countersign_affidavit(world.sue, document_id=third, now=NOW)
    documents.countersign_affidavit(world.dan, document_id=third, now=NOW)


def test_a_payees_w9_is_kept_and_opened_with_an_event(world: World) -> None:
    document_id = uuid4()
    for _ in range(2):
        documents.add_payee_document(
            world.cal, payee_id=world.payee_id, document_id=document_id, data=picture(), now=NOW
        )
    with pytest.raises(Conflict):
        documents.add_payee_document(
            world.cal, payee_id=world.payee_id, document_id=document_id, data=picture(1), now=NOW
        )
    _row, data, _kind = documents.open_document(world.flo, document_id=document_id, now=NOW)
    assert data.startswith(b"\xff\xd8")
    with pytest.raises(NotFound):
        documents.open_document(world.ana, document_id=document_id, now=NOW)
    with pytest.raises(NotAllowed):
        documents.add_payee_document(world.rex, payee_id=world.payee_id, document_id=uuid4(), data=picture(2), now=NOW)
