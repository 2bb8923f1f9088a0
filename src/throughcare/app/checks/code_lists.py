"""Whether the record is labelled by the code lists that the node has."""

from throughcare.app import relabelling
from throughcare.app.checks.check import command, ok, warn
from throughcare.app.node import Node
from throughcare.consent import lists
from throughcare.model.health import Check, Way


async def check(node: Node) -> Check:
    """Compare the version that the record is labelled by with what the node would label by now.

    A version is that of the lists and of the rules for labels together, so that an upgrade which
    changes either says so.
    """
    way = Way(
        "Consent goes by former lists: what people have closed may be shown, or too much hidden.",
        command(node.folder.root, "relabel"),
    )
    standing = await node.relabelling.standing()
    wanted = lists.made(relabelling.rows(node)).version
    labelled = await node.relabelling.version()
    if not labelled:
        return warn("code lists", "an earlier release labelled this record", way)
    if labelled != wanted:
        found = f"the record is labelled by {labelled}; now it would be by {wanted}"
        return warn("code lists", found, way)
    if standing is not None and not standing.finished:
        return warn("code lists", "some people are labelled by former ones", way)
    return ok("code lists", f"{labelled} label every entry")
