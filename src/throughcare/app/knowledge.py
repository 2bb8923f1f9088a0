"""What a node knows beyond R4: the packages in its folder."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import orjson

from throughcare.app import releases
from throughcare.app.releases import DiskFile
from throughcare.fhir import packages, profiles, spec
from throughcare.fhir.packages import Definition, Package
from throughcare.fhir.profiles import Compiler
from throughcare.fhir.terminology import Library, Terms, keeping, sources
from throughcare.fhir.terminology.codes import CodeTable
from throughcare.fhir.terminology.library import Opens
from throughcare.fhir.terminology.sources import lists
from throughcare.kernel import BadInputError
from throughcare.store.durable import make_folder, replace_file

FOLDER: Final = "packages"
CODES: Final = "codes"
LISTS: Final = "codelists"
"""The locality's own code lists for labels, ``*.csv`` (docs/consent/labels.md)."""
ENDING: Final = ".package.zst"
TABLE: Final = ".codes.zst"
_LIST_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
LARGEST: Final = 256 * 1024 * 1024
"""Bytes of a tarball."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Packages, and what they bring: profiles and codes. Read once, when a node opens."""

    packages: tuple[Package, ...]
    profiles: Compiler
    terms: Terms
    own: tuple[str, ...]
    """Urls of the code systems from the locality's own files."""


def load(root: Path) -> Knowledge:
    """Return what the node in the folder `root` knows."""
    kept = tuple(packages.unpack(path.read_bytes()) for path in _files(root))
    known = (*spec.profiles(), *_structures(kept))
    tables = dict(_tables(root))
    terms = Terms(Library(kept, tables))
    return Knowledge(kept, Compiler(profiles.of(known, terms.member)), terms, tuple(tables))


def _tables(root: Path) -> Iterator[tuple[str, Opens]]:
    """Yield url and opener of each code system of the locality's own."""
    for path in _table_files(root):
        yield keeping.url(path.read_bytes()), partial(_opened, path)


def _opened(path: Path) -> CodeTable:
    return keeping.unpack(path.read_bytes())


def files(root: Path) -> list[Path]:
    """Return all files of what the node in the folder `root` knows: copied, it knows the same."""
    return [*_files(root), *_table_files(root), *list_files(root)]


def list_files(root: Path) -> list[Path]:
    """Return the locality's own code lists. Raises BadInputError for a name that is none."""
    found = sorted((root / LISTS).glob("*.csv"))
    for path in found:
        if not _LIST_NAME.fullmatch(path.name):
            message = "The name has other characters than letters, digits, '.', '_' and '-'."
            raise BadInputError(message, place=f"{LISTS}/{path.name}")
    return found


def _files(root: Path) -> list[Path]:
    return sorted((root / FOLDER).glob(f"*{ENDING}"))


def _table_files(root: Path) -> list[Path]:
    return sorted((root / CODES).glob(f"*{TABLE}"))


def _structures(kept: Iterable[Package]) -> Iterator[dict[str, object]]:
    for package in kept:
        for definition in package.definitions:
            if definition.kind == "StructureDefinition":
                yield definition.read()


def keep(root: Path, tarball: Path) -> Package:
    """Keep the package of a tarball in a node's folder, in the place of its other versions.

    It is on disk on return; a node that runs knows it after its next start. Raises BadInputError
    for what is no FHIR package for R4.
    """
    if tarball.stat().st_size > LARGEST:
        message = f"The file has more than {LARGEST} bytes: it is no FHIR package."
        raise BadInputError(message, place=str(tarball))
    package = packages.read(tarball.read_bytes())
    path = root / FOLDER / f"{_name(package)}{ENDING}"
    make_folder(path.parent)
    replace_file(path, packages.pack(package), 0o644)
    return package


def keep_codes(root: Path, paths: Sequence[Path]) -> CodeTable:
    """Keep a code system from the files of a release, in the place of its other versions.

    It is on disk on return. Raises BadInputError for files of none that is known.
    """
    table = sources.read(releases.files(paths))
    path = root / CODES / f"{hashlib.sha256(table.url.encode()).hexdigest()[:16]}{TABLE}"
    make_folder(path.parent)
    replace_file(path, keeping.pack(table), 0o644)
    return table


def keep_list(root: Path, path: Path, system: str) -> Package:
    """Keep a code list (CSV) as a value set of the code system `system`, as a package of its own.

    It is on disk on return. Raises BadInputError for a file that is no code list.
    """
    made = lists.codelist(DiskFile(path), system)
    slug = re.sub(r"[^A-Za-z0-9]+", "-", made["name"]).strip("-").lower()
    definition = Definition("ValueSet", made["url"], "", orjson.dumps(made))
    package = Package(f"codelist.{slug}", "1", "", made["name"], (definition,))
    target = root / FOLDER / f"{package.name}{ENDING}"
    make_folder(target.parent)
    replace_file(target, packages.pack(package), 0o644)
    return package


def _name(package: Package) -> str:
    """Return the name of a package as one of a file. Raises BadInputError where it is none."""
    if not package.name.replace(".", "").replace("-", "").isalnum() or not package.name.isascii():
        message = "The package's name has other characters than letters, digits, '.' and '-'."
        raise BadInputError(message, place="package.json")
    return package.name
