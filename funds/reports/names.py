"""What the ledger accounts and the kinds of posting are called on pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.errors import Sentence
from funds.ledger import Account, Kind

ACCOUNT_NAMES: Final[Mapping[Account, Sentence]] = {
    Account.APPROPRIATION: Sentence("Appropriation"),
    Account.AVAILABLE: Sentence("Available"),
    Account.ENCUMBERED: Sentence("Encumbered"),
    Account.EXPENDED: Sentence("Expended"),
    Account.DISALLOWED: Sentence("Disallowed"),
    Account.EXPENSE: Sentence("Expense"),
    Account.ADVANCES: Sentence("Advances"),
    Account.RECEIVABLE: Sentence("To be recovered"),
    Account.PAYABLE: Sentence("Vouchers payable"),
    Account.CASH: Sentence("Cash"),
    Account.PRIOR_RECEIVABLE: Sentence("To be recovered from earlier years"),
    Account.REVENUE: Sentence("Revenue"),
    Account.PRIOR_RECOVERY: Sentence("Recovered from earlier years"),
}
KIND_NAMES: Final[Mapping[Kind, Sentence]] = {
    Kind.APPROPRIATE: Sentence("budget adopted"),
    Kind.MOVE_BUDGET: Sentence("budget moved"),
    Kind.HOLD: Sentence("approved: money held"),
    Kind.RELEASE: Sentence("money released"),
    Kind.HOLD_MORE: Sentence("more money held"),
    Kind.VOUCHER: Sentence("debt recognized"),
    Kind.PAY: Sentence("paid"),
    Kind.UNPAY: Sentence("payment failed or voided"),
    Kind.VOID: Sentence("voucher dropped"),
    Kind.REFUND: Sentence("refund"),
    Kind.REFUND_LATE: Sentence("refund after the year"),
    Kind.ADVANCE: Sentence("advance issued"),
    Kind.SUBSTANTIATE: Sentence("receipts accepted"),
    Kind.RETURN_ADVANCE: Sentence("advance returned"),
    Kind.DISALLOW: Sentence("disallowed"),
    Kind.SETTLE: Sentence("recovered or written off"),
    Kind.YEAR_END: Sentence("year end"),
    Kind.REVERSE: Sentence("reversed"),
}
