"""The record: versions, search and history of entries, always through a gate."""

from throughcare.record.entries import Change, NewEntry, Page
from throughcare.record.records import Records

__all__ = ["Change", "NewEntry", "Page", "Records"]
