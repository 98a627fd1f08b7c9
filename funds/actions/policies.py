"""Rules: a new version is proposed, tried on last year's requests, and approved or refused by another person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select

from audit import actions as trail
from audit.rules import EventKind
from care import vault
from core.clock import local_day, now_utc
from core.db import current_config, db, rerun, transaction
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Sentence
from core.identity import Identity, Permission
from funds import policy, queries
from funds.models import Category, Fund, PolicyRule
from funds.queries import past

READS_WORDS: Final = frozenset(
    {
        policy.RuleKind.PROHIBITED_ITEM,
        policy.RuleKind.SUSTAINABILITY,
        policy.RuleKind.QUOTES,
        policy.RuleKind.CAP_REQUEST,
    }
)
"""Kinds that ask for the words of a request: only for them are the words of past requests opened."""
MOST_NAMED: Final = 200  # requests that a dry run keeps by number


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What a proposal says."""

    code: str
    kind: str
    severity: str
    params: Mapping[str, Any]
    category: str | None
    exception_role: str | None
    effective_from: date
    effective_to: date | None
    citation: str
    citation_url: str
    message_en: str
    message_es: str


@rerun
def propose_rule(
    identity: Identity, *, rule_id: UUID, fund_id: UUID, version: Version, now: datetime | None = None
) -> UUID:
    """Propose a new version of a rule, or a new rule. It is not in force before another person approves it.

    Raises InvalidInput beside a field, NotAllowed with every sentence that is wrong with the settings.
    """
    now = now or now_utc()
    if not identity.may(Permission.GOVERN_FUND) and not identity.may(Permission.APPROVE_GOVERNANCE):
        raise NotAllowed(Sentence("Your role does not allow this."))
    if identity.user_id is None:
        raise NotAllowed(Sentence("A person proposes a rule."))
    _check(version, local_day(now, current_config().timezone))
    with transaction() as session:
        if session.get(PolicyRule, rule_id) is not None:
            return rule_id
        if session.get(Fund, fund_id) is None:
            raise NotFound
        known = set(session.scalars(select(Category.code)))
        named = {version.category, *(version.params.get("categories") or ())} - {None}
        if named - known:
            raise InvalidInput("categories", Sentence("Choose a category of the fund."))
        newest = session.scalar(
            select(func.max(PolicyRule.version)).where(PolicyRule.fund_id == fund_id, PolicyRule.code == version.code)
        )
        session.add(
            PolicyRule(
                id=rule_id,
                fund_id=fund_id,
                code=version.code,
                version=(newest or 0) + 1,
                status="proposed",
                kind=version.kind,
                severity=version.severity,
                category_code=version.category,
                params=dict(version.params),
                exception_role=version.exception_role,
                effective_from=version.effective_from,
                effective_to=version.effective_to,
                citation=version.citation,
                citation_url=version.citation_url or None,
                message_en=version.message_en,
                message_es=version.message_es,
                is_example=False,
                proposed_by=identity.user_id,
                proposed_at=now,
            )
        )
        session.flush()
        _record(EventKind.POLICY_PROPOSED, identity, session.get_one(PolicyRule, rule_id), now)
    return rule_id


@rerun
def try_rule(identity: Identity, *, rule_id: UUID, now: datetime | None = None) -> dict[str, Any]:
    """Try a proposal on the requests of the last year and keep what came of it: "would flag 7 of 212".

    Words of past requests are opened only for a kind of rule that reads them; the page never shows them.
    """
    now = now or now_utc()
    if not identity.may(Permission.GOVERN_FUND) and not identity.may(Permission.APPROVE_GOVERNANCE):
        raise NotAllowed(Sentence("Your role does not allow this."))
    with transaction():
        row = _lock(rule_id)
        if row.status != "proposed":
            raise Conflict(Sentence("This rule is decided already."))
        rule = queries.rule_of(row)
        old = [queries.rule_of(each) for each in _others(row) if each.status in ("in_force", "replaced")]
        found = past.list_past(row.fund_id, now)
        texts = (
            {key: dict(words) for key, words in vault.open_fields(list(found.requests)).items()}
            if rule.kind in READS_WORDS and found.requests
            else {}
        )
        run = policy.dry_run([*old, rule], rule, past.facts_of(found, texts))
        numbers = past.numbers_of([*run.newly_flagged_ids, *run.no_longer_flagged_ids])
        row.dry_run = {
            "flagged": run.flagged,
            "total": run.total,
            "since": found.since.isoformat(),
            "until": local_day(now, current_config().timezone).isoformat(),
            "is_cut": found.is_cut,
            "newly": [[str(each), numbers[each]] for each in run.newly_flagged_ids[:MOST_NAMED]],
            "newly_count": len(run.newly_flagged_ids),
            "no_longer": [[str(each), numbers[each]] for each in run.no_longer_flagged_ids[:MOST_NAMED]],
            "no_longer_count": len(run.no_longer_flagged_ids),
        }
        db.session.flush()
        trail.record(
            EventKind.POLICY_TRIED,
            identity,
            now=now,
            subject_type="policy_rule",
            subject_id=rule_id,
            details={
                "code": row.code,
                "version": row.version,
                "flagged": run.flagged,
                "total": run.total,
                "requests": [str(each.id) for each in found.requests] if texts else [],
                "words": bool(texts),
            },
        )
        return dict(row.dry_run)


