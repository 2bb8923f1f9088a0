"""In which sections of a record something is kept back, for localities that say so.

Only of what the person or the locality withholds: never of what law or a controller closes, or of a
restricted person. A safeguarding hold changes nothing here, else staff would see that it was set.
What is kept back is told by its kind, no more.
"""

from collections.abc import Collection, Sequence

from throughcare.consent.judging import Judge
from throughcare.disclosure.existence import DIRECTIVES
from throughcare.disclosure.gates import Ground
from throughcare.fhir.terms import InRecordOf, Query
from throughcare.model.decision import Clause, Gate, Residual
from throughcare.model.request import Role
from throughcare.record import Records
from throughcare.record.gate import Seen, allows, holds
from throughcare.store.protocol import Reader

PER_SECTION = "per-section"


async def sections(  # noqa: PLR0913 - each narrows what is looked at
    records: Records,
    reader: Reader,
    ground: Ground,
    person: int,
    subjects: Sequence[int],
    *,
    types: Collection[str] = (),
) -> set[str]:
    """Return the kinds of entry of `person` of which something is kept back, by name.

    Of entries of `types` alone, if any are given. None where the locality does not warn by
    section, and for persons and proxies.
    """
    context = ground.known.context(person)
    bound = ground.request.actor.role in {Role.PATIENT, Role.PROXY}
    if ground.profile.warnings != PER_SECTION or bound or context.restricted:
        return set()
    judge = Judge(ground.request, context, ground.profile)
    everything = Gate({}, Residual((Clause(frozenset(ground.classes)),)))
    found: set[str] = set()
    for seen in await records.seen_of(reader, subjects, everything):
        if types and seen.type not in types:
            continue
        kind = ground.classes[seen.cls].category.value
        if kind not in found and not allows(ground.gate, seen) and _told(judge, ground, seen):
            found.add(kind)
    return found


def _told(judge: Judge, ground: Ground, seen: Seen) -> bool:
    outcome = judge.of(ground.classes[seen.cls], lambda atom: holds(atom, seen))
    return not outcome.permit and outcome.rank >= DIRECTIVES


def patient_of(query: Query) -> str:
    """Return the id of the Patient whose record is searched; "" where it is not one alone.

    What else is asked makes no difference: a warning that depended on it would answer it.
    """
    asked = {
        criterion.patients
        for each in query.each()
        for criterion in each.where
        if isinstance(criterion, InRecordOf)
    }
    everywhere = all(
        any(isinstance(criterion, InRecordOf) for criterion in each.where) for each in query.each()
    )
    names = asked.pop() if len(asked) == 1 and everywhere else ()
    return names[0].removeprefix("Patient/") if len(names) == 1 else ""


def warning(sentence: str, kinds: Sequence[str]) -> str:
    """Return what an answer about one person says; "" where nothing is kept back."""
    named = ", ".join(kind.replace("-", " ") for kind in kinds)
    return f"{sentence} Kept back: {named}." if named else ""
