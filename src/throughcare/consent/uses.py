"""Legal permits and secondary uses: what opens an entry without the person's consent.

Secondary purposes are tested in this order: the project's explicit consent (rank 5), statute
(rank 1), anonymised output (disclosure control), opt-outs, section 251 support. The ranks
ask in their own order; an explicit consent and a statute both permit, so it makes no difference.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from throughcare.consent.profile import Profile
from throughcare.consent.scope import CONFIDENTIAL, actor_tokens, named
from throughcare.model.directive import PersonContext
from throughcare.model.entry import Category, EntryClass
from throughcare.model.permit import Basis, LegalPermit
from throughcare.model.request import Request, Role

_ABOUT_THEMSELVES = frozenset({Role.PATIENT, Role.PROXY})
_CONTROLLERS = frozenset({"SRC", "LOCATION"})


@dataclass(frozen=True, slots=True)
class Uses:
    """The legal permits that speak of one request and one person, and what opt-outs say."""

    statutes: tuple[LegalPermit, ...] = ()
    supports: tuple[LegalPermit, ...] = ()
    """Empty where the national data opt-out, or not knowing about it, closes them."""
    objected: frozenset[str] = frozenset()


NONE = Uses()


def uses(request: Request, context: PersonContext) -> Uses:
    """Return what of the register speaks of `request` about this person."""
    if not context.permits:
        return NONE
    speaking = speaking_of(request, context.permits)
    about = [one for one in speaking if one.persons is None or context.person in one.persons]
    cleared = is_cleared(context, request.day)
    return Uses(
        tuple(one for one in about if one.basis is Basis.STATUTE),
        tuple(one for one in about if one.basis is Basis.SUPPORT and cleared),
        context.objected,
    )


def speaking_of(request: Request, permits: Iterable[LegalPermit]) -> list[LegalPermit]:
    """Return the permits that are in force for this actor, purpose and day, whoever it is about.

    Nobody is a recipient of their own record, and no proxy of the record they act for.
    """
    if request.actor.role in _ABOUT_THEMSELVES:
        return []
    day = request.day
    tokens = actor_tokens(request.actor)
    return [
        permit
        for permit in permits
        if permit.starts <= day <= permit.ends
        and request.purpose.value in permit.purposes
        and bool(permit.recipients)
        and named(permit.recipients, tokens)
    ]


def supported(request: Request, permits: Iterable[LegalPermit]) -> bool:
    """Tell whether the answer to `request` depends on who has opted out."""
    return any(one.basis is Basis.SUPPORT for one in speaking_of(request, permits))


def is_cleared(context: PersonContext, day: date) -> bool:
    """Tell whether an answer that holds on `day` says that the person has not opted out."""
    return context.cleared_until is not None and day <= context.cleared_until


def opening(
    permits: Iterable[LegalPermit], cls: EntryClass, profile: Profile, *, restricted: bool
) -> tuple[str, ...]:
    """Return the ids of the permits that open an entry of `cls`, in order."""
    return tuple(
        sorted(
            f"permit:{permit.id}"
            for permit in permits
            if _covers(permit, cls, profile, restricted=restricted)
        )
    )


def _covers(permit: LegalPermit, cls: EntryClass, profile: Profile, *, restricted: bool) -> bool:
    """Tell whether a permit names an entry of `cls`.

    What the locality, the law or the controller closes by a label is opened only where the permit
    names the label; of a level of confidentiality the kind is enough, where it is known.
    """
    if permit.categories and cls.category.value not in permit.categories:
        return False
    closed = cls.labels & (profile.sensitive | _CONTROLLERS)
    if restricted and cls.category is Category.CONTACT:
        closed |= {"LOCATION"}
    if not closed:
        return not permit.labels or bool(cls.labels & permit.labels)
    return closed - CONFIDENTIAL <= permit.labels and bool((cls.labels | closed) & permit.labels)
