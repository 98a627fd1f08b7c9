"""People, their plans and referrals: who is enrolled, what they chose, what was found, what is missing."""
