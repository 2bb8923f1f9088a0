"""The interned classes: what consent decides on, as small numbers in every row."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from types import MappingProxyType
from typing import cast

from throughcare.model.entry import Category, EntryClass
from throughcare.record import keys
from throughcare.record.after import is_transaction
from throughcare.record.sql import listed
from throughcare.store.protocol import Reader, Row, Transaction

Test = Callable[[EntryClass], bool]


@dataclass(frozen=True, slots=True)
class Kinds:
    """The classes for which a test holds, as statements take them."""

    highest: int
    """Number of the last class that was tested."""
    count: int
    """How many the test holds for."""
    numbers: str
    """JSON list of them: type << 32 | class."""
    marks: bytes
    """By number of the class a byte that is 1 or 0."""


def kinds(known: Mapping[int, EntryClass], test: Test) -> Kinds:
    """Return the classes of `known` for which `test` holds."""
    held = {number: cls for number, cls in known.items() if test(cls)}
    # In the order of the index that they are looked up in.
    numbers = sorted(keys.type_number(cls.type) << 32 | number for number, cls in held.items())
    return Kinds(max(known, default=0), len(held), listed(numbers), marked(known, test))


class Classes:
    """The table entry_class, of which durable rows are kept in memory: they never change."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._by_number: dict[int, EntryClass] = {}
        self._by_class: dict[EntryClass, int] = {}
        self._kinds: dict[Test, Kinds] = {}

    async def all(self, reader: Reader) -> Mapping[int, EntryClass]:
        """Return every class by number, as `reader` sees them."""
        known = max(self._by_number, default=0)
        fresh = {
            _number(row): _class(row)
            for row in await reader.rows("record.classes_after", cls=known)
        }
        if fresh and is_transaction(reader):
            reader.after_commit(lambda: self._keep_all(fresh))
            return MappingProxyType(self._by_number | fresh)
        self._keep_all(fresh)
        return MappingProxyType(self._by_number)

    def kinds(self, test: Test) -> Kinds:
        """Return the classes in memory for which `test` holds."""
        found = self._kinds.get(test)
        if found is None or found.highest != len(self._by_number):
            found = self._kinds[test] = kinds(self._by_number, test)
        return found

    def known(self, number: int) -> EntryClass | None:
        """Return the class of a number if it is in memory."""
        return self._by_number.get(number)

    async def among(self, reader: Reader, numbers: AbstractSet[int]) -> Mapping[int, EntryClass]:
        """Return a mapping that has at least the classes of `numbers`, which rows have."""
        return self._by_number if numbers <= self._by_number.keys() else await self.all(reader)

    async def one(self, reader: Reader, number: int) -> EntryClass:
        """Return the class of a number that a row has."""
        known = self._by_number.get(number)
        return known if known is not None else (await self.all(reader))[number]

    async def intern(self, tx: Transaction, cls: EntryClass) -> int:
        """Return the number of `cls`, a new one if it has none."""
        known = self._by_class.get(cls)
        if known is not None:
            return known
        params = _params(cls)
        await tx.run("record.add_class", **params)
        ((number,),) = await tx.rows("record.class_number", **params)
        found = cast("int", number)
        tx.after_commit(lambda: self._keep(found, cls))
        return found

    def _keep_all(self, fresh: Mapping[int, EntryClass]) -> None:
        for number, cls in fresh.items():
            self._keep(number, cls)

    def _keep(self, number: int, cls: EntryClass) -> None:
        # INVARIANT: numbers are kept without gaps, so that "after the highest" finds all others.
        if number == max(self._by_number, default=0) + 1:
            self._by_number = {**self._by_number, number: cls}
            self._by_class[cls] = number


def marked(known: Mapping[int, EntryClass], test: Test) -> bytes:
    """Return by number a byte that is 1 where `test` holds for the class, else 0."""
    marks = bytearray(max(known, default=0) + 1)
    for number, cls in known.items():
        marks[number] = test(cls)
    return bytes(marks)


def _params(cls: EntryClass) -> dict[str, str | int]:
    return {
        "type": cls.type,
        "category": cls.category.value,
        "labels": " ".join(sorted(cls.labels)),
        "custodian": cls.custodian,
        "critical": int(cls.critical),
        "episode": " ".join(sorted(cls.episode)),
    }


def _number(row: Row) -> int:
    return cast("int", row[0])


def _class(row: Row) -> EntryClass:
    _, type_, category, labels, custodian, critical, episode = row
    return EntryClass(
        str(type_),
        Category(str(category)),
        frozenset(str(labels).split()),
        str(custodian),
        bool(critical),
        frozenset(str(episode).split()),
    )
