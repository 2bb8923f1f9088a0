"""Which profile of the locality is in force: versions in the store, each with who brought it."""

from dataclasses import dataclass

import msgspec

from throughcare.app import operator
from throughcare.app.folder import Folder
from throughcare.audit.journal import Journal
from throughcare.consent import lists, profile
from throughcare.kernel import Clock, Ids, NotFoundError
from throughcare.model.decision import Obligation
from throughcare.store.durable import replace_file
from throughcare.store.protocol import Reader, Store, Transaction

BY_HAND = "locality.toml was changed by hand"
AT_FIRST = "the node began with it"


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the profile that is, or was, in force."""

    version: str
    since: str
    who: str
    why: str


async def adopt(folder: Folder, store: Store, journal: Journal, clock: Clock, ids: Ids) -> None:
    """Put the text of ``locality.toml`` in force, if it is another than the one that is.

    So a file that was edited by hand binds every process from the moment that one opens the node,
    and the ledger says so.
    """
    text = folder.locality.read_text("utf-8")
    async with store.snapshot() as reader:
        if await text_in_force(reader) == text:
            return
    await store.transact(_Change(journal, clock, ids, text, BY_HAND).work)


async def use(folder: Folder, store: Store, changing: "_Change") -> None:
    """Put a text in force: the file first, so that a process which starts meanwhile agrees."""
    before = folder.locality.read_bytes()
    replace_file(folder.locality, changing.text.encode(), 0o644)
    in_force = False
    try:
        await store.transact(changing.work)
        in_force = True
    finally:
        if not in_force:
            replace_file(folder.locality, before, 0o644)


def change(journal: Journal, clock: Clock, ids: Ids, text: str, why: str) -> "_Change":
    """Return the work that puts `text` in force, for the reason `why`."""
    return _Change(journal, clock, ids, text, why)


@dataclass(frozen=True, slots=True)
class _Change:
    """Puts a text in force: version, consent epoch and line of the ledger in one transaction."""

    journal: Journal
    clock: Clock
    ids: Ids
    text: str
    why: str

    async def work(self, tx: Transaction) -> None:
        rows = await tx.rows("admission.profile_in_force")
        number, before = (int(rows[0][0] or 0), str(rows[0][1])) if rows else (0, "")
        if rows and str(rows[0][2]) == self.text:
            return
        after = profile.parse(self.text).version
        what = f"rules of sharing from {before} to {after}" if before else f"rules {after}"
        line = operator.line(self.clock, self.ids, "profile", what, because=(self.why,))
        await tx.run(
            "admission.add_profile",
            number=number + 1,
            version=after,
            body=self.text,
            since=self.clock.now().isoformat(timespec="seconds"),
            who=line.user,
            why=self.why if before else AT_FIRST,
        )
        if not before:  # a record that begins with this program is labelled by what it ships
            await tx.run("admission.begin_labelled", version=lists.shipped().version)
        if before:  # the first is what every process began with
            await tx.run("admission.raise_epoch", subject=0)
            # The privacy officer looks through lines with an alert.
            alert = (Obligation.ALERT.value,)
            await self.journal.record(tx, msgspec.structs.replace(line, obligations=alert))


async def text_in_force(reader: Reader) -> str:
    """Return the text of the profile in force; "" of a node that was never opened."""
    rows = await reader.rows("admission.profile_in_force")
    return str(rows[0][2]) if rows else ""


async def versions(reader: Reader) -> list[Version]:
    """Return every version that was in force, newest first."""
    rows = await reader.rows("admission.profiles")
    return [Version(*map(str, row[1:])) for row in rows]


async def text_of(reader: Reader, version: str) -> str:
    """Return the text of a version. Raises NotFoundError if it was never in force here."""
    rows = await reader.rows("admission.profile_text", version=version)
    if not rows:
        message = f"{version} was never in force here. 'throughcare profile list' says which were."
        raise NotFoundError(message)
    return str(rows[0][0])
