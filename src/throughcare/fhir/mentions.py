"""Names of entries wherever they stand: in references, in urls of any form, in narratives; pure.

An entry is meant by every text whose last path segments are its type and id: ``Condition/a``,
``./Condition/a``, ``https://any.node/fhir/Condition/a/_history/2``, with a fragment, a query or a
version behind. Ids are opaque, so that another server has none of ours; if it has, too much is
masked, never too little. A ``urn:uuid:`` means whatever entry has that id.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

import re2

from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import spec
from throughcare.fhir.definitional import DEFINITIONS

_ELSEWHERE: Final = DEFINITIONS - {"MedicationKnowledge", "SubstanceSpecification"}
"""Types of what is nobody's record, that urls name everywhere; those two are referred to."""
URN: Final = "urn:uuid:"

_PLAIN: Final = re.compile(rb'"reference":"([A-Z][A-Za-z]+/[A-Za-z0-9\-]+)"')
_REFERENCE: Final = b'"reference":"'
_HIDING: Final = frozenset({b"u", b"/"})
_TYPES: Final = tuple(sorted(spec.resource_types() - _ELSEWHERE))
_ENDS: Final = frozenset(name[-4:].encode() for name in _TYPES)
_OTHER_ENDS: Final = frozenset(name[-6:].encode() for name in _ELSEWHERE) - {
    name[-6:].encode() for name in _TYPES
}
_URN: Final = URN.encode()
_NAME: Any = re2.compile(
    rf"\b(?:(?:{'|'.join(_TYPES)})/[A-Za-z0-9.\-]+|{URN}[0-9A-Fa-f\-]+)".encode()
)


def within(bodies: Sequence[bytes]) -> set[str]:
    """Return every name of an entry (``Type/id`` or ``urn:uuid:...``) in stored bodies.

    They are parsed only where an escape could hide a slash or a letter, and searched for other
    names than plain references only where there are some.
    """
    # One pass over all costs half of one over each, unless some need another look.
    whole = bodies[0] if len(bodies) == 1 else b"".join(bodies)
    if len(bodies) > 1 and _URN in whole:
        others = [body for body in bodies if _URN not in body]
        return within(others).union(*(within([body]) for body in bodies if _URN in body))
    if b"\\" in whole and _may_hide(whole):
        whole = b"".join(map(_plain, bodies))
    plain = _PLAIN.findall(whole) if _REFERENCE in whole else []
    names = {name.decode() for name in set(plain)} if plain else set()
    if _URN not in whole and _ends(whole) == (_ends(b"\n".join(plain)) if plain else 0):
        return names
    if len(bodies) == 1:
        return names | _names(whole)
    return names.union(*(within([body]) for body in bodies))


def referred(body: bytes) -> set[str] | None:
    """Return what `within` finds in one stored body, if all of it stands in plain references.

    None if something names an entry otherwise, or an escape may hide that.
    """
    if _URN in body or (b"\\" in body and _may_hide(body)):
        return None
    found = _PLAIN.findall(body)
    return {name.decode() for name in found} if _ends(body) == _ends(b"\n".join(found)) else None


def of(text: str) -> set[str]:
    """Return the names in one text.

    >>> sorted(of("https://a.example/fhir/Condition/b-1/_history/2#c"))
    ['Condition/b-1']
    """
    return _names(text.encode("utf-8", "surrogatepass"))


def may_be_in(text: str) -> bool:
    """Tell, in passing, whether a text may name an entry: most do not."""
    return "/" in text or URN in text


def is_in(text: str) -> bool:
    """Tell whether a text names an entry.

    >>> is_in("see Condition/b-1"), is_in("1/2 Mill Lane")
    (True, False)
    """
    return may_be_in(text) and bool(of(text))


def meant(names: Iterable[str], types: Iterable[str]) -> dict[str, set[str]]:
    """Return the names that each of `names` may stand for: of a ``urn:uuid:``, one for each type.

    >>> meant(["Condition/a"], [])
    {'Condition/a': {'Condition/a'}}
    """
    found = {}
    listed = sorted(types)
    for name in names:
        id_ = name.removeprefix(URN)
        both = dict.fromkeys((id_, id_.lower()))
        found[name] = {name} if id_ == name else {f"{t}/{one}" for t in listed for one in both}
    return found


def _names(text: bytes) -> set[str]:
    found = {name.decode() for name in set(_NAME.findall(text))}
    # A full stop belongs to ids; at the end of a sentence it does not.
    return found | {name.rstrip(".") for name in found if name.endswith(".")}


def _ends(text: bytes) -> int:
    """Return how often something like a type stands before a slash: at least once for each name."""
    parts = text.split(b"/")[:-1]
    return sum([part[-4:] in _ENDS and part[-6:] not in _OTHER_ENDS for part in parts])


def _plain(body: bytes) -> bytes:
    """Return a body without escapes but those of quotes, backslashes and control characters."""
    return fhir_bytes.dump(fhir_bytes.parse(body)) if _may_hide(body) else body


def _may_hide(text: bytes) -> bool:
    """Tell whether an escape may stand for a letter or a slash."""
    _, *escapes = text.split(b"\\")  # three times as fast as looking for both
    return any(rest[:1] in _HIDING for rest in escapes)
