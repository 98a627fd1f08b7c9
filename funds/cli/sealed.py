"""What the fund seals by the key ring, for `flask keys rotate` and `keys list`; no command of its own."""

from funds.actions.payees import count_by_key, reseal_payees

SEALED = (("payees' numbers", count_by_key, reseal_payees),)
