"""Starts everything with one command; its bootstrap uses the standard library only."""

import sys

OLDEST, NEWEST = (3, 11), (3, 14)

if not OLDEST <= sys.version_info[:2] <= NEWEST:
    sys.exit(
        "Vårdbryggan needs Python 3.11 to 3.14, and this is {}.{}; "
        "name another one: make run PYTHON=python3.12".format(*sys.version_info)
    )
