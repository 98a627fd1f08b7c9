"""The audit packet of a request, and the program that verifies it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from flask import Response

from audit.rules import moment
from core.clock import now_utc
from core.config import ROOT
from core.guard import current_identity, needs
from core.identity import Permission
from funds.actions.exporting import record_export
from funds.actions.opening import open_request
from funds.exports.packet import digest_of, packet_body, seal_packet
from funds.views.blueprint import blueprint

VERIFIER: Final = ROOT.joinpath("docs", "verify_packet.py")


@blueprint.post("/fund/reports/request/<uuid:request_id>/packet")
@needs(Permission.SEE_BOOKS)
def packet(request_id: UUID) -> Response:
    """The packet as JSON; its digest is in the trail, and the packet leads to that event."""
    now = now_utc()
    opened = open_request(current_identity(), request_id=request_id, purpose="packet", now=now)
    number = opened.request.number
    body = packet_body(request_id, made_at=moment(now))
    seq = record_export(
        current_identity(),
        format="packet",
        filters={"fund_request_id": str(request_id)},
        rows=body["totals"]["transfers"],
        control_total_cents=body["totals"]["control_total_cents"],
        digests={"body": digest_of(body)},
        now=now,
    )
    answer = Response(seal_packet(body, seq), mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="packet-{number}.json"'
    return answer


@blueprint.get("/fund/reports/verify_packet.py")
@needs(Permission.SEE_BOOKS)
def packet_verifier() -> Response:
    """The verifier: a file of its own for any Python 3.9 or newer."""
    answer = Response(VERIFIER.read_bytes(), mimetype="text/x-python")
    answer.headers["Content-Disposition"] = 'attachment; filename="verify_packet.py"'
    return answer
