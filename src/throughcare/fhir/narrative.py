"""The XHTML of a narrative (FHIR R4, 2.4.1): well formed, basic, harmless and not empty.

Machines write the same few tags again and again. A narrative of which each tag is known to be
harmless is settled by its tags; any other is read event by event.
"""

import re
from collections.abc import Iterable
from html import escape
from itertools import accumulate
from typing import Final

from throughcare.fhir.xml import parsing
from throughcare.fhir.xml.parsing import At, Attributes
from throughcare.kernel import BadInputError

NAMESPACE: Final = "http://www.w3.org/1999/xhtml"

_ELEMENTS: Final = frozenset(
    NAMESPACE + parsing.SPACE + name
    for line in (
        "a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em",
        "h1 h2 h3 h4 h5 h6 hr i img li ol p pre q samp small span strong sub sup",
        "table tbody td tfoot th thead tr tt ul var",
    )
    for name in line.split()
)
_ATTRIBUTES: Final = frozenset(
    name
    for line in (
        "abbr accesskey align alt axis bgcolor border cellhalign cellpadding cellspacing",
        "cellvalign char charoff charset cite class colspan compact coords dir frame headers",
        "height href hreflang hspace id lang longdesc name nowrap rel rev rowspan rules scope",
        "shape span src start style summary tabindex title type valign value vspace width",
    )
    for name in line.split()
) | {f"http://www.w3.org/XML/1998/namespace{parsing.SPACE}{name}" for name in ("lang", "space")}
_TAG: Final = re.compile(r"<[^>]*>")
_CLOSING: Final = re.compile(r"</([a-z][a-z0-9]*)\s*>")
_WORD: Final = re.compile(r">\s*[^\s<&]")
"""The beginning of a text that is no white space."""
_KNOWN_TAGS: Final = 16_384
_SHORT: Final = 1000
"""Characters of a tag that is worth remembering."""
_SCRIPT: Final = ("javascript:", "vbscript:", "data:text/html")
_LINKS: Final = frozenset({"href", "src", "longdesc", "cite"})
_VALUE: Final = r'(?:[^"<&]|&(?:amp|lt|gt|quot);)*"'
_PLAIN: Final = "|".join(sorted(each for each in _ATTRIBUTES - _LINKS if parsing.SPACE not in each))
_OPENING: Final = re.compile(
    r"<([a-z][a-z0-9]*)(?:\s+(?:"
    rf'(?:xml:lang|xml:space|{_PLAIN})="{_VALUE}|xmlns="{re.escape(NAMESPACE)}"'
    rf'|(?:{"|".join(sorted(_LINKS))})="(?:(?:http|mailto:|data: ?image/){_VALUE}|[^":<&]*")'
    r"))*\s*/?>"
)
"""A tag whose links, if it has any, lead to the web or name no scheme."""


def listed(lines: Iterable[str]) -> dict[str, str]:
    """Return a narrative of plain lines, each once and empty ones left out."""
    items = "".join(f"<li>{escape(line)}</li>" for line in dict.fromkeys(lines) if line)
    return {"status": "generated", "div": f'<div xmlns="{NAMESPACE}"><ul>{items}</ul></div>'}


class _Reader:
    """Follows the parser through one narrative."""

    def __init__(self) -> None:
        self.fault: str | None = None
        """The first thing that stands there and may not."""
        self.is_said = False
        """True once there is a character that is no space, or an image."""
        self._is_inside = False

    def start(self, name: str, attributes: Attributes, _: At) -> None:
        if not self._is_inside and name != f"{NAMESPACE}{parsing.SPACE}div":
            self._refuse(f'The narrative must be <div xmlns="{NAMESPACE}">; correct it.')
        self._is_inside = True
        if name not in _ELEMENTS:
            self._refuse("The narrative has an XHTML element that FHIR does not allow (txt-1).")
        for key, value in attributes.items():
            self._attribute(key, value)
        self.is_said = self.is_said or (name.endswith(" img") and "src" in attributes)

    def _attribute(self, key: str, value: str) -> None:
        if key not in _ATTRIBUTES:
            self._refuse("The narrative has an XHTML attribute that FHIR does not allow (txt-1).")
        if _is_program(key, value):
            self._refuse("The narrative has a link that is a program (txt-1); remove it.")

    def _refuse(self, sentence: str) -> None:
        self.fault = self.fault or sentence

    def end(self, _: str, __: At) -> None:
        """Say nothing: what ends has begun."""

    def text(self, data: str, _: At) -> None:
        self.is_said = self.is_said or not data.isspace()


def fault(text: str) -> str | None:
    """Return what is wrong with a narrative's XHTML, as a sentence; None if nothing is.

    >>> fault('<div xmlns="http://www.w3.org/1999/xhtml"><p>Seen today</p></div>')
    >>> fault('<div xmlns="http://www.w3.org/1999/xhtml"> </div>')
    'The narrative says nothing (txt-2); write it or leave it out.'
    """
    return None if is_plain(text) else first_fault(text)


def is_plain(text: str) -> bool:
    """Tell whether a narrative is in order by its tags alone; false where in doubt."""
    tags = _TAG.findall(text)
    if not tags or not tags[0].startswith("<div") or f'xmlns="{NAMESPACE}"' not in tags[0]:
        return False
    steps = [_steps[tag] if tag in _steps else _step(tag) for tag in tags]
    if _SUSPECT in steps or _WORD.search(text) is None:
        return False
    if max(accumulate(steps)) >= parsing.MAXIMUM_DEPTH:
        return False
    return parsing.is_well_formed(text.encode(errors="surrogatepass"))


_SUSPECT: Final = -2
_steps: dict[str, int] = {}
"""Harmless tags, and how much deeper what follows is: 1, -1, or 0 after an empty element."""


def _step(tag: str) -> int:
    """Return how much deeper what follows a tag is; `_SUSPECT` for one that is to be looked at."""
    step = _SUSPECT
    if (closing := _CLOSING.fullmatch(tag)) is not None:
        step = -1 if _is_basic(closing[1]) else _SUSPECT
    elif (opening := _OPENING.fullmatch(tag)) is not None:
        step = int(not tag.endswith("/>")) if _is_basic(opening[1]) else _SUSPECT
    if step != _SUSPECT and len(_steps) < _KNOWN_TAGS and len(tag) <= _SHORT:
        _steps[tag] = step
    return step


def _is_basic(name: str) -> bool:
    return f"{NAMESPACE}{parsing.SPACE}{name}" in _ELEMENTS


def _is_program(name: str, value: str) -> bool:
    return name in _LINKS and "".join(value.split()).casefold().startswith(_SCRIPT)


def first_fault(text: str) -> str | None:
    """Read a narrative event by event."""
    reader = _Reader()
    events = parsing.Events(reader.start, reader.end, reader.text)
    try:
        parsing.glance(text.encode(errors="surrogatepass"), events)
    except BadInputError as error:
        return f"The narrative is not XHTML. {error.message}"
    if reader.fault is None and not reader.is_said:
        return "The narrative says nothing (txt-2); write it or leave it out."
    return reader.fault
