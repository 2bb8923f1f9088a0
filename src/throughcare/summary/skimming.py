"""Which stored entries the emergency summary would read, told from their bytes in passing.

Three entries of four are measurements and bills that no section takes. To find that out here an
entry is read for a few members alone, which costs a third of reading it whole. INVARIANT: what
`sift` would hand to a section is read; whatever can't be told in passing is read, too.
"""

from functools import lru_cache
from typing import Final

import msgspec

from throughcare.summary.codelists import facts
from throughcare.summary.medicines import NOT_CURRENT, NOT_MEANT
from throughcare.summary.sifting import MEDICINES, TOLD, marks, tells_in_words

_ABSENT: Final = msgspec.Raw()
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


class _Entry(msgspec.Struct, gc=False, rename={"class_": "class"}):
    """The members by which `sift` and the sections decide what they take."""

    code: msgspec.Raw = _ABSENT
    type: msgspec.Raw = _ABSENT
    valueCodeableConcept: msgspec.Raw = _ABSENT  # noqa: N815 - FHIR's name
    category: msgspec.Raw = _ABSENT
    event: msgspec.Raw = _ABSENT
    reasonCode: msgspec.Raw = _ABSENT  # noqa: N815 - FHIR's name
    valueQuantity: _Unit | None = None  # noqa: N815 - FHIR's name
    title: str | None = None
    valueString: str | None = None  # noqa: N815 - FHIR's name
    note: list[_Note] | None = None
    class_: _Coding | None = None


class _Medicine(msgspec.Struct, gc=False):
    status: str = ""
    intent: str = ""


_read = msgspec.json.Decoder(_Entry)
_read_concepts = msgspec.json.Decoder(_Concept | list[_Concept])
_read_medicine = msgspec.json.Decoder(_Medicine)


def is_read(type_: str, body: bytes) -> bool:
    """Say whether a section of the emergency summary may take the entry with this stored body.

    Of types that the summary does not read at all nothing is promised.
    """
    medicine = type_ in MEDICINES and type_ != "Medication"
    if (not medicine and type_ not in TOLD) or type_ == "Condition" or _ESCAPE in body:
        return True
    try:
        return _is_current(body) if medicine else _tells(body)
    except msgspec.DecodeError:  # of another shape than most
        return True


def _is_current(body: bytes) -> bool:
    found = _read_medicine.decode(body)
    ended = found.status in NOT_CURRENT or found.status == "entered-in-error"
    return not ended and found.intent not in NOT_MEANT


def _tells(body: bytes) -> bool:
    found = _read.decode(body)
    unit = found.valueQuantity
    said = _said(
        bytes(found.code),
        bytes(found.type),
        bytes(found.valueCodeableConcept),
        bytes(found.category),
        bytes(found.event),
        bytes(found.reasonCode),
        "" if unit is None else unit.unit or unit.code or "",
    )
    return said or _is_stay(found) or _tells_freely(found)


@lru_cache(maxsize=4096)
def _said(*told: bytes | str) -> bool:
    """Say whether concepts, each as JSON, and a unit tell something or are measured.

    The same few stand in most entries, so the answer is kept.
    """
    *members, unit = told
    strings = [str(unit)]
    for member in members:
        if member:
            found = _read_concepts.decode(member)
            for concept in [found] if isinstance(found, _Concept) else found:
                strings.append(concept.text or "")
                for coding in concept.coding:
                    strings += (coding.code or "", coding.display or "")
    return any(marks(tuple(strings)))


def _is_stay(found: _Entry) -> bool:
    return found.class_ is not None and found.class_.code in facts().inpatient_classes


def _tells_freely(found: _Entry) -> bool:
    notes = [note.text for note in found.note or ()]
    return any(tells_in_words(text) for text in (found.title, found.valueString, *notes) if text)
