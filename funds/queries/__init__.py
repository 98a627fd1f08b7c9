"""Reading the fund: its books, requests, facts for the rules, and who may know what. No write."""

from funds.queries.access import delegations_of, requests_seen_by, roles_on, roles_on_each
from funds.queries.books import (
    RequestMoney,
    account_ids,
    advance_money,
    advance_outstanding,
    balance_of,
    find_line,
    find_year,
    get_fund,
    get_moves,
    key_of,
    line_name,
    list_balances,
    list_categories,
    list_funds,
    list_lines,
    lock_period,
    request_money,
    soft_closed_month,
    voucher_money,
    years_of_lines,
)
from funds.queries.facts import Asked, gather, list_rules, rule_of
from funds.queries.requests import (
    find_event,
    find_statement,
    get_payee,
    get_request,
    list_advances,
    list_appeals,
    list_by_ids,
    list_documents,
    list_evaluations,
    list_events,
    list_exceptions,
    list_notices,
    list_payments,
    list_requests,
    list_steps,
    list_tried,
    list_vouchers,
    lock_request,
    request_ids,
)

__all__ = [
    "Asked", "RequestMoney", "account_ids", "advance_money", "advance_outstanding", "balance_of", "delegations_of",
    "find_event", "find_line", "find_statement", "find_year", "gather", "get_fund", "get_moves", "get_payee",
    "get_request", "key_of", "line_name", "list_advances", "list_appeals", "list_balances", "list_by_ids",
    "list_categories", "list_documents", "list_evaluations", "list_events", "list_exceptions", "list_funds",
    "list_lines", "list_notices", "list_payments", "list_requests", "list_rules", "list_steps", "list_tried",
    "list_vouchers", "lock_period", "lock_request", "request_ids", "request_money", "requests_seen_by", "roles_on",
    "roles_on_each", "rule_of", "soft_closed_month", "voucher_money", "years_of_lines",
]  # fmt: skip
