"""Questions made of questions: and, or, not (see `shortcuts`)."""

from collections.abc import Callable
from typing import Any, TypeAlias

from throughcare.fhir.path import operators
from throughcare.fhir.path.equality import Truth

Json = Any
Ask: TypeAlias = Callable[[Json], Truth]
"""Answers a question about a JSON value."""


def logic(sign: str, left: Ask | None, right: Ask | None) -> Ask | None:
    """Return two questions joined by an operator of logic; None if one has no short way."""
    if left is None or right is None:
        return None
    one, other = left, right
    if sign == "or":
        return lambda value: True if one(value) is True else _or(one(value), other(value))
    if sign == "and":
        return lambda value: False if one(value) is False else _and(one(value), other(value))
    decide = operators.LOGIC[sign]
    return lambda value: decide(one(value), lambda: other(value))


def _or(one: Truth, other: Truth) -> Truth:
    return True if other is True else None if one is None or other is None else False


def _and(one: Truth, other: Truth) -> Truth:
    return False if other is False else None if one is None or other is None else True


def same(sign: str, left: Ask | None, right: Ask | None) -> Ask | None:
    """Return whether two questions that are always answered have the same answer, or not."""
    if left is None or right is None:
        return None
    one, other = left, right
    if sign == "=":
        return lambda value: one(value) is other(value)
    return lambda value: one(value) is not other(value)


def negation(inside: Ask | None) -> Ask | None:
    """Return a question turned round."""
    if inside is None:
        return None
    ask = inside

    def asked(value: Json) -> Truth:
        said = ask(value)
        return None if said is None else not said

    return asked
