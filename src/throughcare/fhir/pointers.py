"""Checks of references: their form, the types that they may lead to, contained resources.

A reference to a contained resource can be judged only with the resource around it: it comes back
as what is still to be judged, and `contained_faults` judges it.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

from throughcare.fhir import primitives, spec
from throughcare.fhir.faults import Check, Fault, Faults, fault

_TO_CONTAINED: Final = "contained"
"""Severity of what is no fault yet: (path, this, "allowed|types", reference)."""
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_RELATIVE: Final = re.compile(
    r"([A-Za-z]+)(?:/[A-Za-z0-9.\-]{1,64}(?:/_history/[A-Za-z0-9.\-]{1,64})?(?:#\S+)?|\?\S+)"
)
_WRONG_FORM = "Not a reference that can be followed (Type/id, an absolute url or #id); correct it."


def check(targets: frozenset[str], structural: Check) -> Check:
    """Return the check of a Reference that may lead to `targets` (none: to any)."""
    is_any = not targets or "Resource" in targets
    allowed = "" if is_any else "|".join(sorted(targets))

    def checked(value: Any) -> Faults:  # noqa: ANN401 - a JSON value
        faults = structural(value)
        if faults is not None:
            return faults
        text, stated = value.get("reference"), value.get("type", "")
        if text is None or text == "#":
            return _wrong_type(stated, "", targets, is_any=is_any)
        if text[0] == "#":
            return [(".reference", _TO_CONTAINED, f"{allowed}:{stated}", text)]
        if text.startswith("urn:uuid:"):
            wrong = _wrong_type(stated, "", targets, is_any=is_any)
            return wrong or _odd_uuid(text)
        if _SCHEME.match(text) is None:
            match = _RELATIVE.fullmatch(text)
            if match is None or not spec.is_resource_type(match[1]):
                return fault("value", _WRONG_FORM, ".reference")
        return _wrong_type(stated, _type_of(text), targets, is_any=is_any)

    return checked


def _wrong_type(stated: str, named: str, targets: frozenset[str], *, is_any: bool) -> Faults:
    """Return the fault of a reference that states one type and names another ("": none)."""
    is_known = spec.is_resource_type(named)
    if stated and is_known and stated != named:
        return fault("value", "States another type than the reference names; correct it.", ".type")
    kind = named if is_known else stated
    if is_any or not spec.is_resource_type(kind) or kind in targets:
        return None
    return fault("value", f"Does not refer to {kind} in R4; correct it.", ".reference")


def _odd_uuid(text: str) -> Faults:
    if primitives.is_uuid_urn(text):
        return None
    warning = "The key after urn:uuid: is no UUID; it is taken as it stands."
    return [(".reference", "warning", "value", warning)]


def _type_of(reference: str) -> str:
    """Return the resource type that a literal reference names; "" if none."""
    steps = reference.partition("#")[0].partition("?")[0].split("/_history/")[0].rsplit("/", 2)
    if "?" in reference:
        return steps[-1]
    return steps[-2] if len(steps) > 1 else ""


def contained_faults(resource: Any, faults: Faults) -> Faults:  # noqa: ANN401 - a JSON value
    """Judge what `faults` leave open about contained resources, with the resource around them."""
    inside = resource.get("contained") if type(resource) is dict else None
    known = dict(_named(inside)) if type(inside) is list else {}
    judged: list[Fault] = []
    if type(inside) is list and len(known) < len(inside):
        judged += fault("value", "Each needs an id, and one of its own.", ".contained")
    for each in faults or ():
        path, severity, rule, text = each
        if severity != _TO_CONTAINED:
            judged.append(each)
            continue
        targets, _, stated = rule.partition(":")
        kind = known.get(text)
        if kind is None:
            judged += fault("value", "Leads to no contained resource; correct it.", path)
        elif (targets and kind not in targets.split("|")) or stated not in {"", kind}:
            judged += fault("value", f"Does not refer to {kind} in R4; correct it.", path)
    return judged or None


def _named(inside: Iterable[Any]) -> Iterable[tuple[str, str]]:
    """Yield (reference, type) of each contained resource that has an id."""
    for each in inside:
        if type(each) is dict and type(each.get("id")) is str:
            yield f"#{each['id']}", str(each.get("resourceType"))


def leaves_open(faults: Faults) -> bool:
    """Tell whether something is still to be judged."""
    return faults is not None and any(each[1] == _TO_CONTAINED for each in faults)
