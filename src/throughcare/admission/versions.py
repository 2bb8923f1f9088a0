"""Which version a write may follow: If-Match, and If-None-Match with an asterisk."""

from throughcare.kernel import PreconditionFailedError
from throughcare.model.entry import Stored
from throughcare.model.submission import Item


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


def at(item: Item) -> str:
    """Return where an item stands in what was sent; "" if that is not known."""
    return str(item.place.at) if item.place else ""
