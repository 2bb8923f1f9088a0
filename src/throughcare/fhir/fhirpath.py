"""The FHIRPath of invariants, compiled to closures over plain JSON.

As much of FHIRPath as the 237 invariants of R4 use, and no more: an expression with anything else
is refused by name. Types are told from JSON itself, so ``is`` knows booleans, numbers, strings and
resources. A closure takes the items in focus and the resource around them, and returns items.
"""

import operator
import re
from collections.abc import Callable
from typing import Any, NoReturn

from throughcare.fhir import fhirpath_functions as functions
from throughcare.fhir.fhirpath_functions import Items, truth

Expression = Callable[[Items, Any], Items]
"""(items in focus, ``%resource``) -> items."""


class UnsupportedError(ValueError):
    """An expression with something that is not compiled here."""


_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<name>[%$]?[A-Za-z_]\w*|`[^`]*`)|(?P<sign><=|>=|!=|!~|[-+*/&|.,()\[\]{}=<>~]))"
)
_ESCAPE = re.compile(r"\\(.)")
_LETTERS = {"n": "\n", "r": "\r", "t": "\t"}
_LEVELS: tuple[frozenset[str], ...] = (
    frozenset({"implies"}),
    frozenset({"or", "xor"}),
    frozenset({"and"}),
    frozenset({"in"}),
    frozenset({"=", "!="}),
    frozenset({"<", ">", "<=", ">="}),
    frozenset({"|"}),
    frozenset({"is", "as"}),
    frozenset({"+", "-", "&"}),
)
_ORDER = {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}
_CONSTANTS: dict[str, Items] = {
    "true": [True],
    "false": [False],
    "%ucum": ["http://unitsofmeasure.org"],
}


def compiled(text: str) -> Callable[[Any, Any], bool]:
    """Return ``holds(element, resource)`` of an invariant: false only where it is surely broken.

    Raises UnsupportedError for an expression that is not compiled here.

    >>> compiled("code.empty() or system.exists()")({"code": "mg"}, None)
    False
    """
    reader = _Compiler(text)
    expression = reader.level(0)
    if reader.place < len(reader.tokens):
        reader.fail()
    return lambda element, resource: truth(expression([element], resource)) is not False


class _Compiler:
    """A recursive descent that returns closures instead of a tree."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str]] = []
        self.place = 0
        end, text = 0, text.rstrip()
        while end < len(text):
            match = _TOKEN.match(text, end)
            if match is None or match.lastgroup is None:
                self.fail()
            self.tokens.append((match.lastgroup, match[match.lastgroup]))
            end = match.end()

    def fail(self) -> NoReturn:
        message = f"not compiled: {self.text}"
        raise UnsupportedError(message)

    def peek(self) -> str:
        kind, word = self.tokens[self.place] if self.place < len(self.tokens) else ("", "")
        return "" if kind == "text" else word

    def accept(self, word: str) -> bool:
        if self.peek() == word:
            self.place += 1
            return True
        return False

    def expect(self, word: str) -> None:
        if not self.accept(word):
            self.fail()

    def level(self, number: int) -> Expression:
        """Return an expression whose operators bind at least as tightly as this level's."""
        if number == len(_LEVELS):
            return self.path()
        left = self.level(number + 1)
        while self.peek() in _LEVELS[number]:
            sign = self.peek()
            self.place += 1
            if sign in {"is", "as"}:
                left = _typed(left, sign, self.name())
            else:
                left = _binary(sign, left, self.level(number + 1))
        return left

    def path(self) -> Expression:
        left = self.term()
        while True:
            if self.accept("."):
                left = self.step(left)
            elif self.accept("["):
                kind, word = self.tokens[self.place]
                if kind != "number":
                    self.fail()
                self.place += 1
                self.expect("]")
                left = _at(left, int(word))
            else:
                return left

    def term(self) -> Expression:
        if self.place >= len(self.tokens):
            self.fail()
        if self.accept("("):
            inside = self.level(0)
            self.expect(")")
            return inside
        if self.accept("{"):
            self.expect("}")
            return _constant([])
        kind, word = self.tokens[self.place]
        if kind == "text":
            self.place += 1
            plain = _ESCAPE.sub(lambda match: _LETTERS.get(match[1], match[1]), word[1:-1])
            return _constant([plain])
        if kind == "number":
            self.place += 1
            return _constant([float(word) if "." in word else int(word)])
        return self.step(_focus)

    def name(self) -> str:
        if self.place >= len(self.tokens) or self.tokens[self.place][0] != "name":
            self.fail()
        word = self.tokens[self.place][1]
        self.place += 1
        return word.strip("`")

    def step(self, left: Expression) -> Expression:
        """Return a member of what `left` gives, a variable or a call."""
        word = self.name()
        if self.accept("("):
            return self.call(left, word)
        if word in _CONSTANTS:
            return _constant(_CONSTANTS[word])
        if word == "$this":
            return left
        if word == "%resource":
            return lambda _, resource: [resource]
        if word.startswith(("%", "$")):
            self.fail()
        return lambda items, resource: functions.member(left(items, resource), word)

    def call(self, left: Expression, word: str) -> Expression:
        if word in {"is", "as", "ofType"}:
            kind = self.name()
            self.expect(")")
            return _typed(left, word, kind)
        arguments: list[Expression] = []
        while not self.accept(")"):
            arguments.append(self.level(0))
            self.accept(",")
        if word in functions.PLAIN and not arguments:
            plain = functions.PLAIN[word]
            return lambda items, resource: plain(left(items, resource))
        if word in functions.WITH_CRITERION and len(arguments) == 1:
            return _each(functions.WITH_CRITERION[word], left, arguments[0])
        if word in functions.WITH_VALUES and arguments:
            return _with_values(functions.WITH_VALUES[word], left, arguments)
        if word == "iif" and len(arguments) > 1:
            return _choice(left, *arguments)
        return self.fail()


