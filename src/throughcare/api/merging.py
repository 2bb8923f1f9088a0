"""``Patient/$merge`` (FHIR R6) and its undoing: two Patients are one person's, or are not.

Nothing is moved or rewritten: each source keeps its own Patient; what changes is whose they are.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from throughcare.admission.linking import LONGEST_REASON, Linking, Meant
from throughcare.api import parameters
from throughcare.api.call import Call, Reply
from throughcare.api.routes import ID, Interaction, Route
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir.outcome import Issue, Severity, outcome
from throughcare.kernel import BadInputError, UnprocessableError
from throughcare.model.person import Foreseen, Ruled, SourceRecord

Json = Mapping[str, Any]

SIDES: Final = ("source", "target")
NAMED: Final = frozenset(f"{side}-patient{end}" for side in SIDES for end in ("", "-identifier"))


class Merging:
    """Asks the door in, and tells what changed."""

    def __init__(self, linking: Linking) -> None:
        """Decide by `linking`."""
        self._linking = linking

    async def merge(self, route: Route, call: Call) -> Reply:
        """Obey, or with ``preview`` foresee. The answer holds the records of each person.

        Raises BadInputError for parameters that it can't heed, UnprocessableError for
        ``result-patient`` and ``delete-source``, and what `Linking.rule` raises.
        """
        parts = parameters.parts(call.body)
        is_merge = route.interaction is Interaction.MERGE
        _refuse(parts)
        own = ("preview", "reason") if is_merge else ("preview", "reason", "keep-apart")
        pairs = [pair for pair in parameters.given(call) if pair[0] not in NAMED]
        simple = parameters.known(tuple(pairs), *own, "delete-source")
        if parameters.yes(simple, "delete-source"):
            message = (
                "A merge deletes nothing, so that it can be taken back. Leave delete-source out."
            )
            raise UnprocessableError(message, place="delete-source")
        pair = _meant(parts, "target", call.base), _meant(parts, "source", call.base)
        apart = not is_merge and parameters.yes(simple, "keep-apart")
        same = True if is_merge else False if apart else None
        reason = parameters.one(simple, "reason", f"asked for by {call.path}")[:LONGEST_REASON]
        if parameters.yes(simple, "preview"):
            found = await self._linking.foresee(call.request, pair, same=same)
        else:
            found = await self._linking.rule(call.request, pair, same=same, why=reason)
        words = _told(found, preview=parameters.yes(simple, "preview"), undo=same is None)
        return Reply(200, fhir_bytes.dump(_answer(parts, found, words)))


def _told(found: Foreseen, *, preview: bool, undo: bool) -> str:
    """Return in a sentence what a decision did, or would do."""
    if found.changes:
        does = "would change" if preview else "changed"
        return f"It {does} whose records these are: before and after are told here."
    does, be = ("would change", "would be") if preview else ("changed", "is")
    return f"It {does} nobody's record; the decision {be} {'taken back' if undo else 'kept'}."


def _refuse(parts: Sequence[Json]) -> None:
    if any(part["name"] == "result-patient" for part in parts):
        message = (
            "This node keeps what each source says of a person, and a merge changes none of it. "
            "Leave result-patient out, and send a change of the target as an update of its own."
        )
        raise UnprocessableError(message, place="result-patient")


def _meant(parts: Sequence[Json], side: str, base: str) -> Meant:
    """Return the Patient that is named as `side`. Raises BadInputError for none, or two ways."""
    name = f"{side}-patient"
    references = [part.get("valueReference", {}) for part in parts if part["name"] == name]
    numbers = [
        part.get("valueIdentifier", {}) for part in parts if part["name"] == f"{name}-identifier"
    ]
    if len(references) + bool(numbers) != 1:
        message = f"Name one {side}: by {name}, or by {name}-identifier, not by both."
        raise BadInputError(message, place=name)
    if references:
        return Meant(id=_id(references[0], name, base))
    named = [
        (each.get("system"), each.get("value")) if isinstance(each, dict) else (None, None)
        for each in numbers
    ]
    if not all(isinstance(text, str) and text for pair in named for text in pair):
        message = f"{name}-identifier is an Identifier with its system and value; complete it."
        raise BadInputError(message, place=f"{name}-identifier")
    identifiers = tuple((str(system), str(value)) for system, value in named)
    return Meant(identifiers=identifiers, place=f"{name}-identifier")


def _id(reference: Any, place: str, base: str) -> str:  # noqa: ANN401 - as it was sent
    text = reference.get("reference") if isinstance(reference, dict) else None
    kind, _, id_ = str(text or "").removeprefix(f"{base}/").partition("/")
    if kind != "Patient" or not ID.fullmatch(id_):
        message = f"{place} is a reference to a Patient of this node, such as Patient/ID."
        raise BadInputError(message, place=place)
    return id_


def _answer(parts: Sequence[Json], found: Foreseen, told: str) -> Json:
    issue = Issue(Severity.INFORMATION, "informational", "", told)
    given = {"resourceType": "Parameters", "parameter": list(parts)}
    return {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "input", "resource": given},
            {"name": "outcome", "resource": outcome([issue])},
            *({"name": "before", "part": _person(group)} for group in found.before),
            *({"name": "after", "part": _person(group)} for group in found.after),
            *({"name": "unheeded", "part": _ruled(each)} for each in found.unheeded),
        ],
    }


def _ruled(ruled: Ruled) -> list[Json]:
    """Return what was said before and could not hold beside it."""
    return [
        {"name": "decision", "valueCode": "same" if ruled.same else "different"},
        {"name": "by", "valueString": "the source" if ruled.by_source else ruled.who},
        {"name": "at", "valueInstant": ruled.at.isoformat()},
        *_person((ruled.left, ruled.right)),
    ]


def _person(records: Sequence[SourceRecord]) -> list[Json]:
    return [
        {
            "name": "record",
            "valueIdentifier": {"value": each.local_id, "assigner": {"display": each.source}},
        }
        for each in records
    ]
