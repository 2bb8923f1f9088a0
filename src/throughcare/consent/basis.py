"""A short mark of all that a decision about one person stands on, for one request.

It changes with what bears on this request and with nothing else, so that whoever holds a link
learns of no other change: not of a safeguarding hold, not of a "no" to somebody else.
"""

from hashlib import blake2b

import msgspec

from throughcare.consent.asked import ask, refused
from throughcare.consent.decide import rules_in_force, said
from throughcare.consent.profile import Profile
from throughcare.consent.scope import actor_tokens
from throughcare.model.directive import PersonContext
from throughcare.model.request import Request

_SIZE = 8
"""Bytes of a mark: two that differ are not the same by chance."""


def mark(request: Request, context: PersonContext, profile: Profile) -> str:
    """Return the mark, the same in every process; of a record that is refused as a whole, one."""
    asked = ask(request, context, profile)
    basis = None
    if refused(asked) is None:
        rules = rules_in_force(asked, context, actor_tokens(request.actor))
        basis = (said(rules), asked.restricted, asked.uses)
    return blake2b(msgspec.json.encode(basis, order="deterministic"), digest_size=_SIZE).hexdigest()
