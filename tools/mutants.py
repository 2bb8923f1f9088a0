"""Change the room `consent` in one place at a time, and see whether its tests notice.

``make mutants`` tries every change, ``tools/mutants.py ranks scope`` those of two modules,
``--every 5`` each fifth, ``--quick`` with fewer tests. Each survivor is printed as
``module:line: before -> after``; it is either killed by a new test or explained in
docs/consent/mutants.md. A change that makes the tests run longer than `LONGEST` is noticed.

Each change runs in a fork of a process that has imported all but the room, so that a mutant costs
about a second. Hypothesis draws the same examples each time and does not shrink them.
"""

import argparse
import ast
import contextlib
import copy
import gc
import importlib.abc
import importlib.machinery
import importlib.util
import io
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final

import pytest
from hypothesis import Phase, settings

ROOT: Final = Path(__file__).resolve().parents[1]
ROOM: Final = ROOT / "src/throughcare/consent"
TESTS: Final = ROOT / "tests/consent"
LONGEST: Final = 60
"""Seconds of CPU that the tests of one change may take."""
BROKEN: Final = 70
"""Exit code of a process that could not run the tests at all."""
QUICK: Final = 3
"""Test files that are tried before all others."""
FIRST: Final = {
    "label": ("test_labels.py", "test_belonging.py", "test_code_lists.py"),
    "rule": ("test_ranks.py", "test_scenarios.py", "test_decision_table.py"),
}
"""Test files that speak of modules about labels, and of all others."""
LABELLING: Final = frozenset(
    {"belonging", "categories", "checkdigit", "codelists", "labels", "lists", "prose", "topics"}
)
SLOW: Final = ("test_decide_properties.py", "test_conflicts.py", "test_judging.py")
"""Tests that come last: most changes are noticed before."""

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


@dataclass(frozen=True)
class Mutant:
    """One change of one module."""

    module: str
    line: int
    before: str
    after: str
    code: CodeType

    def __str__(self) -> str:
        """Say where it is and what it changes."""
        return f"{self.module}:{self.line}: {self.before}  ->  {self.after}"


def mutants(module: str, source: str) -> Iterator[Mutant]:
    """Yield every change of a module's source, in the order of its lines."""
    places = sum(1 for _ in _changes(ast.parse(source)))
    for place in range(places):
        tree = ast.parse(source)
        node, changed = next(each for at, each in enumerate(_changes(tree)) if at == place)
        before = ast.unparse(node)
        changed.apply()
        text = ast.unparse(node)
        code = compile(tree, f"{module}.py", "exec")
        yield Mutant(module, getattr(node, "lineno", 0), before, text, code)


@dataclass(frozen=True)
class _Change:
    """Puts `value` into the member `name` of a node, at `at` if it is a list."""

    node: ast.AST
    name: str
    value: object
    at: int | None = None

    def apply(self) -> None:
        if self.at is None:
            setattr(self.node, self.name, self.value)
        else:
            getattr(self.node, self.name)[self.at] = self.value


def _changes(tree: ast.AST) -> Iterator[tuple[ast.AST, _Change]]:
    """Yield each node that can be changed, and how."""
    for node in _running(tree):
        if isinstance(node, ast.Compare):
            for at, operator in enumerate(node.ops):
                yield node, _Change(node, "ops", _COMPARISONS[type(operator)](), at)
        elif isinstance(node, ast.comprehension):
            for at, test in enumerate(node.ifs):
                yield node, _Change(node, "ifs", _negated(test), at)
        else:
            change = _change(node)
            if change is not None:
                yield node, change


def _change(node: ast.AST) -> _Change | None:
    """Return the one change of a node, if it has one."""
    match node:
        case ast.BoolOp(op=operator):
            return _Change(node, "op", ast.And() if isinstance(operator, ast.Or) else ast.Or())
        case ast.BinOp(op=operator) | ast.AugAssign(op=operator) if type(operator) in _OPERATORS:
            return _Change(node, "op", _OPERATORS[type(operator)]())
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            return _Change(node, "test", _negated(test))
        case ast.Constant(value=int() as told):
            return _Change(node, "value", not told if isinstance(told, bool) else told + 1)
        case ast.Call(func=ast.Name(id=name) as function) if name in _NAMES:
            return _Change(function, "id", _NAMES[name])
    return None


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


