"""FHIR packages: what is read of a tarball, and what is refused."""

import gzip
import io
import json
import tarfile
from typing import Any

import pytest

from throughcare.fhir import packages
from throughcare.fhir.packages import Definition
from throughcare.kernel import BadInputError, DamagedError

Json = Any
MANIFEST = {"name": "example.guide", "version": "1.0.0", "fhirVersions": ["4.0.1"]}
VALUE_SET = {"resourceType": "ValueSet", "url": "urn:vs", "status": "active", "text": {"x": 1}}
PROFILE = {
    "resourceType": "StructureDefinition",
    "url": "urn:profile",
    "version": "2",
    "differential": {
        "element": [{"id": "Patient", "path": "Patient", "min": 1, "definition": "long"}]
    },
}


def tarball(*files: tuple[str, bytes], manifest: Json = MANIFEST, link: str = "") -> bytes:
    """Return a package with files in it, and a link."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, text in (("package/package.json", json.dumps(manifest).encode()), *files):
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
        if link:
            member = tarfile.TarInfo("package/ValueSet-link.json")
            member.type, member.linkname = tarfile.SYMTYPE, link
            archive.addfile(member)
    return made.getvalue()


def file(name: str, resource: Json) -> tuple[str, bytes]:
    return f"package/{name}.json", json.dumps(resource).encode()


def test_a_package_keeps_its_definitions_without_what_people_read() -> None:
    package = packages.read(tarball(file("a", VALUE_SET), file("b", PROFILE)))
    assert (package.name, package.version) == ("example.guide", "1.0.0")
    value_set, profile = package.definitions
    assert (value_set.kind, value_set.url) == ("ValueSet", "urn:vs")
    assert "text" not in value_set.read()
    assert profile.read()["differential"]["element"] == [
        {"id": "Patient", "path": "Patient", "min": 1}
    ]


def test_what_a_node_keeps_is_what_was_read() -> None:
    package = packages.read(tarball(file("a", VALUE_SET), file("b", PROFILE)))
    again = packages.unpack(packages.pack(package))
    assert again.definitions == package.definitions
    assert (again.name, again.version, again.license) == (package.name, package.version, "")


def test_what_is_no_definition_is_passed_over() -> None:
    package = packages.read(
        tarball(
            file("example/Patient-1", {"resourceType": "Patient"}),
            file("Patient-1", {"resourceType": "Patient"}),
            ("package/broken.json", b"{"),
            ("../../etc/evil.json", json.dumps(VALUE_SET).encode()),
            file("a", VALUE_SET),
            link="/etc/passwd",
        )
    )
    assert [each.url for each in package.definitions] == ["urn:vs"]
    assert package.passed_over == 4


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"no tarball",
        gzip.compress(b"no tarball", mtime=0),
        tarball(manifest=[]),
        tarball(manifest={"name": "x", "fhirVersions": ["5.0.0"]}),
        tarball(file("a", VALUE_SET))[:100],
    ],
    ids=["empty", "text", "gzip of text", "no manifest", "R5", "cut off"],
)
def test_what_is_no_package_for_r4_is_refused(packed: bytes) -> None:
    with pytest.raises(BadInputError):
        packages.read(packed)


def test_a_package_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "LARGEST_UNPACKED", 1_000_000)
    bomb = tarball(("package/big.bin", bytes(2_000_000)))
    assert len(bomb) < 10_000
    with pytest.raises(BadInputError, match="unpacks to more"):
        packages.read(bomb)


def test_a_package_of_too_many_files_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "MOST_FILES", 5)
    with pytest.raises(BadInputError, match="more than 5 files"):
        packages.read(tarball(*[file(str(number), VALUE_SET) for number in range(9)]))


@pytest.mark.parametrize("cut", [0, 3, 40, -1])
def test_a_damaged_file_is_named_as_damaged(cut: int) -> None:
    kept = packages.pack(packages.read(tarball(file("a", VALUE_SET))))
    with pytest.raises(DamagedError):
        packages.unpack(kept[:cut])


def test_a_definition_is_parsed_when_it_is_asked_for() -> None:
    read = Definition("ValueSet", "urn:vs", "", b'{"a":1.10}').read()
    assert str(read["a"]) == "1.10"
