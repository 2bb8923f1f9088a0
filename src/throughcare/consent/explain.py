"""A decision in words: to staff, to the person, and to the privacy officer.

Staff are told what decided and what they can do, never what is hidden: the text depends on the
request and on what decided an ordinary entry, and is the same whether or not anything is hidden.
The person is told in plain words, in full but for the controller's limits (rank 2). The privacy
officer is told everything, with rule ids.
"""

from collections.abc import Mapping
from enum import StrEnum

from throughcare.consent.profile import Profile
from throughcare.model.decision import Decision, Obligation
from throughcare.model.request import Purpose, Request, Role


class Audience(StrEnum):
    """Who reads the explanation."""

    STAFF = "staff"
    PERSON = "person"
    PRIVACY_OFFICER = "privacy-officer"


STAFF: Mapping[str, str] = {
    "permit": "You may see this record.",
    "ask": "Ask the person whether you may look at their record, then say what they answered.",
    "use-etreat": "The person can't be asked. Choose emergency, with that as the reason.",
    "refused": "The person has said no to you now. Their record stays closed.",
    "no-relationship": "No care relationship is known. If you care for this person, say so.",
    "reason-needed": "Give a reason. Without one this record stays closed.",
    "directive": "The person has said no to this. Their record stays closed.",
    "role": "Your role can't see this.",
    "opt-in": "Here nothing is shared before the person agrees, and no agreement is on record.",
    "not-own-record": "This is not your own record.",
    "no-grant": "Nobody has given you the right to act for this person here.",
    "purpose": "This record can't be used for that purpose.",
    "unreadable-consent": "A choice of this person can't be read yet. Somebody is looking at it.",
    "law": "The law closes this.",
    "source-only": "Only the service that wrote this can see it.",
    "location": "Only the service that wrote this can see it.",
    "hold": "This record is closed to you at the moment. Ask the service that holds it.",
    "not-for-patient": "This can't be shown here. Ask the service that wrote it.",
    "sensitive": "This is shown only if the person agrees to it by name.",
    "cap": "Break-glass does not open this here.",
}
"""What staff read, by `Decision.code`."""

PERSON: Mapping[str, str] = {
    "permit": "They could see it.",
    "ask": "They could not see it, because they had not asked you first.",
    "use-etreat": "They could not see it: they said you could not be asked, and no emergency.",
    "refused": "They could not see it, because you said no to them.",
    "no-relationship": "They could not see it, because they do not look after you.",
    "reason-needed": "They could not see it, because they gave no reason.",
    "directive": "They could not see it, because you said no. Your choice counts.",
    "role": "They could not see it. People with that job can't see this.",
    "opt-in": "They could not see it, because you have not said yes.",
    "not-own-record": "They could not see it. It is your record, not theirs.",
    "no-grant": "They could not see it. They have no right to act for you here.",
    "purpose": "They could not see it. Your record is not used for that unless you say yes.",
    "unreadable-consent": "They could not see it. We can't read one of your choices yet, so we "
    "keep your record closed until we can.",
    "law": "They could not see it. The law keeps it closed.",
    "source-only": "Some things can't be shown. Ask the service that looks after you.",
    "location": "Some things can't be shown. Ask the service that looks after you.",
    "hold": "Some things can't be shown. Ask the service that looks after you.",
    "not-for-patient": "Some things can't be shown. Ask the service that looks after you.",
    "sensitive": "They could not see it. It is shown only if you say yes to it by name.",
    "cap": "They could not see it, not even in an emergency.",
}
"""What the person reads, by `Decision.code`: about somebody else's look."""

OWN: Mapping[str, str] = {
    "permit": "This is your record.",
    "not-own-record": "This is not your record, so we can't show it.",
}
"""What the person reads about their own look, where it differs from STAFF."""

