"""The syntax of FHIRPath (2.0): text to a tree.

The tree says what stands there and nothing about types. Every node knows its place in the text.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NoReturn, TypeAlias

from throughcare.fhir.path.errors import ExpressionError

LONGEST: Final = 32_768
"""Characters of an expression; the longest of R4 has about 400."""
DEEPEST: Final = 60
"""Brackets within brackets: what a person writes has fewer than ten."""
_LONGEST_ROW: Final = 240
"""Steps or operators in a row, those around it included: a tree is as deep."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value: its kind (text, number, moment, boolean, quantity or nothing) and its text."""

    place: int
    kind: str
    text: str
    unit: str = ""
    """Of a quantity: a UCUM code in quotes, or a calendar word."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A name with its sign: ``$this``, ``$index``, ``$total``, or ``%name``."""

    place: int
    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """A step by name; from what is in focus if nothing stands left of it."""

    place: int
    left: "Tree | None"
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function; of what is in focus if nothing stands left of it."""

    place: int
    left: "Tree | None"
    name: str
    arguments: tuple["Tree", ...]


@dataclass(frozen=True, slots=True)
class Index:
    """One item of a collection by its place."""

    place: int
    left: "Tree"
    index: "Tree"


@dataclass(frozen=True, slots=True)
class Sign:
    """A plus or minus before a number."""

    place: int
    sign: str
    right: "Tree"


@dataclass(frozen=True, slots=True)
class Binary:
    """An operator between two expressions."""

    place: int
    sign: str
    left: "Tree"
    right: "Tree"


@dataclass(frozen=True, slots=True)
class Typed:
    """``is`` or ``as`` with the name of a type."""

    place: int
    sign: str
    left: "Tree"
    type: str


Tree: TypeAlias = Literal | Variable | Member | Call | Index | Sign | Binary | Typed

_TOKEN = re.compile(
    r"(?P<space>(?:\s|//[^\n]*|/\*.*?\*/)+)"
    r"|(?P<text>'(?:[^'\\]|\\.)*')"
    r"|(?P<moment>@(?:T\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?"
    r"|\d{4}(?:-\d\d(?:-\d\d)?)?(?:T(?:\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|[+-]\d\d:\d\d)?)?)?))"
    r"|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<variable>%(?:[A-Za-z_]\w*|`(?:[^`\\]|\\.)*`|'(?:[^'\\]|\\.)*')|\$(?:this|index|total)\b)"
    r"|(?P<name>[A-Za-z_]\w*)|(?P<quoted>`(?:[^`\\]|\\.)*`)"
    r"|(?P<sign><=|>=|!=|!~|[-+*/&|.,()\[\]{}=<>~])",
    re.DOTALL | re.ASCII,
)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_LETTERS: Final = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"} | {sign: sign for sign in "\\/'\"`"}
_LEVELS: Final = {
    sign: level
    for level, signs in enumerate(
        (
            ("implies",),
            ("or", "xor"),
            ("and",),
            ("in", "contains"),
            ("=", "!=", "~", "!~"),
            ("<", ">", "<=", ">="),
            ("|",),
            ("is", "as"),
            ("+", "-", "&"),
            ("*", "/", "div", "mod"),
        )
    )
    for sign in signs
}
"""How tightly each operator binds: the table of FHIRPath 2.0.0, Operator Precedence."""
_RESERVED: Final = frozenset({"and", "or", "xor", "implies", "div", "mod", "true", "false"})
"""Words that are no names of members; the other operators may be."""
CALENDAR: Final = frozenset(
    word + ending
    for word in ("year", "month", "week", "day", "hour", "minute", "second", "millisecond")
    for ending in ("", "s")
)
"""Words for the units of time."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text."""

    place: int
    kind: str
    text: str


