"""What a node knows beyond R4: the packages in its folder."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from throughcare.fhir import packages, profiles, spec
from throughcare.fhir.packages import Package
from throughcare.fhir.profiles import Compiler
from throughcare.fhir.terminology import Library, Terms
from throughcare.kernel import BadInputError
from throughcare.store.durable import make_folder, replace_file

FOLDER: Final = "packages"
ENDING: Final = ".package.zst"
LARGEST: Final = 256 * 1024 * 1024
"""Bytes of a tarball."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Packages, and what they bring: profiles and codes. Read once, when a node opens."""

    packages: tuple[Package, ...]
    profiles: Compiler
    terms: Terms


def load(root: Path) -> Knowledge:
    """Return what the node in the folder `root` knows."""
    kept = tuple(packages.unpack(path.read_bytes()) for path in _files(root))
    known = (*spec.profiles(), *_structures(kept))
    terms = Terms(Library(kept))
    return Knowledge(kept, Compiler(profiles.of(known, terms.member)), terms)


def _files(root: Path) -> list[Path]:
    return sorted((root / FOLDER).glob(f"*{ENDING}"))


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


def _name(package: Package) -> str:
    """Return the name of a package as one of a file. Raises BadInputError where it is none."""
    if not package.name.replace(".", "").replace("-", "").isalnum() or not package.name.isascii():
        message = "The package's name has other characters than letters, digits, '.' and '-'."
        raise BadInputError(message, place="package.json")
    return package.name
