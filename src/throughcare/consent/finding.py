"""Whether a request may look people up by who they are: pure."""

from throughcare.consent.asked import SECONDARY
from throughcare.consent.profile import Profile
from throughcare.model.entry import Category
from throughcare.model.request import Request, Role


def refusal(request: Request, profile: Profile) -> str:
    """Return why this request may not look people up, with the way out; "" if it may.

    Who is found is decided person by person.
    """
    role, view = request.actor.role, profile.view(request.actor.role)
    if role in {Role.PATIENT, Role.PROXY}:
        return "Nobody looks others up from their own record. Open the record that is yours."
    if request.purpose not in view.purposes or Category.DEMOGRAPHICS not in view.categories:
        return (
            f"The role {role.value} does not look people up here for {request.purpose.value}. "
            "The locality's profile says who does."
        )
    if request.purpose in SECONDARY and not view.oversight:
        return (
            f"People are not looked up for {request.purpose.value}. "
            "Ask for the cohort of those who agree."
        )
    return ""
