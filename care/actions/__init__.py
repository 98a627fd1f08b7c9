"""What people do in care: each function is one verb, one transaction, one event; `open_*` are audited reads."""
