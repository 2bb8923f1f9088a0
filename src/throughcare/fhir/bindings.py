"""Checks of codes that R4 binds to a value set and requires."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from throughcare.fhir import primitives, spec
from throughcare.fhir.faults import Check, Faults, fault

_MEDIA_TYPE: Final = re.compile(r"[\w!#$&^.+\-]+/[\w!#$&^.+\-*]+(\s*;.*)?", re.ASCII)
_FORMATS: Final = frozenset({"xml", "json", "ttl", "html"})
"""What CapabilityStatement.format names instead of a media type."""
_CURRENCY: Final = re.compile(r"[A-Z]{3}")


def _is_media_type(code: str) -> bool:
    return code in _FORMATS or _MEDIA_TYPE.fullmatch(code) is not None


_BY_FORM: Final[Mapping[str, Callable[[str], bool]]] = {
    "http://hl7.org/fhir/ValueSet/mimetypes": _is_media_type,
    "http://hl7.org/fhir/ValueSet/currencies": lambda code: _CURRENCY.fullmatch(code) is not None,
}
"""Value sets that no list can hold, by the form of their codes."""


def code(url: str) -> Check | None:
    """Return the check of a primitive bound to a value set; None if its codes are not known."""
    codes = spec.value_set(url)
    if codes is None:
        is_right = _BY_FORM.get(url)
        return None if is_right is None else _by_form(is_right)
    known = frozenset[str]().union(*codes.values())
    return lambda value: None if type(value) is str and value in known else wrong_code(value)


def _by_form(is_right: Callable[[str], bool]) -> Check:
    form = primitives.check("code", fault("value", "Not a valid code; correct it."))

    def checked(value: Any) -> Faults:  # noqa: ANN401 - a JSON value
        faults = form(value)
        if faults is not None or is_right(value):
            return faults
        return wrong_code(value)

    return checked


def wrong_code(value: Any) -> Faults:  # noqa: ANN401 - a JSON value
    """Say what is wrong with a value that is no code of its value set."""
    if type(value) is not str:
        return fault("value", "Not a valid code; correct it.")
    return fault("code-invalid", "Not a code of the value set that R4 requires; correct it.")


def concept(kind: str, url: str, structural: Check) -> Check:
    """Return the check of a CodeableConcept or Coding, after that of its structure."""
    codes = spec.value_set(url)
    if codes is None:
        return structural
    known = codes

    def is_known(coding: Any) -> bool:  # noqa: ANN401 - a checked Coding
        system, value = coding.get("system"), coding.get("code")
        return value is None or value in known.get(system, ())

    def checked(value: Any) -> Faults:  # noqa: ANN401 - a JSON value
        faults = structural(value)
        if faults is not None:
            return faults
        codings = value.get("coding", ()) if kind == "CodeableConcept" else (value,)
        if not codings or any(is_known(coding) for coding in codings):
            return None
        return fault("code-invalid", "No coding is of the value set that R4 requires; add one.")

    return checked