def fail(text: str, place: int, what: str) -> NoReturn:
    """Raise an error that names the place in the expression."""
    message = f"The expression is no FHIRPath at character {place + 1}: {what}; correct it."
    raise ExpressionError(message, place=text[place : place + 40])


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of an expression, comments and white space left out."""
    end = 0
    while end < len(text):
        match = _TOKEN.match(text, end)
        if match is None or match.lastgroup is None:
            fail(text, end, "this is no sign of the language")
        if match.lastgroup != "space":
            yield Token(end, match.lastgroup, match[0])
        end = match.end()


def unescaped(text: str) -> str:
    r"""Return a quoted text without its quotes and escapes.

    Raises ExpressionError for half a surrogate pair, which no text in UTF-8 can hold.

    >>> unescaped(r"'it\'s \u00e9'")
    "it's é"
    """

    def letter(match: re.Match[str]) -> str:
        code = match[1]
        if len(code) > 1:
            return chr(int(code[1:], 16))
        return _LETTERS.get(code, code)

    plain = _ESCAPE.sub(letter, text[1:-1])
    if plain.isascii() or not _SURROGATE.search(plain):
        return plain
    try:
        return plain.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError as cause:
        message = "A text of the expression has half of a surrogate pair: write the other half too."
        raise ExpressionError(message, place=text[:40]) from cause


def parsed(text: str) -> Tree:
    """Return the tree of an expression.

    Raises ExpressionError for what is none, is longer than `LONGEST` or deeper than `DEEPEST`.
    """
    if len(text) > LONGEST:
        message = f"The expression has more than {LONGEST} characters: shorten it."
        raise ExpressionError(message)
    return _Parser(text).whole()


class _Parser:
    """A recursive descent, one method a rule of the grammar."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [*tokens(text), Token(len(text), "end", "")]
        self.next = 0
        self.depth = 0
        self.nesting = 0

    def whole(self) -> Tree:
        tree = self.level(0)
        if self.now().kind != "end":
            self.fail("nothing is expected here")
        return tree

    def fail(self, what: str) -> NoReturn:
        fail(self.text, self.now().place, what)

    def now(self) -> Token:
        return self.tokens[self.next]

    def take(self) -> Token:
        token = self.tokens[self.next]
        self.next += 1
        return token

    def accept(self, sign: str) -> bool:
        if self.now().kind == "sign" and self.now().text == sign:
            self.next += 1
            return True
        return False

    def expect(self, sign: str) -> None:
        if not self.accept(sign):
            self.fail(f"{sign} is expected")

    def nested(self, rule: Callable[[], Tree]) -> Tree:
        """Apply a rule one level deeper."""
        self.nesting += 1
        if self.nesting > DEEPEST:
            self.fail(f"it is deeper than {DEEPEST} levels")
        self.deeper()
        tree = rule()
        self.nesting -= 1
        self.depth -= 1
        return tree

    def level(self, lowest: int) -> Tree:
        """Return an expression whose operators bind at least so tightly."""
        left = self.signed()
        depth = self.depth
        while True:
            token = self.now()
            level = _LEVELS.get(token.text, -1) if token.kind in {"sign", "name"} else -1
            if level < lowest:
                self.depth = depth
                return left
            self.take()
            self.deeper()
            if token.text in {"is", "as"}:
                left = Typed(token.place, token.text, left, self.type_name())
            else:
                left = Binary(token.place, token.text, left, self.level(level + 1))

    def deeper(self) -> None:
        """Count one more level: a chain to the left is as deep as it is long."""
        self.depth += 1
        if self.depth > _LONGEST_ROW:
            self.fail(f"more than {_LONGEST_ROW} steps stand in a row")

    def signed(self) -> Tree:
        token = self.now()
        if token.kind == "sign" and token.text in {"+", "-"}:
            self.take()
            return Sign(token.place, token.text, self.nested(self.signed))
        return self.path()

    def path(self) -> Tree:
        left = self.term()
        depth = self.depth
        while True:
            place = self.now().place
            if self.accept("."):
                left = self.step(left)
            elif self.accept("["):
                left = Index(place, left, self.nested(lambda: self.level(0)))
                self.expect("]")
            else:
                self.depth = depth
                return left
            self.deeper()

    def term(self) -> Tree:
        token = self.now()
        if token.kind == "sign":
            if self.accept("("):
                inside = self.nested(lambda: self.level(0))
                self.expect(")")
                return inside
            if self.accept("{"):
                self.expect("}")
                return Literal(token.place, "nothing", "")
            self.fail("an expression is expected")
        if token.kind == "end":
            self.fail("it ends where an expression is expected")
        if token.kind in {"name", "quoted"} and token.text not in {"true", "false"}:
            return self.step(None)
        self.take()
        return self.literal(token)

    def literal(self, token: Token) -> Tree:
        if token.kind == "text":
            return Literal(token.place, "text", unescaped(token.text))
        if token.kind == "number":
            return self.number(token)
        if token.kind == "moment":
            return Literal(token.place, "moment", token.text[1:])
        if token.kind == "variable":
            name = token.text
            plain = name[0] + unescaped(name[1:]) if name[1] in "`'" else name
            return Variable(token.place, plain)
        return Literal(token.place, "boolean", token.text)

    def number(self, token: Token) -> Tree:
        """Return a number, or a quantity where a unit follows."""
        unit = self.now()
        if unit.kind == "text":
            self.take()
            return Literal(token.place, "quantity", token.text, f"'{unescaped(unit.text)}'")
        if unit.kind == "name" and unit.text in CALENDAR:
            self.take()
            return Literal(token.place, "quantity", token.text, unit.text)
        return Literal(token.place, "number", token.text)

    def name(self, *, is_inside: bool = False) -> str:
        """Return a name; behind a point a word of the language is one, too (``text.div``)."""
        token = self.now()
        if token.kind == "quoted":
            self.take()
            return unescaped(token.text)
        if token.kind != "name" or (token.text in _RESERVED and not is_inside):
            self.fail("a name is expected")
        return self.take().text

    def type_name(self) -> str:
        name = self.name()
        return f"{name}.{self.name()}" if self.accept(".") else name

    def step(self, left: Tree | None) -> Tree:
        """Return a member, a variable of an iteration, or a call."""
        token = self.now()
        if token.kind == "variable" and token.text[0] == "$":
            return Variable(self.take().place, token.text)
        name = self.name(is_inside=left is not None)
        if not self.accept("("):
            return Member(token.place, left, name)
        arguments: list[Tree] = []
        if not self.accept(")"):
            arguments.append(self.nested(lambda: self.level(0)))
            while self.accept(","):
                arguments.append(self.nested(lambda: self.level(0)))
            self.expect(")")
        return Call(token.place, left, name, tuple(arguments))
