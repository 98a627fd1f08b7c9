"""The self-determination fund: its books, the life of a fund request, policy kept as data, and the proof of it all."""
