"""Whether the record is labelled by the code lists that the node has."""

from throughcare.app import relabelling
from throughcare.app.checks.check import Check, ok, warn
from throughcare.app.node import Node
from throughcare.consent import lists


async def check(node: Node) -> Check:
    """Look at the lists in force, and at those of the node."""
    standing = await node.relabelling.standing()
    wanted = lists.made(relabelling.rows(node)).version
    in_force = standing.version if standing is not None else lists.shipped().version
    if in_force != wanted:
        return warn("code lists", "others are in force", "throughcare relabel")
    if standing is not None and not standing.finished:
        return warn("code lists", "some people are labelled by former ones", "throughcare relabel")
    return ok("code lists", f"{in_force} label every entry")
