"""A decision in words: to staff, to the person, to the privacy officer.

INVARIANT: the text for staff depends on the request and the code of the decision alone, never on
what is in the record; so it is the same whether or not anything is hidden.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import structs

from throughcare.consent import conflicts, wording
from throughcare.consent.profile import Profile
from throughcare.model.decision import Decision
from throughcare.model.directive import Directive
from throughcare.model.explanation import Audience, Explanation
from throughcare.model.request import Purpose, Request

NO_RIGHT: Final = "No right to act for this person is in force. Ask at the GP practice."

STAFF: Final[Mapping[str, str]] = {
    "permit": "You may see this record for this purpose.",
    "ask": "Ask the person whether you may look. If they can't be asked, say so.",
    "use-etreat": "The person can't be asked: look for emergency care (ETREAT), with the reason.",
    "refused": "The person has refused at this contact, so nothing of the record is shown.",
    "no-relationship": (
        "You have no recorded care relationship with this person. If you have one, say so; the "
        "privacy officer is told."
    ),
    "reason-needed": "Say why you need to look, in a few words, then try again.",
    "expired": (
        "The time for which the glass was broken is over. If you still need this record, go on "
        "with the same reason; the privacy officer is told again."
    ),
    "directive": "This person has chosen not to share this record with you. Ask them.",
    "role": "Your role does not see this kind of record. Ask somebody whose role does.",
    "purpose": "Your role may not look for this purpose. Choose the purpose that is yours.",
    "opt-in": "Nothing is shared here before the person agrees. Ask them to record their consent.",
    "not-own-record": "You may read your own record only.",
    "no-grant": NO_RIGHT,
    "review": (
        "Your right to see this record waits for a review with the child. The GP practice has "
        "been asked for it."
    ),
    "suspended": (
        "From the age of 16 people decide themselves who sees their record. They can let you act "
        "for them."
    ),
    "capacity": (
        "Your right holds while the person can't decide themselves, and no finding of that is in "
        "force. Ask at the GP practice."
    ),
    "scope": "You see what the person chose to share with you, not the whole record.",
    "limited": "At this age you see bookings and repeat prescriptions, not the record.",
    "unreadable-consent": (
        "A consent of this person can't be understood by the system, so the record is kept back "
        "until somebody has looked at it."
    ),
    "stale-consent": (
        "What another place last told us of this person's choices is older than it may be, so the "
        "record is kept back until that place tells us again."
    ),
    "law": "A law closes this part of the record.",
    "source-only": "The service that recorded this keeps it to itself. Ask that service.",
    "not-for-patient": "The service that recorded this does not show it here. Ask that service.",
    "hold": NO_RIGHT,  # a hold is told to nobody who acts for the person
    "location": "Where this person is must not be shown.",
    "sensitive": "This part is kept back unless the person names it. Ask them.",
    "cap": "Break-glass does not open this part of the record here. Ask the privacy officer.",
}

_PERSON: Final[Mapping[str, str]] = {
    "permit": "They may look, because {ground}.",
    "ask": "They could not look: they have to ask you first.",
    "use-etreat": "They could not look in this way, because you could not be asked.",
    "refused": "They could not look, because you said no when they asked.",
    "no-relationship": "They could not look, because they are not known to care for you.",
    "reason-needed": "They could not look, because they gave no reason.",
    "expired": "They could not look: the time that they had was over.",
    "directive": "They could not look, because of a choice that you recorded.",
    "role": "They could not look: people in their role never see this.",
    "purpose": "They could not look: their role has no right to ask for this.",
    "opt-in": "They could not look, because here you are asked for your consent first.",
    "no-grant": "They could not look: they have no right to act for you.",
    "review": "They could not look: their right to act for you waits for a review with you.",
    "suspended": "They could not look: since you are 16 you decide who acts for you.",
    "capacity": "They could not look: you decide for yourself.",
    "scope": "They saw what you chose to share with them, not your whole record.",
    "limited": "They saw bookings and repeat prescriptions, not your record.",
    "hold": "They could not look: they have no right to act for you.",
    "unreadable-consent": (
        "They could not look. A choice that you recorded could not be understood by the system; "
        "somebody will ask you about it."
    ),
    "stale-consent": (
        "They could not look. Your choices are kept at another place, and what it last told us "
        "does not count any more: it is older than a day, or that place is none we rely on. As "
        "soon as it tells us again, your choices hold here as before."
    ),
}

_GROUNDS: Final[Mapping[int, str]] = {
    1: "a law asks for it",
    3: "it is your own record",
    4: "they broke the glass and gave a reason; you and the privacy officer were told",
    5: "you agreed to it",
    6: "they care for you, and you had not said no",
}
_NO_CARE: Final = "their work for the service needs it"
_FOR_OTHERS: Final = frozenset({Purpose.HOPERAT, Purpose.PUBHLTH, Purpose.HRESCH})
"""Purposes of which nobody says that they care for the person."""
_USUAL: Final = 6
"""Rank of what the locality's profile allows."""