def _focus(items: Items, _: Any) -> Items:  # noqa: ANN401 - a resource
    return items


def _constant(items: Items) -> Expression:
    return lambda _, __: items


def _at(left: Expression, place: int) -> Expression:
    return lambda items, resource: left(items, resource)[place : place + 1]


def _typed(left: Expression, sign: str, kind: str) -> Expression:
    if sign == "is":
        return lambda items, resource: [
            functions.is_a(item, kind) for item in left(items, resource)
        ]
    return lambda items, resource: [
        item for item in left(items, resource) if functions.is_a(item, kind)
    ]


def _each(
    function: Callable[[Items, list[Items]], Items], left: Expression, criterion: Expression
) -> Expression:
    """Return a call whose criterion is asked of each item in turn."""

    def called(items: Items, resource: Any) -> Items:  # noqa: ANN401 - a resource
        found = left(items, resource)
        return function(found, [criterion([item], resource) for item in found])

    return called


def _with_values(
    function: Callable[..., Items], left: Expression, arguments: list[Expression]
) -> Expression:
    """Return a call whose arguments are about the items around the call, not about `left`."""
    return lambda items, resource: function(
        left(items, resource), *(argument(items, resource) for argument in arguments)
    )


def _choice(
    left: Expression,
    condition: Expression,
    yes: Expression,
    no: Expression = lambda _, __: [],
) -> Expression:
    def called(items: Items, resource: Any) -> Items:  # noqa: ANN401 - a resource
        found = left(items, resource)
        return (yes if truth(condition(found, resource)) else no)(found, resource)

    return called


def _binary(sign: str, left: Expression, right: Expression) -> Expression:
    if sign in functions.LOGIC:
        logic = functions.LOGIC[sign]
        return lambda items, resource: logic(
            truth(left(items, resource)), lambda: truth(right(items, resource))
        )
    if sign in _ORDER:
        order = _ORDER[sign]
        return lambda items, resource: functions.ordered(
            left(items, resource), right(items, resource), order
        )
    if sign in functions.OPERATORS:
        operate = functions.OPERATORS[sign]
        return lambda items, resource: operate(left(items, resource), right(items, resource))
    message = f"operator not compiled: {sign}"
    raise UnsupportedError(message)
