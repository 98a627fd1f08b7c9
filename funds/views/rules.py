"""The fund's rules as sentences with their source, what each has done, and changing one: propose, try, decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import current_app, redirect, request, url_for
from werkzeug.wrappers import Response

import accounts.queries
from accounts import sign_in
from core.clock import local_day, now_utc
from core.errors import NotFound, Sentence
from core.forms import options
from core.guard import current_identity, needs
from core.identity import Permission
from core.layout import current_site, page_language
from core.pages import attempt, flash_sentence
from funds import policy, queries
from funds.actions import policies as actions
from funds.forms.budget import ActForm, DecideForm
from funds.forms.rules import KIND_NAMES, SEVERITY_NAMES, RuleForm, form_for
from funds.policy import RuleKind
from funds.queries import budgets, policies
from funds.views.blueprint import blueprint, page
from funds.views.budget import REFUSED, to_confirm

# How the list is parted: what a reader looks for, and the kinds that answer it.
GROUPS: tuple[tuple[Sentence, frozenset[str]], ...] = (
    (
        Sentence("How much"),
        frozenset(
            {
                RuleKind.CAP_WINDOW,
                RuleKind.CAP_REQUEST,
                RuleKind.COUNT_WINDOW,
                RuleKind.ONE_TIME,
                RuleKind.WEEKS_OF_52,
            }
        ),
    ),
    (Sentence("Who decides"), frozenset({RuleKind.TIER, RuleKind.EMERGENCY, RuleKind.SOD})),
    (
        Sentence("What it is for"),
        frozenset(
            {
                RuleKind.GOAL_LINK,
                RuleKind.LAST_RESORT,
                RuleKind.PROHIBITED_ITEM,
                RuleKind.SUSTAINABILITY,
                RuleKind.CARRY_FORWARD,
                RuleKind.BENEFIT_HINT,
            }
        ),
    ),
    (
        Sentence("Papers and payment"),
        frozenset(
            {
                RuleKind.DOCUMENT,
                RuleKind.QUOTES,
                RuleKind.METHOD_ALLOWED,
                RuleKind.RECEIPT_DUE,
                RuleKind.W9_REQUIRED,
                RuleKind.TAX_THRESHOLD,
            }
        ),
    ),
)
STATUS_WORDS = {
    "proposed": (Sentence("proposed"), "warning"),
    "in_force": (Sentence("in force"), "good"),
    "replaced": (Sentence("replaced"), "neutral"),
    "refused": (Sentence("refused"), "bad"),
}


@blueprint.get("/fund/rules")
@needs(Permission.SEE_FUND_REQUESTS)
def list_rules() -> tuple[str, int]:
    """Every rule in force as a sentence with its source; what is proposed and what begins later."""
    now = now_utc()
    today = local_day(now, current_site().zone)
    fund = budgets.choose_fund(_uuid(request.args.get("fund")))
    names = _category_names()
    in_force = policies.list_in_force(fund.id, today) if fund else []
    category = request.args.get("category", "")
    shown = policies.in_categories(in_force, category) if category else in_force
    proposed = policies.list_proposed(fund.id) if fund else []
    return page(
        "list_rules",
        now=now,
        fund=fund,
        funds=queries.list_funds(),
        groups=[(title, [_shown(row, names) for row in shown if row.kind in kinds]) for title, kinds in GROUPS],
        proposed=[_shown(row, names) for row in proposed if row.proposed_by],
        shelved=[_shown(row, names) for row in proposed if not row.proposed_by],
        coming=[_shown(row, names) for row in (policies.list_coming(fund.id, today) if fund else [])],
        count=len(shown),
        examples=sum(1 for row in in_force if row.is_example),
        category=category,
        categories=[(each.code, names[each.code], each.parent_id is None) for each in queries.list_categories()],
        kind_names=KIND_NAMES,
        may_propose=current_identity().may(Permission.GOVERN_FUND),
    )


@blueprint.get("/fund/rules/<uuid:rule_id>")
@needs(Permission.SEE_FUND_REQUESTS)
def show_rule(rule_id: UUID) -> tuple[str, int]:
    """One rule: its versions, who decided them, its dry run, and the requests in which it spoke."""
    return _rule_page(rule_id)


@blueprint.route("/fund/rules/<uuid:rule_id>/propose", methods=["GET", "POST"])
@needs(Permission.GOVERN_FUND)
def propose_rule(rule_id: UUID) -> Response | tuple[str, int]:
    """Propose a new version of a rule."""
    row = policies.get_rule(rule_id)
    form = form_for(row.kind)()
    form.categories.choices = list(_category_names().items())
    if request.method == "GET":
        form.fill(row)
        form.effective_from.data = local_day(now_utc(), current_site().zone)
    form.code.data = row.code
    return _propose(form, row.fund_id, row.kind, base=row)


@blueprint.route("/fund/rules/new", methods=["GET", "POST"])
@needs(Permission.GOVERN_FUND)
def new_rule() -> Response | tuple[str, int]:
    """Propose a rule that there is not yet: first its kind, then its settings."""
    fund = budgets.choose_fund(_uuid(request.args.get("fund")))
    if fund is None:
        return redirect(url_for("funds.show_budget"), 303)
    kind = request.args.get("kind", "")
    if kind not in KIND_NAMES:
        return page("new_rule", fund=fund, kinds=options(KIND_NAMES.items()))
    form = form_for(kind)()
    form.categories.choices = list(_category_names().items())
    if request.method == "GET":
        form.effective_from.data = local_day(now_utc(), current_site().zone)
    return _propose(form, fund.id, kind, base=None)


@blueprint.post("/fund/rules/<uuid:rule_id>/try")
@needs(Permission.SEE_FUND_REQUESTS)
def try_rule(rule_id: UUID) -> Response | tuple[str, int]:
    """Try a proposal on last year's requests."""
    form = ActForm()
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        tried = attempt(form, lambda: actions.try_rule(current_identity(), rule_id=rule_id))
        if tried.done:
            return redirect(url_for("funds.show_rule", rule_id=rule_id, _anchor="dry-run"), 303)
        reasons = tried.reasons
    return _rule_page(rule_id, form=form, reasons=reasons)


