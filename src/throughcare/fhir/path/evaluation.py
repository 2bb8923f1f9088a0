"""What an evaluation knows besides its expression, and what it may cost."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NoReturn, Protocol

from throughcare.fhir.path.equality import Truth
from throughcare.fhir.path.errors import EvaluationError
from throughcare.fhir.path.nodes import Items, system

MOST_STEPS: Final = 1_000_000
"""Items that an evaluation may look at: about a second."""
LONGEST_TEXT: Final = 4 * 1024 * 1024
"""Characters of a text that an evaluation may make."""


class Terminology(Protocol):
    """What knows value sets."""

    def contains(self, value_set: str, system: str | None, code: str) -> Truth:
        """Return whether a value set has a code; None if it is not known."""
        ...

    def subsumes(self, system: str, general: str, special: str) -> Truth:
        """Return whether a code means all that another of its system means; None if not known."""
        ...


@dataclass(frozen=True, slots=True)
class Environment:
    """What expressions may ask for beyond the resource itself."""

    variables: Mapping[str, Items] = field(default_factory=dict)
    """By name without ``%``."""
    now: datetime | None = None
    """The time of ``now()`` and ``today()``, with its zone."""
    resolve: Callable[[str], dict[str, Any] | None] | None = None
    """Returns the resource that a reference leads to, for ``resolve()``."""
    terminology: Terminology | None = None
    conforms: Callable[[dict[str, Any], str], Truth] | None = None
    """Tells whether a resource conforms to the profile with a url; None: not known."""
    trace: Callable[[str, Items], None] | None = None
    """Is told the name and the items of each ``trace()``."""


_TOO_MUCH: Final = "The expression costs more steps than it may over this resource: narrow it."


class Budget:
    """Steps that several evaluations may take together."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        """Begin with so many steps."""
        self.left = left

    def spend(self, steps: int) -> None:
        """Count work; raises EvaluationError where it is too much."""
        self.left -= steps
        if self.left < 0:
            raise EvaluationError(_TOO_MUCH)


class Evaluation:
    """One run of an expression: what ``%resource`` is, where an iteration stands, what is left."""

    __slots__ = (
        "context",
        "environment",
        "index",
        "left",
        "resource",
        "root",
        "total",
        "variables",
    )

    def __init__(
        self, resource: Items, environment: Environment, context: Items, root: Items
    ) -> None:
        """Begin over a resource."""
        self.resource = resource
        self.root = root
        self.context = context
        self.environment = environment
        self.variables: dict[str, Items] = {}
        self.index: int | None = None
        self.total: Items = []
        self.left = MOST_STEPS

    def spend(self, steps: int) -> None:
        """Count work; raises EvaluationError where it is too much."""
        self.left -= steps
        if self.left < 0:
            raise EvaluationError(_TOO_MUCH)


Run = Callable[[Items, Evaluation], Items]
"""(items in focus, evaluation) -> items: a compiled expression."""


def fail(what: str) -> NoReturn:
    """Raise an error about the values that an expression meets."""
    raise EvaluationError(what)


def single(items: Items, what: str) -> Any:  # noqa: ANN401 - a value; None for none
    """Return the only item as a value; None if there is none.

    Raises EvaluationError if there are several.
    """
    if not items:
        return None
    if len(items) > 1:
        fail(f"{what} takes a single item and met several: choose one, as first() does.")
    return system(items[0])


def text(items: Items, what: str) -> str | None:
    """Return the only item as a text; None if there is none."""
    value = single(items, what)
    if value is None or type(value) is str:
        return value
    return fail(f"{what} takes a text and met another type: convert it with toString().")


def integer(items: Items, what: str) -> int | None:
    """Return the only item as an integer; None if there is none."""
    value = single(items, what)
    if value is None or type(value) is int:
        return value
    return fail(f"{what} takes an integer and met another type: convert it with toInteger().")


def truth(items: Items) -> Truth:
    """Return a collection as a boolean: a single item that is none is true, none is unknown."""
    if not items:
        return None
    if len(items) > 1:
        fail("A boolean is expected and several items stand there: ask with exists() or all().")
    value = system(items[0])
    return value if value is True or value is False else True


def criterion(items: Items) -> Truth:
    """Return what a criterion says; raises EvaluationError where it says no boolean."""
    if not items:
        return None
    value = single(items, "A criterion")
    if value is not True and value is not False and value is not None:
        fail("A criterion must be a boolean: compare, or ask with exists().")
    return value


def said(value: Truth) -> Items:
    """Return a truth as a collection."""
    return [] if value is None else [value]


def bounded(made: str) -> str:
    """Return a text that was made; raises EvaluationError if it is longer than allowed."""
    if len(made) > LONGEST_TEXT:
        fail("The expression makes a text of more than four million characters: narrow it.")
    return made
