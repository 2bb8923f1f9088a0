"""Codes of elements of type code, whose system the data leaves out and R4 implies; pure."""

import re
from functools import cache

from throughcare.fhir import spec
from throughcare.fhir.codes import STANDARD, Codes


def value(
    type_: str, parameter: spec.Parameter, system: str | None, code: str | None
) -> tuple[str | None, str | None]:
    """Return a token that is searched for as the data has it: without a system that is implied.

    `system` and `code` are as in `terms.TokenIs`.
    """
    if not system:
        return system, code
    known = bound(type_, parameter)
    implied = (system, code) in known or (code is None and system in {s for s, _ in known})
    return ("", code) if implied else (system, code)


def codes(type_: str, parameter: spec.Parameter, found: Codes) -> Codes:
    """Return `found` as the data has them, those alone that the parameter can have."""
    known = bound(type_, parameter)
    return frozenset(("", code) for _, code in found & known) if known else found


@cache
def bound(type_: str, parameter: spec.Parameter) -> Codes:
    """Return what R4 binds the codes of a parameter to; nothing if it looks at concepts."""
    elements = spec.structure(type_).elements
    paths = re.findall(rf"\b{type_}\.([\w.]+)", parameter.expression)
    looked_at = [elements[path] for path in paths if path in elements]
    sets = {one.required for one in looked_at if one.types == ("code",) and one.required}
    return frozenset[tuple[str, str]]().union(*(STANDARD.members(each) or () for each in sets))
