"""Entity tags of versions (FHIR R4, 3.1.0.1.3)."""

import re
from typing import Final

_TAG: Final = re.compile(r'(?:W/)?"?(\d{1,9})"?')


def version(tag: str) -> int | None:
    """Return the version that an entity tag names, or None if it names none.

    >>> version('W/"3"'), version("3"), version("*")
    (3, 3, None)
    """
    match = _TAG.fullmatch(tag.strip())
    return int(match[1]) if match else None
