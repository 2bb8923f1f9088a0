"""Classes of entries, as the decisions of one reader tell them apart.

A set of classes is a whole number with a bit for each of them: to part it by what a rule names is
one operation, however many classes a node has.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import compress
from typing import Final

from throughcare.consent.profile import RoleView
from throughcare.model.directive import Rule
from throughcare.model.entry import Category, EntryClass

_ONE: Final = "1"


class Shapes:
    """The classes that a role sees, grouped by all that ranks ask of them.

    What only rules ask (type, custodian) parts the groups further, rule set by rule set.
    """

    def __init__(
        self, classes: Mapping[int, EntryClass], view: RoleView, organisation: str
    ) -> None:
        """Group `classes` for a reader of `organisation` with this view."""
        # Members of an enumeration are single, and their hash is slow.
        seen = {id(category) for category in view.categories - {Category.DIRECTORY}}
        listed = [(number, cls) for number, cls in classes.items() if id(cls.category) in seen]
        self._numbers = tuple(number for number, _ in listed)
        self._classes = tuple(cls for _, cls in listed)
        self._organisation = organisation
        self._groups: dict[bool, Sequence[int]] = {}
        self._by_type: dict[str, int] | None = None
        self._by_custodian: dict[str, int] | None = None
        self._sets: dict[int, frozenset[int]] = {}

    def split(
        self, rules: Iterable[Rule], objected: frozenset[str], *, by_kind: bool
    ) -> Iterator[tuple[EntryClass, int]]:
        """Yield disjoint sets of all classes, each with a class that stands for every one of it.

        `by_kind`: legal permits tell categories apart; ranks tell no more than contacts from all
        else. `objected`: custodians that an objection names.
        """
        blocks = self._groups.get(by_kind)
        if blocks is None:
            blocks = self._groups[by_kind] = self._grouped(by_kind=by_kind)
        for named in self._named(rules, objected):
            blocks = [part for block in blocks for part in (block & named, block & ~named) if part]
        for block in blocks:
            yield self._classes[(block & -block).bit_length() - 1], block

    def numbers(self, block: int) -> frozenset[int]:
        """Return the classes of a set by their numbers."""
        found = self._sets.get(block)
        if found is None:
            bits = map(_ONE.__eq__, f"{block:b}"[::-1])
            found = self._sets[block] = frozenset(compress(self._numbers, bits))
        return found

    def _grouped(self, *, by_kind: bool) -> Sequence[int]:
        groups: dict[tuple[object, ...], int] = {}
        for place, cls in enumerate(self._classes):
            kind = id(cls.category) if by_kind else cls.category is Category.CONTACT
            at_source = cls.custodian == self._organisation
            key = (kind, cls.labels, cls.critical, cls.episode, at_source)
            groups[key] = groups.get(key, 0) | 1 << place
        return tuple(groups.values())

    def _named(self, rules: Iterable[Rule], objected: frozenset[str]) -> set[int]:
        """Return the sets of classes that rules, and objections, tell from all others."""
        found: set[int] = {self._of_custodians(objected)} if objected else set()
        for rule in rules:
            if rule.types or rule.custodians:
                types = self._of_types(rule.types) if rule.types else -1
                found.add(types & (self._of_custodians(rule.custodians) if rule.custodians else -1))
            if rule.instances:
                found.update(self._of_types((name.partition("/")[0],)) for name in rule.instances)
        return found

    def _of_types(self, types: Iterable[str]) -> int:
        if self._by_type is None:
            self._by_type = _bits(cls.type for cls in self._classes)
        return _union(self._by_type, types)

    def _of_custodians(self, custodians: Iterable[str]) -> int:
        if self._by_custodian is None:
            self._by_custodian = _bits(cls.custodian for cls in self._classes)
        return _union(self._by_custodian, custodians)


def _bits(words: Iterable[str]) -> dict[str, int]:
    """Return the places of each word, as a set."""
    found: dict[str, int] = {}
    for place, word in enumerate(words):
        found[word] = found.get(word, 0) | 1 << place
    return found


def _union(sets: Mapping[str, int], words: Iterable[str]) -> int:
    found = 0
    for word in words:
        found |= sets.get(word, 0)
    return found
