"""The code lists in force: every process that writes labels by those that the store holds."""

from dataclasses import dataclass
from typing import cast

from throughcare.consent.lists import Lists, made, rows_of, shipped
from throughcare.store.protocol import Reader


@dataclass(frozen=True, slots=True)
class Standing:
    """Which lists are in force, and how far the record follows them."""

    number: int
    version: str
    """That of `Lists`."""
    reached: int
    """Persons up to this one follow them."""
    finished: bool
    """True if all do."""


class CodeLists:
    """Knows the lists in force, and reads them again when others are."""

    def __init__(self) -> None:
        """Know those that are shipped: they are in force where a store holds none."""
        self._lists = shipped()
        self._read = self._lists.version
        """The version under which the store holds them: of an earlier release, another."""

    async def now(self, reader: Reader) -> Lists:
        """Return the lists in force for what `reader` sees.

        INVARIANT: asked inside the transaction that writes. Writers take turns, so that nothing is
        labelled by lists that a relabelling replaced before.
        """
        return await self.of(reader, await self.standing(reader))

    async def of(self, reader: Reader, standing: Standing | None) -> Lists:
        """Return the lists of what `standing` says is in force."""
        if standing is None:
            return shipped()
        if standing.version != self._read:
            ((text,),) = await reader.rows("admission.code_list", number=standing.number)
            self._lists, self._read = made(rows_of(cast("str", text))), standing.version
        return self._lists

    @staticmethod
    async def begun(reader: Reader) -> str:
        """Return the version by which a record was labelled from its first entry on, "" if unknown.

        It is where no lists were put in force since, and not of a record that an earlier release
        began.
        """
        rows = await reader.rows("admission.labelled_from_the_start")
        return str(rows[0][0]) if rows else ""

    @staticmethod
    async def standing(reader: Reader) -> Standing | None:
        """Return which lists are in force; None if never others than those shipped were."""
        rows = await reader.rows("admission.code_list_in_force")
        if not rows:
            return None
        number, version, reached, finished = cast("tuple[int, str, int, str | None]", rows[0])
        return Standing(number, version, reached, finished is not None)
