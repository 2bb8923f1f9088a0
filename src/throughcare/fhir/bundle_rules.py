"""What holds between the entries of a Bundle: full urls, and references that name them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from throughcare.fhir import references
from throughcare.fhir.faults import Fault, Faults

_CLOSED: Final = frozenset({"transaction", "document", "message", "collection"})
"""Types of Bundle that must bring what their ``urn:`` references name: nothing else has it."""


def faults(bundle: Mapping[str, Any]) -> Faults:
    """Return what is wrong between the entries of a Bundle whose structure is in order."""
    found = [*_full_urls(bundle)]
    if bundle.get("type") in _CLOSED:
        found += _dangling(bundle)
    return found or None


def _entries(bundle: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for place, entry in enumerate(bundle.get("entry", ())):
        yield f".entry[{place}]", entry


def _full_urls(bundle: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield a warning for each url that ends in another id than its resource has.

    FHIR forbids it, but its own examples do it, and nothing is read wrongly for it.
    """
    text = "The url names another id than the resource has; correct one of them."
    for path, entry in _entries(bundle):
        url, resource = entry.get("fullUrl", ""), entry.get("resource")
        if resource is None or "id" not in resource or not url.startswith("http"):
            continue
        if not url.endswith(f"/{resource['resourceType']}/{resource['id']}"):
            yield (f"{path}.fullUrl", "warning", "value", text)


def _dangling(bundle: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield a fault for each reference by urn that no entry answers to."""
    known = {entry.get("fullUrl") for _, entry in _entries(bundle)}
    text = "No entry of the Bundle has this fullUrl, so nothing can be found; add it."
    for path, entry in _entries(bundle):
        resource = entry.get("resource")
        if resource is None:
            continue
        for below, reference in references.of(resource):
            if reference.startswith("urn:") and reference.partition("#")[0] not in known:
                step = below.partition(".")[2]
                yield (f"{path}.resource.{step}.reference", "error", "not-found", text)
