"""The plan and its goals: shown, written, agreed to, printed as a form to sign."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from care.actions import goals, plans
from care.actions.goals import OpenedGoal
from care.actions.plans import OpenedPlan
from care.fields import DOMAINS
from care.forms.plans import (
    AGREEMENT_WORDS,
    DOMAIN_WORDS,
    GOAL_TONES,
    GOAL_WORDS,
    AgreementForm,
    GoalForm,
    NoteForm,
    PlanForm,
    day_of,
)
from care.views.blueprint import blueprint, person_page
from core.clock import local_day, now_utc
from core.errors import NotFound, Sentence
from core.guard import current_identity, needs
from core.identity import Permission
from core.layout import current_site
from core.pages import attempt

WORDS: dict[str, Any] = {
    "domain_words": DOMAIN_WORDS,
    "goal_words": GOAL_WORDS,
    "goal_tones": GOAL_TONES,
    "agreement_words": AGREEMENT_WORDS,
    "day_of": day_of,
}
Answer = Response | tuple[str, int]


@blueprint.get("/enrollees/<uuid:enrollee_id>/plan")
@needs(Permission.SEE_ENROLLEES)
def show_plan(enrollee_id: UUID) -> tuple[str, int]:
    """The person's plan with its goals; each goal one press from its search."""
    now = now_utc()
    opened = plans.open_plan(current_identity(), enrollee_id=enrollee_id, now=now)
    return _plan_page("show_plan", opened, today=local_day(now, current_site().zone))


@blueprint.get("/enrollees/<uuid:enrollee_id>/plan/print")
@needs(Permission.SEE_ENROLLEES)
def print_plan(enrollee_id: UUID) -> tuple[str, int]:
    """The plan as the program's form, with lines to sign."""
    opened = plans.open_plan(current_identity(), enrollee_id=enrollee_id, purpose="plan printed")
    if opened.plan is None:
        raise NotFound
    return _plan_page("print_plan", opened)


@blueprint.route("/enrollees/<uuid:enrollee_id>/plan/new", methods=["GET", "POST"])
@needs(Permission.WRITE_CARE)
def start_plan(enrollee_id: UUID) -> Answer:
    """Start a plan; running goals of an earlier one go on in it."""
    now = now_utc()
    opened = plans.open_plan(current_identity(), enrollee_id=enrollee_id, now=now)
    form = PlanForm()
    today = local_day(now, current_site().zone)
    if not form.is_submitted():
        form.starts_on.data = today
    return _written(
        form,
        lambda: plans.start_plan(
            current_identity(),
            enrollee_id=enrollee_id,
            plan_id=form.plan_id.id_of_row,
            starts_on=form.starts_on.data or today,
            review_on=form.review_on.data,
            words=form.words(),
        ),
        lambda: url_for("care.show_plan", enrollee_id=enrollee_id),
        lambda reasons: _plan_page("edit_plan", opened, form=form, reasons=reasons, is_new=True),
    )


@blueprint.route("/enrollees/<uuid:enrollee_id>/plan/edit", methods=["GET", "POST"])
@needs(Permission.WRITE_CARE)
def change_plan(enrollee_id: UUID) -> Answer:
    """Change who took part, strengths, notes, the review day."""
    opened = plans.open_plan(current_identity(), enrollee_id=enrollee_id)
    plan = _plan_of(opened)
    form = PlanForm(
        data={
            "row_version": plan.row_version,
            "starts_on": plan.starts_on,
            "review_on": plan.review_on,
            "participants": "\n".join(opened.words.get("participants") or ()),
            "strengths": opened.words.get("strengths"),
            "notes": opened.words.get("notes"),
        }
    )
    return _written(
        form,
        lambda: plans.change_plan(
            current_identity(),
            enrollee_id=enrollee_id,
            plan_id=plan.id,
            row_version=_number(form.row_version.data),
            review_on=form.review_on.data,
            words=form.words(),
        ),
        lambda: url_for("care.show_plan", enrollee_id=enrollee_id),
        lambda reasons: _plan_page("edit_plan", opened, form=form, reasons=reasons, is_new=False),
    )


@blueprint.route("/enrollees/<uuid:enrollee_id>/plan/agreement", methods=["GET", "POST"])
@needs(Permission.WRITE_CARE)
def record_agreement(enrollee_id: UUID) -> Answer:
    """Write down that the person signed, agreed aloud or declined."""
    now = now_utc()
    opened = plans.open_plan(current_identity(), enrollee_id=enrollee_id, now=now)
    plan = _plan_of(opened)
    form = AgreementForm(
        data={"row_version": plan.row_version, "agreed_on": local_day(now, current_site().zone), "agreement": "signed"}
    )
    return _written(
        form,
        lambda: plans.record_agreement(
            current_identity(),
            enrollee_id=enrollee_id,
            plan_id=plan.id,
            row_version=_number(form.row_version.data),
            agreement=form.agreement.data,
            agreed_on=form.agreed_on.data or local_day(now, current_site().zone),
            words=form.words.data or "",
        ),
        lambda: url_for("care.show_plan", enrollee_id=enrollee_id),
        lambda reasons: _plan_page("agree_plan", opened, form=form, reasons=reasons),
    )


