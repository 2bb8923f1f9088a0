"""A code system as a node keeps it: a header and one concept a line, compressed."""

import msgspec
import orjson
import zstandard

from throughcare.fhir.terminology.codes import CodeTable, Concept
from throughcare.kernel import DamagedError

_Row = tuple[str, str, list[str], str, list[tuple[str, str | bool | int]], list[str], bool, bool]
_rows = msgspec.json.Decoder(_Row)


def pack(table: CodeTable) -> bytes:
    """Return a code system as a node keeps it."""
    header = orjson.dumps({**table.about, "url": table.url})
    lines = (
        orjson.dumps(
            [
                each.code,
                each.display,
                each.parents,
                each.definition,
                each.properties,
                each.names,
                each.is_active,
                each.is_abstract,
            ]
        )
        for each in table
    )
    return zstandard.ZstdCompressor(level=9).compress(b"\n".join((header, *lines)))


def url(kept: bytes) -> str:
    """Return the url of a code system without reading its concepts."""
    reader = zstandard.ZstdDecompressor().stream_reader(kept)
    start = b""
    while b"\n" not in start and (part := reader.read(4096)):
        start += part
    return str(orjson.loads(start.partition(b"\n")[0])["url"])


def unpack(kept: bytes) -> CodeTable:
    """Return what `pack` was given. Raises DamagedError for anything else."""
    try:
        header, *lines = zstandard.ZstdDecompressor().decompress(kept).split(b"\n")
        about = orjson.loads(header)
        concepts = [_concept(_rows.decode(line)) for line in lines]
        return CodeTable(about["url"], concepts, about)
    except (zstandard.ZstdError, ValueError, KeyError, TypeError) as cause:
        message = "A code system in the node's folder is damaged: load it again."
        raise DamagedError(message) from cause


def _concept(row: _Row) -> Concept:
    code, display, parents, definition, properties, names, is_active, is_abstract = row
    return Concept(
        code,
        display,
        tuple(parents),
        definition,
        tuple(properties),
        tuple(names),
        is_active,
        is_abstract,
    )
