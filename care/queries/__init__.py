"""Reading care: who may see whom, people, plans, referrals, gaps. Personal fields stay sealed here."""

from care.queries.access import find_access, find_accesses, people_seen_by
from care.queries.people import get_enrollee, get_enrollees, list_people

__all__ = ["find_access", "find_accesses", "get_enrollee", "get_enrollees", "list_people", "people_seen_by"]
