"""What pages print for the codes of the fund, as translatable sentences; no rule and no data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.errors import Sentence
from funds.states import Action, State

METHOD_WORDS: Final[Mapping[str, Sentence]] = {
    "check": Sentence("Check to the vendor"),
    "ach": Sentence("Bank transfer to the vendor"),
    "card": Sentence("Program card"),
    "reimbursement": Sentence("Staff pays and is paid back"),
    "gift_card": Sentence("Gift card"),
    "pass": Sentence("Pass or ticket"),
    "petty_cash": Sentence("Petty cash"),
}
TRIED_WORDS: Final[Mapping[str, Sentence]] = {
    "denied": Sentence("They said no"),
    "not eligible": Sentence("Not eligible"),
    "no capacity": Sentence("No room or nothing left"),
    "waitlisted": Sentence("On a waiting list"),
    "no reply": Sentence("No answer"),
    "covers part": Sentence("It pays a part"),
    "not offered": Sentence("They do not have it"),
}
STATEMENT_WORDS: Final[Mapping[str, Sentence]] = {
    "signed": Sentence("Signed"),
    "spoken": Sentence("Agreed aloud"),
    "online": Sentence("Agreed online"),
    "declined": Sentence("Declined"),
}
DOCUMENT_WORDS: Final[Mapping[str, Sentence]] = {
    "receipt": Sentence("Receipt"),
    "invoice": Sentence("Invoice"),
    "quote": Sentence("Quote"),
    "lease": Sentence("Lease"),
    "bill": Sentence("Bill"),
    "estimate": Sentence("Estimate"),
    "statement": Sentence("Signed statement"),
    "affidavit": Sentence("Affidavit for a lost receipt"),
    "w9": Sentence("Form W-9"),
    "consent": Sentence("Consent of the county"),
    "other": Sentence("Another paper"),
}
STATE_TONES: Final[Mapping[State, str]] = {
    State.DRAFT: "neutral",
    State.SUBMITTED: "info",
    State.RETURNED: "warning",
    State.APPROVED: "good",
    State.VOUCHER: "info",
    State.PAID: "good",
    State.RECONCILED: "good",
    State.DENIED: "bad",
    State.APPEALED: "warning",
    State.WITHDRAWN: "neutral",
    State.CANCELLED: "neutral",
    State.EXPIRED: "neutral",
    State.VOIDED: "neutral",
    State.REFUNDED: "neutral",
}
# What a step of a request's own history says to anybody who may read it, the person included.
STEP_WORDS: Final[Mapping[str, Sentence]] = {
    "create": Sentence("Started the draft"),
    Action.EDIT: Sentence("Worked on the draft"),
    Action.ADOPT: Sentence("Took the draft over"),
    Action.SUBMIT: Sentence("Sent it to be decided"),
    Action.RECALL: Sentence("Took it back to the draft"),
    Action.RETURN: Sentence("Returned it for a change"),
    Action.APPROVE_TIER: Sentence("Approved a step"),
    Action.APPROVE_FINAL: Sentence("Approved it: the money is set aside"),
    Action.APPROVE_EMERGENCY: Sentence("Approved it as an emergency: the money is set aside"),
    Action.RATIFY: Sentence("Confirmed the emergency approval"),
    Action.REFUSE_RATIFICATION: Sentence("Did not confirm the emergency approval"),
    Action.DENY: Sentence("Denied it"),
    Action.WITHDRAW: Sentence("Withdrew it"),
    Action.AMEND: Sentence("Changed it: the approvals begin again"),
    Action.TAKE_BACK: Sentence("Took the approval back: the money is free again"),
    Action.REQUEST_SUPPLEMENT: Sentence("Asked for more money"),
    Action.APPROVE_SUPPLEMENT: Sentence("Approved more money"),
    Action.DENY_SUPPLEMENT: Sentence("Denied more money"),
    Action.CANCEL: Sentence("Cancelled it: the money is free again"),
    Action.EXPIRE: Sentence("The time to use the money ran out"),
    Action.VOUCHER: Sentence("Recognized the bill: it can be paid"),
    Action.CORRECT: Sentence("Took a wrong bill out"),
    Action.ISSUE_ADVANCE: Sentence("Gave out money or a card before the receipts"),
    Action.PAY: Sentence("Paid"),
    Action.PAYMENT_FAILED: Sentence("The payment failed"),
    Action.VOID: Sentence("Voided a payment or bill"),
    Action.ADD_DOCUMENT: Sentence("Added a paper"),
    Action.ACCEPT_RECEIPT: Sentence("Accepted a receipt"),
    Action.SUBSTANTIATE: Sentence("Accepted receipts for money given out before"),
    Action.RETURN_ADVANCE: Sentence("Unspent money came back"),
    Action.RECONCILE: Sentence("Finished it: receipts and bank agree"),
    Action.REFUND: Sentence("Money came back from the seller"),
    Action.DISALLOW: Sentence("Did not accept the spending"),
    Action.RECOVER: Sentence("Money was recovered"),
    Action.WRITE_OFF: Sentence("Wrote off what could not be recovered"),
    Action.APPEAL: Sentence("Asked for a second look"),
    Action.UPHOLD: Sentence("Looked again: the decision stays"),
    Action.OVERTURN: Sentence("Looked again: the request goes on"),
    Action.PAUSE: Sentence("Paused it: no money moves"),
    Action.RESUME: Sentence("Lets it go on"),
}
# An edit by which the person answered; the code stands as the reason of the step.
ANSWER_WORDS: Final[Mapping[str, Sentence]] = {
    "agreed": Sentence("Agreed to the request online"),
    "declined": Sentence("Declined the request online"),
}
# What the person can do about a reason: the third part of a notice, after the reason and the approver's words.
REMEDY_WORDS: Final[Mapping[str, Sentence]] = {
    "amount": Sentence("A lower amount, or a quote that shows the price, may change it."),
    "papers": Sentence("Bring the paper to your coordinator, or send a photo of it."),
    "payee": Sentence("Another seller or landlord, or their papers, may change it."),
    "tried": Sentence("Try the other help first, and tell your coordinator what came of it."),
    "goal": Sentence("Tell your coordinator how it helps your goal, or change the goal."),
    "not_covered": Sentence("Something else that serves the same goal may be allowed. Ask your coordinator."),
    "other_source": Sentence("Ask the other program first. If it says no, bring that answer."),
    "limit": Sentence("Ask for less, or ask again when the next year begins."),
    "no_money": Sentence("Ask again later: money may be moved to this part of the fund."),
    "other": Sentence("Ask your coordinator what would change it."),
}
NOTICE_WORDS: Final[Mapping[str, Sentence]] = {
    "returned": Sentence("Your request needs a change"),
    "denied": Sentence("Your request was not approved"),
    "upheld": Sentence("The decision about your request stays"),
    "disallowed": Sentence("Spending for your request was not accepted"),
    "paused": Sentence("Your request is paused"),
}
