"""The trials: whether the tests of a room notice a change.

All tests are collected once, and run once unchanged, each by itself: what lines of the room does
it run, and how long does it take? A change inside a function is put into the functions that live,
in a fork, and meets the tests that run its lines: those that noticed the last changes first, then
the quick ones. What runs at import needs an import of its own: `survives_import`.
"""

import functools
import gc
import importlib.abc
import importlib.machinery
import importlib.util
import math
import os
import pickle
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final, TypeAlias, TypeVar

import pytest
from coverage import Coverage
from hypothesis import HealthCheck, Phase, settings
from tools.mutants.changes import Mutant
from tools.mutants.told import Told

PATIENCE: Final = 3
"""Seconds of CPU that a test may take with a change, beyond five times what it took without."""
LATEST: Final = 3
"""How many of the tests that noticed something latest come first."""
COLLECTING: Final = 20
"""Seconds of CPU that it may take to import the room and to collect its tests."""
IMPORT: Final = ""
"""Stands in a record for the import of the room and of its tests."""
QUIETLY: Final = (
    *("-x", "-s", "-Wignore", "-pno:terminal", "-pno:cacheprovider", "--assert=plain"),
    "-oaddopts=--import-mode=importlib",
)
"""How pytest is called; its own report would have other options."""
_PASSED: Final = {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
_Cache: Final = type(functools.cache(repr))
_Swap: TypeAlias = tuple[FunctionType, CodeType]

T = TypeVar("T")


def in_fork(task: Callable[[], T]) -> T | None:
    """Return what a task returns in a process of its own; None if that died before."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            with os.fdopen(writing, "wb") as answer:
                pickle.dump(task(), answer)
        finally:
            sys.stdout.flush()
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        told = answer.read()
    os.waitpid(child, 0)
    result: T | None = pickle.loads(told) if told else None  # noqa: S301 - of our own child
    return result


@dataclass
class Record:
    """What each test took in seconds of CPU, and which tests run a line of a module.

    `IMPORT` is among the tests of a line that runs before them.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    tests: dict[str, dict[int, list[str]]] = field(default_factory=dict)
    failed: str = ""

    def order(self, tests: AbstractSet[str], latest: Sequence[str]) -> list[str]:
        """Return tests, the quick ones first, but before them what noticed something latest."""
        quick = sorted(tests - {IMPORT}, key=lambda test: self.seconds[test])
        first = [test for test in latest if test in tests]
        return [*first, *(test for test in quick if test not in first)]

    def longest(self, tests: AbstractSet[str]) -> float:
        """Return the seconds of CPU that some tests may take with a change."""
        return PATIENCE + 5 * sum(self.seconds[test] for test in tests - {IMPORT})

    def running(self, module: str) -> set[str]:
        """Return the tests that run anything of a module."""
        return {test for tests in self.tests.get(module, {}).values() for test in tests}

    def of(self, mutant: Mutant) -> set[str]:
        """Return the tests that run the lines of a mutant."""
        lines = self.tests.get(mutant.module, {})
        return {test for line in mutant.lines for test in lines.get(line, ())}


@dataclass
class Outcome:
    """Which mutants survived, by their place, and which are left: they need an import."""

    record: Record = field(default_factory=Record)
    survivors: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    failed: str = "all"
    installed: list[str] = field(default_factory=list)
    """What the tests import that is no part of the project."""


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
            suppress_health_check=list(HealthCheck),
        )
        settings.load_profile("mutants")


class Trials(_Alike):
    """A plugin of pytest that tries mutants instead of running the tests.

    `told` hears of each as soon as it is known. Afterwards `outcome` is told of all.
    """

    def __init__(self, room: Path, tests: Path, mutants: Sequence[Mutant], told: Told) -> None:
        """Begin to watch which lines run; pytest has imported nothing yet."""
        self._folders, self._mutants, self._told = (room, tests), mutants, told
        self._failed = False
        self._coverage = Coverage(data_file=None, config_file=False, source=[str(room)])
        self._coverage.start()
        self.outcome = Outcome()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember that a test failed."""
        self._failed |= report.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try all mutants, in place of running the tests."""
        record = in_fork(lambda: self._recorded(session.items))
        self._coverage.stop()
        if record is None or record.failed:
            self.outcome.failed = record.failed if record else "all"
            return True
        self.outcome = Outcome(record, failed="")
        living, by_name = _living(), {item.nodeid: item for item in session.items}
        gc.freeze()  # after _living, which would not find what is frozen
        latest: list[str] = []
        for number, mutant in enumerate(self._mutants):
            tests = record.of(mutant)
            swaps = _swaps(mutant.original, mutant.code, living)
            if swaps is None and mutant.module in record.tests:
                self.outcome.left.append(number)
                continue
            order = [by_name[test] for test in record.order(tests, latest)]
            noticed = in_fork(functools.partial(self._first_to_fail, swaps or (), order))
            if noticed == "" and IMPORT in tests:
                self.outcome.left.append(number)
            elif noticed == "":
                self.outcome.survivors.append(number)
                self._told.survived(mutant)
            else:
                latest = list(dict.fromkeys(filter(None, (noticed, *latest))))[:LATEST]
                self._told.noticed(mutant)
        return True

    def _recorded(self, items: Sequence[pytest.Item]) -> Record:
        """Run each test as if it were the first, and return what they did."""
        record, caches = Record(), _caches(self._folders)
        for item, following in zip(items, [*items[1:], None], strict=True):
            for cache in caches:
                cache.cache_clear()
            self._coverage.switch_context(item.nodeid)
            began = time.process_time()
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
            record.seconds[item.nodeid] = time.process_time() - began
            if self._failed:
                record.failed = item.nodeid
                return record
        self._coverage.stop()
        data = self._coverage.get_data()
        for name in data.measured_files():
            record.tests[Path(name).stem] = data.contexts_by_lineno(name)
        return record

    def _first_to_fail(self, swaps: Sequence[_Swap], items: Sequence[pytest.Item]) -> str:
        """Return the first test that fails with a change; the empty text if none does.

        In a fork: None comes of it where a test ended the process.
        """
        for function, code in swaps:
            function.__code__ = code
        for item, following in zip(items, [*items[1:], None][: len(items)], strict=True):
            longest = self.outcome.record.longest({item.nodeid})
            _end_after(time.process_time() + longest)
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
            if self._failed:
                return item.nodeid
        return ""


