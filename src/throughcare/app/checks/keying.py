"""Whether all records of the person index have the keys of this release."""

from throughcare.app.checks.check import command, ok, warn
from throughcare.app.node import Node
from throughcare.identity import keying
from throughcare.model.health import Check, Way
from throughcare.store.protocol import Reader


async def check(node: Node, reader: Reader) -> Check:
    """Tell whether some have those of the release before, which take longer to find them by."""
    if await keying.reached(reader) == keying.ALL:
        return ok("keys of people", "every record is found by those of this release")
    way = Way(
        "Every record is found by its former keys too, which makes each that comes take longer.",
        command(node.folder.root, "identity", "rekey"),
    )
    return warn("keys of people", "some records have those of an earlier release", way)
