"""What is known of people, while snapshots of different ages are read beside each other."""

import asyncio
from collections.abc import Collection
from pathlib import Path

from doors.node_parts import consent, load, names, node_in, patient, person_of, submission
from throughcare.disclosure.contexts import Contexts
from throughcare.store.lock import Lock
from throughcare.store.protocol import Reader, Row, Value


class Slow:
    """A reader that waits at each statement named, until it is let go."""

    spread = False

    def __init__(self, reader: Reader, at: str) -> None:
        """Wait in `reader` at the statement `at`."""
        self._reader = reader
        self._at = at
        self.reached, self.go = asyncio.Event(), asyncio.Event()
        self.locked = reader.locked

    def under(self, lock: Lock) -> Reader:
        """Return the reader under `lock`: nobody waits there."""
        return self._reader.under(lock)

    async def rows(self, statement: str, **params: Value) -> list[Row]:
        """Wait at the statement, then run it."""
        if statement == self._at:
            self.reached.set()
            await self.go.wait()
        return await self._reader.rows(statement, **params)

    async def query(
        self, text: str, values: tuple[Value, ...], *, subjects: Collection[int] | None = None
    ) -> list[Row]:
        """Run it."""
        return await self._reader.query(text, values, subjects=subjects)


async def test_an_older_snapshot_never_undoes_what_a_newer_one_knows(tmp_path: Path) -> None:
    async with node_in(tmp_path) as node:
        yes = consent("urn:gp:Khan", status="inactive")
        (made,) = await load(node, submission("gp", patient("Khan"), yes))
        patient_name, consent_name = names(made)
        person = await person_of(node, patient_name)
        contexts = Contexts(node.records)
        async with node.store.snapshot() as before:
            await before.rows("admission.newest_epoch")  # the snapshot begins here
            no = consent(patient_name) | {"id": consent_name.partition("/")[2]}
            await load(node, submission("gp", no, key="2"))
            async with node.store.snapshot() as after:
                slow = Slow(after, "disclosure.subjects_without_person")
                newer = asyncio.create_task(contexts.known(slow))
                await slow.reached.wait()
                older = await contexts.known(before)
                slow.go.set()
                known = await newer
                again = await contexts.known(after)
        active = [
            [directive.active for directive in each.context(person).directives]
            for each in (older, known, again)
        ]
        assert active == [[False], [True], [True]]


async def test_a_late_reader_of_an_older_snapshot_does_not_become_what_is_known(
    tmp_path: Path,
) -> None:
    async with node_in(tmp_path) as node:
        (made,) = await load(node, submission("gp", patient("Khan"), consent("urn:gp:Khan")))
        contexts = Contexts(node.records)
        async with node.store.snapshot() as before:
            await before.rows("admission.newest_epoch")
            other = consent(names(made)[0])
            await load(node, submission("gp", other, key="2"))
            async with node.store.snapshot() as after:
                newest = await contexts.known(after)
                assert (await contexts.known(before)).newest < newest.newest
                assert await contexts.known(after) is newest
