"""The door out for figures: how many people there are, under disclosure control."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from throughcare.consent import counts
from throughcare.consent.counts import Shown
from throughcare.disclosure.disclosure import Disclosure
from throughcare.disclosure.lines import Look
from throughcare.fhir import query
from throughcare.identity import PersonIndex
from throughcare.kernel import BadInputError
from throughcare.model.decision import Gate, Residual
from throughcare.model.request import Request

TYPES: Final = frozenset(
    {
        *("AllergyIntolerance", "Condition", "Immunization", "MedicationRequest"),
        *("MedicationStatement", "Observation", "Procedure"),
    }
)
"""Types of entry by whose code people are counted."""
UNKNOWN: Final = "unknown"
_BAND: Final = 10
_OLDEST: Final = 90

Group = Callable[[str, date | None, date], str]
"""Tells the group of somebody of a sex, born on a day, as of today."""


class Counting:
    """Counts people; nothing else about them is handed out."""

    def __init__(self, door: Disclosure, persons: PersonIndex) -> None:
        """Stand on `door`; ask `persons` for sex and birth date."""
        self._door = door
        self._persons = persons

    async def count(self, request: Request, type_: str, code: str, by: str) -> Shown:
        """Return how many people have a current entry of `type_` with one `code`, in groups.

        `code` is ``system|code``; `by` is ``sex``, ``age`` or "" for the total alone. Nothing else
        can be asked for: with conditions of their own choice, somebody could take one figure from
        another. Raises DeniedError, audited, for who may not count; BadInputError for another
        question.
        """
        what = f"{type_}/$count-people?{'code,by' if by else 'code'}"
        async with self._door.rooms.store.snapshot() as reader:
            # A role that only counts sees no kind of entry, so the ranks are not asked.
            ground = await self._door.gates.ground(reader, request)
            await self._door.permit(request, counts.refusal(request, ground.profile), what)
            asked = query.parse(type_, [("code", _one(type_, code))])
            residuals = dict.fromkeys((0, *ground.known.waiting), Residual())
            gate = Gate(residuals, counts.counted(ground.classes, ground.profile))
            subjects = await self._door.rooms.records.subjects_of(reader, asked, gate)
            facts = await self._persons.sexes_and_ages(reader, subjects)
            await self._door.lines.write(request, Look("count", what, {}, 0, permitted=True))
        today = request.day
        groups = Counter(_GROUPS[by](sex, born, today) for sex, born in facts.values())
        cells = {name: groups[name] for name in sorted(_NAMES[by] | groups.keys())}
        found = counts.table(cells)
        return found if by else Shown(found.total, {})


def _one(type_: str, code: str) -> str:
    """Return `code`, which has to be one with its system. Raises BadInputError."""
    system, bar, value = code.partition("|")
    if type_ not in TYPES:
        message = f"People are counted by entries of {', '.join(sorted(TYPES))}. Ask for one."
        raise BadInputError(message, place="type")
    if not (system and bar and value) or "," in code or "|" in value or "\\" in code:
        message = "People are counted by one code: write it as system|code, and only one."
        raise BadInputError(message, place="code")
    return code


def _sex(sex: str, _born: date | None, _today: date) -> str:
    return sex or UNKNOWN


def _age(_sex: str, born: date | None, today: date) -> str:
    if born is None or born > today:
        return UNKNOWN
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    low = min(years // _BAND * _BAND, _OLDEST)
    return _band(low)


def _all(_sex: str, _born: date | None, _today: date) -> str:
    return "all"


def _band(low: int) -> str:
    return f"{low}+" if low == _OLDEST else f"{low}-{low + _BAND - 1}"


_GROUPS: Final[Mapping[str, Group]] = {"": _all, "sex": _sex, "age": _age}
_NAMES: Final[Mapping[str, set[str]]] = {
    "": {"all"},
    "sex": {"female", "male", UNKNOWN},
    "age": {*map(_band, range(0, _OLDEST + 1, _BAND)), UNKNOWN},
}
GROUPINGS: Final = tuple(sorted(_GROUPS.keys() - {""}))