@rerun
def decide_rule(identity: Identity, *, rule_id: UUID, is_approved: bool, now: datetime | None = None) -> None:
    """Bring a proposal in force, or refuse it: never by who proposed it, and never untried.

    It begins on its day, not before today; the version before it ends the day before.
    """
    now = now or now_utc()
    today = local_day(now, current_config().timezone)
    if not identity.may(Permission.APPROVE_GOVERNANCE):
        raise NotAllowed(Sentence("Your role does not allow this."))
    with transaction():
        row = _lock(rule_id)
        wanted = "in_force" if is_approved else "refused"
        if row.status != "proposed":
            if row.status == wanted and row.approved_by == identity.user_id:
                return
            raise Conflict(Sentence("This rule is decided already."))
        if identity.user_id is None or identity.user_id == row.proposed_by:
            raise NotAllowed(Sentence("You proposed this, so somebody else must approve it."))
        if is_approved:
            _bring_in_force(row, today)
        row.status, row.approved_by, row.approved_at = wanted, identity.user_id, now
        db.session.flush()
        _record(EventKind.POLICY_DECIDED, identity, row, now)


def _bring_in_force(row: PolicyRule, today: date) -> None:
    if row.proposed_by is None:
        raise NotAllowed(
            Sentence("This is a shipped example. Propose it with your county's figures, so that two people decide.")
        )
    if row.dry_run is None:
        raise NotAllowed(Sentence("Try the rule on last year's requests first."))
    row.effective_from = max(row.effective_from, today)
    if row.effective_to is not None and row.effective_to < row.effective_from:
        raise NotAllowed(Sentence("The last day of this version has passed. Propose it again."))
    for other in _others(row):
        if other.status != "in_force":
            continue
        if other.version > row.version:
            raise Conflict(Sentence("Version %(version)s is in force already. Propose again.", version=other.version))
        if other.effective_from >= row.effective_from:
            raise Conflict(
                Sentence(
                    "Version %(version)s begins on %(day)s. Propose a version that begins later.",
                    version=other.version,
                    day=other.effective_from,
                )
            )
        last = row.effective_from - timedelta(days=1)
        other.effective_to = min(other.effective_to or last, last)
        other.status = "replaced"


def _check(version: Version, today: date) -> None:
    if not version.code.strip() or len(version.code) > 60 or not version.code.replace(".", "_").isidentifier():
        raise InvalidInput("code", Sentence("Write a short name of letters, digits, dots and underscores."))
    if version.effective_from < today:
        raise InvalidInput("effective_from", Sentence("A rule begins today or later: what was decided stays decided."))
    if not version.citation.strip():
        raise InvalidInput("citation", Sentence("Say where the rule comes from."))
    if version.citation_url and not version.citation_url.startswith(("https://", "http://")):
        raise InvalidInput("citation_url", Sentence("A web address begins with https://."))
    if bool(version.message_en.strip()) != bool(version.message_es.strip()):
        raise InvalidInput("message_es", Sentence("Write the reason in both languages, or in neither."))
    problems = policy.validate_rule(
        policy.Rule(
            id=policy.NO_RULE,
            code=version.code,
            version=1,
            kind=version.kind,
            severity=version.severity,
            params=version.params,
            category=version.category,
            exception_role=version.exception_role,
            effective_from=version.effective_from,
            effective_to=version.effective_to,
        )
    )
    if problems:
        raise NotAllowed(*problems)


def _lock(rule_id: UUID) -> PolicyRule:
    row = db.session.scalar(
        select(PolicyRule).where(PolicyRule.id == rule_id).with_for_update().execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    return row


def _others(row: PolicyRule) -> list[PolicyRule]:
    """The other versions of a rule, locked."""
    return list(
        db.session.scalars(
            select(PolicyRule)
            .where(PolicyRule.fund_id == row.fund_id, PolicyRule.code == row.code, PolicyRule.id != row.id)
            .order_by(PolicyRule.version)
            .with_for_update()
        )
    )


def _record(kind: EventKind, identity: Identity, row: PolicyRule, now: datetime) -> None:
    trail.record(
        kind,
        identity,
        now=now,
        subject_type="policy_rule",
        subject_id=row.id,
        details={"code": row.code, "version": row.version, "status": row.status, "fund": str(row.fund_id)},
    )