_BREAK_GLASS = "If life or safety needs it, you can break the glass with a reason; it is reported."
_PURPOSES: Mapping[Purpose, str] = {
    Purpose.TREAT: "to treat you",
    Purpose.ETREAT: "in an emergency",
    Purpose.BTG: "by breaking the glass",
    Purpose.CAREMGT: "to look after you",
    Purpose.PATRQT: "for yourself",
    Purpose.FAMRQT: "for your family",
    Purpose.HOPERAT: "to run the service",
    Purpose.PUBHLTH: "to keep the public healthy",
    Purpose.HRESCH: "for research",
}
_ROLES: Mapping[Role, str] = {
    Role.PARAMEDIC: "A paramedic",
    Role.NURSE: "A nurse",
    Role.GP: "A GP",
    Role.PSYCHIATRIST: "A psychiatrist",
    Role.PHARMACIST: "A pharmacist",
    Role.SOCIAL_WORKER: "A social worker",
    Role.CARE_ASSISTANT: "A care assistant",
    Role.RECEPTIONIST: "A receptionist",
    Role.PATIENT: "You",
    Role.PROXY: "Somebody acting for you",
    Role.PRIVACY_OFFICER: "The privacy officer",
    Role.IT_LEAD: "An IT worker",
    Role.RESEARCHER: "A researcher",
    Role.ANALYST: "An analyst",
}


def explain(decision: Decision, request: Request, profile: Profile, audience: Audience) -> str:
    """Return why a decision is what it is, in the words of `audience`."""
    match audience:
        case Audience.STAFF:
            return _staff(decision, profile)
        case Audience.PERSON:
            return _person(decision, request)
        case Audience.PRIVACY_OFFICER:
            return _officer(decision, request)


def _staff(decision: Decision, profile: Profile) -> str:
    sentences = [STAFF[decision.code]]
    if decision.permitted and profile.warnings == "always":
        sentences.append(profile.sentence)
    if Obligation.TIME_BOX in decision.obligations:
        hours = int(profile.time_box.total_seconds() // 3600)
        sentences.append(
            f"The privacy officer and the person are told. Access ends after {hours} hours."
        )
    elif Obligation.ALERT in decision.obligations:
        sentences.append("The privacy officer is told.")
    if decision.break_glass and not decision.permitted:
        sentences.append(_BREAK_GLASS)
    return " ".join(sentences)


def _person(decision: Decision, request: Request) -> str:
    if request.actor.role is Role.PATIENT:
        return OWN.get(decision.code, PERSON[decision.code])
    asked = f"{_ROLES[request.actor.role]} asked to see your record {_PURPOSES[request.purpose]}."
    sentences = [asked, PERSON[decision.code]]
    if decision.permitted:
        sentences.append(_why_seen(decision, request))
    if Obligation.ALERT in decision.obligations:
        sentences.append("We told the person who checks that records are used well.")
    return " ".join(sentence for sentence in sentences if sentence)


def _why_seen(decision: Decision, request: Request) -> str:
    if decision.rank == 5:  # noqa: PLR2004 - the rank of directives
        return "You said yes to this."
    if request.purpose in {Purpose.ETREAT, Purpose.BTG}:
        return "They said that it could not wait."
    if "profile:self-claimed-relationship" in decision.because:
        return "They said that they look after you."
    if decision.rank == 6:  # noqa: PLR2004 - the rank of the locality's default
        return "They look after you. You can say no at any time."
    return ""


def _officer(decision: Decision, request: Request) -> str:
    answer = "Permitted" if decision.permitted else "Denied"
    reason = f", reason {request.reason.code}: {request.reason.text}" if request.reason else ""
    duties = ", ".join(sorted(duty.value for duty in decision.obligations)) or "none"
    return (
        f"{answer} at rank {decision.rank} ({decision.code}) because of "
        f"{', '.join(decision.because)}. Asked by {request.actor.user} as "
        f"{request.actor.role.value} of {request.actor.organisation or 'no organisation'} for "
        f"{request.purpose.value}, relationship {request.relationship.value}, permission "
        f"{request.permission.value}{reason}. Duties: {duties}. Classes of entries seen: "
        f"{_seen(decision)}. Policy {decision.policy_version}, consent epoch {decision.epoch}."
    )


def _seen(decision: Decision) -> int:
    numbers: set[int] = set()
    for clause in decision.residual.clauses:
        numbers |= clause.classes
    return len(numbers)
