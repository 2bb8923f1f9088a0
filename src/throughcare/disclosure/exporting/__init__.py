"""Bulk export: a job that counts what may be seen, files that are made when they are fetched."""

from throughcare.disclosure.exporting.exports import Exports

__all__ = ["Exports"]
