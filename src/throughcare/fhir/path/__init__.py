"""FHIRPath over plain JSON: the whole language, compiled once and asked as often as needed."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from throughcare.fhir.path import kinds, nodes
from throughcare.fhir.path.compiler import compiled_part
from throughcare.fhir.path.errors import EvaluationError, ExpressionError
from throughcare.fhir.path.evaluation import Budget, Environment, Evaluation, Run, Terminology
from throughcare.fhir.path.nodes import Items, plain
from throughcare.fhir.path.part import Kinds
from throughcare.fhir.path.syntax import Tree

__all__ = [
    "Budget",
    "Environment",
    "EvaluationError",
    "ExpressionError",
    "Terminology",
    "compiled",
    "items",
    "items_by",
    "items_of",
    "plain",
]


@lru_cache(maxsize=2048)
def compiled(expression: str, type_name: str = "", variables: frozenset[str] = frozenset()) -> Run:
    """Return an expression compiled for one type of resource or element ("": for any).

    Raises ExpressionError for what is no FHIRPath, or names what the type has not.
    """
    return compiled_part(expression, _focus(type_name), variables).run


def items(
    expression: str,
    resource: Mapping[str, Any],
    environment: Environment | None = None,
    budget: Budget | None = None,
) -> Items:
    """Return what an expression gives over a resource, each item with its type.

    Raises ExpressionError for a wrong expression, EvaluationError for one that can't be answered
    over this resource, or costs more than what `budget` has left, which it lowers (None: a million
    steps for this one).
    """
    known = environment or Environment()
    whole = [nodes.wrapped(resource)]
    run = compiled(expression, _type_of(whole[0]), frozenset(known.variables))
    return _given(run, whole, known, budget)


def items_by(run: Run, resource: Mapping[str, Any], budget: Budget) -> Items:
    """Return what an expression that is `compiled` gives over a resource of its type."""
    return _given(run, [nodes.wrapped(resource)], Environment(), budget)


def items_of(
    tree: Tree, expression: str, resource: Mapping[str, Any], budget: Budget | None = None
) -> Items:
    """Return what a part of an expression gives over a resource (see `items`)."""
    whole = [nodes.wrapped(resource)]
    run = compiled_part(expression, _focus(_type_of(whole[0])), tree=tree).run
    return _given(run, whole, Environment(), budget)


def _given(run: Run, whole: Items, known: Environment, budget: Budget | None) -> Items:
    evaluation = Evaluation(whole, known, whole, whole)
    if budget is not None:
        evaluation.left = budget.left
    try:
        return run(whole, evaluation)
    except RecursionError as cause:
        message = "The resource is nested too deeply for this expression: ask less of it."
        raise EvaluationError(message) from cause
    finally:
        if budget is not None:
            budget.left = evaluation.left


def _type_of(item: Any) -> str:  # noqa: ANN401 - an item
    return item.kind.name if type(item) is nodes.Node else ""


def _focus(type_name: str) -> Kinds:
    return frozenset({kinds.of(type_name)}) if type_name else None
