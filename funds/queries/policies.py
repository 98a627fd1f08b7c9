"""Reading the rules: in force, proposed, every version of one, and the evaluations in which one spoke. No write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, cast, func, or_, select

from core.db import db
from core.errors import NotFound
from core.identity import Identity
from funds.models import FundRequest, PolicyEvaluation, PolicyRule
from funds.queries.access import requests_seen_by

MOST_RULES = 500
MOST_TRIPS = 50


@dataclass(frozen=True, slots=True)
class Tripped:
    """One evaluation in which a rule spoke."""

    request_id: UUID
    number: str
    at: datetime
    step: str
    version: int  # of the rule
    severity: str
    finding: dict[str, Any]


def list_in_force(fund_id: UUID, on: date) -> list[PolicyRule]:
    """The newest version of each rule that is in force on a day, by kind and code."""
    rows = db.session.scalars(
        select(PolicyRule)
        .where(
            PolicyRule.fund_id == fund_id,
            PolicyRule.status.in_(("in_force", "replaced")),
            PolicyRule.effective_from <= on,
            or_(PolicyRule.effective_to.is_(None), PolicyRule.effective_to >= on),
        )
        .order_by(PolicyRule.code, PolicyRule.version)
        .limit(MOST_RULES)
    )
    newest = {row.code: row for row in rows}
    return [newest[code] for code in sorted(newest)]


def list_proposed(fund_id: UUID) -> list[PolicyRule]:
    """Rules that wait for a second person: people's proposals first, then shipped examples that are off."""
    return list(
        db.session.scalars(
            select(PolicyRule)
            .where(PolicyRule.fund_id == fund_id, PolicyRule.status == "proposed")
            .order_by(PolicyRule.proposed_by.is_(None), PolicyRule.code, PolicyRule.version)
            .limit(MOST_RULES)
        )
    )


def list_coming(fund_id: UUID, on: date) -> list[PolicyRule]:
    """Approved versions that begin later."""
    return list(
        db.session.scalars(
            select(PolicyRule)
            .where(PolicyRule.fund_id == fund_id, PolicyRule.status == "in_force", PolicyRule.effective_from > on)
            .order_by(PolicyRule.effective_from, PolicyRule.code)
            .limit(MOST_RULES)
        )
    )


def get_rule(rule_id: UUID) -> PolicyRule:
    """One version of a rule, or NotFound."""
    found = db.session.get(PolicyRule, rule_id)
    if found is None:
        raise NotFound
    return found


def list_versions(fund_id: UUID, code: str) -> list[PolicyRule]:
    """Every version of a rule, newest first."""
    return list(
        db.session.scalars(
            select(PolicyRule)
            .where(PolicyRule.fund_id == fund_id, PolicyRule.code == code)
            .order_by(PolicyRule.version.desc())
        )
    )


def list_tripped(identity: Identity, fund_id: UUID, code: str, now: datetime) -> list[Tripped]:
    """The newest evaluations, of requests that the viewer may know, in which a rule spoke; at most MOST_TRIPS."""
    rows = db.session.execute(
        select(PolicyEvaluation, FundRequest.number)
        .join(FundRequest, FundRequest.id == PolicyEvaluation.fund_request_id)
        .where(
            FundRequest.fund_id == fund_id,
            cast(PolicyEvaluation.findings, Text).contains(f'"code": "{code}"', autoescape=True),
            requests_seen_by(identity, now),
        )
        .order_by(PolicyEvaluation.at.desc(), PolicyEvaluation.id)
        .limit(MOST_TRIPS)
    ).all()
    return [
        Tripped(row[0].fund_request_id, row[1], row[0].at, row[0].step, each["version"], each["severity"], each)
        for row in rows
        for each in row[0].findings
        if each["code"] == code
    ]


def count_proposed_for(identity: Identity) -> int:
    """People's proposals that wait for somebody else."""
    return int(
        db.session.scalar(
            select(func.count())
            .select_from(PolicyRule)
            .where(
                PolicyRule.status == "proposed",
                PolicyRule.proposed_by.is_not(None),
                PolicyRule.proposed_by != identity.user_id,
            )
        )
        or 0
    )


def in_categories(rows: Sequence[PolicyRule], category: str) -> list[PolicyRule]:
    """The rules that name a category themselves."""
    return [row for row in rows if category == row.category_code or category in (row.params.get("categories") or ())]
