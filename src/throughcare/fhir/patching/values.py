"""The value of an operation: a FHIR value, a resource, or parts that make an inline element."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from throughcare.fhir.path.kinds import Form, Kind, Step

Json = Any


@dataclass(frozen=True, slots=True)
class Value:
    """A JSON value to be set, with the extensions of a primitive."""

    plain: Json
    sibling: Json = None
    type: str = ""
    """The type with a capital, as ``value[x]`` names it; "" for a resource or parts."""


class UnfitError(Exception):
    """The value does not fit the place; the message is the rule."""


def value_of(part: Mapping[str, Json], kind: Kind | None) -> Value:
    """Return the value that a part of Parameters holds; `kind` is the element it is for.

    Raises UnfitError where it holds none.
    """
    if "resource" in part:
        return Value(part["resource"])
    if "part" in part:
        if kind is None:
            rule = "makes an element of parts where R4 has none inline; give the value itself"
            raise UnfitError(rule)
        return Value(_of_parts(part["part"], kind))
    keys = {key.removeprefix("_") for key in part if key.removeprefix("_").startswith("value")}
    if len(keys) != 1:
        rule = "has no value; add it"
        raise UnfitError(rule)
    key = keys.pop()
    return Value(part.get(key), part.get(f"_{key}"), key.removeprefix("value"))


def _of_parts(parts: Json, kind: Kind) -> dict[str, Json]:
    """Return an inline element of which each member is a part."""
    made: dict[str, Json] = {}
    if not isinstance(parts, list) or not all(isinstance(part, Mapping) for part in parts):
        rule = "has parts that are no list of objects; correct them"
        raise UnfitError(rule)
    for part in parts:
        step = step_named(kind, part.get("name", ""))
        value = value_of(part, inline(step))
        form = form_for(step, value)
        put(made, form, value, many=step.many)
    return made


def inline(step: Step) -> Kind | None:
    """Return the kind of a member that may be made of parts: one of an inline element."""
    kinds = [form.kind for form in step.forms if not form.kind.is_primitive]
    return kinds[0] if len(kinds) == 1 else None


def step_named(kind: Kind, name: Json) -> Step:
    """Return the member of a type; raises UnfitError if it has none of that name."""
    step = kind.steps.get(str(name).removesuffix("[x]"))
    if step is None:
        rule = f"names a member {str(name)[:40]} that {kind.path} has not; correct the name"
        raise UnfitError(rule)
    return step


def form_for(step: Step, value: Value) -> Form:
    """Return the form of a member that a value takes: of a choice, the one of its type."""
    if len(step.forms) == 1:
        return step.forms[0]
    wanted = f"{step.name}{value.type}"
    form = next((each for each in step.forms if each.key == wanted), None)
    if form is None:
        rule = f"has a value of a type that {step.name}[x] may not have; correct the type"
        raise UnfitError(rule)
    return form


def put(holder: dict[str, Json], form: Form, value: Value, *, many: bool) -> None:
    """Set a member of an object, or add to its list; the list of extensions stays beside it."""
    if not many:
        _set(holder, form.key, value.plain)
        _set(holder, form.sibling, value.sibling)
        return
    insert(holder, form, length(holder, form), value)


def _set(holder: dict[str, Json], key: str, value: Json) -> None:
    if value is not None and key:
        holder[key] = value


def length(holder: Mapping[str, Json], form: Form) -> int:
    """Return how many items a list has, its primitives without a value included."""
    found: list[Json] = [holder.get(key) for key in (form.key, form.sibling) if key]
    return max((len(each) for each in found if isinstance(each, list)), default=0)


def aligned(holder: dict[str, Json], form: Form) -> list[list[Json]]:
    """Return a list and, of primitives, that of their extensions, equally long; both are set."""
    size = length(holder, form)
    lists = []
    for key in (form.key, form.sibling) if form.sibling else (form.key,):
        found = holder.setdefault(key, [])
        found += [None] * (size - len(found))
        lists.append(found)
    return lists


def insert(holder: dict[str, Json], form: Form, place: int, value: Value) -> None:
    """Put a value into a list."""
    for found, item in zip(aligned(holder, form), (value.plain, value.sibling), strict=False):
        found.insert(place, item)
