"""Bytes of a feed to submissions: pure, one module a format, each fault with its place."""

from throughcare.intake.reading import mappings, read
from throughcare.intake.recognition import Format, NotAFeed, NotSupported, Recognised, recognise

__all__ = [
    "Format",
    "NotAFeed",
    "NotSupported",
    "Recognised",
    "mappings",
    "read",
    "recognise",
]
