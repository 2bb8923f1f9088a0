"""Bytes of a feed to submissions: pure, one module a format, each fault with its place."""

from throughcare.intake.recognise import Format, NotAFeed, NotSupported, Recognised, recognise

__all__ = ["Format", "NotAFeed", "NotSupported", "Recognised", "recognise"]
