"""Forms of the fund: they check shape and keep what was typed; whether it makes sense is decided elsewhere."""
