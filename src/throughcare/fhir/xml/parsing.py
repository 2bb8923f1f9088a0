"""The one XML entry point: no document type, no entities, bounded in size and depth.

Expat of the standard library reads it: it tells for each event the byte where it began, so that a
narrative can be kept as it was written, and lets a document type be refused before anything of it
is read. Of a wrapper around libxml2 neither can be had.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple
from xml.parsers import expat

from throughcare.kernel import BadInputError

MAXIMUM_DEPTH: Final = 100
"""Elements inside one another."""
MAXIMUM_ELEMENTS: Final = 5_000_000
"""Elements of one text: the largest body holds fewer, unless it is made to exhaust."""
SPACE: Final = " "
"""Between the namespace and the name of an element or attribute."""

Attributes = dict[str, str]


class At(NamedTuple):
    """Where the reader is."""

    line: int
    byte: int


@dataclass(frozen=True, slots=True)
class Events:
    """What is called while a text is read. Names are ``namespace name``, or ``name`` alone."""

    start: Callable[[str, Attributes, At], None]
    end: Callable[[str, At], None]
    characters: Callable[[str, At], None]


class _Reader:
    """Counts, refuses and passes on."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self._depth = 0
        self._elements = 0
        self.parser = parser = expat.ParserCreate("utf-8", SPACE)
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._refuse_type
        parser.XmlDeclHandler = self._declared

    @property
    def at(self) -> At:
        return At(self.parser.CurrentLineNumber, self.parser.CurrentByteIndex)

    def _start(self, name: str, attributes: Attributes) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > MAXIMUM_DEPTH:
            _refuse(f"XML is nested deeper than {MAXIMUM_DEPTH} elements: flatten it.", self.at)
        if self._elements > MAXIMUM_ELEMENTS:
            _refuse(f"XML has more than {MAXIMUM_ELEMENTS} elements: send it in parts.", self.at)
        self._events.start(name, attributes, self.at)

    def _end(self, name: str) -> None:
        self._depth -= 1
        self._events.end(name, self.at)

    def _characters(self, text: str) -> None:
        self._events.characters(text, self.at)

    def _refuse_type(self, *declared: object) -> None:
        del declared
        message = "XML with a document type is not read: leave DOCTYPE and its entities out."
        _refuse(message, self.at)

    def _declared(self, version: str, encoding: str | None, standalone: int) -> None:
        del version, standalone
        if encoding is not None and encoding.upper() != "UTF-8":
            _refuse("XML is declared in another encoding: send it in UTF-8.", self.at)


class _Plain(_Reader):
    """The same, without saying where: places cost more than all else."""

    @property
    def at(self) -> At:
        return _NOWHERE


_NOWHERE: Final = At(0, 0)


def glance(text: bytes, events: Events) -> None:
    """Read `text` as `parse` does, each event at the same place: for who asks only what is there.

    Raises BadInputError where `parse` does.
    """
    _read(text, _Plain(events))


def parse(text: bytes, events: Events) -> None:
    """Read `text`, calling `events` for what is in it.

    Raises BadInputError, with the line, for what is no well-formed XML in UTF-8, has a document
    type, or is deeper or larger than the bounds above; and whatever `events` raise.
    """
    _read(text, _Reader(events))


def is_well_formed(text: bytes) -> bool:
    """Tell whether `parse` takes a text, if it is not too deep or large; false where in doubt.

    Without a word about what is in it, or why not: at the speed of C.
    """
    if b"<!" in text or b"<?" in text:
        return False
    try:
        expat.ParserCreate("utf-8", SPACE).Parse(text, True)  # noqa: FBT003 - positional in expat
    except expat.ExpatError:
        return False
    return True


def _read(text: bytes, reader: _Reader) -> None:
    _refuse_other_encodings(text)
    try:
        reader.parser.Parse(text, True)  # noqa: FBT003 - positional in expat: the text is whole
    except expat.ExpatError as cause:
        message = f"Text is not XML ({expat.ErrorString(cause.code)}): correct it at its source."
        raise BadInputError(message, place=f"line {cause.lineno}") from cause


def _refuse_other_encodings(text: bytes) -> None:
    """Expat follows a mark of UTF-16 whatever it is told; a zero byte has no place in XML."""
    try:
        text.decode()
    except UnicodeDecodeError as cause:
        line = text.count(b"\n", 0, cause.start) + 1
        message = "Text is not XML in UTF-8: send it in UTF-8."
        raise BadInputError(message, place=f"line {line}") from cause
    zero = text.find(b"\0")
    if zero >= 0:
        _refuse(
            "Text is not XML (a zero byte): send it in UTF-8.",
            At(text.count(b"\n", 0, zero) + 1, zero),
        )


def _refuse(message: str, at: At) -> None:
    raise BadInputError(message, place=f"line {at.line}")
