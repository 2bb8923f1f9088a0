"""What is wrong with a patch."""

from typing import Final, NoReturn

from throughcare.kernel.errors import UnprocessableError

MOST_OPERATIONS: Final = 1000
"""Operations of one patch; of a merge patch, members that it changes."""


class PatchError(UnprocessableError):
    """A patch that is none, or that does not fit the resource. Nothing of it was applied."""


def fail(number: int, kind: str, path: str, rule: str) -> NoReturn:
    """Raise an error that names the operation (counted from 0), its path and the rule."""
    message = f"Operation {number} of the patch ({kind or 'without a type'}) {rule}."
    raise PatchError(message, place=path[:200])


def bound(operations: int) -> None:
    """Raise PatchError for a patch of more than `MOST_OPERATIONS`."""
    if operations > MOST_OPERATIONS:
        message = f"A patch has at most {MOST_OPERATIONS:,} operations: send several patches."
        raise PatchError(message)
