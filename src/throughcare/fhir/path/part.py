"""A compiled piece of an expression, and what is known of its items."""

from dataclasses import dataclass
from typing import NoReturn, Protocol, TypeAlias

from throughcare.fhir.path.evaluation import Run
from throughcare.fhir.path.kinds import Kind
from throughcare.fhir.path.syntax import Tree

Kinds: TypeAlias = frozenset[Kind] | None
"""Types that items may have; None: not known."""


@dataclass(frozen=True, slots=True)
class Part:
    """A compiled tree."""

    run: Run
    kinds: Kinds = None
    is_ordered: bool = True


class Pieces(Protocol):
    """What compiles the arguments of a call."""

    def apart(self, tree: Tree, focus: Kinds) -> Part:
        """Return a tree compiled whose own variables are not known outside of it."""
        ...

    def define(self, tree: Tree, name: str) -> None:
        """Make a variable known from here on."""
        ...

    def fail(self, tree: Tree, what: str) -> NoReturn:
        """Raise an error that names the place in the expression."""
        ...
