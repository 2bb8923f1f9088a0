"""dm+d, the NHS dictionary of medicines and devices, from the XML files of its release."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from throughcare.fhir.terminology.codes import CodeTable, Concept
from throughcare.fhir.terminology.sources.files import SourceFile
from throughcare.fhir.xml import parsing
from throughcare.fhir.xml.parsing import At, Attributes
from throughcare.kernel import BadInputError

URL: Final = "https://dmd.nhs.uk"
_KINDS: Final = {
    "VTM": ("VTMID", ()),
    "VMP": ("VPID", ("VTMID",)),
    "AMP": ("APID", ("VPID",)),
    "VMPP": ("VPPID", ("VPID",)),
    "AMPP": ("APPID", ("VPPID", "APID")),
}
"""Of each kind of product: the member with its code, and those with what it stands below."""
_FILE: Final = re.compile(r"f_(vtm|vmp|amp|vmpp|ampp)\d?_\d?.*\.xml", re.IGNORECASE)
_DATE: Final = re.compile(r"_\d_?(\d{6,8})")


def is_mine(names: Sequence[str]) -> bool:
    """Tell whether files are of a release of dm+d."""
    return any(_FILE.fullmatch(name) for name in names)


def read(files: Sequence[SourceFile]) -> CodeTable:
    """Return all products; what a product is a kind or a pack of stands above it.

    Raises BadInputError for files that are no XML of dm+d.
    """
    wanted = [file for file in files if _FILE.fullmatch(file.name)]
    concepts = [concept for file in wanted for concept in _products(file)]
    if not concepts:
        message = "The files hold no product: give the XML files of a release as published."
        raise BadInputError(message, place=wanted[0].name)
    dates = [found[1] for file in wanted if (found := _DATE.search(file.name))]
    about = {"name": "dm+d", "version": max(dates, default="")}
    return CodeTable(URL, concepts, about)


class _Reader:
    """Collects the members of each product."""

    def __init__(self) -> None:
        self.concepts: list[Concept] = []
        self._kind = ""
        self._members: dict[str, str] = {}
        self._text: list[str] = []

    def start(self, name: str, _: Attributes, __: At) -> None:
        if name in _KINDS:
            self._kind, self._members = name, {}
        self._text = []

    def end(self, name: str, _: At) -> None:
        if not self._kind:
            return
        if name == self._kind:
            self._keep()
            self._kind = ""
        else:
            self._members.setdefault(name, "".join(self._text).strip())

    def text(self, data: str, _: At) -> None:
        self._text.append(data)

    def _keep(self) -> None:
        id_, above = _KINDS[self._kind]
        members = self._members
        if id_ not in members:
            return
        self.concepts.append(
            Concept(
                code=members[id_],
                display=members.get("DESC") or members.get("NM", ""),
                parents=tuple(members[name] for name in above if members.get(name)),
                properties=(("kind", self._kind),),
                is_active=members.get("INVALID", "") != "1",
            )
        )


def _products(file: SourceFile) -> Iterator[Concept]:
    reader = _Reader()
    parsing.parse(file.content(), parsing.Events(reader.start, reader.end, reader.text))
    yield from reader.concepts
