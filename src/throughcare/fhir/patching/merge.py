"""JSON merge patch (RFC 7396)."""

from collections.abc import Mapping
from typing import Any

from throughcare.fhir.patching.copies import Copier
from throughcare.fhir.patching.errors import PatchError, bound


def merge_patch(resource: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Return a resource with the members of `change` set; null takes a member away.

    Raises PatchError for a change that is no JSON object.

    >>> merge_patch({"a": 1, "b": {"c": 2, "d": 3}}, {"a": None, "b": {"c": 4}})
    {'b': {'c': 4, 'd': 3}}
    """
    if not isinstance(change, Mapping):
        message = "A merge patch must be a JSON object: send the members that change."
        raise PatchError(message)
    bound(_members(change))
    merged: dict[str, Any] = _merged(Copier().copied(dict(resource)), change)
    return merged


def _members(change: Mapping[str, Any]) -> int:
    """Return how many members a change names, at all depths that it merges."""
    inner = (value for value in change.values() if isinstance(value, Mapping))
    return len(change) + sum(map(_members, inner))


def _merged(target: Any, change: Any) -> Any:  # noqa: ANN401 - JSON values
    if not isinstance(change, Mapping):
        return Copier().copied(change)
    found = target if isinstance(target, dict) else {}
    for name, value in change.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = _merged(found.get(name), value)
    return found
