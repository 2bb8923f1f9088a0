"""A table of a settings file that knows its place, lets no unknown key pass, and finds every fault.

A wrong value is noted and read as another, so that reading goes on to the next fault: whoever reads
a file MUST look at the faults before using what was read.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from throughcare.kernel import BadInputError

Member = TypeVar("Member", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Fault:
    """One key that breaks a rule."""

    key: str
    """Dotted, such as ``roles.nurse.purposes``."""
    rule: str
    """The rest of the sentence that begins with the key."""
    way_out: str

    def error(self) -> BadInputError:
        """Return the error that says it."""
        message = f"{self.key} {self.rule}. {self.way_out}; docs/consent/profile.md explains it."
        return BadInputError(message, place=f"locality.toml: {self.key}")


class Table:
    """One table of a TOML document. Every key that is not read by `finish` is a fault."""

    def __init__(
        self, values: Mapping[str, Any], path: str, faults: list[Fault] | None = None
    ) -> None:
        """Keep `values` and their `path`, such as ``sharing`` or ``roles.nurse``."""
        self.faults: list[Fault] = [] if faults is None else faults
        """All that was found so far, here and in the tables of the same document."""
        self._values = values
        self._path = path
        self._read: set[str] = set()
        self._children: dict[str, Table] = {}

    @property
    def is_empty(self) -> bool:
        """Tell whether the file has no key here."""
        return not self._values

    def table(self, key: str, *, optional: bool = False) -> "Table":
        """Return the table `key`; the same object each time."""
        if key not in self._children:
            before = len(self.faults)
            value = self._take(key, dict, "a table", default={} if optional else None)
            # What is missing in a table that is missing is no fault of its own.
            faults = self.faults if len(self.faults) == before else []
            self._children[key] = Table(value, self._at(key), faults)
        return self._children[key]

    def each(self, key: str) -> "list[Table]":
        """Return the tables of a list, such as ``[{ a = 1 }, { a = 2 }]``."""
        values: list[Any] = self._take(key, list, "a list of tables in braces")
        if not all(isinstance(value, dict) for value in values):
            self.fault(key, "must be a list of tables in braces")
            return []
        places = [f"{key}[{number}]" for number in range(len(values))]
        for place, value in zip(places, values, strict=True):
            self._children[place] = Table(value, self._at(place), self.faults)
        return [self._children[place] for place in places]

    def has(self, key: str) -> bool:
        """Tell whether the file has `key` here."""
        return key in self._values

    def tables(self) -> Iterator[tuple[str, "Table"]]:
        """Iterate over all keys, each of which must be a table."""
        for key in self._values:
            yield key, self.table(key)

    def text(self, key: str, *, default: str | None = None) -> str:
        """Return a string."""
        value: str = self._take(key, str, "a text in quotes", default=default)
        return value

    def yes(self, key: str, *, default: bool | None = None) -> bool:
        """Return a truth value."""
        value: bool = self._take(key, bool, "true or false", default=default)
        return value

    def whole(self, key: str, *, least: int, default: int | None = None) -> int:
        """Return a whole number of at least `least`."""
        before = len(self.faults)
        value: int = self._take(key, int, "a whole number", default=default)
        if len(self.faults) == before and (isinstance(value, bool) or value < least):
            self.fault(key, f"must be a whole number of at least {least}")
        return max(value, least)

    def one_of(self, key: str, allowed: Collection[str]) -> str:
        """Return a string that is one of `allowed`."""
        before = len(self.faults)
        value = self.text(key)
        if value in allowed:
            return value
        if len(self.faults) == before:
            self.fault(key, f"must be one of {', '.join(sorted(allowed))}")
        return min(allowed)

    def texts(self, key: str, *, optional: bool = False) -> list[str]:
        """Return a list of strings."""
        values: list[Any] = self._take(
            key, list, "a list of texts", default=[] if optional else None
        )
        if not all(isinstance(value, str) for value in values):
            self.fault(key, "must be a list of texts in quotes")
        return [value for value in values if isinstance(value, str)]

    def choices(self, key: str, allowed: Collection[str]) -> frozenset[str]:
        """Return a set of strings, each one of `allowed`; empty where the key is absent."""
        values = self.texts(key, optional=True)
        if not set(values) <= set(allowed):
            self.fault(key, f"may hold only {', '.join(sorted(allowed))}")
        return frozenset(values)

    def members(
        self, key: str, kind: type[Member], *, optional: bool = False, star: bool = False
    ) -> frozenset[Member]:
        """Return a set of members of `kind`; with `star`, ``["*"]`` means all of them."""
        values = self.texts(key, optional=optional)
        if star and values == ["*"]:
            return frozenset(kind)
        known = {item.value: item for item in kind}
        if not known.keys() >= set(values):
            self.fault(key, f"may hold only {', '.join(known)}")
        return frozenset(known[value] for value in values if value in known)

    def named(self, kind: type[Member]) -> Iterator[tuple[Member, "Table"]]:
        """Iterate over all keys, each of which must be a table named after a member of `kind`."""
        known = {item.value: item for item in kind}
        for key, table in self.tables():
            if key in known:
                yield known[key], table
            else:
                self.fault(key, f"is none of {', '.join(known)}")
                table.pass_over()

    def strings(self) -> dict[str, str]:
        """Return all keys with their values, which must be strings."""
        return {key: self.text(key) for key in self._values}

    def pass_over(self) -> None:
        """Have `finish` say nothing of what is in here: the table itself is at fault."""
        self._read.update(self._values)

    def finish(self) -> None:
        """Note each key, here or in a table below, that was never asked for."""
        for key in self._values:
            if key not in self._read:
                self.fault(key, "is no key of a locality", way_out="Remove or correct it")
        for child in self._children.values():
            child.finish()

    def fault(self, key: str, rule: str, way_out: str = "Correct it") -> None:
        """Note that `key` breaks a rule."""
        self.faults.append(Fault(self._at(key), rule, way_out))

    def _take(self, key: str, kind: type, words: str, default: Any = None) -> Any:  # noqa: ANN401 - checked against `kind` at once
        self._read.add(key)
        value = self._values.get(key, default)
        if value is None:
            self.fault(key, f"is missing and must be {words}", way_out="Add it")
            return kind()
        if not isinstance(value, kind):
            self.fault(key, f"must be {words}")
            return kind()
        return value

    def _at(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key
