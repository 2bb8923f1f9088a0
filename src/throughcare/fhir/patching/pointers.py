"""JSON Patch (RFC 6902), its places told by JSON pointers (RFC 6901)."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from throughcare.fhir.patching.copies import Copier, TooMuchError
from throughcare.fhir.patching.errors import PatchError, bound, fail
from throughcare.fhir.path.equality import json_key

_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,8}", re.ASCII)
_ESCAPE: Final = re.compile(r"~[^01]|~$")
Json = Any


def json_patch(resource: Mapping[str, Any], operations: Sequence[Any]) -> dict[str, Any]:
    """Return a resource with all operations applied, in their order.

    Raises PatchError, which names the operation, its path and the rule; nothing is applied then.

    >>> json_patch({"a": [1, 3]}, [{"op": "add", "path": "/a/1", "value": 2}])
    {'a': [1, 2, 3]}
    """
    if isinstance(operations, str | bytes) or not isinstance(operations, Sequence):
        message = "A JSON Patch must be an array of operations: send one, even for a single change."
        raise PatchError(message)
    bound(len(operations))
    copier = Copier()
    document: Json = copier.copied(dict(resource))
    for number, operation in enumerate(operations):
        try:
            document = _Operation(number, operation, copier).applied(document)
        except TooMuchError:
            fail(number, "copy", "", "makes more copies than any resource has; send fewer")
    if not isinstance(document, dict):
        message = "The patch leaves no JSON object: a resource must remain."
        raise PatchError(message)
    return document


class _Operation:
    """One operation of a patch."""

    def __init__(self, number: int, told: Json, copier: Copier) -> None:
        self.number = number
        self.told: Mapping[str, Json] = told if isinstance(told, Mapping) else {}
        self.kind = str(self.told.get("op", ""))[:20]
        self.copier = copier
        self.path = self.told.get("path", "")
        if not isinstance(told, Mapping) or not isinstance(self.path, str) or "path" not in told:
            self.path = ""
            self.fail("must be an object with op and path; add them")

    def fail(self, rule: str, path: str | None = None) -> Any:  # noqa: ANN401 - never returns
        fail(self.number, self.kind, self.path if path is None else path, rule)

    def applied(self, document: Json) -> Json:
        apply = _OPERATIONS.get(self.kind)
        if apply is None:
            return self.fail("has no op; use add, remove, replace, move, copy or test")
        return apply(self, document)

    def value(self) -> Json:
        if "value" not in self.told:
            self.fail("has no value; add it")
        return self.copier.copied(self.told["value"])

    def source(self) -> str:
        source = self.told.get("from")
        return source if isinstance(source, str) else self.fail("has no from; add the pointer")

    def steps(self, pointer: str) -> list[str]:
        """Return the steps of a pointer; none for the whole document."""
        if not pointer:
            return []
        if pointer[0] != "/" or _ESCAPE.search(pointer):
            self.fail("has a path that is no JSON pointer (RFC 6901); correct it", pointer)
        parts = pointer[1:].split("/")
        return [part.replace("~1", "/").replace("~0", "~") for part in parts]

    def index(self, text: str, past: int) -> int:
        """Return the index that a step is, below `past`."""
        if _INDEX.fullmatch(text) is None or int(text) >= past:
            self.fail("names a place that the array has not; correct the index")
        return int(text)

    def found(self, document: Json, pointer: str) -> Json:
        """Return the value at a pointer."""
        for step in self.steps(pointer):
            document = self.child(document, step)
        return document

    def child(self, value: Json, step: str) -> Json:
        if isinstance(value, list):
            return value[self.index(step, len(value))]
        if isinstance(value, dict) and step in value:
            return value[step]
        return self.fail("names a member that is not there; correct the path")

    def parent(self, document: Json, pointer: str) -> tuple[Json, str]:
        """Return what holds the place of a pointer, and the last step."""
        *steps, last = self.steps(pointer)
        for step in steps:
            document = self.child(document, step)
        if not isinstance(document, dict | list):
            self.fail("goes below a value that has no members; correct the path")
        return document, last


def _added(operation: _Operation, document: Json, pointer: str, value: Json) -> Json:
    if not pointer:
        return value
    holder, step = operation.parent(document, pointer)
    if isinstance(holder, dict):
        holder[step] = value
    elif step == "-":
        holder.append(value)
    else:
        holder.insert(operation.index(step, len(holder) + 1), value)
    return document


def _removed(operation: _Operation, document: Json, pointer: str) -> Json:
    if not pointer:
        return None
    holder, step = operation.parent(document, pointer)
    operation.child(holder, step)
    del holder[int(step) if isinstance(holder, list) else step]
    return document


def _add(operation: _Operation, document: Json) -> Json:
    return _added(operation, document, operation.path, operation.value())


def _remove(operation: _Operation, document: Json) -> Json:
    return _removed(operation, document, operation.path)


def _replace(operation: _Operation, document: Json) -> Json:
    value = operation.value()
    if not operation.path:
        return value
    holder, step = operation.parent(document, operation.path)
    operation.child(holder, step)
    holder[int(step) if isinstance(holder, list) else step] = value
    return document


def _move(operation: _Operation, document: Json) -> Json:
    source = operation.source()
    value = operation.found(document, source)
    if operation.path.startswith(f"{source}/"):
        operation.fail("moves a value into itself; choose another path")
    if operation.path == source:
        return document
    return _added(operation, _removed(operation, document, source), operation.path, value)


def _copy(operation: _Operation, document: Json) -> Json:
    value = operation.copier.copied(operation.found(document, operation.source()))
    return _added(operation, document, operation.path, value)


def _test(operation: _Operation, document: Json) -> Json:
    if json_key(operation.found(document, operation.path)) != json_key(operation.value()):
        operation.fail("tests for a value that does not stand there; read the resource again")
    return document


_OPERATIONS: Final[dict[str, Callable[[_Operation, Json], Json]]] = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "move": _move,
    "copy": _copy,
    "test": _test,
}
