"""Parquet files: resources by the draft Parquet on FHIR, tables by the types of their columns."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

from throughcare.disclosure.exporting import duck
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import columns
from throughcare.fhir.tables.definition import Column

PARQUET: Final = "application/vnd.apache.parquet"


async def of_resources(bodies: Iterable[bytes]) -> bytes:
    """Return resources of one type as a file, off the loop.

    Raises BadInputError where DuckDB is not installed, UnprocessableError for too many columns.
    """
    return await asyncio.to_thread(_resources, list(bodies))


async def of_rows(told: Sequence[Column], lines: Iterable[bytes]) -> bytes:
    """Return the rows of a view, each as JSON text, as a file, off the loop.

    Raises BadInputError where DuckDB is not installed.
    """
    return await asyncio.to_thread(_rows, told, list(lines))


def _resources(bodies: Sequence[bytes]) -> bytes:
    whole = columns.columns_of(map(fhir_bytes.read_again, bodies))
    # Each is read twice, so that no more than one is in memory as objects.
    texts = (columns.text_of(fhir_bytes.read_again(body), whole) for body in bodies)
    return duck.parquet(whole, texts)


def _rows(told: Sequence[Column], lines: Sequence[bytes]) -> bytes:
    rows = [fhir_bytes.read_again(line) for line in lines]
    whole = columns.columns_of_rows(told, rows)
    return duck.parquet(whole, (columns.text_of(row, whole) for row in rows))
