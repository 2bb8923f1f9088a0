"""FHIRPath Patch (FHIR R4, 3.1.0.11.2): places told by FHIRPath."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NoReturn

from throughcare.fhir.patching.copies import Copier
from throughcare.fhir.patching.errors import PatchError, bound, fail
from throughcare.fhir.patching.values import (
    UnfitError,
    Value,
    aligned,
    form_for,
    inline,
    insert,
    length,
    put,
    step_named,
    value_of,
)
from throughcare.fhir.path import (
    Budget,
    EvaluationError,
    ExpressionError,
    compiled,
    items,
    items_by,
    items_of,
    kinds,
)
from throughcare.fhir.path.evaluation import Run
from throughcare.fhir.path.kinds import Form, Kind
from throughcare.fhir.path.nodes import Node, Place
from throughcare.fhir.path.syntax import Member, parsed

Json = Any
MOST_STEPS: Final = 200_000
"""Steps that all paths of a patch may take together, and characters that are read of them: writes
wait meanwhile."""

TOO_DEAR: Final = "has a path with which all together cost more steps than they may; send several"


def fhirpath_patch(resource: Mapping[str, Any], parameters: Json) -> dict[str, Any]:
    """Return a resource with the operations of a Parameters resource applied, in their order.

    Operations are add, insert, delete, replace and move. Raises PatchError, which names the
    operation, its path and the rule; nothing is applied then. All paths together may cost
    `MOST_STEPS`.

    >>> fhirpath_patch({"resourceType": "Patient", "birthDate": "1920-01-01"}, {"parameter": [
    ...     {"name": "operation", "part": [
    ...         {"name": "type", "valueCode": "replace"},
    ...         {"name": "path", "valueString": "Patient.birthDate"},
    ...         {"name": "value", "valueDate": "1930-01-01"}]}]})
    {'resourceType': 'Patient', 'birthDate': '1930-01-01'}
    """
    type_ = resource.get("resourceType")
    return read_fhirpath_patch(parameters, type_ if isinstance(type_, str) else "")(resource)


def read_fhirpath_patch(
    parameters: Json, type_: str
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return a FHIRPath Patch to be applied to resources of a type, its paths compiled already.

    So that who applies it, while writes wait, has only to follow them. Raises PatchError for what
    is no patch, and for paths of more than `MOST_STEPS` characters together.
    """
    told = parameters.get("parameter", []) if isinstance(parameters, Mapping) else None
    if not isinstance(told, list):
        message = "A FHIRPath Patch must be a Parameters resource: send its parameters as a list."
        raise PatchError(message)
    bound(len(told))
    for parameter in told:
        if not isinstance(parameter, Mapping) or parameter.get("name") != "operation":
            message = "Each parameter of a FHIRPath Patch must be an operation: correct its name."
            raise PatchError(message)
    runs = _compiled([parameter.get("part", ()) for parameter in told], type_)

    def patch(resource: Mapping[str, Any]) -> dict[str, Any]:
        patched: dict[str, Any] = Copier().copied(dict(resource))
        budget = Budget(MOST_STEPS)
        for number, parameter in enumerate(told):
            _Operation(number, parameter.get("part", ()), patched, budget, runs).apply()
        _prune(patched)
        return patched

    return patch


def _compiled(operations: Sequence[Json], type_: str) -> dict[str, Run]:
    """Return the paths of a patch compiled; one that is wrong is told by its operation."""
    runs: dict[str, Run] = {}
    budget = Budget(MOST_STEPS)
    for number, parts in enumerate(operations):
        path = _text_of(_parts_of(parts), "path")
        try:
            budget.spend(len(path))
            if path and path not in runs:
                runs[path] = compiled(path, type_ if kinds.is_known(type_) else "")
        except ExpressionError:
            continue
        except EvaluationError:
            fail(number, "", path, TOO_DEAR)
    return runs


class _Operation:
    """One operation, about a resource that it changes in place."""

    def __init__(
        self,
        number: int,
        parts: Json,
        resource: dict[str, Any],
        budget: Budget,
        runs: Mapping[str, Run],
    ) -> None:
        self.number = number
        self.resource = resource
        self.budget = budget
        self.runs = runs
        self.parts = _parts_of(parts)
        self.kind = self.text("type")[:20]
        self.path = self.text("path")

    def fail(self, rule: str) -> NoReturn:
        fail(self.number, self.kind, self.path, rule)

    def text(self, name: str) -> str:
        """Return the text of a part; "" if there is none."""
        return _text_of(self.parts, name)

    def number_of(self, name: str) -> int:
        found = self.parts.get(name, {}).get("valueInteger")
        if type(found) is not int or found < 0:
            self.fail(f"has no {name}; add it as an integer from 0")
        return found

    def value(self, kind: Kind | None) -> Value:
        if "value" not in self.parts:
            self.fail("has no value; add it")
        found = value_of(self.parts["value"], kind)
        copier = Copier()
        return Value(copier.copied(found.plain), copier.copied(found.sibling), found.type)

    def apply(self) -> None:
        change = _CHANGES.get(self.kind)
        if change is None:
            self.fail("has no type of FHIRPath Patch; use add, insert, delete, replace or move")
        if not self.path:
            self.fail("has no path; add it")
        try:
            self.budget.spend(len(self.path))
            change(self)
        except UnfitError as cause:
            self.fail(str(cause))
        except (ExpressionError, EvaluationError) as cause:
            self.fail(f"has a path that can't be followed: {cause.message.rstrip('.')}")

    def nodes(self) -> list[Node]:
        """Return the elements at the path."""
        run = self.runs.get(self.path)
        if run is None:
            found = items(self.path, self.resource, budget=self.budget)
        else:
            found = items_by(run, self.resource, self.budget)
        if any(type(each) is not Node for each in found):
            self.fail("has a path to a value that is no element; end it at one")
        return found

    def only(self) -> Node:
        """Return the single element at the path."""
        found = self.nodes()
        if len(found) != 1:
            what = "no element" if not found else "several elements"
            self.fail(f"finds {what} at its path; make it lead to one")
        return found[0]

    def place(self, node: Node) -> Place:
        if node.place is None:
            self.fail("is about the whole resource; name an element in it")
        return node.place

    def listed(self) -> tuple[dict[str, Json], Form]:
        """Return what holds the list at the path, and the form of its member."""
        found = self.nodes()
        if found:
            places = [self.place(node) for node in found]
            holder, form, index = places[0]
            if index is None or any(
                each[0] is not holder or each[1] is not form for each in places
            ):
                self.fail("needs a path to one list; correct it")
            if len(places) != length(holder, form):
                self.fail("needs a path to a whole list; leave its filter out")
            return holder, form
        return self.empty_list()

    def empty_list(self) -> tuple[dict[str, Json], Form]:
        tree = parsed(self.path)
        if isinstance(tree, Member) and tree.left is not None:
            parents = items_of(tree.left, self.path, self.resource, self.budget)
            if len(parents) == 1 and type(parents[0]) is Node and not parents[0].kind.is_primitive:
                step = step_named(parents[0].kind, tree.name)
                if step.many:
                    return parents[0].value, step.forms[0]
        return self.fail("finds no list at its path; use add")


