"""References of a resource: where they stand and what they say."""

from collections.abc import Iterator, Mapping
from typing import Any


def of(resource: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (path, reference) of each literal reference, contained resources included.

    >>> list(of({"resourceType": "Condition", "subject": {"reference": "Patient/1"}}))
    [('Condition.subject', 'Patient/1')]
    """
    yield from _below(resource, str(resource.get("resourceType", "")))


def _below(value: Any, path: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - a JSON value
    if isinstance(value, Mapping):
        reference = value.get("reference")
        if isinstance(reference, str):
            yield path, reference
        for name, child in value.items():
            if isinstance(child, (Mapping, list)):
                yield from _below(child, f"{path}.{name}")
    elif isinstance(value, list):
        for place, child in enumerate(value):
            yield from _below(child, f"{path}[{place}]")
