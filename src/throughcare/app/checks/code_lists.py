"""Whether the record is labelled by the code lists that the node has."""

from typing import Final

from throughcare.app import relabelling
from throughcare.app.checks.check import Check, ok, warn
from throughcare.app.node import Node
from throughcare.consent import lists

_WAY_OUT: Final = "throughcare relabel"


async def check(node: Node) -> Check:
    """Compare the version that the record is labelled by with what the node would label by now.

    A version is that of the lists and of the rules for labels together, so that an upgrade which
    changes either says so.
    """
    standing = await node.relabelling.standing()
    wanted = lists.made(relabelling.rows(node)).version
    labelled = await node.relabelling.version()
    if not labelled:
        return warn("code lists", "an earlier release labelled this record", _WAY_OUT)
    if labelled != wanted:
        found = f"the record is labelled by {labelled}; now it would be by {wanted}"
        return warn("code lists", found, _WAY_OUT)
    if standing is not None and not standing.finished:
        return warn("code lists", "some people are labelled by former ones", _WAY_OUT)
    return ok("code lists", f"{labelled} label every entry")