def _end_after(seconds: float) -> None:
    """End this process when it has computed so long."""
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(seconds), resource.RLIM_INFINITY))


def _caches(folders: Sequence[Path]) -> list[Any]:
    """Return the caches of functions in some folders: what a cache holds hides who asks for it."""
    found = [each for each in gc.get_objects() if isinstance(each, _Cache)]
    codes = [getattr(each.__wrapped__, "__code__", None) for each in found]
    return [
        each
        for each, code in zip(found, codes, strict=True)
        if code and any(Path(code.co_filename).is_relative_to(folder) for folder in folders)
    ]


def _living() -> dict[CodeType, list[FunctionType]]:
    """Return the functions of this process by their code."""
    living = defaultdict(list)
    for each in gc.get_objects():
        if isinstance(each, FunctionType):
            living[each.__code__].append(each)
    return dict(living)


def _swaps(
    before: CodeType, after: CodeType, living: Mapping[CodeType, Sequence[FunctionType]]
) -> list[_Swap] | None:
    """Return the functions that a change of a module reaches; None if it reaches the import.

    What is run at import are the bodies of modules and classes, and functions that live no more.
    """
    inner = list(zip(_inner(before), _inner(after), strict=False))
    if _own(before) != _own(after):
        return None
    swaps: list[_Swap] = []
    for old, new in inner:
        if old == new:
            continue
        deeper = [] if old in living else _swaps(old, new, living)
        if deeper is None:
            return None
        swaps += [*deeper, *((function, new) for function in living.get(old, ()))]
    return swaps


def _inner(code: CodeType) -> list[CodeType]:
    return [each for each in code.co_consts if isinstance(each, CodeType)]


def _own(code: CodeType) -> tuple[object, ...]:
    """Return what a code does itself, without the functions and classes that it makes."""
    constants = [repr(each) for each in code.co_consts if not isinstance(each, CodeType)]
    return code.co_code, code.co_names, constants, len(_inner(code))


class _Loader(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Gives one module as a mutant has it."""

    def __init__(self, name: str, code: CodeType) -> None:
        self._name, self._code = name, code

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


class _Ordered(_Alike):
    """Runs the tests in the order that a record gives; first what is called otherwise since."""

    def __init__(self, order: Sequence[str]) -> None:
        self._place = {test: place for place, test in enumerate(order)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Put them in order."""
        items.sort(key=lambda item: self._place.get(item.nodeid, -1))


def survives_import(mutant: Mutant, package: str, paths: Sequence[str], record: Record) -> bool:
    """Tell whether all tests pass where the room is imported with a change.

    `paths` are the folder of the tests and what pytest leaves out of it. The module's own tests
    come first, by themselves: they are collected in no time. The process that calls this has not
    imported the room.
    """
    running = record.running(mutant.module)
    order = [*record.order(running, ()), *record.order(record.seconds.keys() - running, ())]

    def ended(chosen: Sequence[str]) -> int:
        _end_after(time.process_time() + COLLECTING + record.longest(record.seconds.keys()))
        sys.meta_path.insert(0, _Loader(f"{package}.{mutant.module}", mutant.code))
        return int(pytest.main([*QUIETLY, *chosen], plugins=[_Ordered(order)]))

    own = Path(paths[0]) / f"test_{mutant.module}.py"
    has_own = own.is_file() and f"--ignore={own}" not in paths
    return all(
        in_fork(functools.partial(ended, chosen)) in _PASSED
        for chosen in (*([[str(own)]] if has_own else []), paths)
    )


def installed() -> list[str]:
    """Return the modules of this process that are no part of the project, in order of import."""
    return [
        name
        for name, module in sys.modules.items()
        if (spec := getattr(module, "__spec__", None))
        and spec.name == name
        and "site-packages" in Path(spec.origin or "").parts
    ]
