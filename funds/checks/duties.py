"""I9: who asked, approved, paid, finished and verified are different people, also where somebody stood in."""

from __future__ import annotations

from funds.queries import proofs


def check_duties(problems: list[str]) -> None:
    """Every pair of duties that one person must not hold, over all requests at once."""
    for row in proofs.approvals_by_authors():
        problems.append(f"I9: {row.number} was approved by its author (step {row.seq}).")
    for row in proofs.double_approvals():
        problems.append(f"I9: one person approved two tiers of version {row.version} of {row.number}.")
    for row in proofs.steps_without_event():
        problems.append(
            f"I9: tier {row.tier} of version {row.version} of {row.number} names somebody who did not decide."
        )
    for row in proofs.payments_by_approvers():
        problems.append(f"I9: payment {row.payment} of {row.number} was made by who approved it last.")
    for row in proofs.reconciled_by_payers():
        problems.append(f"I9: {row.number} was finished by who paid it.")
    for row in proofs.first_payments_by_verifiers():
        problems.append(
            f"I9: the first payment ({row.number}) to payee {row.id} was {row.was} by who verified the payee."
        )
    problems.extend(f"I9: payee {payee} was verified by who proposed it." for payee in proofs.self_verified())
    for row in proofs.steps_without_delegation():
        problems.append(
            f"I9: tier {row.tier} of version {row.version} of {row.number} was decided for somebody "
            "without a delegation."
        )
