"""Labels that the source itself puts on an entry: HL7's security labels, in every form of theirs.

A label that is not understood opens what its source meant to close. So a system is known by every
address that HL7 gave it, and a code that stands in the wrong one of the two still counts.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from throughcare.consent.scope import CONFIDENTIAL
from throughcare.consent.vocabulary import LABELS, LEVELS

Json = Mapping[str, Any]

CONFIDENTIALITY: Final = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
ACT_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
OWN_SYSTEM: Final = "urn:throughcare:label"
_REASON: Final = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_FORM: Final = re.compile(
    r"https?://(?:terminology\.)?hl7\.org/(?:.*/)?(?:v3-)?(\w+)"
    r"|(?:urn:oid:)?2\.16\.840\.1\.113883\.5\.(\d+)"
)
_SYSTEMS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("confidentiality", "confidentialityclassification", "25"), CONFIDENTIALITY),
    **dict.fromkeys(("actcode", "4"), ACT_CODE),
    **dict.fromkeys(("actreason", "8"), _REASON),
}
_FORMER: Final[Mapping[str, str]] = {"S": "R", "C": "R", "T": "TBOO"}
"""Codes that the levels once had: sensitive, celebrity, taboo (HL7 v3 Confidentiality)."""
_BROADER: Final[Mapping[str, frozenset[str]]] = {"HIV": frozenset({"STD"})}
"""What a label stands beside in the code lists, so that it is withheld where they give it too."""
_KNOWN: Final = CONFIDENTIAL | LABELS.keys()
_NONE: Final[frozenset[str]] = frozenset()


def own_labels(resource: Json) -> frozenset[str]:
    """Return the labels that the source itself put on the entry.

    ``meta.security``, a document's ``securityLabel`` and a Composition's ``confidentiality``;
    of the levels of confidentiality only those above normal. HL7's labels count in small letters
    too. A label of a code system unknown here is kept as ``system|code``.
    """
    meta = resource.get("meta")
    found = _list(meta["security"]) if isinstance(meta, dict) and "security" in meta else []
    if "securityLabel" in resource:
        for concept in _list(resource["securityLabel"]):
            found.extend(_list(concept.get("coding")))
    if "confidentiality" in resource:
        found.append({"system": CONFIDENTIALITY, "code": resource["confidentiality"]})
    if not found:
        return _NONE
    own = frozenset(label for label in map(_label, found) if label)
    return own.union(*(_BROADER.get(label, _NONE) for label in own))


def restricted(patient: Json) -> bool:
    """Tell whether a Patient is of a restricted person: confidentiality R or V."""
    return bool(own_labels(patient) & CONFIDENTIAL)


def _label(coding: Json) -> str:
    return _read(str(coding.get("system", "")).strip(), str(coding.get("code", "")).strip())


@lru_cache(maxsize=1024)
def _read(written: str, code: str) -> str:
    """Return the label that a code of a system is; "" for what is none.

    >>> _read("https://terminology.hl7.org/CodeSystem/v3-Confidentiality|2.2.0", "r")
    'R'
    """
    system, large = _known(written), code.upper()  # ``psy`` means to hide something
    is_level = system in {CONFIDENTIALITY, ""}
    if system == CONFIDENTIALITY:
        large = _FORMER.get(large, large)
    if not code or system == _REASON or (is_level and LEVELS.get(large) == "N"):
        return ""
    if system == ACT_CODE or (is_level and large in _KNOWN):
        label = large
    else:
        label = code if system in {OWN_SYSTEM, ""} else f"{system}|{code}"
    return "%20".join(label.split())  # a class is kept with its labels as words of one text


def _known(system: str) -> str:
    """Return the address here of a system of HL7, whatever form it is in; else as it is."""
    form = _FORM.fullmatch(system.partition("|")[0].rstrip("/").casefold())
    return _SYSTEMS.get(form[1] or form[2], system) if form else system


def _list(value: object) -> list[Json]:
    values = value if isinstance(value, list) else [value]
    return [item for item in values if isinstance(item, dict)]
