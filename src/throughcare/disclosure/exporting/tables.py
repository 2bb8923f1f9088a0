"""The door out for tables: the rows of a view over what may be seen, decided and written down."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from throughcare.consent import bulk
from throughcare.disclosure.disclosure import Disclosure
from throughcare.disclosure.exporting import scope
from throughcare.disclosure.exporting.content import Content
from throughcare.disclosure.exporting.duck import Duck
from throughcare.disclosure.exporting.job import Job, Wish
from throughcare.disclosure.gates import Ground
from throughcare.disclosure.lines import Look
from throughcare.disclosure.masking import Masking
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir.tables import Sheet, View
from throughcare.fhir.tables.rows import Row
from throughcare.kernel import UnprocessableError
from throughcare.model.decision import Decision
from throughcare.model.entry import Stored
from throughcare.model.extent import Extent
from throughcare.model.request import Request
from throughcare.store.protocol import Reader

MOST_ENTRIES: Final = 10_000
"""Entries that one run looks at; one line of the ledger names all their persons."""
READ_AT_ONCE: Final = 16
"""Subjects whose entries are in memory together."""
ANSWERED_AT_ONCE: Final = 1_000
"""Resources that DuckDB is handed together."""
LONGEST_SECONDS: Final = 60.0


class Tables:
    """Runs views."""

    def __init__(self, door: Disclosure) -> None:
        """Read through `door`."""
        self._door = door
        self._content = Content(door)

    async def stored(
        self, request: Request, wish: Wish, view: View, sheet: Sheet, duck: Duck | None = None
    ) -> None:
        """Add to `sheet` the rows of what this request may see; the line is written on return.

        `duck` answers the view, or Python where there is none; the rows are the same. It is an
        export, and takes the same right. Raises DeniedError, audited, without it, NotFoundError
        for a Group that it may not take, UnprocessableError, after the line, for a view that
        can't be answered over what is there, or costs too much.
        """
        what = f"{view.resource}/$run"
        await self._door.permit(request, bulk.refusal(request, self._door.rooms.profile), what)
        decisions: dict[int, Decision] = {}
        filling = Filling(view, sheet, duck)
        async with self._door.rooms.store.snapshot() as reader:
            ground = await self._door.ground(reader, request)
            masking = Masking(self._door.rooms.records, reader, ground)
            async for found in self._entries(reader, ground, wish, view.resource):
                before = filling.seen
                shown = await masking.clean(found)
                await filling.add(fhir_bytes.read_again(entry.body) for entry in shown)
                looked_at = found[: filling.seen - before]
                decisions |= await self._door.decisions(reader, ground, looked_at)
                if filling.is_over:
                    break
            look = Look("export", what, decisions, filling.seen, permitted=True)
            await self._door.lines.write(request, look)
        filling.check()

    async def sent(
        self,
        resources: Iterable[Mapping[str, Any]],
        view: View,
        sheet: Sheet,
        duck: Duck | None = None,
    ) -> None:
        """Add to `sheet` the rows of resources that came with the request: nothing is read.

        Raises UnprocessableError for a view that can't be answered over them, or costs too much.
        """
        filling = Filling(view, sheet, duck)
        await filling.add(resources)
        filling.check()

    async def _entries(
        self, reader: Reader, ground: Ground, wish: Wish, type_: str
    ) -> AsyncIterator[Sequence[Stored]]:
        """Yield the visible entries of a type, some subjects at a time."""
        records = self._door.rooms.records
        subjects = await scope.subjects(records, reader, ground, wish)
        job = Job(ground.request.id, ground.request, wish, ground.request.at, subjects)
        extent = Extent(types=(type_,), since=wish.since)
        after = -1
        while some := await self._content.following(reader, job, after, READ_AT_ONCE):
            after = some[-1]
            yield await records.extent(reader, some, ground.gate, extent)


class Filling:
    """A sheet that is being filled, within bounds; others get their turn after each resource."""

    def __init__(self, view: View, sheet: Sheet, duck: Duck | None = None) -> None:
        """Fill `sheet` with rows of `view`, which `duck` answers as far as it can."""
        self.seen = 0
        """Resources that were looked at, those without a row too."""
        self._view = view
        self._sheet = sheet
        self._duck = duck
        self._fault: UnprocessableError | None = None
        self._ends = asyncio.get_running_loop().time() + LONGEST_SECONDS

    @property
    def is_over(self) -> bool:
        """Tell whether no more is to be looked at."""
        return self._fault is not None or self._sheet.is_full

    async def add(self, resources: Iterable[Mapping[str, Any]]) -> None:
        """Add the rows of `resources` until it is over. What goes wrong is kept for `check`."""
        some = iter(resources)
        while batch := list(islice(some, ANSWERED_AT_ONCE if self._duck else 1)):
            if self.is_over:
                return
            for resource, rows in zip(batch, await self._answered(batch), strict=True):
                self._fill(resource, rows)
            await asyncio.sleep(0)

    async def _answered(self, batch: Sequence[Mapping[str, Any]]) -> Sequence[Iterable[Row] | None]:
        """Return the rows of each resource in SQL; None for one that is asked in Python."""
        if self._duck is None:
            return [None]
        left = self._ends - asyncio.get_running_loop().time()
        return await asyncio.to_thread(self._duck.rows, batch, max(left, 0.0))

    def _fill(self, resource: Mapping[str, Any], rows: Iterable[Row] | None) -> None:
        if self.is_over:
            return
        try:
            self._refuse_too_much()
            self.seen += 1
            if rows is None:
                self._sheet.fill(self._view, resource)
            else:
                self._sheet.take(rows)
        except UnprocessableError as fault:
            self._fault = fault

    def check(self) -> None:
        """Raise the UnprocessableError that was met, if one was."""
        if self._fault is not None:
            raise self._fault

    def _refuse_too_much(self) -> None:
        if self.seen == MOST_ENTRIES:
            message = (
                f"The view meets more than {MOST_ENTRIES} resources. "
                "Narrow it by patient, group, _since or _limit, or take an $export."
            )
            raise UnprocessableError(message)
        if asyncio.get_running_loop().time() > self._ends:
            message = (
                f"The view took longer than {LONGEST_SECONDS:.0f} s. "
                "Narrow it by patient, group, _since or _limit, or ask for less."
            )
            raise UnprocessableError(message)
