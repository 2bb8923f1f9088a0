"""Who decides which records are one person's: the table ``[matching]`` of a profile; pure."""

from typing import Final

from throughcare.consent import toml
from throughcare.model.request import Role

USUAL: Final = frozenset({Role.IT_LEAD, Role.PRIVACY_OFFICER})
"""Match reviewers where the profile is silent."""
NEVER: Final = frozenset({Role.PATIENT, Role.PROXY})
"""Who is no match reviewer whatever a profile says: nobody decides whose their own record is."""


def of(section: toml.Table) -> frozenset[Role]:
    """Read the table ``[matching]``; without it `USUAL` holds."""
    if section.is_empty:
        return USUAL
    found = section.members("reviewers", Role)
    if found & NEVER:
        section.fault("reviewers", f"may not hold {', '.join(sorted(found & NEVER))}")
    return found - NEVER


def refusal(role: Role, reviewers: frozenset[Role]) -> str:
    """Return why a role may not decide who is whom, with the way out; "" if it may."""
    if role in reviewers:
        return ""
    who = ", ".join(sorted(each.value for each in reviewers)) or "nobody"
    return (
        f"Only a match reviewer decides who is whom, and reads what is asked: here {who}. The "
        "locality's profile says who is one."
    )