@blueprint.route("/fund/rules/<uuid:rule_id>/decide", methods=["GET", "POST"])
@needs(Permission.APPROVE_GOVERNANCE)
def decide_rule(rule_id: UUID) -> Response | tuple[str, int]:
    """Approve or refuse a proposed rule."""
    identity = current_identity()
    if not sign_in.fresh_second_factor(identity, "governance"):
        return to_confirm("funds.decide_rule", rule_id=rule_id)
    form = DecideForm()
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        is_approved = form.decision.data == "approve"
        tried = attempt(form, lambda: actions.decide_rule(identity, rule_id=rule_id, is_approved=is_approved))
        if tried.done:
            flash_sentence(Sentence("The rule is approved.") if is_approved else REFUSED)
            return redirect(url_for("funds.show_rule", rule_id=rule_id), 303)
        reasons = tried.reasons
    return _rule_page(rule_id, form=form, reasons=reasons, decides=True)


def _propose(form: RuleForm, fund_id: UUID, kind: str, *, base: Any) -> Response | tuple[str, int]:
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit() and form.effective_from.data:
        version = actions.Version(
            code=form.code.data or "",
            kind=kind,
            severity=form.severity.data,
            params=form.params(),
            category=form.category,
            exception_role=form.exception_role.data or None,
            effective_from=form.effective_from.data,
            effective_to=form.effective_to.data,
            citation=form.citation.data or "",
            citation_url=form.citation_url.data or "",
            message_en=form.message_en.data or "",
            message_es=form.message_es.data or "",
        )
        tried = attempt(
            form,
            lambda: actions.propose_rule(
                current_identity(), rule_id=form.new_id.id_of_row, fund_id=fund_id, version=version
            ),
        )
        if tried.done:
            flash_sentence(Sentence("Proposed. Try it on last year's requests, then a director decides."))
            return redirect(url_for("funds.show_rule", rule_id=tried.result), 303)
        reasons = tried.reasons
    names = _category_names()
    return page(
        "propose_rule",
        form=form,
        reasons=reasons,
        kind_name=KIND_NAMES[kind],
        kind=kind,
        base=_shown(base, names) if base else None,
        fund_id=fund_id,
    )


def _rule_page(
    rule_id: UUID, *, form: Any = None, reasons: Sequence[Sentence] = (), decides: bool = False
) -> tuple[str, int]:
    identity, now = current_identity(), now_utc()
    row = policies.get_rule(rule_id)
    versions = policies.list_versions(row.fund_id, row.code)
    names = _category_names()
    people = {each for version in versions for each in (version.proposed_by, version.approved_by) if each}
    return page(
        "show_rule",
        form=form or ActForm(),
        reasons=reasons,
        decides=decides,
        now=now,
        rule=_shown(row, names),
        versions=[_shown(each, names) for each in versions],
        names=accounts.queries.names_of(people),
        tripped=policies.list_tripped(identity, row.fund_id, row.code, now),
        kind_names=KIND_NAMES,
        severity_names=SEVERITY_NAMES,
        status_words=STATUS_WORDS,
        language=page_language(),
        can_open_requests="funds.show_request" in current_app.view_functions,
        me=identity,
        permissions=Permission,
    )


def _shown(row: Any, names: Mapping[str, str]) -> dict[str, Any]:
    """A rule for a page: the row, its sentence without the source, and why it is there."""
    language = page_language()
    rule = queries.rule_of(row)
    return {
        "row": row,
        "sentence": policy.describe(rule, language, names),
        "why": row.message_es if language == "es" and row.message_es else row.message_en,
    }


def _category_names() -> dict[str, str]:
    is_spanish = page_language() == "es"
    return {each.code: (each.name_es if is_spanish else each.name) for each in queries.list_categories()}


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise NotFound from error
