"""The door out for $match: whom a description may mean (FHIR R4, IHE PDQm)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from throughcare.consent import finding
from throughcare.disclosure.answer import Likely, Matches
from throughcare.disclosure.disclosure import Disclosure, unlocated
from throughcare.disclosure.gates import Ground
from throughcare.disclosure.lines import Look
from throughcare.disclosure.masking import Masking
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import query, validation
from throughcare.fhir.nhs import NHS_NUMBER
from throughcare.fhir.outcome import Issue, Severity
from throughcare.identity import PersonIndex
from throughcare.identity.compare import Demographics, demographics_of, nhs_number
from throughcare.identity.likeness import Grade, Likeness
from throughcare.kernel import BadInputError, UnprocessableError
from throughcare.model.decision import Gate
from throughcare.model.entry import Stored
from throughcare.model.request import Request
from throughcare.record import Records
from throughcare.store.protocol import Reader

MOST_NAMED: Final = 100
"""Patients that are looked at for one identifier."""


class Matching:
    """Finds people by a description, for those who may look people up."""

    def __init__(self, door: Disclosure, persons: PersonIndex) -> None:
        """Stand on `door`; ask `persons` how like a description somebody is."""
        self._door = door
        self._persons = persons

    async def match(
        self, request: Request, described: Mapping[str, Any], *, certain: bool, most: int
    ) -> Matches:
        """Return whom `described`, a Patient or part of one, may mean; at most `most` persons.

        A Patient that may not be seen is neither found nor counted, and makes no other likelier.
        Restricted people are not found by where they live or how they are called. Only `certain`
        ones: nobody, if several are. Raises DeniedError, audited, for who may not look people up,
        UnprocessableError for a description that is no Patient, or too little.
        """
        _check(described)
        wanted = demographics_of(described)
        if not _is_enough(described, wanted):
            raise _too_little(described, wanted)
        what = f"Patient/$match?{','.join(sorted(set(described) - {'resourceType', 'meta', 'id'}))}"
        async with self._door.rooms.store.snapshot() as reader:
            ground = await self._door.ground(reader, request)
            await self._door.permit(request, finding.refusal(request, ground.profile), what)
            gate = unlocated(ground) if _tells_place(described) else ground.gate
            named = await self._named(reader, described, gate)
            found = await self._persons.likenesses(reader, wanted, named)
            likely = await self._visible(reader, gate, found.found)
            if certain:
                likely = [each for each in likely if each[0].grade is Grade.CERTAIN]
                likely = likely if len(likely) == 1 else []
            kept = likely[:most]
            masking = Masking(self._door.rooms.records, reader, ground)
            patients = await masking.clean([patient for _, patient in kept])
            decisions = await self._door.decisions(reader, ground, patients)
            look = Look("match", what, decisions, len(kept), permitted=True)
            await self._door.lines.write(request, look)
            warning = await self._warned(reader, ground, patients)
        shown = (
            Likely(patient, each.score, each.grade.value)
            for (each, _), patient in zip(kept, patients, strict=True)
        )
        cut = _cut(len(likely), most, is_whole=found.is_whole)
        remarks = (*_unused(described, wanted), *cut)
        return Matches(tuple(shown), warning, remarks)

    async def _warned(self, reader: Reader, ground: Ground, shown: Sequence[Stored]) -> str:
        """Return what the answer says of withheld content: by section if one person is shown.

        As a search for Patients in their record does; of several nobody could tell whose it is.
        """
        if len(shown) != 1:
            return self._door.warning(ground)
        return await self._door.warned_of(reader, ground, shown[0].subject, {"Patient"})

    async def _named(
        self, reader: Reader, described: Mapping[str, Any], gate: Gate
    ) -> frozenset[int]:
        """Return the source records whose Patient has one of the identifiers of its own source."""
        found: set[int] = set()
        for system, value in _own_identifiers(described):
            token = query.token(system, value)
            asked = query.parse("Patient", [("identifier", token), ("_count", str(MOST_NAMED))])
            page = await self._door.rooms.records.search(reader, asked, gate)
            found |= {entry.subject for entry in page.entries}
        return frozenset(found)

    async def _visible(
        self, reader: Reader, gate: Gate, found: Sequence[Likeness]
    ) -> list[tuple[Likeness, Stored]]:
        """Return each person's best likeness, with the likeliest Patient that may be seen.

        A Patient that its source has put out of use stands for a person who has no other here.
        """
        records: Records = self._door.rooms.records
        subjects = sorted({each.subject for each in found})
        patients: dict[int, Stored] = {}
        for patient in await records.of_subjects(reader, subjects, gate, ["Patient"]):
            patients.setdefault(patient.subject, patient)
        best: dict[int, tuple[Likeness, Stored]] = {}
        for each in found:
            if each.subject not in patients:
                continue
            own = patients[each.subject]
            likeness, shown = best.setdefault(each.person, (each, own))
            if _is_retired(shown) and not _is_retired(own):
                best[each.person] = (likeness, own)
        return list(best.values())


def _check(described: Mapping[str, Any]) -> None:
    """Raise BadInputError for another resource, UnprocessableError for no valid Patient."""
    if not isinstance(described, dict) or described.get("resourceType") != "Patient":
        message = "$match is asked with a Patient, or with parts of one. Send it as resource."
        raise BadInputError(message, place="resource")
    for issue in validation.validate(described):
        if issue.severity in {Severity.ERROR, Severity.FATAL}:
            raise UnprocessableError(issue.text, place=issue.expression)


def _is_enough(described: Mapping[str, Any], wanted: Demographics) -> bool:
    """Tell whether a description is of one person; with less, anybody could be fished for."""
    return bool(_own_identifiers(described) or wanted.number or (wanted.names and wanted.born))


def _too_little(described: Mapping[str, Any], wanted: Demographics) -> UnprocessableError:
    """Return why a description is too little; of a birth date that says nothing, that it is so."""
    if described.get("birthDate") and described.get("name") and wanted.born is None:
        message = (
            "This birth date is no whole date, or a 1 January as is written where none is known. "
            "Add an identifier with its system."
        )
        return UnprocessableError(message, place="Patient.birthDate")
    message = "Describe a person by an identifier with its system, or by name and birth date."
    return UnprocessableError(message, place="Patient")


def _own_identifiers(described: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return system and value of each identifier but NHS numbers."""
    pairs = (
        (each.get("system", ""), each.get("value", "")) for each in described.get("identifier", ())
    )
    return [(system, value) for system, value in pairs if system and value and system != NHS_NUMBER]


