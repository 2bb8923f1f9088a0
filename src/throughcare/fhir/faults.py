"""What a check finds: faults, each with its path below the value that was checked."""

from collections.abc import Callable, Iterator
from typing import Any

Fault = tuple[str, str, str, str]
"""(path, severity, issue code, text)."""
Faults = list[Fault] | None
Check = Callable[[Any], Faults]
"""Takes a JSON value; returns None if all is well."""


def fault(code: str, text: str, path: str = "") -> list[Fault]:
    """Return one error."""
    return [(path, "error", code, text)]


def below(step: str, faults: list[Fault]) -> Iterator[Fault]:
    """Yield `faults` with their paths one step longer."""
    return ((step + path, severity, code, text) for path, severity, code, text in faults)


def has_errors(faults: Faults) -> bool:
    """Tell whether one of `faults` is an error; a warning, or what is still open, is none."""
    return faults is not None and any(each[1] == "error" for each in faults)
