"""A table of a settings file that knows its place and lets no unknown key pass."""

from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from throughcare.kernel import BadInputError

Member = TypeVar("Member", bound=StrEnum)


class Table:
    """One table of a TOML document. Every key that is not read by `finish` is an error."""

    def __init__(self, values: Mapping[str, Any], path: str) -> None:
        """Keep `values` and their `path`, such as ``sharing`` or ``roles.nurse``."""
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
            value = self._take(key, dict, "a table", default={} if optional else None)
            self._children[key] = Table(value, self._at(key))
        return self._children[key]

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
        value: int = self._take(key, int, "a whole number", default=default)
        if isinstance(value, bool) or value < least:
            raise self._wrong(key, f"must be a whole number of at least {least}")
        return value

    def one_of(self, key: str, allowed: Collection[str]) -> str:
        """Return a string that is one of `allowed`."""
        value = self.text(key)
        if value not in allowed:
            raise self._wrong(key, f"must be one of {', '.join(sorted(allowed))}")
        return value

    def texts(self, key: str, *, optional: bool = False) -> list[str]:
        """Return a list of strings."""
        values: list[str] = self._take(
            key, list, "a list of texts", default=[] if optional else None
        )
        if not all(isinstance(value, str) for value in values):
            raise self._wrong(key, "must be a list of texts in quotes")
        return values

    def choices(self, key: str, allowed: Collection[str]) -> frozenset[str]:
        """Return a set of strings, each one of `allowed`; empty where the key is absent."""
        values = self.texts(key, optional=True)
        if not set(values) <= set(allowed):
            raise self._wrong(key, f"may hold only {', '.join(sorted(allowed))}")
        return frozenset(values)

    def members(
        self, key: str, kind: type[Member], *, optional: bool = False, star: bool = False
    ) -> frozenset[Member]:
        """Return a set of members of `kind`; with `star`, ``["*"]`` means all of them."""
        values = self.texts(key, optional=optional)
        if star and values == ["*"]:
            return frozenset(kind)
        return frozenset(member(value, kind, self._at(key)) for value in values)

    def strings(self) -> dict[str, str]:
        """Return all keys with their values, which must be strings."""
        return {key: self.text(key) for key in self._values}

    def finish(self) -> None:
        """Raise BadInputError if a key, here or in a table below, was never asked for."""
        for key in self._values:
            if key not in self._read:
                raise self._wrong(key, "is no key of a locality", way_out="Remove or correct it")
        for child in self._children.values():
            child.finish()

    def _take(self, key: str, kind: type, words: str, default: Any = None) -> Any:  # noqa: ANN401 - checked against `kind` at once
        self._read.add(key)
        value = self._values.get(key, default)
        if value is None:
            raise self._wrong(key, f"is missing and must be {words}", way_out="Add it")
        if not isinstance(value, kind):
            raise self._wrong(key, f"must be {words}")
        return value

    def _at(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

    def _wrong(self, key: str, rule: str, way_out: str = "Correct it") -> BadInputError:
        return wrong(self._at(key), rule, way_out)


def member(value: str, kind: type[Member], path: str) -> Member:
    """Return the member of `kind` with this value, or raise BadInputError that lists them."""
    try:
        return kind(value)
    except ValueError as error:
        allowed = ", ".join(item.value for item in kind)
        raise wrong(path, f"may hold only {allowed}", "Correct it") from error


def wrong(path: str, rule: str, way_out: str) -> BadInputError:
    """Return the error for the key at `path`."""
    message = f"{path} {rule}. {way_out}; docs/consent/profile.md explains every key."
    return BadInputError(message, place=f"locality.toml: {path}")
