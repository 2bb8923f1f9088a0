"""From a resource in XML to JSON text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NoReturn

import orjson

from throughcare.fhir import spec
from throughcare.fhir.xml.forms import FHIR, SIBLING, XHTML, Form, Kind, forms
from throughcare.fhir.xml.parsing import SPACE, At, Attributes, Events, parse
from throughcare.kernel import BadInputError

_INSTANCE: Final = f"http://www.w3.org/2001/XMLSchema-instance{SPACE}"
"""Attributes of XML Schema say nothing of the resource."""
_NUMBERS: Final = frozenset({"decimal", "integer", "positiveInt", "unsignedInt"})
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
_BREAKS: Final = re.compile(r"\r\n?")
_RETURN: Final = re.compile(r"&#(?:13|x0*[dD]);")
_OWN: Final = re.compile(rf"""<div\s[^>]*?\bxmlns\s*=\s*["']{re.escape(XHTML)}["']""")

Pair = tuple[bytes | None, bytes | None]
"""A value of JSON, and what stands under its name with an underscore."""


@dataclass(slots=True)
class _Open:
    """An element that has begun and not ended."""

    name: str
    form: Form | None
    """None for a resource."""
    known: Mapping[str, Form]
    value: bytes | None = None
    """Of a primitive; of an element around a resource, the resource."""
    found: dict[str, list[Pair]] = field(default_factory=dict)
    begun: int = 0
    """Byte where a narrative begins."""


def to_json(text: bytes) -> bytes:
    """Return the compact JSON text of a resource in XML.

    Raises BadInputError, with line and element, for what is not well-formed or not FHIR R4 in its
    names, namespaces, repetitions and numbers. That what is said is valid is not promised.

    >>> to_json(b'<Basic xmlns="http://hl7.org/fhir"><id value="a"/></Basic>')
    b'{"resourceType":"Basic","id":"a"}'
    """
    reader = _Reader(text)
    parse(text, Events(reader.start, reader.end, reader.characters))
    return reader.result


class _Reader:
    """Keeps the elements that are open; of those that have ended, their JSON."""

    def __init__(self, text: bytes) -> None:
        self.result = b""
        self._text = text
        self._open: list[_Open] = []
        self._inside = 0
        """How deep in a narrative."""

    def start(self, name: str, attributes: Attributes, at: At) -> None:
        """Begin an element."""
        if self._inside:
            self._inside += 1
            return
        parent = self._open[-1] if self._open else None
        if parent is None or (parent.form and parent.form.kind is Kind.RESOURCE):
            opened = self._resource(name, at)
        else:
            opened = self._element(parent, name, at)
        self._open.append(opened)
        if self._inside:
            opened.begun = at.byte
        else:
            self._take(opened, attributes, at)

    def end(self, name: str, at: At) -> None:
        """End an element: its JSON goes to the one around it."""
        del name
        if self._inside > 1:
            self._inside -= 1
            return
        ended = self._open[-1]
        pair = self._narrative(ended, at) if self._inside else self._pair(ended, at)
        self._inside = 0
        self._open.pop()
        if not self._open:
            self.result = pair[0] or b""
        elif ended.form is None:
            self._open[-1].value = pair[0]
        else:
            self._open[-1].found.setdefault(ended.name, []).append(pair)

    def characters(self, text: str, at: At) -> None:
        """Refuse text outside a narrative: values stand in attributes."""
        if not self._inside and not text.isspace():
            self._refuse("Text stands between elements: put it in the attribute value", at)

    def _resource(self, name: str, at: At) -> _Open:
        namespace, _, local = name.rpartition(SPACE)
        if self._open and self._open[-1].value is not None:
            self._refuse("Only one resource stands in an element", at)
        if namespace != FHIR or not spec.is_resource_type(local):
            self._refuse(f"No resource type of R4 in the namespace {FHIR}", at)
        return _Open(local, None, forms(local, ""))

    def _element(self, parent: _Open, name: str, at: At) -> _Open:
        namespace, _, local = name.rpartition(SPACE)
        form = parent.known.get(local)
        expected = XHTML if form and form.kind is Kind.NARRATIVE else FHIR
        if form is None or form.kind is Kind.ATTRIBUTE or namespace != expected:
            self._refuse("R4 has no such element here; remove it", at, local)
        if local in parent.found and not form.many:
            self._refuse("This element may stand once only", at, local)
        if form.kind is Kind.NARRATIVE:
            self._inside = 1
        below = form.below if form.below[0] else SIBLING
        return _Open(local, form, {} if form.kind is Kind.RESOURCE else forms(*below))

    def _take(self, opened: _Open, attributes: Attributes, at: At) -> None:
        """Take the attributes of an element."""
        for name, text in attributes.items():
            form = opened.known.get(name)
            primitive = opened.form is not None and opened.form.kind is Kind.PRIMITIVE
            if name == "value" and primitive and opened.form:
                opened.value = self._value(opened.form.type, text, at)
            elif form is not None and form.kind is Kind.ATTRIBUTE:
                opened.found[name] = [(orjson.dumps(text), None)]
            elif not name.startswith(_INSTANCE):
                self._refuse("R4 has no such attribute here; remove it", at)

    def _value(self, type_: str, text: str, at: At) -> bytes:
        if type_ in _NUMBERS:
            if not _NUMBER.fullmatch(text):
                self._refuse(f"The value is no {type_}; correct it", at)
            return text.encode()
        if type_ == "boolean":
            if text not in {"true", "false"}:
                self._refuse("The value is neither true nor false; correct it", at)
            return text.encode()
        return orjson.dumps(text)

    def _pair(self, ended: _Open, at: At) -> Pair:
        if ended.form is not None and ended.form.kind is Kind.RESOURCE:
            if ended.value is None:
                self._refuse("No resource stands in this element; add one", at)
            return ended.value, None
        inside = self._object(ended)
        if ended.form is not None and ended.form.kind is Kind.PRIMITIVE:
            pair: Pair = ended.value, inside
        else:
            pair = inside, None
        if pair == (None, None):
            self._refuse("An element without value and content says nothing; remove it", at)
        return pair

    def _object(self, ended: _Open) -> bytes | None:
        parts = [b'"resourceType":"%s"' % ended.name.encode()] if ended.form is None else []
        for name in sorted(ended.found, key=lambda name: ended.known[name].place):
            parts += _members(ended.known[name], ended.found[name])
        return b"{%s}" % b",".join(parts) if parts else None

    def _narrative(self, ended: _Open, at: At) -> Pair:
        """Return a narrative as it is written, line breaks read as XML says (1.0, 2.11)."""
        finish = self._text.index(b">", at.byte) + 1
        text = _BREAKS.sub("\n", self._text[ended.begun : finish].decode())
        if not _OWN.match(text):
            if not text.startswith("<div"):
                self._refuse("A narrative's div has a prefix; name its namespace on div itself", at)
            text = f'<div xmlns="{XHTML}"{text[len("<div") :]}'
        return orjson.dumps(_RETURN.sub("\r", text)), None

    def _refuse(self, what: str, at: At, name: str = "") -> NoReturn:
        path = [each.name for each in self._open] + ([name] if name else [])
        message = f"{what}."
        raise BadInputError(message, place=f"line {at.line}, element {'.'.join(path) or 'first'}")


def _members(form: Form, pairs: list[Pair]) -> list[bytes]:
    """Return the members of JSON that one element, or all of one name, come to."""
    name = form.name.encode()
    members = []
    for prefix, place in ((b"", 0), (b"_", 1)):
        values = [pair[place] for pair in pairs]
        if any(value is not None for value in values):
            joined = b",".join(value or b"null" for value in values)
            members.append(b'"%s%s":%s' % (prefix, name, b"[%s]" % joined if form.many else joined))
    return members
