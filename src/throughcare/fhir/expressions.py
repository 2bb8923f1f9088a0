"""The FHIRPath of search parameters, read into paths of steps.

Only the part of FHIRPath that the 1,400 parameters of R4 use: steps, unions, ``as``, ``ofType``,
``extension('url')``, ``[n]`` and four forms of ``where``. The rest is refused by name.
"""

import re
from dataclasses import dataclass
from typing import NoReturn

_TOKEN = re.compile(r"\s*(?:([A-Za-z_]\w*)|'([^']*)'|(!=|[|.()=\[\]])|(\d+))")
_DECEASED = re.compile(r"(\w+)\.deceased\.exists\(\) and \1\.deceased != false")


class UnsupportedError(ValueError):
    """An expression that this reader does not know."""


@dataclass(frozen=True, slots=True)
class Field:
    """``.name``."""

    name: str


@dataclass(frozen=True, slots=True)
class As:
    """``as T``, ``as(T)``, ``ofType(T)``: keeps the values of this type."""

    type: str


@dataclass(frozen=True, slots=True)
class RefersToType:
    """``where(resolve() is T)``: read off the reference itself, nothing is resolved."""

    type: str


@dataclass(frozen=True, slots=True)
class Equals:
    """``where(name='value')``."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class HasExtension:
    """``where(hasExtension('url'))``."""

    url: str


@dataclass(frozen=True, slots=True)
class At:
    """``[n]``."""

    place: int


@dataclass(frozen=True, slots=True)
class Deceased:
    """``X.deceased.exists() and X.deceased != false``: one boolean, also where none is stated."""


Step = Field | As | RefersToType | Equals | HasExtension | At | Deceased
Path = tuple[Step, ...]
"""The first step names the type."""


def paths(expression: str) -> tuple[Path, ...]:
    """Return the paths whose union the expression is.

    Raises UnsupportedError for what this reader does not know.

    >>> paths("Condition.subject.where(resolve() is Patient)")[0][1:]
    (Field(name='subject'), RefersToType(type='Patient'))
    """
    deceased = _DECEASED.fullmatch(expression.strip())
    if deceased is not None:
        return ((Field(deceased[1]), Deceased()),)
    reader = _Reader(expression)
    found = reader.union()
    if reader.more():
        reader.fail()
    return tuple(found)


class _Reader:
    """A recursive descent over the tokens of one expression."""

    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.tokens: list[tuple[str, str]] = []
        self.place = 0
        end = 0
        text = expression.rstrip()
        while end < len(text):
            match = _TOKEN.match(text, end)
            if match is None:
                self.fail()
            kind = ("name", "text", "sign", "number")[(match.lastindex or 0) - 1]
            self.tokens.append((kind, match[match.lastindex or 0]))
            end = match.end()

    def fail(self) -> NoReturn:
        message = f"unsupported expression: {self.expression}"
        raise UnsupportedError(message)

    def more(self) -> bool:
        return self.place < len(self.tokens)

    def accept(self, sign: str) -> bool:
        if self.more() and self.tokens[self.place] == ("sign", sign):
            self.place += 1
            return True
        return False

    def take(self, kind: str, word: str = "") -> str:
        if not self.more() or self.tokens[self.place][0] != kind:
            self.fail()
        text = self.tokens[self.place][1]
        if word and text != word:
            self.fail()
        self.place += 1
        return text

    def union(self) -> list[Path]:
        found = self.term()
        while self.accept("|"):
            found += self.term()
        return found

    def term(self) -> list[Path]:
        if self.accept("("):
            found = self.union()
            self.take("sign", ")")
        else:
            found = [(Field(self.take("name")),)]
        while True:
            if self.more() and self.tokens[self.place] == ("name", "as"):
                self.place += 1
                step: Step = As(self.take("name"))
            elif self.accept("["):
                step = At(int(self.take("number")))
                self.take("sign", "]")
            elif self.accept("."):
                steps = self.step()
                found = [path + steps for path in found]
                continue
            else:
                return found
            found = [(*path, step) for path in found]

    def step(self) -> Path:
        name = self.take("name")
        if not self.accept("("):
            return (Field(name),)
        steps = self.call(name)
        self.take("sign", ")")
        return steps

    def call(self, name: str) -> Path:
        if name in {"as", "ofType"}:
            return (As(self.take("name")),)
        if name == "extension":
            return Field("extension"), Equals("url", self.take("text")), Field("value")
        if name != "where":
            self.fail()
        first = self.take("name")
        if first == "resolve":
            self.take("sign", "(")
            self.take("sign", ")")
            self.take("name", "is")
            return (RefersToType(self.take("name")),)
        if first == "hasExtension":
            self.take("sign", "(")
            url = self.take("text")
            self.take("sign", ")")
            return (HasExtension(url),)
        self.take("sign", "=")
        return (Equals(first, self.take("text")),)
