"""The tables of the fund. Words about a person lie sealed under the person's key; the books know codes and cents only.

Append-only by triggers on both databases: posting, transfer, fund_request_event, policy_evaluation, custody_event,
notice, period_close.
"""

from funds.models.books import (
    AccountBalance,
    BudgetLine,
    Category,
    FiscalYear,
    Fund,
    LedgerAccount,
    Period,
    Posting,
    SpendingLock,
    Transfer,
)
from funds.models.governance import (
    BudgetChange,
    Delegation,
    PeriodClose,
    PolicyEvaluation,
    PolicyException,
    PolicyRule,
    PublishedTotal,
    RolloverRun,
    TaxThreshold,
)
from funds.models.kept import KEPT, POSTING, columns_of, posting_digest, row_digest, row_name
from funds.models.payments import (
    CUSTODY_EVENTS,
    DOCUMENT_KINDS,
    TWO_PERSON_ACTIONS,
    Advance,
    BankLine,
    CustodyEvent,
    Document,
    ImportBatch,
    Instrument,
    Payee,
    Payment,
    ReceiptAllocation,
    Reminder,
    StepProposal,
    TaxForm,
    Voucher,
)
from funds.models.requests import (
    METHODS,
    TRIED_OUTCOMES,
    Appeal,
    ApprovalStep,
    ChoiceStatement,
    FundRequest,
    FundRequestEvent,
    Notice,
    ResourceTried,
)

__all__ = [
    "CUSTODY_EVENTS", "DOCUMENT_KINDS", "KEPT", "METHODS", "POSTING", "TRIED_OUTCOMES", "TWO_PERSON_ACTIONS",
    "AccountBalance", "Advance", "Appeal", "ApprovalStep", "BankLine", "BudgetChange", "BudgetLine", "Category",
    "ChoiceStatement",
    "CustodyEvent", "Delegation", "Document", "FiscalYear", "Fund", "FundRequest", "FundRequestEvent", "ImportBatch",
    "Instrument", "LedgerAccount", "Notice", "Payee", "Payment", "Period", "PeriodClose", "PolicyEvaluation",
    "PolicyException", "PolicyRule", "Posting", "PublishedTotal", "ReceiptAllocation", "Reminder", "ResourceTried",
    "RolloverRun", "SpendingLock", "StepProposal", "TaxForm", "TaxThreshold", "Transfer", "Voucher", "columns_of",
    "posting_digest", "row_digest", "row_name",
]  # fmt: skip
