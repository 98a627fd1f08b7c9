"""Commands behind the Makefile, each run as `python -m scripts.NAME`. Nothing of the site imports them."""
