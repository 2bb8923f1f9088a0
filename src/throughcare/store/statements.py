"""Named statements: every SQL text that a room runs has a name and lives in a ``.sql`` file."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from throughcare.store import dialect
from throughcare.store.sections import of_engine

Engine = Literal["sqlite", "postgres"]
LAYOUT = Path(__file__).parent
"""The folder with ``sql`` and ``migrations``."""
_NAME = re.compile(r"^--\s*(name|shared):\s*(\S+)\s*$", re.MULTILINE)
_HERE = re.compile(r"^-- here: (\S+)$", re.MULTILINE)
_AT = re.compile(r"\A\s*-- at: ([^\n]*)\n")
_TOKEN = re.compile(r"(?P<kept>'(?:[^']|'')*'|\"[^\"]*\"|(?!--)\S)|(?:--[^\n]*|\s)+")


class Statements(dict[str, str]):
    """SQL texts by name, ``room.thing`` for ``-- name: thing`` in ``<room>.sql``.

    An unknown name raises KeyError. The same text object is returned each time, so that an engine
    can prepare it once and know it again.
    """

    def __init__(self, texts: Mapping[str, str], places: Mapping[str, str]) -> None:
        """Hold `texts` by full name, and what ``-- at:`` says of some."""
        super().__init__(texts)
        self.places = dict(places)

    def __missing__(self, name: str) -> str:
        """Raise KeyError, which names the statement and where it was looked for."""
        room = name.partition(".")[0]
        message = f"no statement {name!r}; add '-- name:' to store/sql/{room}.sql"
        raise KeyError(message)


def parse(room: str, text: str) -> Statements:
    """Return the statements of one room's file by full name.

    ``-- at: ...`` below a name says where the statement runs if there are several databases
    (`throughcare.store.sharded.routes`). A line ``-- here: piece`` stands for what is below
    ``-- shared: piece``, further up in the file.
    Raises ValueError if a name stands twice, what it names is empty, or there is no such piece.
    """
    _, *pieces = _NAME.split(text)
    shared: dict[str, str] = {}
    statements: dict[str, str] = {}
    places: dict[str, str] = {}
    for kind, short, sql in zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True):
        name = f"{room}.{short}"
        at = _AT.match(sql)
        if at is not None:
            places[name] = at[1]
        body = _with_shared(name, _AT.sub("", sql).strip().removesuffix(";"), shared)
        if name in statements or short in shared or not body:
            message = f"{name} stands twice or is empty; give each statement one name and one text"
            raise ValueError(message)
        if kind == "shared":
            shared[short] = body
        else:
            statements[name] = body
    return Statements(statements, places)


def _with_shared(name: str, sql: str, shared: Mapping[str, str]) -> str:
    try:
        return _HERE.sub(lambda found: shared[found[1]], sql)
    except KeyError as missing:
        message = f"{name} has {missing} in it, which no '-- shared:' above it says"
        raise ValueError(message) from missing


@cache
def load(folder: Path, engine: Engine) -> Statements:
    """Return the statements of every ``<room>.sql`` in `folder`; read once per process.

    Those of SQLite are written out; those of PostgreSQL keep their marked points
    (`throughcare.store.dialect`), which depend on the values.
    """
    texts: dict[str, str] = {}
    places: dict[str, str] = {}
    for path in sorted(folder.glob("*.sql")):
        found = parse(path.stem, of_engine(path.read_text(encoding="utf-8"), engine))
        texts |= found
        places |= found.places
    if engine == "sqlite":
        texts = {name: plain(dialect.sqlite(text)) for name, text in texts.items()}
    return Statements(texts, places)


def plain(sql: str) -> str:
    r"""Return `sql` without comments and without more white space than it needs.

    The driver goes through the whole text whenever the statement runs, to find it prepared.

    >>> plain("-- Why.\\nSELECT '--  x',\\n  a -- b\\nFROM t")
    "SELECT '--  x', a FROM t"
    """
    return "".join(found["kept"] or " " for found in _TOKEN.finditer(sql)).strip()
