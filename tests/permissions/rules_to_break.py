"""The permission rules, each taken away alone: where its loss must be seen. A rule that nothing misses guards nothing.

A new rule about who may see or do what belongs in this list. What two rules keep apart (a page's mark and its action's
own question, a sheet's person and its goal's) is not in it: losing one of the two shows nothing to anybody.
"""

from __future__ import annotations

from typing import Final

from care.fields import FIELDS, Field, Group
from care.rules import STANDING_GROUPS, Standing
from core.identity import Permission
from tests.permissions.breaking import Rule, entry, mark, without

ACCESS: Final = "care.queries.access"
DECIDE: Final = "care.rules:decide_access"
OPENING: Final = "care.actions.opening"
ENDED_YET: Final = "or_(Assignment.ends_at.is_(None), Assignment.ends_at > now),"


def _groups(standing: Standing, *more: Group) -> Rule:
    name = {Standing.EMERGENCY: "glass", Standing.MENTOR: "own"}[standing]
    role = {Standing.EMERGENCY: "coordinator", Standing.MENTOR: "mentor"}[standing]
    return Rule(
        f"who stands as {standing} does not see {', '.join(more)}",
        entry("care.rules:STANDING_GROUPS", standing, STANDING_GROUPS[standing] | set(more)),
        (role,),
        (name,),
    )


