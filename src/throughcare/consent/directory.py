"""Whom a Consent names by an entry: the ODS codes and user ids that the entry's identifiers give.

Readers ask under an ODS code and a user id, so a denial of ``Organization/7`` binds whoever has an
identifier of that entry, or had one in a former version of it: who writes an entry anew opens
nothing by it. A permit opens to nobody by an entry, for the same reason.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from throughcare.consent.references import READERS, is_odd, reader_in, values

Json = Mapping[str, Any]

ROLE: Final = "PractitionerRole"
_LINKS: Final = ("practitioner", "organization")
_BEARING: Final = ("identifier", *_LINKS)


def named_in(resources: Iterable[Json]) -> frozenset[str]:
    """Return ``Type/id`` of the entries by which the Consents among some name their actors."""
    return frozenset(
        name
        for each in resources
        if each.get("resourceType") == "Consent"
        for reference in _references(each.get("provision"))
        if (name := reader_in(reference))
    )


def behind(role: Json) -> frozenset[str]:
    """Return ``Type/id`` of the practitioner and the organisation of a PractitionerRole."""
    links = (role.get(member) for member in _LINKS if role.get("resourceType") == ROLE)
    return frozenset(filter(None, (reader_in(link) for link in links if isinstance(link, Mapping))))


def bears(before: Json, after: Json) -> bool:
    """Tell whether an entry names other readers than before; either may be empty."""
    return any(
        one.get("resourceType") in READERS and any(before.get(m) != after.get(m) for m in _BEARING)
        for one in (before, after)
    )


def names(versions: Mapping[str, Sequence[Json]]) -> dict[str, frozenset[str]]:
    """Return the names of each entry by ``Type/id``: those of all its versions.

    Those behind a PractitionerRole are among `versions`: it is that practitioner there, both at
    once, or whoever has an identifier of its own.
    """
    plain = {
        name: frozenset[str]().union(*map(_values, listed)) for name, listed in versions.items()
    }
    return {
        name: plain[name].union(*(_both(each, plain) for each in listed))
        for name, listed in versions.items()
    }


def _both(role: Json, plain: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return the names of a PractitionerRole's practitioner, each with one of its organisation.

    Those of the practitioner alone where no organisation is named; else none.
    """
    if role.get("resourceType") != ROLE:
        return frozenset()
    people, places = (_linked(role, member, plain) for member in _LINKS)
    if "organization" not in role:
        return people
    return frozenset("&".join(sorted({one, other})) for one in people for other in places)


def _linked(role: Json, member: str, plain: Mapping[str, frozenset[str]]) -> frozenset[str]:
    link = role.get(member)
    return plain.get(reader_in(link), frozenset()) if isinstance(link, Mapping) else frozenset()


def _values(resource: Json) -> frozenset[str]:
    found = resource.get("identifier")
    listed = found if isinstance(found, list) else []
    given = values(each for each in listed if isinstance(each, Mapping))
    return frozenset(name for name in given if not is_odd(name))


def _references(provision: object) -> Iterator[Json]:
    """Yield the reference of each actor of a provision and of those within it."""
    if not isinstance(provision, Mapping):
        return
    for actor in _objects(provision.get("actor")):
        if isinstance(actor.get("reference"), Mapping):
            yield actor["reference"]
    for child in _objects(provision.get("provision")):
        yield from _references(child)


def _objects(value: object) -> Iterable[Json]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
