"""The door out for bulk exports: asked for, counted in the background, fetched file by file.

No file waits on disk. Each is read from the record when it is fetched, under the decision of that
moment: who has withdrawn by then is in none.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import Final

import msgspec

from throughcare.consent import bulk
from throughcare.disclosure.disclosure import Disclosure
from throughcare.disclosure.exporting import scope
from throughcare.disclosure.exporting.content import COUNTED_AT_ONCE, Content, joined
from throughcare.disclosure.exporting.job import Job, Level, Part, State, Wish
from throughcare.disclosure.exporting.shelf import Shelf
from throughcare.disclosure.lines import Look
from throughcare.disclosure.masking import Masking
from throughcare.kernel import (
    Clock,
    DeniedError,
    NotFoundError,
    OverloadedError,
    ThroughcareError,
)
from throughcare.model.decision import Decision
from throughcare.model.entry import Stored
from throughcare.model.request import Request

LOG: Final = logging.getLogger(__name__)
MOST_JOBS: Final = 64
MOST_OF_ONE: Final = 8
"""Exports that a node keeps, and those of one asker."""
MOST_ATTEMPTS: Final = 5
"""How often the work on an export is begun, in this process or the next."""
AGAIN_SECONDS: Final = 1.0
NO_EXPORT: Final = "There is no such export, or none of yours. Ask for a new one."


@dataclass(frozen=True, slots=True)
class File:
    """A file of an export."""

    job: Job
    entries: tuple[Stored, ...]


class Exports:
    """Exports of a node; one for all requests of a process."""

    def __init__(self, door: Disclosure, shelf: Shelf, clock: Clock) -> None:
        """Read through `door`, keep jobs on `shelf`."""
        self._door = door
        self._shelf = shelf
        self._clock = clock
        self._content = Content(door)
        self._working: dict[str, asyncio.Task[None]] = {}

    async def begin(self, request: Request, wish: Wish) -> Job:
        """Take an export on and begin to work on it; it is on disk on return.

        Raises DeniedError, audited, if this request may not export, NotFoundError for a Group or
        Patient that it may not see, OverloadedError while too many are kept.
        """
        await self._permit(request, _what(wish))
        self._shelf.sweep(self._clock.now())
        kept = list(self._shelf.all())
        if len(kept) >= MOST_JOBS or sum(job.is_of(request) for job in kept) >= MOST_OF_ONE:
            message = "Too many exports are kept. Delete one that is fetched, or wait for its end."
            raise OverloadedError(message)
        async with self._door.rooms.store.snapshot() as reader:
            ground = await self._door.ground(reader, request)
            subjects = await scope.subjects(self._door.rooms.records, reader, ground, wish)
            at = self._clock.now()
            job = Job(self._door.rooms.ids.new(), ground.request, wish, at, subjects)
            job = msgspec.structs.replace(job, total=await self._content.total(reader, job))
            look = Look("export", _what(wish), {}, 0, permitted=True)
            await self._door.lines.write(request, look)
        self._shelf.put(job)
        self._work_on(job)
        return job

    def status(self, request: Request, id_: str) -> Job:
        """Return how far an export is; goes on with one that nobody works on.

        Raises NotFoundError for an unknown one, or another's.
        """
        job = self._own(request, id_)
        if job.state is State.UNDER_WAY:
            self._work_on(job)
        return job

    async def cancel(self, request: Request, id_: str) -> None:
        """Take an export down. Raises NotFoundError for an unknown one, or another's."""
        job = self._own(request, id_)
        self._shelf.remove(job.id)
        look = Look("export", f"{_what(job.wish)} deleted", {}, 0, permitted=True)
        await self._door.lines.write(request, look)

    async def file(self, request: Request, id_: str, number: int) -> File:
        """Return a file of a complete export, read now and decided now; the line is written.

        Raises DeniedError, audited, if this request may not export any more, NotFoundError for a
        file that is not there.
        """
        job = self._own(request, id_)
        await self._permit(request, _what(job.wish))
        if job.state is not State.COMPLETE or not 0 <= number < len(job.parts):
            raise NotFoundError(NO_EXPORT)
        part = job.parts[number]
        shown: list[Stored] = []
        async with self._door.rooms.store.snapshot() as reader:
            ground = await self._door.ground(reader, request)
            masking = Masking(self._door.rooms.records, reader, ground)
            decisions: dict[int, Decision] = {}
            async for entries in self._content.entries(reader, ground, job, part):
                shown += await masking.clean(entries)
                decisions |= await self._door.decisions(reader, ground, entries)
            look = Look("export", _of(part), decisions, len(shown), permitted=True)
            await self._door.lines.write(request, look)
        return File(job, tuple(shown))

    def remark(self, request: Request) -> str:
        """Return what exports for this purpose leave out, alike for everybody; "" if nothing."""
        return bulk.remark(request)

    async def resume(self) -> None:
        """Go on with what was under way when the node stopped."""
        self._shelf.sweep(self._clock.now())
        for job in self._shelf.all():
            if job.state is State.UNDER_WAY:
                self._work_on(job)

    async def close(self) -> None:
        """Leave work where it is: it goes on when the node is served again."""
        working = list(self._working.values())
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)

    async def _permit(self, request: Request, what: str) -> None:
        refusal = bulk.refusal(request, self._door.rooms.profile)
        if refusal:
            await self._door.lines.write(request, Look("export", what, {}, 0, permitted=False))
            raise DeniedError(refusal)

    def _own(self, request: Request, id_: str) -> Job:
        job = self._shelf.get(id_)
        if job is None or not job.is_of(request) or job.expires <= self._clock.now():
            raise NotFoundError(NO_EXPORT)
        return job

    def _work_on(self, job: Job) -> None:
        """Begin to work on an export in the background, unless this process does already."""
        if job.id in self._working:
            return
        task = asyncio.create_task(self._work(job.id))
        self._working[job.id] = task
        task.add_done_callback(lambda _: self._working.pop(job.id, None))

    async def _work(self, id_: str) -> None:
        """Count an export to its end. What is done is kept, so that a restart goes on from there.

        INVARIANT: complete is written once every subject was counted, and never before.
        """
        with self._shelf.lock(id_) as mine:
            job = self._shelf.get(id_) if mine else None
            if job is None or job.state is not State.UNDER_WAY:
                return
            job = msgspec.structs.replace(job, attempts=job.attempts + 1)
            if job.attempts > MOST_ATTEMPTS:
                fault = "The work on this export ended again and again. Tell the node's IT lead."
                self._shelf.update(msgspec.structs.replace(job, state=State.FAILED, fault=fault))
                return
            packed: dict[str, int] = {}
            while self._shelf.update(job) and job.state is State.UNDER_WAY:
                job = await self._step(job, packed)

    async def _step(self, job: Job, packed: dict[str, int]) -> Job:
        """Return an export with the next subjects counted; tries again while the node is busy."""
        try:
            return await self._counted(job, packed)
        except OverloadedError:
            await asyncio.sleep(AGAIN_SECONDS)
            return job
        except ThroughcareError as error:
            LOG.warning("an export failed: %s", error.message)
            return msgspec.structs.replace(job, state=State.FAILED, fault=error.message)

    async def _counted(self, job: Job, packed: dict[str, int]) -> Job:
        async with self._door.rooms.store.snapshot() as reader:
            subjects = await self._content.following(reader, job, job.after, COUNTED_AT_ONCE)
            if not subjects:
                return msgspec.structs.replace(job, state=State.COMPLETE, done=job.total)
            ground = await self._door.ground(reader, job.request)
            found = await self._content.amounts(reader, ground, job, subjects)
        return msgspec.structs.replace(
            job,
            parts=tuple(joined(job.parts, packed, found)),
            after=subjects[-1],
            done=min(job.done + len(subjects), job.total),
        )


def _what(wish: Wish) -> str:
    """Return what an audit line says: the level, the types and names of parameters."""
    owner = {Level.SYSTEM: "", Level.PATIENTS: "Patient/", Level.GROUP: f"Group/{wish.group}/"}
    types = f"?_type={','.join(wish.types)}" if wish.types else ""
    return f"{owner[wish.level]}$export{types}"


def _of(part: Part) -> str:
    return f"{part.type}/$export"
