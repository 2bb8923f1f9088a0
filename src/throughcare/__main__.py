"""``python -m throughcare``: the command line."""

from throughcare.cli import main

main()
