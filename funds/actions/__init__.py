"""What people do with the fund: one verb, one transaction, one event in the trail."""
