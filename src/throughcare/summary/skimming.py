"""Which stored entries the emergency summary would read, told from their bytes in passing.

Three entries of four are measurements and bills that no section takes. To find that out here an
entry is read for a few members alone, which costs a third of reading it whole. INVARIANT: what
`sift` would hand to a section is read; whatever can't be told in passing is read, too.
"""

from typing import Final

import msgspec

from throughcare.summary.codelists import facts
from throughcare.summary.medicines import NOT_CURRENT, NOT_MEANT
from throughcare.summary.sifting import MEDICINES, TOLD, marks, tells_in_words

_ESCAPE: Final = b"\\u"
"""Where a body holds one, it is read whole: half a character is none to this reader."""


class _Coding(msgspec.Struct, gc=False):
    code: str | None = None
    display: str | None = None


class _Concept(msgspec.Struct, gc=False):
    text: str | None = None
    coding: list[_Coding] = []


class _Note(msgspec.Struct, gc=False):
    text: str | None = None


class _Unit(msgspec.Struct, gc=False):
    unit: str | None = None
    code: str | None = None


_Concepts = _Concept | list[_Concept] | None


class _Entry(msgspec.Struct, gc=False, rename={"class_": "class"}):
    """The members by which `sift` and the sections decide what they take."""

    code: _Concepts = None
    type: _Concepts = None
    valueCodeableConcept: _Concepts = None  # noqa: N815 - FHIR's name
    category: _Concepts = None
    event: _Concepts = None
    reasonCode: _Concepts = None  # noqa: N815 - FHIR's name
    valueQuantity: _Unit | None = None  # noqa: N815 - FHIR's name
    title: str | None = None
    valueString: str | None = None  # noqa: N815 - FHIR's name
    note: list[_Note] = []
    class_: _Coding | None = None


class _Medicine(msgspec.Struct, gc=False):
    status: str = ""
    intent: str = ""


_read = msgspec.json.Decoder(_Entry)
_read_medicine = msgspec.json.Decoder(_Medicine)


def is_read(type_: str, body: bytes) -> bool:
    """Say whether a section of the emergency summary may take the entry with this stored body.

    Of types that the summary does not read at all nothing is promised.
    """
    if type_ not in TOLD and (type_ not in MEDICINES or type_ == "Medication"):
        return True
    if type_ == "Condition" or _ESCAPE in body:
        return True
    try:
        return _is_current(body) if type_ in MEDICINES else _tells(body)
    except msgspec.DecodeError:  # of another shape than most
        return True


def _is_current(body: bytes) -> bool:
    found = _read_medicine.decode(body)
    ended = found.status in NOT_CURRENT or found.status == "entered-in-error"
    return not ended and found.intent not in NOT_MEANT


def _tells(body: bytes) -> bool:
    found = _read.decode(body)
    if found.class_ is not None and found.class_.code in facts().inpatient_classes:
        return True
    if any(marks(_strings(found))):
        return True
    texts = [found.title, found.valueString, *(note.text for note in found.note)]
    return any(tells_in_words(text) for text in texts if text)


def _strings(found: _Entry) -> tuple[str, ...]:
    """Return codes, wordings and the unit, as `sifting` looks at them."""
    strings: list[str] = []
    named = (
        *(found.code, found.type, found.valueCodeableConcept),
        *(found.category, found.event, found.reasonCode),
    )
    for member in named:
        if member is None:
            continue
        for concept in [member] if isinstance(member, _Concept) else member:
            strings.append(concept.text or "")
            for coding in concept.coding:
                strings += (coding.code or "", coding.display or "")
    unit = found.valueQuantity
    if unit is not None:
        strings.append(unit.unit or unit.code or "")
    return tuple(strings)
