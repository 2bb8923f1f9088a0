"""Whether a request may take many records, or one whole one, away in bulk: pure."""

from typing import Final

from throughcare.consent.asked import SECONDARY
from throughcare.consent.profile import Profile
from throughcare.model.request import Purpose, Request, Role

BULK: Final = SECONDARY | {Purpose.PATRQT}
"""Purposes of an export: secondary ones, and the person's own. Care is given to one person at a
time, by somebody who is asked why."""


def refusal(request: Request, profile: Profile) -> str:
    """Return why this request may not export, with the way out; "" if it may.

    What it then gets is decided person by person, as everything is.
    """
    role = request.actor.role
    if request.purpose not in BULK:
        named = ", ".join(sorted(purpose.value for purpose in BULK))
        return (
            f"An export is not for {request.purpose.value}: care reads one record at a time. "
            f"Ask for one of {named}, or read the record of the person."
        )
    if not profile.view(role).export or request.purpose not in profile.view(role).purposes:
        return (
            f"The role {role.value} may not export for {request.purpose.value} here. "
            "The locality's profile says which roles may."
        )
    if request.purpose is Purpose.PATRQT and role is not Role.PATIENT:
        return "Only the person exports their own record. Sign in as that person."
    return ""


def remark(request: Request) -> str:
    """Return what an export for this purpose leaves out, in words; "" where nothing is to be said.

    The same words for everybody, whatever is left out.
    """
    if request.purpose not in SECONDARY:
        return ""
    return (
        "Only people whose own consent names this purpose and this recipient are in this export, "
        "and those whom the register of legal permits opens, less opt-outs where they bind it."
    )