class _Loader(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Gives one module of the room as a mutant has it."""

    def __init__(self, mutant: Mutant) -> None:
        self._name = f"throughcare.consent.{mutant.module}"
        self._code = mutant.code

    def find_spec(
        self, name: str, _path: object, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the spec of the module that is changed; None for any other."""
        return importlib.util.spec_from_loader(name, self) if name == self._name else None

    def get_code(self, _fullname: str) -> CodeType:
        """Return the changed code."""
        return self._code

    def get_source(self, _fullname: str) -> str | None:
        """Return no source: what runs is not what stands in the file."""
        return None


def survives(mutant: Mutant, order: Sequence[str], *, quick: bool) -> bool:
    """Tell whether all tests pass with a mutant in place; if `quick`, those that come first."""
    # Most are noticed by the few tests that come first, and to start few is quicker.
    steps = (order[:QUICK],) if quick else (order[:QUICK], order[QUICK:])
    return all(_outcome(mutant, some) == 0 for some in steps)


def _outcome(mutant: Mutant | None, order: Sequence[str]) -> int:
    """Return how the tests ended, in a process of their own."""
    child = os.fork()
    if child == 0:
        try:
            os._exit(_tried(mutant, order))
        finally:
            os._exit(BROKEN)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


class _Alike:
    """Lets hypothesis draw the same examples each time, and not shrink them."""

    def pytest_configure(self) -> None:
        """Say so after conftest.py has said what it wants."""
        settings.register_profile(
            "mutants",
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.explicit, Phase.generate),
        )
        settings.load_profile("mutants")


def _tried(mutant: Mutant | None, order: Sequence[str]) -> int:
    """Run the tests in this process and return how they ended."""
    resource.setrlimit(resource.RLIMIT_CPU, (LONGEST, LONGEST))
    if mutant is not None:
        sys.meta_path.insert(0, _Loader(mutant))
    words = ["-x", "-q", "-p", "no:cacheprovider", "--assert=plain", *order]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return int(pytest.main(words, plugins=[_Alike()]))


def order_for(module: str) -> list[str]:
    """Return the test files: those that speak of the module first and the slow ones last."""
    first = FIRST["label" if module in LABELLING else "rule"]
    names = sorted(path.name for path in TESTS.glob("test_*.py"))
    own = f"test_{module}.py"
    names.sort(key=lambda name: (name in SLOW, name != own, name not in first))
    return [str(TESTS / name) for name in names]


def _prepare() -> None:
    """Import what is slow to import, but not the room, once for all children."""
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "src")]
    os.chdir(ROOT)
    for name in ("throughcare.fhir.validation", "throughcare.model.decision"):
        __import__(name)
    gc.freeze()


def main(words: Sequence[str]) -> int:
    """Try the mutants that were asked for; 1 if one survives."""
    parser = argparse.ArgumentParser(description="Mutation testing of the consent room.")
    parser.add_argument("modules", nargs="*", help="modules of the room; all if none is named")
    parser.add_argument("--every", type=int, default=1, help="try each so many-th")
    parser.add_argument(
        "--quick", action="store_true", help="ask only the tests that speak of the module"
    )
    asked = parser.parse_args(words)
    _prepare()
    if _outcome(None, order_for("")[: QUICK if asked.quick else None]) != 0:
        print("The tests fail without any change.")
        return 2
    modules = asked.modules or sorted(
        path.stem for path in ROOM.glob("*.py") if path.stem != "__init__"
    )
    tried, alive, began = Counter[str](), Counter[str](), time.monotonic()
    for module in modules:
        source = (ROOM / f"{module}.py").read_text(encoding="utf-8")
        for mutant in list(mutants(module, source))[:: asked.every]:
            tried[module] += 1
            if survives(mutant, order_for(module), quick=asked.quick):
                alive[module] += 1
                print(mutant, flush=True)
        print(f"# {module}: {tried[module]} tried, {alive[module]} survive", flush=True)
    took = time.monotonic() - began
    print(f"# {tried.total()} tried, {alive.total()} survive, {took:.0f} s", flush=True)
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
