"""Bring the translations of the pages up to date: ``python tools/translations.py``.

Takes every text that is marked in the templates and the modules of the pages into
``src/throughcare/web/locale/cy/LC_MESSAGES/throughcare.po``, keeps what is translated, drops what
is no longer said, compiles the ``.mo`` that a node reads, and says how much is left to translate.
"""

import ast
import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from throughcare.web.languages import DOMAIN
from throughcare.web.templating import texts_of

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "src" / "throughcare" / "web"
FOLDER = WEB / "locale" / "cy" / "LC_MESSAGES"
BEGUN = datetime(2026, 11, 27, tzinfo=UTC)
"""A fixed date, so that the same texts make the same file."""
HEADER = """# The pages of Throughcare in Welsh.
# Not yet read by a translator: see docs/operations/languages.md.
"""


def texts() -> Iterator[tuple[str, str]]:
    """Yield every marked text with the file that says it."""
    for path in sorted((WEB / "templates").glob("*.j2")):
        yield from ((text, path.name) for text in texts_of(path.read_text("utf-8")))
    for path in sorted(WEB.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                yield from ((text, path.name) for text in _said(node))


def _said(call: ast.Call) -> Iterator[str]:
    """Yield the text that a call marks, or gives a page as its title."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    place = {"marked": 0, "render": 1}.get(name)
    if place is not None and len(call.args) > place:
        given = call.args[place]
        if isinstance(given, ast.Constant) and isinstance(given.value, str):
            yield given.value


def catalogue(known: Catalog) -> Catalog:
    """Return what is said now, with the translations that `known` has."""
    made = Catalog("cy", header_comment=HEADER, creation_date=BEGUN, revision_date=BEGUN)
    made.fuzzy = False
    for text, name in texts():
        before = known.get(text)
        kept = before.string if before is not None and not before.fuzzy else ""
        flags = ("python-format",) if "%(" in text else ()
        made.add(text, kept, locations=[(name, None)], flags=flags)  # type: ignore[list-item]
    return made


def po(made: Catalog) -> bytes:
    """Return the catalogue as translators edit it."""
    file = io.BytesIO()
    write_po(file, made, width=100, sort_output=True)
    return file.getvalue()


def mo(made: Catalog) -> bytes:
    """Return the catalogue as a node reads it."""
    file = io.BytesIO()
    write_mo(file, made)
    return file.getvalue()


def kept() -> Catalog:
    """Return the catalogue of the repository."""
    path = FOLDER / f"{DOMAIN}.po"
    return read_po(io.BytesIO(path.read_bytes()), locale="cy") if path.exists() else Catalog("cy")


def main() -> int:
    """Write both files."""
    made = catalogue(kept())
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{DOMAIN}.po").write_bytes(po(made))
    (FOLDER / f"{DOMAIN}.mo").write_bytes(mo(made))
    left = [str(each.id) for each in made if each.id and not each.string]
    sys.stdout.write(f"{len(made)} texts, {len(left)} left to translate\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
