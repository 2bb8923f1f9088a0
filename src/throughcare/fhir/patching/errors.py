"""What is wrong with a patch."""

from typing import NoReturn

from throughcare.kernel.errors import UnprocessableError


class PatchError(UnprocessableError):
    """A patch that is none, or that does not fit the resource. Nothing of it was applied."""


def fail(number: int, kind: str, path: str, rule: str) -> NoReturn:
    """Raise an error that names the operation (counted from 0), its path and the rule."""
    message = f"Operation {number} of the patch ({kind or 'without a type'}) {rule}."
    raise PatchError(message, place=path[:200])
