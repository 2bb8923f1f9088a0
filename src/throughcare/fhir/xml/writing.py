"""From a resource's JSON text to XML, elements in the order of the standard."""

import html.entities
import re
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any, Final

import msgspec

from throughcare.fhir import spec
from throughcare.fhir.xml.forms import FHIR, XHTML, Form, Kind, forms
from throughcare.fhir.xml.parsing import Events, parse
from throughcare.kernel import BadInputError, NotAcceptableError

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>'
_NO_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ESCAPED: Final = {
    ord(character): f"&{name};"
    for character, name in (
        *(("&", "amp"), ("<", "lt"), (">", "gt"), ('"', "quot")),
        *(("\t", "#9"), ("\n", "#10"), ("\r", "#13")),
    )
}
_NAMED: Final = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_OF_XML: Final = frozenset({"amp", "lt", "gt", "quot", "apos"})
_START: Final = re.compile(r"\s*<div(?=[\s/>])")


class _Digits(str):
    """A number of JSON as it was written."""

    __slots__ = ()


_read: Final = msgspec.json.Decoder(float_hook=_Digits)


def of_json(text: bytes, *, pretty: bool = False) -> bytes:
    """Return a resource in JSON, which is valid FHIR, as XML; `pretty` breaks it into lines.

    Raises NotAcceptableError, with the place, for what XML can't hold: characters outside it, a
    narrative that is not well-formed, and members that R4 does not have.

    >>> of_json(b'{"resourceType":"Basic","id":"a"}')[38:]
    b'<Basic xmlns="http://hl7.org/fhir"><id value="a"/></Basic>'
    """
    writer = _Writer(pretty=pretty)
    writer.resource(_read.decode(text), f' xmlns="{FHIR}"', 0)
    return "".join((_HEAD, *writer.pieces, "\n" if pretty else "")).encode()


class _Writer:
    """Gathers the pieces of one text."""

    def __init__(self, *, pretty: bool) -> None:
        self.pieces: list[str] = []
        self._pretty = pretty
        self._path: list[str] = []

    def resource(self, value: Mapping[str, Any], namespace: str, level: int) -> None:
        """Write a resource as an element of its own name."""
        type_ = str(value.get("resourceType", ""))
        if not spec.is_resource_type(type_):
            self._refuse("No resource type of R4")
        rest = {name: child for name, child in value.items() if name != "resourceType"}
        self._path.append(type_)
        self._object(type_, rest, forms(type_, ""), namespace, level)
        self._path.pop()

    def _object(
        self,
        tag: str,
        value: Mapping[str, Any],
        known: Mapping[str, Form],
        attributes: str,
        level: int,
    ) -> None:
        """Write an element with what is inside, `attributes` being written already."""
        children = []
        for name in sorted({name.removeprefix("_") for name in value}, key=_places(known)):
            form = known.get(name)
            if form is None:
                self._refuse(f"R4 has no member {name} here")
            elif form.kind is Kind.ATTRIBUTE:
                attributes += f' {name}="{self._escaped(value[name])}"'
            else:
                children.append(form)
        if not children:
            self._piece(f"<{tag}{attributes}/>", level)
            return
        self._piece(f"<{tag}{attributes}>", level)
        for form in children:
            self._path.append(form.name)
            for one, sibling in _pairs(form, value):
                self._child(form, one, sibling, level + 1)
            self._path.pop()
        self._piece(f"</{tag}>", level)

    def _child(self, form: Form, value: Any, sibling: Any, level: int) -> None:  # noqa: ANN401
        match form.kind:
            case Kind.NARRATIVE:
                self._piece(self._narrative(str(value)), level)
            case Kind.RESOURCE:
                self._piece(f"<{form.name}>", level)
                self.resource(value, "", level + 1)
                self._piece(f"</{form.name}>", level)
            case Kind.OBJECT:
                self._object(form.name, value, forms(*form.below), "", level)
            case _:
                written = "" if value is None else f' value="{self._escaped(value)}"'
                self._object(form.name, sibling or {}, forms(*form.below), written, level)

    def _piece(self, text: str, level: int) -> None:
        self.pieces.append(f"\n{'  ' * level}{text}" if self._pretty else text)

    def _escaped(self, value: Any) -> str:  # noqa: ANN401 - a primitive of JSON
        if isinstance(value, bool):
            return "true" if value else "false"
        text = str(value)
        if _NO_XML.search(text):
            self._refuse("XML has no way to write one of these characters")
        return text.translate(_ESCAPED)

    def _narrative(self, text: str) -> str:
        written = _NAMED.sub(_numbered, text).replace("\r", "&#13;")
        start = _START.match(written)
        if start and f'"{XHTML}"' not in written[: written.find(">")]:
            written = f'<div xmlns="{XHTML}"{written[start.end() :]}'
        try:
            parse(written.encode(), Events(_pass, _pass, _pass))
        except (BadInputError, UnicodeEncodeError):
            self._refuse("The narrative is not well-formed XHTML")
        return written

    def _refuse(self, what: str) -> None:
        message = f"{what}, so that it can't be sent as XML. Ask for application/fhir+json."
        raise NotAcceptableError(message, place=".".join(self._path))


def _places(known: Mapping[str, Form]) -> Any:  # noqa: ANN401 - a key of `sorted`
    return lambda name: known[name].place if name in known else len(known)


def _pairs(form: Form, value: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Yield the values of a member, each with what stands under its name with an underscore."""
    one, sibling = value.get(form.name), value.get(f"_{form.name}")
    if form.many:
        yield from zip_longest(one or (), sibling or ())
    else:
        yield one, sibling


def _numbered(entity: re.Match[str]) -> str:
    """Return a named character of HTML as XML has it, by number."""
    code = None if entity[1] in _OF_XML else html.entities.name2codepoint.get(entity[1])
    return entity[0] if code is None else f"&#{code};"


def _pass(*event: object) -> None:
    del event
