"""What somebody is told who asks for an entry that they do not see.

That it is not there, or not for them: only a locality that discloses existence tells the two apart.
"""

from typing import Final

from msgspec import structs

from throughcare.consent import explain
from throughcare.consent.judging import Judge
from throughcare.disclosure.gates import Ground
from throughcare.kernel import DeniedError, NotFoundError
from throughcare.record import Records
from throughcare.record.gate import holds
from throughcare.store.protocol import Reader

UNKNOWN: Final = "There is no {type} with this id, or none that you may see."
"""One sentence for both, so that nobody learns which of the two it is."""
DIRECTIVES: Final = 4
"""Rank from which on the person or the locality withholds, and no law and no controller."""


async def unseen(
    records: Records, reader: Reader, ground: Ground, name: str
) -> tuple[NotFoundError | DeniedError, tuple[int, ...]]:
    """Return the error for ``Type/id`` that was not found, and the person it is told about.

    DeniedError only where the locality discloses existence, to staff, and only of what directives
    or the locality's default withhold: never of what law or a controller closes, or of a restricted
    person. A safeguarding hold changes nothing here, else staff would see that it was set. Where
    it does not, nothing is looked up, so that body and time are those of an unknown id.
    """
    kind, _, id_ = name.partition("/")
    unknown = NotFoundError(UNKNOWN.format(type=kind))
    request = ground.request
    if not ground.profile.existence_disclosed or request.actor.person is not None:
        return unknown, ()
    found = await records.candidate(reader, kind, id_)
    if found is None or found.person is None:
        return unknown, ()
    context = ground.known.context(found.person)
    seen = found.seen
    outcome = Judge(request, context, ground.profile).of(
        ground.classes[seen.cls], lambda atom: holds(atom, seen)
    )
    if outcome.permit or outcome.rank < DIRECTIVES or context.restricted:
        return unknown, ()
    decision = structs.replace(ground.decision(found.person), permitted=False, code=outcome.code)
    said = explain.explain(decision, request, ground.profile, "staff")
    return DeniedError(said), (found.person,)
