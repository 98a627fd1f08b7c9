"""Measurements against a fixed, made-up directory: the search engine beside others, and the results page under load.

Nothing here is part of the program. Figures are committed in `bench/README.md` with the machine described.
"""
