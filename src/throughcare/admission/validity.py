"""What is against FHIR R4, or a profile, in a resource and in what a feed sends."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from throughcare.consent.strictness import Faulty, Strictness
from throughcare.fhir import Issue, validate
from throughcare.fhir.profiles import Compiler
from throughcare.fhir.validation import against
from throughcare.kernel import UnprocessableError
from throughcare.model.submission import Item, Method, Place, Remark, Submission

_READABLE: Final = frozenset({"invariant", "code-invalid", "extension", "not-found"})
"""Codes of faults with which a resource of R4 can be stored, found and read all the same."""
MAY_STAND: Final = {
    Faulty.REJECT: frozenset[str](),
    Faulty.USUAL: frozenset({"invariant"}),
    Faulty.WARN: _READABLE,
    Faulty.REPORT: _READABLE,
}
_UNCHECKED: Final = frozenset({Method.DELETE, Method.PATCH})


@dataclass(frozen=True, slots=True)
class Examined:
    """What a feed's submission comes to."""

    place: Place
    fault: UnprocessableError | None = None
    """Why it is rejected."""
    remarks: tuple[Remark, ...] = ()
    """What it is stored with."""


def invalid(resource: Mapping[str, Any], at: str = "") -> UnprocessableError | None:
    """Return the first fault of a resource, which stands at `at`, or None where it is valid."""
    return _first([each for each in validate(resource) if each.severity == "error"], at)


def _first(errors: list[Issue], at: str) -> UnprocessableError | None:
    if not errors:
        return None
    first = errors[0]
    message = f"{first.text} (at {first.expression}; FHIR R4, {len(errors)} faults in all)"
    return UnprocessableError(message, place=_below(at, first.expression))


def examine(submission: Submission, strictness: Strictness, profiles: Compiler) -> Examined:
    """Hold a feed's submission against R4, and against the profiles that its locality names.

    What breaks the structure of R4 is rejected whatever the locality says: it can't be stored.
    """
    remarks: list[Remark] = []
    for item in submission.items:
        place = item.place or submission.place
        if item.method in _UNCHECKED:
            continue
        found = list(issues(item, strictness, profiles))
        fault = _first([each for each, barred in found if barred], place.at)
        if fault is not None:
            return Examined(place, fault)
        remarks += [Remark(place, f"Stored with a fault: {each.text}") for each, _ in found]
    return Examined(submission.place, remarks=tuple(remarks))


def issues(
    item: Item, strictness: Strictness, profiles: Compiler | None
) -> Iterator[tuple[Issue, bool]]:
    """Yield each fault of an item, and whether it keeps the item from being stored.

    Profiles are looked at where R4 itself finds nothing; without `profiles` they are not.
    """
    stands = MAY_STAND[strictness.faulty]
    errors = [each for each in validate(item.resource) if each.severity == "error"]
    yield from ((each, each.code not in stands) for each in errors)
    if not errors and profiles is not None:
        for each in _of_profiles(item, strictness, profiles):
            yield each, stands is not _READABLE


def _of_profiles(item: Item, strictness: Strictness, profiles: Compiler) -> Iterator[Issue]:
    kind = item.resource["resourceType"]
    for url in strictness.profiles:
        if profiles.type_of(url) in {kind, ""}:
            found = against(item.resource, url, profiles)
            yield from (each for each in found if each.severity == "error")


def _below(at: str, path: str) -> str:
    """Return where a fault is: in an entry of a Bundle, below the entry's resource."""
    if not at.startswith("Bundle.entry["):
        return path
    return f"{at}.resource{path[len(path.partition('.')[0]) :]}"
