"""Names for what arrives: logical ids, and references that are resolved to them.

An id is derived from (source, key of the resource within the source), so that the same thing loaded
again is the same resource; it never depends on the file or on the order of a load.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from throughcare.admission import among
from throughcare.fhir import query, references, splicing
from throughcare.fhir.spec import is_resource_type
from throughcare.fhir.terms import Query
from throughcare.kernel import (
    BadInputError,
    NotFoundError,
    PreconditionFailedError,
    UnprocessableError,
)
from throughcare.model.decision import Clause, Gate, Residual
from throughcare.model.entry import Stored
from throughcare.model.submission import Item, Method, Submission
from throughcare.record import Records
from throughcare.store.protocol import Reader, Transaction

NOTHING_TO_CHANGE = "There is nothing here to change, or nothing that you may see."

_AT_AN_ID = frozenset({Method.PUT, Method.DELETE, Method.PATCH})


def derived_id(source: str, full_url: str) -> str:
    """Return the logical id of the resource that `source` calls `full_url`: 32 hexadecimals."""
    digest = hashlib.sha256(f"{source}\n{full_url}".encode())
    return digest.hexdigest()[:32]


@dataclass(slots=True)
class Names:
    """Logical names (``Type/id``) of the items of one submission."""

    by_url: dict[str, str] = field(default_factory=dict)
    """By full url, and by every other form under which the submission may refer to the item."""
    present: dict[str, Stored] = field(default_factory=dict)
    """Items that a condition found in the store: by full url, not to be written again."""
    absent: set[str] = field(default_factory=set)
    """Full urls of deletions whose condition found nothing: there is nothing to do."""
    conditions: dict[str, str] = field(default_factory=dict)
    """Conditional references already looked up."""
    made: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    """Name and content of what the submission creates or replaces."""
    base: str = ""
    """As in `Submission.base`."""

    def link(self, reference: str) -> str | None:
        """Return what a reference becomes, if it can be said without a look into the store."""
        known = self.by_url.get(reference) or self.conditions.get(reference)
        if known is None and self.base and reference.startswith(f"{self.base}/"):
            return reference[len(self.base) + 1 :]
        return known

    def of(self, item: Item) -> str:
        """Return ``Type/id`` of `item`."""
        return self.by_url[item.full_url]


async def every_class(records: Records, reader: Reader) -> Gate:
    """Return the gate of those to whom everything is there: feeds, and who decides who is whom."""
    return Gate(others=Residual((Clause(frozenset(await records.classes(reader))),)))


class Namer:
    """Finds names within one transaction."""

    def __init__(
        self,
        records: Records,
        tx: Transaction,
        scope: str,
        sight: Callable[[Query], Awaitable[Gate]] | None = None,
    ) -> None:
        """Look up in `records`; `scope` is the source, or the request for an interactive write.

        Conditions match within `sight` alone, so that a client can't find what it may not see.
        """
        self._sight = sight
        self._records = records
        self._tx = tx
        self._scope = scope
        self._ended: set[str] = set()
        """Names of what the submission deletes."""

    async def names(self, submission: Submission) -> Names:
        """Return the names of all items.

        Raises PreconditionFailedError where a condition matches several resources, BadInputError
        where an update has no id, or where two items would write one resource: each of them was
        made from what is stored now, so that one would be lost (FHIR R4, 3.1.0.11.2).
        """
        names = Names(base=submission.base)
        written: set[str] = set()
        # R4, 3.1.0.11.2: what is deleted is found by no condition.
        for item in sorted(submission.items, key=lambda item: item.method is not Method.DELETE):
            kind = str(item.resource["resourceType"])
            name = await self._name(item, kind, names)
            if item.full_url not in names.present:
                _refuse_second(item, name, written)
            names.by_url[item.full_url] = name
            if item.method is Method.DELETE:
                self._ended.add(name)
                continue
            if item.full_url not in names.present:
                names.made.append((name, item.resource))
            tail = "/".join(item.full_url.rsplit("/", 2)[-2:])
            if tail.startswith(f"{kind}/"):
                names.by_url.setdefault(tail, name)
        return names

    async def _name(self, item: Item, kind: str, names: Names) -> str:
        given = item.resource.get("id")
        condition = item.if_none_exist or item.conditional
        if condition:
            found = await self._matches(kind, condition)
            if found:
                return _found(item, f"{kind}/{found[0].id}", found[0], names)
            if item.method is Method.PATCH:
                raise NotFoundError(NOTHING_TO_CHANGE, place=_place(item) or None)
            if item.method is Method.DELETE:
                names.absent.add(item.full_url)
        if item.conditional and given and item.method is Method.PUT:
            return f"{kind}/{given}"
        if item.method in _AT_AN_ID and not item.conditional:
            if not given:
                message = f"An update of {kind} needs the id in its url. Use POST to create."
                raise BadInputError(message, place=_place(item))
            return f"{kind}/{given}"
        return f"{kind}/{derived_id(self._scope, item.full_url)}"

    async def _matches(self, kind: str, condition: str) -> list[Stored]:
        asked = query.parse(kind, parse_qsl(condition, keep_blank_values=True))
        if not asked.where or asked.ignored:
            message = f"The condition on {kind} names no search parameter that this node knows."
            raise PreconditionFailedError(message)
        most = 2 + len(self._ended)
        page = await self._records.search(self._tx, _first(asked, most), await self._open(asked))
        entries = [e for e in page.entries if f"{e.type}/{e.id}" not in self._ended]
        if len(entries) > 1:
            message = (
                f"The condition on {kind} matches several resources. Make it match one at most."
            )
            raise PreconditionFailedError(message)
        return entries

    async def _open(self, asked: Query) -> Gate:
        if self._sight is not None:
            return await self._sight(asked)
        return await every_class(self._records, self._tx)

    async def links(
        self, resource: Mapping[str, Any], text: bytes, names: Names, place: str
    ) -> Mapping[str, str]:
        """Return what each reference of a resource becomes, for those that change.

        `text` is its compact text, `place` where it stands. Raises UnprocessableError, naming the
        path, for a conditional reference without a match, or a urn:uuid that nothing here has.
        """
        found = splicing.references(text)
        if found is None:
            return await self._links_by_path(resource, names, place)
        changed: dict[str, str] = {}
        for reference in found:
            known = names.link(reference)
            if known is not None:
                changed[reference] = known
            elif "?" in reference or reference.startswith("urn:uuid:"):
                return await self._links_by_path(resource, names, place)
        return changed

    async def _links_by_path(
        self, resource: Mapping[str, Any], names: Names, place: str
    ) -> Mapping[str, str]:
        changed: dict[str, str] = {}
        for path, reference in references.of(resource):
            known = names.link(reference)
            if known is not None:
                changed[reference] = known
            elif "?" in reference and is_resource_type(reference.partition("?")[0]):
                changed[reference] = await self._conditional(reference, names, f"{place}{path}")
            elif reference.startswith("urn:uuid:"):
                message = (
                    "A reference points to a urn:uuid that no entry of the bundle has. "
                    "Add the entry, or refer to it by Type/id."
                )
                raise UnprocessableError(message, place=f"{place}{path}")
        return changed

    async def _conditional(self, reference: str, names: Names, place: str) -> str:
        known = names.conditions.get(reference)
        if known is not None:
            return known
        kind, _, condition = reference.partition("?")
        found = [f"{kind}/{stored.id}" for stored in await self._matches(kind, condition)]
        found = found or _made(names, kind, condition)
        if not found:
            message = (
                f"A conditional reference to {kind} matches nothing here. "
                f"Load the file with the {kind} resources first."
            )
            raise UnprocessableError(message, place=place, waits=True)
        names.conditions[reference] = found[0]
        return names.conditions[reference]


def _first(asked: Query, most: int) -> Query:
    return Query(type=asked.type, where=asked.where, count=most, total=False)


def _made(names: Names, kind: str, condition: str) -> list[str]:
    """Return what of the submission itself a condition means (FHIR R4, 3.1.0.11.2).

    Raises PreconditionFailedError where that is several.
    """
    where = query.parse(kind, parse_qsl(condition, keep_blank_values=True)).where
    found = [
        name
        for name, resource in names.made
        if name.startswith(f"{kind}/") and among.holds(where, resource)
    ]
    if len(found) > 1:
        message = f"The condition on {kind} matches several entries. Make it match one at most."
        raise PreconditionFailedError(message)
    return found


def _found(item: Item, name: str, stored: Stored, names: Names) -> str:
    """Return the name of what a condition found. Raises BadInputError for another id."""
    if item.if_none_exist:
        names.present[item.full_url] = stored
    elif item.resource.get("id", stored.id) != stored.id:
        message = "The condition finds a resource with another id. Leave the id out."
        raise BadInputError(message, place=_place(item) or None)
    return name


def _refuse_second(item: Item, name: str, written: set[str]) -> None:
    """Raise BadInputError if `name` is among what is `written`; else it is from now on."""
    if name in written and item.method is not Method.FOLD:
        message = "Two entries write the same resource. Send one of them, or both one by one."
        raise BadInputError(message, place=_place(item) or None)
    written.add(name)


def _place(item: Item) -> str:
    return str(item.place.at) if item.place else ""
