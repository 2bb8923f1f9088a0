"""Who may see what: pure functions from a request, a person's directives and a locality's profile.

The specification is in ``docs/consent``. Nothing here reads a clock, a file of a node or a store.
"""
