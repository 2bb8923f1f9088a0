"""What a locality sets of how its pages look: the colour of the head of each page."""

import re
import tomllib
from dataclasses import dataclass
from typing import Final

from throughcare.kernel import BadInputError

PLACE: Final = "theme.toml"
OWN: Final = "#12343b"
"""The project's own colour."""
CONTRAST: Final = 4.5
"""Least contrast of white text on the colour (WCAG 1.4.3)."""
_LINEAR: Final = 0.04045
"""Up to here sRGB is a straight line."""
_COLOUR: Final = re.compile(r"#[0-9a-f]{6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Theme:
    """The look of one locality; without a file, the project's own."""

    colour: str = OWN
    """``#rrggbb`` in small letters."""


def parse(text: str) -> Theme:
    """Read the text of a ``theme.toml``, such as ``colour = "#12343b"``.

    Raises BadInputError for what is no TOML, for a key that is not known, and for a colour on
    which white words could not be read.
    """
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"{PLACE} is no TOML: {error}. Mend that line."
        raise BadInputError(message, place=PLACE) from error
    colour = found.pop("colour", OWN)
    if found:
        message = f"{PLACE} has no key {min(found)!r}: it takes 'colour' alone. Take it out."
        raise BadInputError(message, place=PLACE)
    if not isinstance(colour, str) or not _COLOUR.fullmatch(colour):
        message = f'The colour in {PLACE} is not of the form "#12343b". Write it so.'
        raise BadInputError(message, place=PLACE)
    ratio = contrast(colour)
    if ratio < CONTRAST:
        message = (
            f"White words on {colour} have a contrast of {ratio:.1f}, and need {CONTRAST}. "
            f"Choose a darker colour in {PLACE}."
        )
        raise BadInputError(message, place=PLACE)
    return Theme(colour)


def contrast(colour: str) -> float:
    """Return the contrast of white on a colour, 1 to 21, as WCAG 2 defines it.

    >>> round(contrast("#000000"), 1), round(contrast("#ffffff"), 1), round(contrast("#767676"), 2)
    (21.0, 1.0, 4.54)
    """
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _linear(part: float) -> float:
    return part / 12.92 if part <= _LINEAR else float(((part + 0.055) / 1.055) ** 2.4)