def _is_retired(patient: Stored) -> bool:
    return fhir_bytes.read_again(patient.body).get("active") is False


def _unused(described: Mapping[str, Any], wanted: Demographics) -> Iterator[Issue]:
    """Yield what of a description says nothing, so that the asker does not rely on it."""
    for place, each in enumerate(described.get("identifier", ())):
        if each.get("system") == NHS_NUMBER and not nhs_number(str(each.get("value", ""))):
            text = "This NHS number fails its check digit and was not used. Check it for a slip."
            yield Issue(Severity.WARNING, "value", f"Patient.identifier[{place}].value", text)
    if described.get("birthDate") and wanted.born is None:
        text = "This birth date is no whole date that says anything, and was not used."
        yield Issue(Severity.WARNING, "value", "Patient.birthDate", text)


def _cut(found: int, most: int, *, is_whole: bool) -> Iterator[Issue]:
    """Yield why others may be meant than those who are shown."""
    if not is_whole:
        text = (
            "Too many people share parts of this description, and not all of them were compared. "
            "Add what tells the person apart: a whole birth date, a postcode or an NHS number."
        )
        yield Issue(Severity.WARNING, "incomplete", "", text)
    if found > most:
        text = "More people may be meant than count lets through. Raise it before you choose one."
        yield Issue(Severity.WARNING, "incomplete", "", text)


def _tells_place(described: Mapping[str, Any]) -> bool:
    return "address" in described or "telecom" in described
