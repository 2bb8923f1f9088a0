"""Resources of real bundles are found by every value that they can be found by, and no others."""

import gzip
from collections import defaultdict
from collections.abc import Iterator

from record.plainly import plain
from record.rooms import Room
from shared_data import shared
from throughcare.fhir import SearchValue, query, search_values
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir.index import extract
from throughcare.fhir.terms import AllOf, AnyOf, Criterion, Index
from throughcare.model.entry import Category, EntryClass
from throughcare.record import NewEntry

BUNDLES = 1
"""Bundles of each set; they have some hundred resources each."""
EACH = 2
"""Values of each parameter of a type that are searched for."""


def resources() -> Iterator[bytes]:
    for folder in ("synthea-2019", "synthea-2021"):
        for file in sorted(shared("fhir", folder).glob("*.json.gz"))[:BUNDLES]:
            for entry in fhir_bytes.split_bundle(gzip.decompress(file.read_bytes())):
                yield fhir_bytes.compact(entry.resource)


def escaped(text: str) -> str:
    for sign in "\\,$|":
        text = text.replace(sign, "\\" + sign)
    return text


def coded(value: SearchValue) -> str:
    return f"{escaped(value.system)}|{escaped(value.value)}" if value.system else value.value


def asked(value: SearchValue) -> Iterator[tuple[str, str]]:
    """Yield parameters, with their values, that must find what has a value."""
    name, text = value.parameter, escaped(value.value)
    if value.modifier == "text":
        yield f"{name}:text", escaped(value.value.split()[0])
    elif value.modifier == "of-type":
        kind, _, code = value.system.rpartition("|")
        yield f"{name}:of-type", f"{escaped(kind)}|{escaped(code)}|{text}"
    elif value.modifier == "identifier":
        yield f"{name}:identifier", coded(value)
    elif value.type == "token" and value.value:
        yield name, coded(value)
    elif value.type == "string":
        yield from ((name, text), (f"{name}:exact", text), (f"{name}:contains", text[1:]))
    elif value.type in {"reference", "uri"}:
        yield name, text
    elif value.type == "date":
        yield from ((name, "ge2015"), (name, "lt2016-06"), (name, "2017"))
    elif value.type == "quantity" and not value.modifier and value.system:
        yield name, f"{value.low!r}|{escaped(value.system)}|{text}"
        yield name, f"ge{value.low!r}"
    elif value.type == "number":
        yield name, repr(value.low)


def meets(criterion: Criterion, id_: str, index: Index) -> bool:
    if isinstance(criterion, AnyOf | AllOf):
        each = (meets(one, id_, index) for one in criterion.criteria)
        return any(each) if isinstance(criterion, AnyOf) else all(each)
    return plain(criterion, id_, 0, index)


async def test_a_resource_is_found_by_all_that_it_says(room: Room) -> None:
    entries: dict[tuple[str, str], NewEntry] = {}
    values: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for text in resources():
        resource = fhir_bytes.parse(text)
        type_, id_ = resource["resourceType"], resource["id"]
        cls = EntryClass(type_, Category.OTHER, frozenset())
        subject = 1 + len(entries) % 5
        index = extract(resource)
        entries[type_, id_] = NewEntry(subject, type_, id_, text, index, cls, room.now)
        values[type_] |= {pair for value in search_values(resource) for pair in asked(value)}
    await room.put(*entries.values())
    searches = 0
    for type_, pairs in sorted(values.items()):
        by_name: dict[str, list[str]] = defaultdict(list)
        for name, value in sorted(pairs):
            by_name[name].append(value)
        for name, all_values in by_name.items():
            for value in all_values[:: -(-len(all_values) // EACH)]:
                searches += await found_as_they_say(room, entries, type_, (name, value))
    assert searches > 200


async def found_as_they_say(
    room: Room,
    entries: dict[tuple[str, str], NewEntry],
    type_: str,
    pair: tuple[str, str],
) -> bool:
    """Compare one search with a plain reading; return whether it could be compared."""
    asked_for = query.parse(type_, [pair, ("_count", "1000")])
    if "InRecordOf" in repr(asked_for.where):
        return False  # a person is all of their source records: the oracle tries that
    wanted = {
        e.id
        for e in entries.values()
        if e.type == type_ and all(meets(c, e.id, e.index) for c in asked_for.where)
    }
    page = await room.search(asked_for)
    assert page.total == len(wanted), pair
    if page.total <= asked_for.count:
        assert {entry.id for entry in page.entries} == wanted, pair
    return True
