"""Copies of JSON values that share no list or object with what they were made of."""

from typing import Any, Final

MOST_VALUES: Final = 2_000_000
"""Values that the copies of one patch may have: ten times the largest resources."""


class TooMuchError(Exception):
    """The copies have more values than any resource has."""


class Copier:
    """Copies, and counts what it copied."""

    def __init__(self) -> None:
        """Begin to count."""
        self._left = MOST_VALUES

    def copied(self, value: Any) -> Any:  # noqa: ANN401 - a JSON value
        """Return a copy; raises TooMuchError where all copies together are too large."""
        self._left -= 1
        if self._left < 0:
            raise TooMuchError
        if type(value) is dict:
            return {name: self.copied(each) for name, each in value.items()}
        if type(value) is list:
            return [self.copied(each) for each in value]
        return value
