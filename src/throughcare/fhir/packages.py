"""FHIR packages: the tarballs in which guides and code systems are published.

A package is read in memory and bounded on the way, so that nothing of it can lie outside or fill a
disk. What a node keeps of it is one file: a header and one definition a line, compressed, so that
opening it costs little and a definition is parsed when it is asked for.
"""

import io
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
import zstandard

from throughcare.fhir import bytes as fhir_bytes
from throughcare.kernel import BadInputError, DamagedError

Json = Any

LARGEST_UNPACKED: Final = 1024 * 1024 * 1024
"""Bytes of all files together; HL7's own terminology has 150 MB."""
LARGEST_FILE: Final = 64 * 1024 * 1024
MOST_FILES: Final = 50_000
KINDS: Final = frozenset({"StructureDefinition", "ValueSet", "CodeSystem", "ConceptMap"})
"""Types of resource that are kept."""
_CHUNK: Final = 1024 * 1024
_OF_ELEMENT: Final = frozenset(
    {"id", "path", "sliceName", "slicing", "min", "max", "type", "binding", "constraint"}
)
_FOR_PEOPLE: Final = frozenset({"text", "mapping", "contact", "purpose", "useContext"})
"""Members that nothing here reads."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition as it is kept."""

    kind: str
    url: str
    version: str
    text: bytes

    def read(self) -> Json:
        """Return the resource."""
        return fhir_bytes.read_again(self.text)


@dataclass(frozen=True, slots=True)
class Package:
    """A package, as far as a node uses it."""

    name: str
    version: str
    license: str
    """As its author states it, such as ``CC0-1.0``; "" if nothing is stated."""
    title: str
    definitions: tuple[Definition, ...]
    passed_over: int = 0
    """Files in it that are of no use here: examples, other types."""


class _Bounded(io.RawIOBase):
    """The bytes of a gzip stream; refuses one that unpacks to more than is allowed."""

    def __init__(self, packed: bytes) -> None:
        self._packed = memoryview(packed)
        self._gzip = zlib.decompressobj(wbits=31)
        self._left = LARGEST_UNPACKED
        self._waiting = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer
        while not self._waiting and not self._gzip.eof:
            source = self._gzip.unconsumed_tail or self._packed[:_CHUNK]
            if not self._gzip.unconsumed_tail:
                self._packed = self._packed[_CHUNK:]
            if not source:
                message = "The package ends in the middle: fetch it again."
                raise BadInputError(message)
            self._waiting = self._gzip.decompress(source, _CHUNK)
            self._left -= len(self._waiting)
            if self._left < 0:
                message = f"The package unpacks to more than {LARGEST_UNPACKED} bytes: split it."
                raise BadInputError(message)
        part = self._waiting[: len(buffer)]
        self._waiting = self._waiting[len(part) :]
        buffer[: len(part)] = part
        return len(part)


def read(packed: bytes) -> Package:
    """Return the package in a tarball (``.tgz``) as ``npm pack`` and FHIR's registries hand out.

    Raises BadInputError for what is no such tarball, for FHIR versions other than R4, and beyond
    the bounds above. Links, folders and files outside ``package/`` are passed over.
    """
    manifest: Json = None
    definitions: list[Definition] = []
    passed_over = 0
    try:
        for name, text in _files(packed):
            if name == "package/package.json":
                manifest = orjson.loads(text)
                continue
            found = _definition(text) if _is_wanted(name) else None
            if found is None:
                passed_over += 1
            else:
                definitions.append(found)
    except (tarfile.TarError, zlib.error, orjson.JSONDecodeError) as cause:
        message = "The file is no FHIR package (a .tgz with package/package.json): fetch it again."
        raise BadInputError(message) from cause
    return _package(manifest, definitions, passed_over)


def _files(packed: bytes) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BufferedReader(_Bounded(packed)), mode="r|") as archive:
        for number, member in enumerate(archive):
            if number >= MOST_FILES:
                message = f"The package has more than {MOST_FILES} files: split it."
                raise BadInputError(message)
            file = archive.extractfile(member) if member.isreg() else None
            if file is None or member.size > LARGEST_FILE:
                continue
            yield member.name, file.read()


def _is_wanted(name: str) -> bool:
    return name.startswith("package/") and name.count("/") == 1 and name.endswith(".json")


def _definition(text: bytes) -> Definition | None:
    """Return a definition without what nothing here reads; None for any other file."""
    try:
        resource = fhir_bytes.parse(text)
    except BadInputError:
        return None
    kind, url = resource.get("resourceType"), resource.get("url")
    if kind not in KINDS or not isinstance(url, str):
        return None
    kept = {key: value for key, value in resource.items() if key not in _FOR_PEOPLE}
    for form in ("snapshot", "differential"):
        if kind == "StructureDefinition" and form in kept:
            elements = kept[form].get("element", [])
            kept[form] = {"element": [dict(_of_element(each)) for each in elements]}
    version = str(resource.get("version", ""))
    return Definition(str(kind), url, version, fhir_bytes.dump(kept))


def _of_element(element: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    """Yield what validation needs of an ElementDefinition."""
    for key, value in element.items():
        if key in _OF_ELEMENT or key.startswith(("fixed", "pattern", "maxLength")):
            yield key, value


def _package(manifest: Json, definitions: list[Definition], passed_over: int) -> Package:
    if type(manifest) is not dict or not isinstance(manifest.get("name"), str):
        message = "The file has no package/package.json with a name: it is no FHIR package."
        raise BadInputError(message)
    versions = manifest.get("fhirVersions") or manifest.get("fhir-version-list") or []
    if versions and not any(str(each).startswith("4.0") for each in versions):
        message = "The package is for another version of FHIR: load the one for R4 (4.0.1)."
        raise BadInputError(message)
    return Package(
        manifest["name"],
        str(manifest.get("version", "")),
        str(manifest.get("license", "")),
        str(manifest.get("title", "")),
        tuple(definitions),
        passed_over,
    )


def pack(package: Package, level: int = 12) -> bytes:
    """Return a package as a node keeps it."""
    header = {
        "name": package.name,
        "version": package.version,
        "license": package.license,
        "title": package.title,
        "definitions": [[each.kind, each.url, each.version] for each in package.definitions],
    }
    lines = [orjson.dumps(header), *(each.text for each in package.definitions)]
    return zstandard.ZstdCompressor(level=level).compress(b"\n".join(lines))


def unpack(kept: bytes) -> Package:
    """Return what `pack` was given. Raises DamagedError for anything else."""
    try:
        header_text, *texts = zstandard.ZstdDecompressor().decompress(kept).split(b"\n")
        header = orjson.loads(header_text)
        named = zip(header["definitions"], texts, strict=True)
        definitions = tuple(
            Definition(kind, url, version, text) for (kind, url, version), text in named
        )
        return Package(
            name=header["name"],
            version=header["version"],
            license=header["license"],
            title=header["title"],
            definitions=definitions,
        )
    except (zstandard.ZstdError, ValueError, KeyError, TypeError) as cause:
        message = "A package in the node's folder is damaged: load it again."
        raise DamagedError(message) from cause
