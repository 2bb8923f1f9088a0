"""Closed lists of words, as the keys of tables that are on the way of every request."""

from enum import StrEnum


class Word(StrEnum):
    """A word of a closed list, hashed as the text that it is.

    The hash of an `Enum` is a function of Python that hashes a member's name, so that a member is
    equal to its text and not found under it.
    """

    __hash__ = str.__hash__
