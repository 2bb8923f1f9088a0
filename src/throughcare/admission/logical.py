"""References to those who are known here by their identifiers alone."""

from collections.abc import Mapping
from typing import Any


def by_identifier(
    value: Mapping[str, Any], attached: Mapping[str, Mapping[str, Any]]
) -> Mapping[str, Any]:
    """Return a resource with each top-level reference to an attached Patient made by identifier.

    Such a Patient is not stored, so that a literal reference to it would point at nothing.
    """
    if not attached:
        return value
    return {name: _logical(member, attached) for name, member in value.items()}


def _logical(member: Any, attached: Mapping[str, Mapping[str, Any]]) -> Any:  # noqa: ANN401 - JSON
    target = member.get("reference") if isinstance(member, Mapping) else None
    if not isinstance(target, str) or target not in attached:
        return member
    numbers = attached[target].get("identifier", [])
    logical: dict[str, Any] = {"type": "Patient"}
    return logical | ({"identifier": numbers[0]} if numbers else {"display": "not identified"})
