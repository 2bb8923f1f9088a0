"""Whose records are taken out in bulk: everybody's, some Patients' or a Group's."""

from throughcare.disclosure.existence import UNKNOWN
from throughcare.disclosure.exporting.job import Level, Wish
from throughcare.disclosure.gates import Ground
from throughcare.disclosure.links import siblings
from throughcare.fhir import bytes as fhir_bytes
from throughcare.kernel import NotFoundError, UnprocessableError
from throughcare.record import Records
from throughcare.store.protocol import Reader


async def subjects(
    records: Records, reader: Reader, ground: Ground, wish: Wish
) -> tuple[int, ...] | None:
    """Return the source records that are asked for; None for all.

    Raises NotFoundError for a Group that this request may not take.
    """
    own = ground.request.actor.person
    meant = None if own is None else set(ground.gate.residuals)
    patients = list(wish.patients)
    if wish.level is Level.GROUP:
        members = await _listed(records, reader, ground, wish.group)
        patients = [each for each in members if not wish.patients or each in wish.patients]
    elif not patients:
        return None if meant is None else tuple(sorted(meant))
    references = [f"Patient/{each}" for each in patients]
    found = {entry.subject for entry in await records.named(reader, references, ground.gate)}
    whole = set(await siblings(reader, found))
    return tuple(sorted(whole if meant is None else whole & meant))


async def _listed(records: Records, reader: Reader, ground: Ground, id_: str) -> list[str]:
    """Return the logical ids of the Patients in a Group.

    It is nobody's record, and tells something of its members: only the organisation that wrote
    it may export it. Raises NotFoundError for any other.
    """
    organisation = ground.request.actor.organisation
    found = await records.candidate(reader, "Group", id_)
    if found is not None and ground.classes[found.seen.cls].custodian == organisation:
        for group in await records.unfiltered(reader, [found.seen.subject], ["Group"]):
            if group.id == id_:
                return _members(fhir_bytes.read_again(group.body))
    raise NotFoundError(UNKNOWN.format(type="Group"))


def _members(group: dict[str, object]) -> list[str]:
    """Return the logical ids of the Patients in a Group of persons.

    Raises UnprocessableError for one that names nobody but describes them.
    """
    if group.get("actual") is not True or group.get("type") != "person":
        message = "This Group lists no persons. Export one whose members are Patients."
        raise UnprocessableError(message, place="Group.actual")
    members = group.get("member", [])
    listed = members if isinstance(members, list) else []
    references = [
        each.get("entity", {}).get("reference", "") for each in listed if not each.get("inactive")
    ]
    return [each.removeprefix("Patient/") for each in references if each.startswith("Patient/")]