def _parts_of(parts: Json) -> dict[str, Mapping[str, Json]]:
    """Return the parts of an operation by their names."""
    listed = parts if isinstance(parts, list) else ()
    return {str(part.get("name")): part for part in listed if isinstance(part, Mapping)}


def _text_of(parts: Mapping[str, Mapping[str, Json]], name: str) -> str:
    """Return the text of a part; "" if there is none."""
    part = parts.get(name, {})
    found = next((value for key, value in part.items() if key.startswith("value")), "")
    return found if isinstance(found, str) else ""


def _add(operation: _Operation) -> None:
    """Add a member to the one element at the path: a new one, or one more of a list."""
    node = operation.only()
    name = operation.text("name")
    step = step_named(node.kind, name)
    value = operation.value(inline(step))
    form = form_for(step, value)
    holder = _object_of(operation, node)
    stands = (key for each in step.forms for key in (each.key, each.sibling) if key in holder)
    if not step.many and any(stands):
        operation.fail(f"adds {name[:40]}, which stands already and may stand once; replace it")
    put(holder, form, value, many=step.many)


def _object_of(operation: _Operation, node: Node) -> dict[str, Json]:
    """Return the object with an element's members; a primitive has its own beside it."""
    if not node.kind.is_primitive:
        found: dict[str, Json] = node.value
        return found
    holder, form, index = operation.place(node)
    if index is None:
        beside: dict[str, Json] = holder.setdefault(form.sibling, {})
        return beside
    siblings = aligned(holder, form)[1]
    siblings[index] = siblings[index] or {}
    one: dict[str, Json] = siblings[index]
    return one


def _insert(operation: _Operation) -> None:
    """Put a value into the list at the path."""
    holder, form = operation.listed()
    index = operation.number_of("index")
    if index > length(holder, form):
        operation.fail("has an index behind the end of the list; correct it")
    insert(holder, form, index, operation.value(form.kind))


def _delete(operation: _Operation) -> None:
    """Take the element at the path away, if there is one."""
    found = operation.nodes()
    if not found:
        return
    holder, form, index = operation.place(operation.only())
    if index is not None:
        for each in aligned(holder, form):
            del each[index]
        return
    holder.pop(form.key, None)
    holder.pop(form.sibling, None)


def _replace(operation: _Operation) -> None:
    """Put another value in the place of the one element at the path."""
    node = operation.only()
    holder, form, index = operation.place(node)
    value = operation.value(node.kind)
    if index is not None:
        for each, item in zip(aligned(holder, form), (value.plain, value.sibling), strict=False):
            each[index] = item
        return
    new = form_for(form.step, value) if value.type else form
    before = dict(holder)
    holder.clear()
    for name, old in before.items():
        if name == form.key or (name == form.sibling and form.key not in before):
            put(holder, new, value, many=False)
        elif name != form.sibling:
            holder[name] = old


def _move(operation: _Operation) -> None:
    """Move an item within the list at the path."""
    holder, form = operation.listed()
    source, destination = operation.number_of("source"), operation.number_of("destination")
    if max(source, destination) >= length(holder, form):
        operation.fail("names a place that the list has not; correct source and destination")
    for each in aligned(holder, form):
        each.insert(destination, each.pop(source))


_CHANGES: Final[dict[str, Callable[[_Operation], None]]] = {
    "add": _add,
    "insert": _insert,
    "delete": _delete,
    "replace": _replace,
    "move": _move,
}


def _is_empty(value: Json) -> bool:
    return value is None or (type(value) in {dict, list} and not value)


def _prune(value: Json) -> None:
    """Take away what a deletion left empty: objects, lists, and lists of nulls alone."""
    if type(value) is dict:
        for name, each in list(value.items()):
            _prune(each)
            is_void = type(each) is list and all(item is None for item in each)
            if _is_empty(each) or is_void:
                del value[name]
    elif type(value) is list:
        for each in value:
            _prune(each)
        value[:] = [each for each in value if each != {}]
