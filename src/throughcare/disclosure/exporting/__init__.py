"""Bulk export: a job that counts what may be seen, files that are made when they are fetched.

And tables, which are made at once.
"""

from throughcare.disclosure.exporting.exports import Exports
from throughcare.disclosure.exporting.tables import Tables

__all__ = ["Exports", "Tables"]
