"""The changes: which places of a module can be changed, and how.

A comparison is turned round, `and` becomes `or`, a union an intersection, a condition its
contrary, `True` `False`, a number the next, `any` `all`.
"""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any, Final

_COMPARISONS: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_OPERATORS: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
}
_NAMES: Final = {"any": "all", "all": "any", "min": "max", "max": "min"}
_SHOWN: Final = ast.expr | ast.Return | ast.Assign | ast.AnnAssign | ast.AugAssign
"""What a number is shown in: alone it says nothing."""


@dataclass(frozen=True)
class Mutant:
    """One change of one module: the lines that it stands on, and the module's code with it."""

    module: str
    lines: range
    before: str
    after: str
    original: CodeType
    code: CodeType

    @property
    def cell(self) -> str:
        """Return what it changes as a cell of a table in Markdown names it."""
        return f"`{self.module}: {self.before} -> {self.after}`".replace("|", "\\|")

    def __str__(self) -> str:
        """Say where it is and what it changes."""
        return f"{self.module}:{self.lines.start}: {self.before} -> {self.after}"


def mutants(path: Path) -> Iterator[Mutant]:
    """Yield every change of a module's source."""
    tree = ast.parse(path.read_bytes())
    original = compile(tree, str(path), "exec")
    for change in list(_changes(tree)):
        lines, before = change.lines(), change.text()
        change.swap()
        code = compile(tree, str(path), "exec")
        yield Mutant(path.stem, lines, before, change.text(), original, code)
        change.swap()


@dataclass
class _Change:
    """Puts `other` into the member `name` of a node, at `at` if it is a list; and back again.

    `shown` holds the place; None if the member itself is shown.
    """

    node: ast.AST
    name: str
    other: ast.AST | bool | int
    at: int | None = None
    shown: ast.AST | None = None

    def swap(self) -> None:
        """Put the other value there."""
        if self.at is None:
            now = getattr(self.node, self.name)
            setattr(self.node, self.name, self.other)
        else:
            members = getattr(self.node, self.name)
            now, members[self.at] = members[self.at], self.other
        self.other = now

    def text(self) -> str:
        """Return what stands there now."""
        return ast.unparse(self.shown or self._member())

    def lines(self) -> range:
        """Return the lines that it stands on."""
        place: Any = self.node if hasattr(self.node, "lineno") and self.shown else self._member()
        return range(place.lineno, place.end_lineno + 1)

    def _member(self) -> Any:  # noqa: ANN401 - the syntax tree's own members
        member = getattr(self.node, self.name)
        return member if self.at is None else member[self.at]


def _changes(tree: ast.AST) -> Iterator[_Change]:
    """Yield each change of a tree."""
    above = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in _running(tree):
        yield from _of_tests(node)
        match node:
            case ast.BoolOp(op=operator):
                other = ast.And() if isinstance(operator, ast.Or) else ast.Or()
                yield _Change(node, "op", other, shown=node)
            case ast.BinOp(op=operator) | ast.AugAssign(op=operator) if (
                type(operator) in _OPERATORS
            ):
                yield _Change(node, "op", _OPERATORS[type(operator)](), shown=node)
            case ast.Constant(value=int() as told):
                new = not told if isinstance(told, bool) else told + 1
                yield _Change(node, "value", new, shown=_around(node, above))
            case ast.Call(func=ast.Name(id=name) as function) if name in _NAMES:
                renamed = ast.copy_location(ast.Name(_NAMES[name], function.ctx), function)
                yield _Change(node, "func", renamed, shown=node)


def _of_tests(node: ast.AST) -> Iterator[_Change]:
    """Yield the changes of a comparison or a condition."""
    match node:
        case ast.Compare(ops=operators):
            for at, operator in enumerate(operators):
                yield _Change(node, "ops", _COMPARISONS[type(operator)](), at, node)
        case ast.comprehension(ifs=tests):
            for at, test in enumerate(tests):
                if not _turns(test):
                    yield _Change(node, "ifs", _negated(test), at)
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) if not _turns(test):
            yield _Change(node, "test", _negated(test))


def _turns(test: ast.expr) -> bool:
    """Tell whether a test is a comparison that is its own contrary when it is turned round."""
    match test:
        case ast.Compare(ops=[ast.Eq() | ast.NotEq() | ast.In() | ast.NotIn()]):
            return True
        case ast.Compare(ops=[ast.Is() | ast.IsNot()]):
            return True
    return False


def _around(node: ast.Constant, above: dict[ast.AST, ast.AST]) -> ast.AST:
    """Return what a number or truth stands in, if that is small: alone it says nothing."""
    found = above[node]
    if isinstance(found, ast.keyword):
        found = above[found]
    return found if isinstance(found, _SHOWN) else node


def _negated(test: ast.expr) -> ast.expr:
    """Return the contrary of a test; its own operand where it is a contrary already."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return test.operand
    return ast.copy_location(ast.UnaryOp(ast.Not(), copy.deepcopy(test)), test)


def _running(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that say what is done: no annotations, types, decorators or texts."""
    for name, value in ast.iter_fields(tree):
        if name in {"annotation", "returns", "decorator_list", "bases", "keywords"} and not (
            name == "keywords" and isinstance(tree, ast.Call)
        ):
            continue
        for node in value if isinstance(value, list) else [value]:
            if isinstance(node, ast.AST) and not _is_type(node):
                yield node
                yield from _running(node)


def _is_type(node: ast.AST) -> bool:
    """Tell whether a node is a union of types, as in ``Holder = str | Section``."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.BitOr):
        return False
    return all(
        _is_type(side)
        or (isinstance(side, ast.Constant) and side.value is None)
        or (isinstance(side, ast.Name) and (side.id[:1].isupper() and not side.id.isupper()))
        or (isinstance(side, ast.Name) and side.id in {"str", "int", "list", "dict"})
        for side in (node.left, node.right)
    )
