"""FHIRPath over plain JSON: the whole language, compiled once and asked as often as needed."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from throughcare.fhir.path import kinds, nodes
from throughcare.fhir.path.compiler import Compiler
from throughcare.fhir.path.errors import EvaluationError, ExpressionError
from throughcare.fhir.path.evaluation import Environment, Evaluation, Run, Terminology
from throughcare.fhir.path.nodes import Items, plain
from throughcare.fhir.path.syntax import parsed

__all__ = [
    "Environment",
    "EvaluationError",
    "ExpressionError",
    "Terminology",
    "compiled",
    "items",
    "plain",
]


@lru_cache(maxsize=2048)
def compiled(expression: str, type_name: str = "", variables: frozenset[str] = frozenset()) -> Run:
    """Return an expression compiled for one type of resource or element ("": for any).

    Raises ExpressionError for what is no FHIRPath, or names what the type has not.
    """
    focus = frozenset({kinds.of(type_name)}) if type_name else None
    return Compiler(expression, variables).part(parsed(expression), focus).run


def items(
    expression: str, resource: Mapping[str, Any], environment: Environment | None = None
) -> Items:
    """Return what an expression gives over a resource, each item with its type.

    Raises ExpressionError for a wrong expression, EvaluationError for one that can't be answered
    over this resource.
    """
    known = environment or Environment()
    node = nodes.wrapped(resource)
    kind = node.kind.name if type(node) is nodes.Node else ""
    run = compiled(expression, kind, frozenset(known.variables))
    whole = [node]
    return run(whole, Evaluation(whole, known, whole, whole))