RULES: Final[tuple[Rule, ...]] = (
    # --- who is in a list ---------------------------------------------------------------------------------------------
    Rule("a list holds one's own record alone, not everybody's",
         without(f"{ACCESS}:people_seen_by", "Enrollee.user_id == me", "true()"), ("mentor",), ("",)),
    Rule("a list ends with a coordinator's assignment",
         without(f"{ACCESS}:_assigned", ENDED_YET), ("coordinator",), ("",)),
    Rule("a list begins with a coordinator's assignment",
         without(f"{ACCESS}:_assigned", "Assignment.starts_at <= now,"), ("coordinator",), ("",)),
    Rule("a list holds one's own assignments only",
         without(f"{ACCESS}:_assigned", "Assignment.user_id == me,"), ("coordinator",), ("",)),
    Rule("an assignment counts in the role it was made for",
         without(f"{ACCESS}:_assigned", "Assignment.role == role,"), ("coordinator",), ("",)),
    Rule("a list of a role needs the role",
         without(f"{ACCESS}:people_seen_by", '{"coordinator", "mentor"} & roles', '{"coordinator", "mentor"}'),
         ("supervisor", "mentor"), ("",)),
    Rule("a team's list needs the supervisor's role",
         without(f"{ACCESS}:people_seen_by", 'if "supervisor" in roles', "if True"), ("mentor",), ("",)),
    Rule("a list holds running emergency openings only",
         without(f"{ACCESS}:people_seen_by", ", BreakGlass.expires_at > now"), ("coordinator",), ("",)),
    Rule("a list holds one's own emergency openings only",
         without(f"{ACCESS}:people_seen_by", ", BreakGlass.user_id == me"), ("coordinator",), ("",)),
    Rule("a list holds everybody for director and auditor alone",
         without(f"{ACCESS}:people_seen_by", "if roles & OVERSIGHT", "if True"), ("coordinator",), ("",)),
    # --- who may open one record --------------------------------------------------------------------------------------
    Rule("an assignment that ended opens nothing",
         without(f"{ACCESS}:find_accesses", "or_(Assignment.ends_at.is_(None), Assignment.ends_at > now)", "true()"),
         ("coordinator",), ("former",)),
    Rule("a mentor's assignment that ended opens nothing",
         without(f"{ACCESS}:find_accesses", "or_(Assignment.ends_at.is_(None), Assignment.ends_at > now)", "true()"),
         ("mentor",), ("former",)),
    Rule("an assignment that has not begun opens nothing",
         without(f"{ACCESS}:find_accesses", "and_(Assignment.starts_at <= now, ", "and_(true(), "),
         ("coordinator",), ("later",)),
    Rule("somebody else's assignment opens nothing",
         without(f"{ACCESS}:find_accesses", "Assignment.user_id == me, open_now", "open_now"),
         ("coordinator",), ("other",)),
    Rule("a supervisor sees what the coordinator has today, not what the coordinator had",
         without(f"{ACCESS}:_supervised", ENDED_YET), ("supervisor",), ("former",)),
    Rule("a supervisor sees nobody before the coordinator begins",
         without(f"{ACCESS}:_supervised", "Assignment.starts_at <= now,"), ("supervisor",), ("later",)),
    Rule("a supervision that ended opens nothing",
         without(f"{ACCESS}:_supervised", "or_(Supervision.ends_at.is_(None), Supervision.ends_at > now),"),
         ("supervisor",), ("other",)),
    Rule("a supervision that has not begun opens nothing",
         without(f"{ACCESS}:_supervised", "Supervision.starts_at <= now,"), ("supervisor",), ("later",)),
    Rule("a supervisor sees the people of their own coordinators only",
         without(f"{ACCESS}:_supervised", "Supervision.supervisor_id == me,"), ("supervisor",), ("other",)),
    Rule("a supervision is of the coordinator whom the person has",
         without(f"{ACCESS}:_supervised", "Supervision.coordinator_id == Assignment.user_id,"),
         ("supervisor",), ("other",)),
    Rule("a supervisor sees a coordinator's people, not a mentor's",
         without(f"{ACCESS}:_supervised", 'Assignment.role == "coordinator",'), ("supervisor",), ("role lost",)),
    Rule("an emergency opening lasts an hour",
         without(f"{ACCESS}:find_accesses", ", BreakGlass.expires_at > now"), ("coordinator",), ("glass over",)),
    Rule("an emergency opening is for who made it",
         without(f"{ACCESS}:find_accesses", "BreakGlass.user_id == me, "), ("coordinator",), ("glass over", "other")),
    # --- consents -----------------------------------------------------------------------------------------------------
    Rule("a consent names its recipient",
         without(f"{ACCESS}:in_force", "Consent.recipient_user_id == me,"), ("coordinator", "family"), ("other",)),
    Rule("a consent begins on its day",
         without(f"{ACCESS}:in_force", "Consent.starts_on <= today,"), ("family",), ("consent later",)),
    Rule("a consent ends on its day",
         without(f"{ACCESS}:in_force", "Consent.expires_on >= today,"), ("family",), ("consent expired",)),
    Rule("a consent that was taken back ends at once",
         without(f"{ACCESS}:in_force", "Consent.revoked_at.is_(None),"), ("family",), ("consent revoked",)),
    Rule("a consent opens the groups that it names",
         without(f"{DECIDE}", "Access(Standing.CONSENT, facts.consented,", "Access(Standing.CONSENT, ALL_GROUPS,"),
         ("mentor",), ("consent narrow",)),
    Rule("a consent covers Part 2 when it says so",
         without(f"{DECIDE}", "facts.consented, facts.consent_covers_part2", "facts.consented, True"),
         ("mentor",), ("consent",)),
    Rule("of two consents both must cover Part 2",
         without(f"{ACCESS}:find_accesses", "all(covers for", "any(covers for"), ("mentor",), ("consent mixed",)),
    # --- what a standing is worth -------------------------------------------------------------------------------------
    Rule("a record is a person's own by the account that is tied to it",
         without(f"{ACCESS}:find_accesses", "is_own=person.user_id == me", "is_own=True"), ("enrollee",), ("other",)),
    Rule("who is assigned as coordinator needs the role still",
         without(f"{DECIDE}", ' and "coordinator" in facts.roles'), ("mentor",), ("role lost",)),
    Rule("who supervises needs the role still",
         without(f"{DECIDE}", ' and "supervisor" in facts.roles'), ("mentor",), ("role lost", "other")),
    Rule("who is assigned as mentor needs the role still",
         without(f"{DECIDE}", ' and "mentor" in facts.roles'), ("coordinator",), ("role lost",)),
    Rule("oversight is the director's and the auditor's",
         without(f"{DECIDE}", 'elif facts.roles & {"director", "auditor"}', "else"), ("coordinator",), ("other",)),
    _groups(Standing.EMERGENCY, Group.BENEFITS),
    _groups(Standing.MENTOR, Group.HEALTH),
    _groups(Standing.MENTOR, Group.NEEDS),
    _groups(Standing.MENTOR, Group.REFERRALS),
    _groups(Standing.MENTOR, Group.BENEFITS),
    # --- fields -------------------------------------------------------------------------------------------------------
    Rule("fields go by their group",
         without(f"{OPENING}:visible_fields", " if FIELDS[table][name].group in groups"), ("mentor",), ("own",)),
    Rule("an earlier wording that was flagged needs Part 2",
         without(f"{OPENING}:visible_fields", 'values.get("part2") and not access.covers_part2', "False"),
         ("mentor",), ("consent", "consent flagged")),
    Rule("a flagged record's screenings need Part 2",
         without("care.actions.part2:narrowed", 'access.covers_part2 or not fields.get("part2")', "True"),
         ("mentor",), ("consent",)),
    Rule("what hangs on a flagged goal needs Part 2",
         without("care.actions.part2:closed_goals", "if access.covers_part2", "if True"),
         ("mentor",), ("consent flagged",)),
    Rule("a person's safety note is health, not contact",
         entry("care.fields:FIELDS", "enrollee", {**FIELDS["enrollee"], "safety_note": Field("text", Group.CONTACT)}),
         ("mentor",), ("own",)),
    Rule("a screening needs the health group",
         without("care.actions.screenings:open_screenings", "Group.HEALTH not in person.access.groups", "False"),
         ("mentor",), ("own",)),
    Rule("a plan needs the plan group",
         without("care.actions.plans:open_plan", "Group.PLAN not in person.access.groups", "False"),
         ("mentor",), ("consent narrow",)),
    Rule("a goal needs the plan group",
         without("care.actions.goals:open_goal", "Group.PLAN not in person.access.groups", "False"),
         ("mentor",), ("consent narrow",)),
    Rule("a choice sheet needs the referrals group",
         without("care.actions.choices:open_choice_sheet", "Group.REFERRALS not in person.access.groups", "False"),
         ("mentor",), ("own",)),
    Rule("referrals and contacts need their group",
         without("care.actions.following:_open", "not sees(person.access, group)", "False"), ("mentor",), ("own",)),
    Rule("a search needs the needs group",
         without("care.actions.finding:open_search", "Group.NEEDS not in person.access.groups", "False"),
         ("mentor",), ("own",)),
    Rule("a row is asked for with its person",
         without("care.queries.plans:get_goal", ", Goal.enrollee_id == enrollee_id"),
         ("coordinator",), ("own, other's row",)),
    Rule("a row of the circle is asked for with its person",
         without("care.queries.records:get_row", ", model.enrollee_id == enrollee_id"),
         ("coordinator",), ("own, other's row",)),
    # --- writing ------------------------------------------------------------------------------------------------------
    Rule("who may read may not write",
         without(f"{OPENING}:require_writer", "not access.may_write", "False"), ("coordinator",), ("glass",)),
    Rule("coordinator and supervisor write, nobody else",
         without("care.rules:Access.may_write", "self.standing in WRITERS", "True"), ("coordinator",), ("consent",)),
    Rule("a consent is taken back by the person or who works with them",
         without("care.actions.consents:_require_giver", "access.may_write or access.standing == Standing.OWN", "True"),
         ("coordinator",), ("consent",)),
    Rule("a copy of the record is for the person alone",
         without("care.actions.disclosure:export_own_record", "access.standing != Standing.OWN", "False"),
         ("family",), ("own", "consent")),
    Rule("who looked is for the person alone",
         without("care.views.own:show_who_looked", "found.person.access.standing != Standing.OWN", "False"),
         ("family",), ("own",)),
    Rule("one's own pages show one's own record, or what a consent gives",
         without("care.actions.reading:open_own_record", "access.standing not in {Standing.OWN, Standing.CONSENT}",
                 "False"), ("mentor",), ("own",)),
    Rule("a hand-over is the supervisor's or the director's",
         without("care.actions.assignments:assign_coordinator",
                 "access.standing not in {Standing.SUPERVISOR, Standing.OVERSIGHT}", "False"),
         ("supervisor",), ("consent",)),
    # --- pages --------------------------------------------------------------------------------------------------------
    Rule("a person's page is for who may see enrollees",
         mark("care.show_person", "signed in"), ("fiscal_approver", "steward"), ("own", "glass")),
    Rule("the trail is for who may see it", mark("audit.events", Permission.SEE_OWN_PAGES), ("coordinator",), ("",)),
    Rule("referring is for who assigns", mark("care.refer_person", Permission.WRITE_CARE), ("coordinator",), ("",)),
    Rule("caseloads are for who assigns",
         mark("care.show_caseloads", Permission.SEE_ENROLLEES), ("coordinator",), ("",)),
    Rule("unmet need is for who may see it", mark("care.list_gaps", Permission.SEE_OWN_PAGES), ("payer",), ("",)),
    Rule("agreements are for who may see them",
         mark("care.list_agreements", Permission.SEE_OWN_PAGES), ("reconciler",), ("",)),
    Rule("supervision is set by the director",
         mark("care.set_supervision", Permission.ASSIGN_COORDINATORS), ("supervisor",), ("",)),
    Rule("the guard refuses who lacks the permission",
         without("core.guard:_check", "not identity.may(Permission(mark))", "False"), ("steward",), ("other", "glass")),
    Rule("the guard sends a visitor to sign in",
         without("core.guard:_check", "identity == VISITOR", "False"), ("visitor",), ("own",)),
)  # fmt: skip
assert len({rule.says for rule in RULES}) == len(RULES)
# One of each kind; the whole list runs with GOLDTHREAD_TEST_BROKEN_RULES=all.
ALWAYS: Final = (
    "an assignment that ended opens nothing",
    "a consent that was taken back ends at once",
    "fields go by their group",
    "who may read may not write",
    "a person's page is for who may see enrollees",
)
