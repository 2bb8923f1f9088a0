"""Functions that FHIR adds: extensions, references, profiles, narratives, keys, time."""

from typing import Any, Final

from throughcare.fhir import narrative
from throughcare.fhir.path import kinds, moments
from throughcare.fhir.path.evaluation import Evaluation, fail, single, text
from throughcare.fhir.path.functions.collections import Function
from throughcare.fhir.path.kinds import Step
from throughcare.fhir.path.moments import Moment
from throughcare.fhir.path.nodes import Items, Node, TypeInfo, system, wrapped
from throughcare.fhir.path.quantities import Quantity

_PROFILES: Final = "http://hl7.org/fhir/StructureDefinition/"
_SYSTEM_NAMES: Final = {bool: "Boolean", int: "Integer", str: "String", Quantity: "Quantity"}


def _extension(items: Items, evaluation: Evaluation, url: Items) -> Items:
    wanted = text(url, "extension()")
    found: Items = []
    for item in items:
        if type(item) is Node:
            item.add_children("extension", found)
    evaluation.spend(len(found))
    return [each for each in found if each.value.get("url") == wanted]


def _resolve(items: Items, evaluation: Evaluation) -> Items:
    found = []
    for item in items:
        reference = _reference(item)
        resource = None if reference is None else _resolved(reference, evaluation)
        if resource is not None:
            found.append(wrapped(resource))
    evaluation.spend(len(items))
    return found


def _reference(item: Any) -> str | None:  # noqa: ANN401 - an item
    value = item.value.get("reference") if _is_object(item) else system(item)
    return value if type(value) is str else None


def _is_object(item: Any) -> bool:  # noqa: ANN401 - an item
    return type(item) is Node and type(item.value) is dict


def _resolved(reference: str, evaluation: Evaluation) -> dict[str, Any] | None:
    """Return what a reference leads to: inside the resource, inside its Bundle, or outside."""
    if reference.startswith("#"):
        for whole in (*evaluation.resource, *evaluation.root):
            if _is_object(whole):
                if reference == "#":
                    return dict(whole.value)
                for each in whole.value.get("contained", ()):
                    if each.get("id") == reference[1:]:
                        return dict(each)
        return None
    for root in evaluation.root:
        for entry in root.value.get("entry", ()) if _is_object(root) else ():
            url = entry.get("fullUrl", "")
            if url == reference or url.endswith(f"/{reference}"):
                return entry.get("resource")  # type: ignore[no-any-return]  # JSON
    resolve = evaluation.environment.resolve
    return None if resolve is None else resolve(reference)


def _conforms_to(items: Items, evaluation: Evaluation, profile: Items) -> Items:
    url = text(profile, "conformsTo()")
    item = single(items, "conformsTo()") if not items else items[0]
    if item is None or url is None:
        return []
    name = url.removeprefix(_PROFILES)
    if kinds.is_known(name) and type(item) is Node and not item.kind.is_a(name):
        return [False]
    conforms = evaluation.environment.conforms
    said = conforms(item.value, url) if conforms is not None and _is_object(item) else None
    if said is None and kinds.is_known(name):
        return [type(item) is Node]
    return (
        fail("No profile with the url that conformsTo() names is known: load it.")
        if (said is None)
        else [said]
    )


def _has_sound_markup(items: Items, _: Evaluation) -> Items:
    value = text(items, "htmlChecks()")
    return [] if value is None else [narrative.fault(value) is None]


def _has_known_modifiers(items: Items, evaluation: Evaluation, *urls: Items) -> Items:
    known = {text(url, "checkModifiers()") for url in urls}
    found: Items = []
    for item in items:
        if type(item) is Node:
            item.add_children("modifierExtension", found)
    evaluation.spend(len(found))
    if any(each.value.get("url") not in known for each in found):
        fail("A modifier extension stands there that checkModifiers() does not name: heed it.")
    return items


def _definitions(items: Items, _: Evaluation) -> Items:
    """Return what R4 says of the elements, as ElementDefinitions."""
    kind = kinds.of("ElementDefinition")
    places = [item.place for item in items if type(item) is Node and item.place is not None]
    return [Node(_definition(form.step), kind) for _, form, _ in places]


def _definition(step: Step) -> dict[str, Any]:
    element = step.element
    found: dict[str, Any] = {
        "id": step.path,
        "path": step.path,
        "min": element.min,
        "max": str(element.max) if element.max else "*",
    }
    if element.content:
        found["contentReference"] = f"#{element.content}"
    elif element.types:
        found["type"] = [{"code": name} for name in element.types]
    if element.required:
        found["binding"] = {"strength": "required", "valueSet": element.required}
    return found


def _type(items: Items, _: Evaluation) -> Items:
    return [type_info(item) for item in items]


def type_info(item: Any) -> TypeInfo:  # noqa: ANN401 - an item
    """Return the namespace and name of an item's type."""
    if type(item) is Node:
        return TypeInfo("FHIR", item.kind.path if "." in item.kind.path else item.kind.name)
    if type(item) is Moment:
        return TypeInfo("System", item.kind)
    return TypeInfo("System", _SYSTEM_NAMES.get(type(item), "Decimal"))


def _now(evaluation: Evaluation) -> Moment:
    now = evaluation.environment.now
    if now is None:
        fail("The expression asks for the time and none was given: pass now.")
    return moments.of_datetime(now)


def _time_of_day(_: Items, evaluation: Evaluation) -> Items:
    now = _now(evaluation)
    return [Moment("Time", (0, 1, 1, *now.parts[3:]), now.ticks, now.digits)]


def _resource_key(items: Items, _: Evaluation) -> Items:
    """Return the key of a resource: its type and id, as `_reference_key` has it."""
    return [
        f"{item.value['resourceType']}/{item.value['id']}"
        for item in items
        if _is_object(item) and "id" in item.value and "resourceType" in item.value
    ]


def reference_key(reference: str | None, wanted: str) -> str | None:
    """Return the key of the resource that a literal reference names, if it is of a type.

    >>> reference_key("https://example.org/fhir/Patient/1/_history/2", "Patient")
    'Patient/1'
    """
    steps = (reference or "").split("/_history/")[0].rsplit("/", 2)[-2:]
    if len(steps) < 2 or not steps[1]:  # noqa: PLR2004 - type and id
        return None
    return "/".join(steps) if wanted in {"", steps[0]} else None


def _reference_key(items: Items, _: Evaluation, kind: Items | None = None) -> Items:
    wanted = (text(kind, "getReferenceKey()") if kind else "") or ""
    keys = [reference_key(_reference(item), wanted) for item in items]
    return [key for key in keys if key is not None]


STANDARD: Final[dict[str, tuple[int, int, Function]]] = {
    "extension": (1, 1, _extension),
    "resolve": (0, 0, _resolve),
    "elementDefinition": (0, 0, _definitions),
    "conformsTo": (1, 1, _conforms_to),
    "htmlChecks": (0, 0, _has_sound_markup),
    "checkModifiers": (1, 16, _has_known_modifiers),
    "type": (0, 0, _type),
    "now": (0, 0, lambda _, evaluation: [_now(evaluation)]),
    "today": (0, 0, lambda _, evaluation: [moments.date_of(_now(evaluation))]),
    "timeOfDay": (0, 0, _time_of_day),
    "getResourceKey": (0, 0, _resource_key),
    "getReferenceKey": (0, 1, _reference_key),
}
"""Name -> (fewest arguments, most, function)."""
