"""Where in a JSON text a FHIRPath of a fault stands: line and column, for people who mend it."""

import json
import re
from typing import Final

_DECODER: Final = json.JSONDecoder()
_STEP: Final = re.compile(r"\.?([A-Za-z_][\w]*)|\[(\d+)\]")
_SPACE: Final = re.compile(r"[ \t\r\n]*")


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    r"""Return line and column of an offset, both from 1.

    >>> line_and_column("a\nbc", 3)
    (2, 2)
    """
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def offset(text: str, expression: str) -> int:
    """Return where in `text` the value begins that `expression` leads to.

    ``Patient.name[0].given``: the first step is the type, and is passed over. A path that leads
    further than the text goes ends at the last value that is there.

    >>> offset('{"resourceType": "Patient", "birthDate": "1950"}', "Patient.birthDate")
    41
    """
    steps = [name or int(number) for name, number in _STEP.findall(expression)][1:]
    place = _over_space(text, 0)
    for step in steps:
        found = _inside(text, place, step)
        if found is None:
            if step == 0:  # the one value of an element that does not repeat
                continue
            break
        place = found
    return place


def _inside(text: str, place: int, step: str | int) -> int | None:
    """Return where a member or item of the value at `place` begins; None if there is none."""
    opening = text[place : place + 1]
    if isinstance(step, str) and opening == "[":
        first = _inside(text, place, 0)
        return None if first is None else _inside(text, first, step)
    if opening != ("{" if isinstance(step, str) else "["):
        return None
    count, at = 0, _over_space(text, place + 1)
    while at < len(text) and text[at] not in "}]":
        name: str | int = count
        if isinstance(step, str):
            name, at = _DECODER.raw_decode(text, at)
            at = _over_space(text, _over_space(text, at) + 1)
        if name == step:
            return at
        at = _over_space(text, _DECODER.raw_decode(text, at)[1])
        at, count = _over_space(text, at + (text[at : at + 1] == ",")), count + 1
    return None


def _over_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place
