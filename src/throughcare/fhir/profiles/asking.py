"""Invariants of profiles, asked of a value where it stands."""

from collections.abc import Callable
from typing import Any

from throughcare.fhir.faults import Fault
from throughcare.fhir.path import Environment, EvaluationError, ExpressionError, compiled, kinds
from throughcare.fhir.path.evaluation import Evaluation
from throughcare.fhir.path.kinds import ANY, Kind
from throughcare.fhir.path.nodes import Node as PathNode
from throughcare.fhir.path.nodes import plain, wrapped
from throughcare.fhir.profiles.definitions import Definitions
from throughcare.fhir.profiles.tree import Node
from throughcare.fhir.profiles.values import Around, Item

Json = Any
Check = Callable[[Item, Around], list[Fault]]


class _Terminology:
    """Value sets, as FHIRPath asks for them."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions

    def contains(self, value_set: str, system: str | None, code: str) -> bool | None:
        return self._definitions.member(value_set, system or "", code)

    def subsumes(self, system: str, general: str, special: str) -> None:
        """Return None: packages of profiles are asked for members of value sets alone."""
        del system, general, special


def check(constraint: Json, node: Node, definitions: Definitions) -> Check:
    """Return the check of an invariant: broken only where it is surely false.

    One that is no FHIRPath, or can't be answered over a value, is a remark and no fault.
    """
    key = constraint["key"]
    text = f"{str(constraint['human']).rstrip('.')} ({key}); correct it."
    broken = [("", str(constraint["severity"]), "invariant", text)]
    remark = f"An invariant of the profile can't be asked here ({key})."
    unasked = [("", "information", "incomplete", remark)]
    terminology = _Terminology(definitions)
    try:
        run = compiled(constraint["expression"])
    except ExpressionError:
        return lambda _, __: unasked

    def checked(item: Item, around: Around) -> list[Fault]:
        if item.value is None and item.sibling is None:
            return []
        focus = [PathNode(item.value, _kind(node, item), item.sibling)]
        whole = [wrapped(around.resource)]
        known = Environment(
            resolve=lambda text: around.resolve({"reference": text}), terminology=terminology
        )
        try:
            said = run(focus, Evaluation(whole, known, focus, whole))
        except EvaluationError:
            return unasked
        return broken if said and plain(said[0]) is False else []

    return checked


def _kind(node: Node, item: Item) -> Kind:
    if type(item.value) is dict and "resourceType" in item.value:
        return kinds.of(item.value["resourceType"])
    if item.kind:
        return kinds.of(item.kind)
    if node.origin is None:
        return ANY
    owner, path = node.origin
    return kinds.inline(owner, path) if path else kinds.of(owner)