STAYS: Final = (
    "A wider yes that was said later does not open this. It stays closed until it is opened by "
    "its name."
)
_CONTROLLER: Final = 2
"""Rank of the controller's limits: not explained to the person (docs/consent/ranks.md)."""


def explanation(  # noqa: PLR0913 - each is something else that an explanation stands on
    decision: Decision,
    request: Request,
    profile: Profile,
    audience: Audience,
    *,
    directives: Iterable[Directive] = (),
    names: wording.Names | None = None,
) -> Explanation:
    """Return the decision as `audience` is told of it.

    `directives` are the person's; `names` says what users and organisations are called. The
    consent epoch is the privacy officer's alone: it rises with a safeguarding hold too.
    """
    if decision.code == "hold" and audience != "privacy-officer":
        decision = structs.replace(decision, rank=5, code="no-grant", because=("profile:proxy",))
    untold = audience == "person" and decision.rank == _CONTROLLER
    known = "" if untold else decision.code
    said = () if audience == "staff" or untold else decision.because
    return Explanation(
        audience=audience,
        permitted=decision.permitted,
        rank=decision.rank,
        code=known,
        rules=_of_the_locality(decision.because) if audience == "staff" else said,
        policy_version=decision.policy_version,
        epoch=decision.epoch if audience == "privacy-officer" else None,
        text=explain(decision, request, profile, audience),
        choices=_choices(tuple(directives), said, names or {}),
    )


def ground(rank: int, purpose: str) -> str:
    """Return in plain words why what was shown was shown, by the rank that decided; "" of none."""
    if rank == _USUAL and purpose in _FOR_OTHERS:
        return _NO_CARE
    return _GROUNDS.get(rank, "")


def _choices(
    directives: tuple[Directive, ...], said: tuple[str, ...], names: wording.Names
) -> tuple[str, ...]:
    """Return what the rules `said` say, and that a newer and wider yes did not open one of them."""
    told = wording.sentences(directives, said, names)
    if any(each.rule.id in said for each in conflicts.unopened(directives)):
        return (*told, STAYS)
    return told


def _of_the_locality(because: Iterable[str]) -> tuple[str, ...]:
    """Return the rules that staff may know: the locality's own; of the person's, that there is one.

    Labels are left out: they would tell what is hidden.
    """
    told = ("directive" if rule.startswith("Consent/") else rule for rule in because)
    return tuple(dict.fromkeys(rule for rule in told if not rule.startswith("label:")))


def explain(decision: Decision, request: Request, profile: Profile, audience: Audience) -> str:
    """Return the decision in words for one kind of reader.

    Staff learn what to do next; the person learns what happened and why; the privacy officer gets
    the rank, the rules and the versions as well.
    """
    if audience == "staff":
        return _staff(decision)
    if audience == "person":
        return _person(decision, request)
    return _officer(decision, request, profile)


def _staff(decision: Decision) -> str:
    text = STAFF[decision.code]
    if decision.permitted or not decision.break_glass:
        return text
    return f"{text} If life or safety depends on it, you may break the glass with a reason."


def _person(decision: Decision, request: Request) -> str:
    text = _PERSON.get(
        decision.code, "They could not look: a rule that binds everybody forbids it."
    )
    return text.format(ground=ground(decision.rank, request.purpose) or "the rules here allow it")


def _officer(decision: Decision, request: Request, profile: Profile) -> str:
    verdict = "permitted" if decision.permitted else "denied"
    actor = request.actor
    rules = ", ".join(decision.because) or "no rule"
    duties = ", ".join(sorted(decision.obligations)) or "none"
    reason = f'"{request.reason.text}" ({request.reason.code})' if request.reason else "none"
    return (
        f"{verdict.capitalize()} at rank {decision.rank} ({decision.code}) by {rules}. "
        f"{actor.user}, {actor.role}, {actor.organisation or 'no organisation'}, "
        f"{request.purpose}; relationship {request.relationship}, permission to view "
        f"{request.permission}, reason {reason}. Duties: {duties}. "
        f"Rules of {profile.name}, version {decision.policy_version}; "
        f"consent epoch {decision.epoch}."
    )
