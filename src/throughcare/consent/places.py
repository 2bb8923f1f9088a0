"""On which line of a TOML text a key stands: pure, and good enough for a sentence about it."""

import re
from collections.abc import Mapping
from typing import Any, Final

_HEADER: Final = re.compile(r"\s*\[\s*([^\[\]#]+?)\s*\]\s*(?:#.*)?$")
_KEY: Final = re.compile(r"\s*([A-Za-z0-9_.\"' -]+?)\s*=")


def line_of(text: str, document: Mapping[str, Any], key: str) -> int:
    """Return the line of dotted `key`, from 1; of the table it is missing in, else 0.

    `document` is what `text` was read to: only keys that it has are looked for.
    """
    path = key.split(".")
    while path and not _has(document, path):
        path.pop()
    table: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header:
            table = _parts(header[1])
            found = table
        else:
            member = _KEY.match(line)
            found = [*table, *_parts(member[1])] if member else []
        if path and found[: len(path)] == path:
            return number
    return 0


def _has(document: Mapping[str, Any], path: list[str]) -> bool:
    found: Any = document
    for name in path:
        if not isinstance(found, Mapping) or name not in found:
            return False
        found = found[name]
    return True


def _parts(name: str) -> list[str]:
    return [part.strip().strip("\"'") for part in name.split(".")]
