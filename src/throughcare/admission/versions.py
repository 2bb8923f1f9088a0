"""Which version a write may follow: If-Match, If-None-Match with an asterisk, and what has none."""

import re
from typing import Final

from throughcare.kernel import PreconditionFailedError
from throughcare.model.entry import Stored
from throughcare.model.submission import Item, Method

NOT_YOURS: Final = "This id can't be written by you. Send the resource without an id."
_OF_THE_NODE: Final = re.compile(r"[0-9a-f]{32}")
"""Ids as `throughcare.admission.naming.derived_id` makes them."""


def check_version(item: Item, current: Stored | None) -> None:
    """Refuse a write whose condition on the version there is does not hold.

    Raises PreconditionFailedError.
    """
    if item.only_new and current is not None and not current.deleted:
        message = "If-None-Match is *, and there is a resource. Use If-Match to replace it."
        raise PreconditionFailedError(message, place=at(item) or None)
    if item.if_match is None:
        return
    if current is None or current.version != item.if_match:
        message = "If-Match names another version. Read the resource again and repeat."
        raise PreconditionFailedError(message, place=at(item) or None)


def check_new(item: Item, own: str) -> None:
    """Refuse a client's update of an id that nothing has, where others could give such an id.

    So it is answered like the id of an entry that the client may not see. Ids of the node's own
    form are never chosen; where `own` says how the client's ids begin, no others are either.
    Raises PreconditionFailedError.
    """
    given = str(item.resource.get("id", "")) if item.method is Method.PUT else ""
    if _OF_THE_NODE.fullmatch(given) or (given and not given.startswith(own)):
        check_version(item, None)
        raise PreconditionFailedError(NOT_YOURS)


def at(item: Item) -> str:
    """Return where an item stands in what was sent; "" if that is not known."""
    return str(item.place.at) if item.place else ""
