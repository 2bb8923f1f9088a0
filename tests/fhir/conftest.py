"""The shared Synthea bundles, as resources."""

import gzip
from collections.abc import Callable, Iterator

import pytest

from shared_data import shared

Texts = Callable[..., Iterator[bytes]]


@pytest.fixture(scope="session")
def resource_texts() -> Texts:
    """Return a function that yields the resources of the first bundles of a folder."""
    from throughcare.fhir.bytes import split_bundle  # noqa: PLC0415 - only where data is present

    def texts(folder: str, *, bundles: int | None = None) -> Iterator[bytes]:
        files = sorted(shared("fhir", folder).glob("*.json.gz"))
        for file in files[:bundles]:
            for entry in split_bundle(gzip.decompress(file.read_bytes())):
                yield entry.resource

    return texts
