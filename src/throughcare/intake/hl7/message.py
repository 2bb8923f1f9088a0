"""HL7 v2 text: batches to messages, messages to segments, fields, components, sub-components.

Nothing here knows what a field means. Fields are numbered as the standard does: ``PID-3`` is
``segment.field(3)``; MSH-1 is the field separator itself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from throughcare.intake.decode import text_of

_START: Final = re.compile(rb"(?:\A|(?<=[\r\n\x0b\x1c]))(?:MSH|FHS|BHS|FTS|BTS)(?=[^\w\s])")
_LINES: Final = re.compile(r"[\r\n\x0b\x1c]+")
_ESCAPE: Final = r"{0}([^{0}]{{1,80}}){0}"
_CHARSETS: Final = {
    "8859/1": "latin-1",
    "8859/15": "iso8859-15",
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
}


@dataclass(frozen=True, slots=True)
class Delimiters:
    r"""MSH-1 and MSH-2: field | component ^ repetition ~ escape \ sub-component &."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    sub: str = "&"


@dataclass(frozen=True, slots=True)
class Value:
    """One repetition of a field, still escaped."""

    text: str
    delimiters: Delimiters

    def part(self, component: int = 1, sub: int = 1) -> str:
        """Return a component's sub-component (both from 1), unescaped and stripped; "" if absent.

        ``""`` in double quotes, HL7's word for "delete", is read as absent.
        """
        parts = self.text.split(self.delimiters.component)
        text = parts[component - 1] if component <= len(parts) else ""
        subs = text.split(self.delimiters.sub) if self.delimiters.sub else [text]
        text = subs[sub - 1] if sub <= len(subs) else ""
        return "" if text.strip() == '""' else unescape(text, self.delimiters).strip()

    def whole(self) -> str:
        """Return all of it as plain text, components joined by a space."""
        parts = self.text.split(self.delimiters.component)
        return " ".join(
            found for number in range(1, len(parts) + 1) if (found := self.part(number))
        )


@dataclass(frozen=True, slots=True)
class Segment:
    """A line of a message."""

    name: str
    fields: tuple[str, ...]
    """As split at MSH-1; ``fields[0]`` is the name."""
    delimiters: Delimiters

    def repetitions(self, field: int) -> list[Value]:
        """Return the repetitions of a field that hold anything."""
        if field >= len(self.fields):
            return []
        text = self.fields[field]
        parts = text.split(self.delimiters.repetition) if self.delimiters.repetition else [text]
        return [Value(part, self.delimiters) for part in parts if part.strip()]

    def field(self, field: int) -> Value:
        """Return the first repetition of a field; an empty Value if there is none."""
        values = self.repetitions(field)
        return values[0] if values else Value("", self.delimiters)

    def text(self, field: int, component: int = 1, sub: int = 1) -> str:
        """Return one part of the first repetition of a field."""
        return self.field(field).part(component, sub)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a file."""

    number: int
    """From 1, in the file."""
    raw: bytes
    segments: tuple[Segment, ...]
    stray: int = 0
    """Lines that are no segments."""

    def all(self, name: str) -> list[Segment]:
        """Return the segments of this name, in order."""
        return [segment for segment in self.segments if segment.name == name]

    def first(self, name: str) -> Segment:
        """Return the first segment of this name; one without fields if there is none."""
        found = self.all(name)
        return found[0] if found else Segment(name, (name,), self.header.delimiters)

    @property
    def header(self) -> Segment:
        """Return MSH, with its fields numbered as the standard does."""
        return self.segments[0]


def messages(data: bytes) -> Iterator[Message]:
    """Yield the messages of a file: any line ending, MLLP frames and batch headers tolerated."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = text_of(data).encode()
    data = data.removeprefix(b"\xef\xbb\xbf")
    starts = [found.start() for found in _START.finditer(data)]
    number = 0
    for start, end in pairwise([*starts, len(data)]):
        raw = data[start:end].strip(b"\r\n\x0b\x1c \t")
        if raw.startswith(b"MSH"):
            number += 1
            yield parse(raw, number)


def parse(raw: bytes, number: int = 1) -> Message:
    """Return one message; `raw` starts with MSH and its field separator."""
    text = _decoded(raw)
    lines = [line for line in _LINES.split(text) if line.strip()]
    delimiters = _delimiters(lines[0])
    segments, stray = [], 0
    for line in lines:
        name, separator, _ = line.partition(delimiters.field)
        name = name.strip()
        if re.fullmatch(r"[A-Z][A-Z0-9]{2}", name) and (separator or line.strip() == name):
            segments.append(_segment(name, line, delimiters))
        else:
            stray += 1
    return Message(number, raw, tuple(segments), stray)


def _segment(name: str, line: str, delimiters: Delimiters) -> Segment:
    fields = line.split(delimiters.field)
    fields[0] = name
    if name == "MSH":
        fields.insert(1, delimiters.field)
    return Segment(name, tuple(fields), delimiters)


def _delimiters(line: str) -> Delimiters:
    field = line[3:4] or "|"
    rest = line[4:].partition(field)[0]
    component, repetition, escape, sub = (rest[index : index + 1] for index in range(4))
    return Delimiters(field, component or "^", repetition, escape, sub)


def _decoded(raw: bytes) -> str:
    header = (
        re.split(rb"[\r\n]", raw, maxsplit=1)[0].decode("latin-1").split(raw[3:4].decode("latin-1"))
    )
    named = header[17].split("~")[0].strip().upper() if len(header) > 17 else ""  # noqa: PLR2004 - MSH-18
    charset = _CHARSETS.get(named)
    if charset:
        try:
            return raw.decode(charset)
        except UnicodeDecodeError:
            return text_of(raw)
    return text_of(raw)


def unescape(text: str, delimiters: Delimiters) -> str:
    r"""Return `text` with ``\F\ \S\ \T\ \R\ \E\``, ``\Xhh..\`` and ``\.br\`` replaced.

    Highlighting and unknown escapes are left out or left as they are, respectively.
    """
    mark = delimiters.escape
    if not mark or mark not in text:
        return text
    known = {
        "F": delimiters.field,
        "S": delimiters.component,
        "T": delimiters.sub,
        "R": delimiters.repetition,
        "E": mark,
        "H": "",
        "N": "",
        ".br": "\n",
        ".BR": "\n",
    }

    def replaced(found: re.Match[str]) -> str:
        code = found[1]
        if code in known:
            return known[code]
        if re.fullmatch(r"X(?:[0-9A-Fa-f]{2})+", code):
            return text_of(bytes.fromhex(code[1:]))
        return found[0]

    return re.sub(_ESCAPE.format(re.escape(mark)), replaced, text)
