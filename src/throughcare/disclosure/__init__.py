"""The way out: the only room that lets anything of a record be seen.

Each call decides once by consent, puts the decision into the query, writes the audit entry and
returns stored bytes. What can't be audited is refused.
"""

from throughcare.disclosure.disclosure import Disclosure

__all__ = ["Disclosure"]
