"""References of a resource: where they stand and what they say."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

ABSENT: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
TYPED: Final = ("Location", "Patient", "Practitioner", "RelatedPerson")
"""Types that some search parameter of R4 keeps apart from others by ``resolve() is``."""


def of(resource: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (path, reference) of each literal reference, contained resources included.

    >>> list(of({"resourceType": "Condition", "subject": {"reference": "Patient/1"}}))
    [('Condition.subject', 'Patient/1')]
    """
    name = str(resource.get("resourceType", ""))
    for path, reference in _below(resource):
        yield name + path, reference


def _below(value: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - a JSON value
    """Return each reference with its path below `value`; paths are made of what is found alone."""
    found: list[tuple[str, str]] = []
    if isinstance(value, dict):
        reference = value.get("reference")
        if isinstance(reference, str):
            found.append(("", reference))
        for name, child in value.items():
            if isinstance(child, (dict, list)):
                found += [(f".{name}{path}", inner) for path, inner in _below(child)]
    elif isinstance(value, list):
        for place, child in enumerate(value):
            found += [(f"[{place}]{path}", inner) for path, inner in _below(child)]
    return found


def refers(reference: Mapping[str, Any], name: str, inside: str) -> bool:
    """Tell by the reference alone whether it is one to a resource type; `inside` is ``/name/``."""
    text = reference.get("reference")
    if not isinstance(text, str) or text.startswith("urn:"):
        return bool(reference.get("type") == name)
    return bool(text.startswith(inside[1:]) or inside in text)


def is_masked(element: Mapping[str, Any]) -> bool:
    """Tell whether what an element said is kept back: it counts as there, and leads nowhere."""
    return any(
        extension.get("url") == ABSENT and extension.get("valueCode") == "masked"
        for extension in element.get("extension", ())
    )
