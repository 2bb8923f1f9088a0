"""What commands ask of a node: the same doors as the pages, with text or JSON for an answer."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from throughcare.app.node import Node
from throughcare.consent import prose
from throughcare.disclosure.sections import kept_back
from throughcare.disclosure.views import Emergency, Withheld
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import nhs
from throughcare.kernel import BadInputError, ConflictError, DeniedError, NotFoundError
from throughcare.model.request import Request
from throughcare.summary.emergency import emergency_summary, to_json


async def person_with(node: Node, number: str) -> int:
    """Return the person with this NHS number.

    Who waits for review counts only where nobody else has it. Raises NotFoundError, ConflictError
    if several have it, or BadInputError.
    """
    clean = nhs.normalise(number)
    if not nhs.is_nhs_number(clean):
        message = "This is no NHS number: ten digits of which the last checks the others."
        raise BadInputError(message)
    async with node.store.snapshot() as reader:
        found = await node.persons.holders(reader, clean)
    if not found:
        message = "Nobody here has this NHS number. Search by name and date of birth instead."
        raise NotFoundError(message)
    if len(found) > 1:
        message = (
            "More than one person here has this NHS number, and nobody has said yet whose it is."
            " Decide it among the reviews (throughcare reviews), or search by name and date of"
            " birth."
        )
        raise ConflictError(message)
    return found[0]


async def person_id_with(node: Node, number: str) -> str:
    """Return the public id of the person with this NHS number."""
    person = await person_with(node, number)
    async with node.store.snapshot() as reader:
        return await node.persons.public_id(reader, person)


async def emergency(node: Node, number: str, request: Request) -> Mapping[str, Any]:
    """Return the emergency summary as ``throughcare emergency --json`` prints it.

    A refusal at rank 0, of the role or its purpose, is an answer too: nothing is shown, not even
    the name, and it says why.
    """
    try:
        found = await node.people.emergency(request, await person_id_with(node, number))
    except DeniedError as refusal:
        return refused(refusal, request.day)
    return as_json(found)


def refused(refusal: DeniedError, today: date) -> dict[str, Any]:
    """Return the emergency summary of which this role may see nothing at all."""
    nothing = kept_back(emergency_summary((), (), (), today=today, title_limited=True))
    withheld = Withheld(0, "role", refusal.message, break_glass=False)
    return to_json(nothing) | {
        "name": "Not shown",
        "withheld": _withheld(withheld),
        "warning": "",
    }


def as_json(found: Emergency) -> dict[str, Any]:
    """Return an emergency summary as JSON values."""
    return to_json(found.summary) | {
        "withheld": _withheld(found.withheld),
        "warning": found.warning,
    }


def _withheld(withheld: Withheld | None) -> dict[str, Any] | None:
    if withheld is None:
        return None
    return {
        "decision": withheld.decision,
        "rank": withheld.rank,
        "text": withheld.text,
        "break_glass": withheld.break_glass,
    }


async def whole_record(node: Node, number: str, request: Request) -> str:
    """Return everything that `request` may read of a person, as text: FHIR with its letters."""
    person_id = await person_id_with(node, number)
    patients = await node.people.patients(request, person_id)
    parts = [str(await emergency(node, number, request))]
    parts.append(str(await node.timelines.page(request, person_id)))
    for patient in patients:
        answer = await node.operations.wholes.everything(request, patient)
        for entry in answer.entries:
            parts.append(entry.body.decode())
            parts.append(prose.text_of(fhir_bytes.parse(entry.body)))
    return "\n".join(parts)
