"""What commands do with the profile of a locality: check a text, compare two, put one in force."""

from dataclasses import dataclass
from pathlib import Path

from throughcare.app import enacting, operator
from throughcare.app.node import Node
from throughcare.app.texts import text_of
from throughcare.consent import coherence, profile, saying
from throughcare.consent.saying import Report
from throughcare.disclosure.simulating import Progress, Simulated, Simulating, together
from throughcare.model.request import Actor, Purpose, Request, Role

__all__ = [
    "Checked",
    "Report",
    "Simulated",
    "Used",
    "check",
    "compare",
    "simulate",
    "together",
    "use",
]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look at a profile found."""

    faults: tuple[tuple[int, str], ...]
    """Line, 0 where there is none, and a sentence with key, rule and way out."""
    remarks: tuple[str, ...]
    """What is allowed and looks like an oversight; none where there are faults."""
    version: str
    """"" where there are faults."""


def check(file: Path) -> Checked:
    """Look at every key of the profile in `file`. Raises BadInputError for what is no TOML."""
    text = text_of(file)
    found = profile.faults(text)
    if found:
        said = ((line, f"{each.key} {each.rule}. {each.way_out}.") for line, each in found)
        return Checked(tuple(said), (), "")
    read = profile.parse(text)
    return Checked((), tuple(coherence.remarks(read)), read.version)


def compare(old: Path, new: Path) -> tuple[str, str, Report]:
    """Return both versions, and what the newer one opens and closes. Raises BadInputError."""
    texts = [text_of(each) for each in (old, new)]
    before, after = (profile.parse(text).version for text in texts)
    return before, after, saying.report(*texts)


@dataclass(frozen=True, slots=True)
class Used:
    """A profile put in force."""

    before: str
    after: str
    """Versions."""
    texts: tuple[str, str]
    """What was in force before, and what is now."""

    def report(self) -> Report:
        """Return what the change opened and closed; takes a second of CPU."""
        return saying.report(*self.texts)


async def use(node: Node, text: str, why: str) -> Used | None:
    """Put a text in force for every process of the node; durable on return.

    Each request whose snapshot opens after that is decided by it. None if it is in force already.
    Raises BadInputError for a text that is no profile: nothing has changed then.
    """
    after = profile.parse(text).version
    async with node.store.snapshot() as reader:
        before = await enacting.text_in_force(reader)
    if before == text:
        return None
    changing = enacting.change(node.journal, node.clock, node.ids, text, why)
    await enacting.use(node.folder, node.store, changing)
    await node.disclosure.refresh()
    return Used(profile.parse(before).version, after, (before, text))


async def simulate(node: Node, text: str, progress: Progress) -> tuple[str, str, Simulated]:
    """Return both versions, and what a text would open and close on the record as it is.

    Nothing changes and no content is read. The line is in the ledger before it begins. Raises
    BadInputError for a text that is no profile.
    """
    new = profile.parse(text)
    await operator.note(node, "profile", f"simulated {new.version} on every record of the node")
    actor = Actor("simulated", Role.IT_LEAD, "", client="cli")
    request = Request(actor, Purpose.HOPERAT, node.clock.now())
    async with node.store.whole() as reader:
        old = profile.parse(await enacting.text_in_force(reader))
        found = await Simulating(node.records).simulate(reader, old, new, request, progress)
    return old.version, new.version, found
