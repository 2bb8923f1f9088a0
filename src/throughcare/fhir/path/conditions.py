"""Expressions that say yes or no of an element: the invariants of the standard and of profiles."""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from throughcare.fhir.path import kinds, shortcuts
from throughcare.fhir.path.compiler import compiled_part
from throughcare.fhir.path.errors import EvaluationError
from throughcare.fhir.path.evaluation import Environment, Evaluation, truth
from throughcare.fhir.path.kinds import Kind
from throughcare.fhir.path.nodes import Node
from throughcare.fhir.path.syntax import parsed

Condition: TypeAlias = Callable[[Any, Any], bool]
"""(JSON value of an element, the resource around it) -> False only where it surely does not hold.

What can't be answered is no proof: an unknown truth, or an error of evaluation, holds."""

_NOTHING_MORE: Final = Environment()


def condition(expression: str, kind: Kind) -> Condition:
    """Return an expression about elements of one type, the short way where there is one.

    Raises ExpressionError for what is no FHIRPath, or names what the type has not.
    """
    whole = full_condition(expression, kind)
    ask = shortcuts.question(parsed(expression), kind)
    if ask is None:
        return whole
    short = ask
    return lambda value, _: short(value) is not False


def full_condition(expression: str, kind: Kind) -> Condition:
    """Return an expression about elements of one type, without short ways (see `condition`).

    ``matches()`` asks of the whole text, as it did when R4 was written.
    """
    run = compiled_part(expression, frozenset({kind}), matches_whole=True).run

    def holds(value: Any, resource: Any) -> bool:  # noqa: ANN401 - JSON values
        focus = [Node(value, kind)]
        whole = focus if resource is value else _whole(resource)
        try:
            return truth(run(focus, Evaluation(whole, _NOTHING_MORE, focus, whole))) is not False
        except EvaluationError:
            return True

    return holds


def _whole(resource: Any) -> list[Any]:  # noqa: ANN401 - a JSON value
    return [Node(resource, kinds.of_resource(resource))] if type(resource) is dict else []
