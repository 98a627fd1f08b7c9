"""The trail of who did what: append-only, hash-chained; it knows no page of its own package's callers."""