@blueprint.route("/enrollees/<uuid:enrollee_id>/goals/new", methods=["GET", "POST"])
@needs(Permission.WRITE_CARE)
def add_goal(enrollee_id: UUID) -> Answer:
    """A new goal; `domain` in the address is a code that a screening suggested."""
    opened = plans.open_plan(current_identity(), enrollee_id=enrollee_id)
    asked = request.args.get("domain", "")
    form = GoalForm(data={"domain": asked if asked in DOMAINS else DOMAINS[0], "status": "active"})
    return _written(
        form,
        lambda: goals.add_goal(
            current_identity(),
            enrollee_id=enrollee_id,
            goal_id=form.goal_id.id_of_row,
            domain=form.domain.data,
            words=form.words(),
            target_on=form.target_on.data,
            review_on=form.review_on.data,
        ),
        lambda: url_for("care.show_plan", enrollee_id=enrollee_id),
        lambda reasons: _plan_page("edit_goal", opened, form=form, reasons=reasons, is_new=True),
    )


@blueprint.get("/enrollees/<uuid:enrollee_id>/goals/<uuid:goal_id>")
@needs(Permission.SEE_ENROLLEES)
def show_goal(enrollee_id: UUID, goal_id: UUID) -> tuple[str, int]:
    """One goal: progress, choices made, what it said before."""
    return _goal_page(goals.open_goal(current_identity(), enrollee_id=enrollee_id, goal_id=goal_id), NoteForm())


@blueprint.post("/enrollees/<uuid:enrollee_id>/goals/<uuid:goal_id>")
@needs(Permission.WRITE_CARE)
def note_progress(enrollee_id: UUID, goal_id: UUID) -> Answer:
    """Write progress on a goal."""
    opened = goals.open_goal(current_identity(), enrollee_id=enrollee_id, goal_id=goal_id)
    form = NoteForm()
    return _written(
        form,
        lambda: goals.note_progress(
            current_identity(),
            enrollee_id=enrollee_id,
            goal_id=goal_id,
            note_id=form.note_id.id_of_row,
            words=form.words.data or "",
            measure=form.measure.data,
        ),
        lambda: url_for("care.show_goal", enrollee_id=enrollee_id, goal_id=goal_id),
        lambda reasons: _goal_page(opened, form, reasons),
    )


@blueprint.route("/enrollees/<uuid:enrollee_id>/goals/<uuid:goal_id>/edit", methods=["GET", "POST"])
@needs(Permission.WRITE_CARE)
def change_goal(enrollee_id: UUID, goal_id: UUID) -> Answer:
    """Change a goal; what it said before stays."""
    opened = goals.open_goal(current_identity(), enrollee_id=enrollee_id, goal_id=goal_id)
    goal = opened.goal
    form = GoalForm(
        data={
            "version": goal.version,
            "own_words": opened.words.get("own_words"),
            "domain": goal.domain,
            "strategies": "\n".join(opened.words.get("strategies") or ()),
            "indicator": opened.words.get("indicator"),
            "target_on": goal.target_on,
            "review_on": goal.review_on,
            "part2": bool(opened.words.get("part2")),
            "status": goal.status,
        }
    )
    return _written(
        form,
        lambda: goals.change_goal(
            current_identity(),
            enrollee_id=enrollee_id,
            goal_id=goal_id,
            version=_number(form.version.data),
            domain=form.domain.data,
            status=form.status.data,
            words=form.words(),
            target_on=form.target_on.data,
            review_on=form.review_on.data,
        ),
        lambda: url_for("care.show_goal", enrollee_id=enrollee_id, goal_id=goal_id),
        lambda reasons: person_page(
            "edit_goal",
            opened.person,
            tab="care.show_plan",
            form=form,
            reasons=reasons,
            opened=opened,
            is_new=False,
            **WORDS,
        ),
    )


def _written(
    form: Any, act: Callable[[], Any], done: Callable[[], str], page: Callable[[Sequence[Sentence]], tuple[str, int]]
) -> Answer:
    """The page of a form, or where to go when what was sent was written."""
    if not form.validate_on_submit():
        return page(())
    result = attempt(form, act)
    return redirect(done(), 303) if result.done else page(result.reasons)


def _plan_page(template: str, opened: OpenedPlan, **values: Any) -> tuple[str, int]:
    return person_page(template, opened.person, tab="care.show_plan", opened=opened, **WORDS, **values)


def _goal_page(opened: OpenedGoal, form: NoteForm, reasons: Sequence[Sentence] = ()) -> tuple[str, int]:
    return person_page(
        "show_goal", opened.person, tab="care.show_plan", form=form, reasons=reasons, opened=opened, **WORDS
    )


def _plan_of(opened: OpenedPlan) -> Any:
    if opened.plan is None:
        raise NotFound
    return opened.plan


def _number(text: Any) -> int:
    """A version as the browser sent it back; 0, which fits none, for anything else."""
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 9 else 0
