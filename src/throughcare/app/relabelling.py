"""Relabelling a node: its code lists, with the locality's own and its releases, put in force."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from throughcare.admission.relabelling import Progress
from throughcare.app import knowledge, operator
from throughcare.app.node import Node
from throughcare.consent import lists
from throughcare.consent.lists import Row
from throughcare.fhir.terminology import Library, expanding
from throughcare.kernel import BadInputError

_SYSTEMS: Final = {
    "snomed": ("http://snomed.info/sct", "https://dmd.nhs.uk"),
    "icd10": ("http://hl7.org/fhir/sid/icd-10",),
}
"""Releases to look for what is below a code, by the system's short form."""


@dataclass(frozen=True, slots=True)
class Relabelled:
    """What a relabelling came to."""

    version: str
    """Of the lists in force."""
    changed: int
    """Entries and former versions that have another class."""


def rows(node: Node) -> list[Row]:
    """Return the lists of a node: shipped, its own, and what its releases put below both.

    Raises BadInputError, with file and line, for a list that is none.
    """
    library = node.knowledge.terms.library
    given = [*lists.shipped_rows(), *own_rows(node.folder.root)]
    return lists.extended(given, _below(library), _members(library))


def own_rows(root: Path) -> list[Row]:
    """Return the locality's own lists, in the node's folder `root`."""
    found = []
    for path in knowledge.list_files(root):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as cause:
            message = "The code list is not in UTF-8: convert it."
            raise BadInputError(message, place=path.name) from cause
        found += lists.read(text, path.name)
    return found


async def relabel(
    node: Node, progress: Progress, starts: Callable[[int], None] = lambda _people: None
) -> Relabelled:
    """Put the node's lists in force and relabel all that is stored, or go on with it.

    `starts` is told how many people there are to do.
    """
    listed = rows(node)
    what = f"code lists {lists.made(listed).version} put in force"
    standing = await node.relabelling.begin(
        listed, operator.line(node.clock, node.ids, "relabel", what)
    )
    starts(await node.relabelling.left())
    return Relabelled(standing.version, await node.relabelling.run(progress))


def _below(library: Library) -> lists.Below:
    def below(system: str, code: str) -> Collection[str]:
        tables = filter(None, map(library.system, _SYSTEMS.get(system, ())))
        return set().union(*(table.below(code) for table in tables))

    return below


def _members(library: Library) -> lists.Members:
    def members(url: str) -> Collection[tuple[str, str]]:
        value_set = library.value_set(url)
        if value_set is None:
            message = (
                "The value set is not known here: load it with 'throughcare terminology load'."
            )
            raise BadInputError(message, place=url)
        return expanding.listed(library, value_set).keys()

    return members
