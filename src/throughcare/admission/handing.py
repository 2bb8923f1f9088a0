"""What a system may hand over by its own key: what is its own, whole, and of nobody's consent.

What comes this way is answered to the system itself, and comes without a decision. So it has to be
told nothing of what others hold, and may change nothing of theirs.

INVARIANT: what is decided here depends on the submission alone.
"""

import re
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Final

from throughcare.consent import bearings
from throughcare.fhir import references
from throughcare.fhir.spec import is_resource_type
from throughcare.fhir.xml import reading
from throughcare.model.source import Source
from throughcare.model.submission import Item, Method, Place, Rejection, Submission

_INTERFACE: Final = "or send it over the FHIR interface with a token of your organisation"
_ID: Final = re.compile(r"([A-Z][A-Za-z]{1,63})/[A-Za-z0-9\-.]{1,64}(?:/_history/.*)?")


def is_fhir_xml(data: bytes) -> bool:
    """Tell whether a file is FHIR in XML."""
    return data.lstrip()[:1] == b"<" and b"http://hl7.org/fhir" in data[:4096]


def as_json(data: bytes) -> bytes:
    """Return FHIR in XML as JSON, and all else as it is. Raises BadInputError for broken XML."""
    return reading.to_json(data) if is_fhir_xml(data) else data


def own(submission: Submission, source: Source) -> Submission | Rejection:
    """Return a submission of `source` as its own, or why it is not taken.

    Ids that it chose name its own resources alone: the same id of another source is another
    resource. Whatever a message says of its sender, the custodian is the source's organisation.
    """
    names = _names(submission)
    for item in submission.items:
        refused = _refused(item, names, item.place or submission.place)
        if refused is not None:
            return refused
    items = tuple(replace(item, method=_method(item)) for item in submission.items)
    return replace(submission, items=items, custodian=source.organisation)


def _method(item: Item) -> Method:
    return Method.POST if item.method is Method.PUT else item.method


def _names(submission: Submission) -> AbstractSet[str]:
    """Return by what a reference may name what is in the submission."""
    names = {item.full_url for item in submission.items}
    tails = {"/".join(url.rsplit("/", 2)[-2:]) for url in names}
    ids = {f"{it.resource['resourceType']}/{it.resource.get('id')}" for it in submission.items}
    return names | tails | ids


def _refused(item: Item, names: AbstractSet[str], place: Place) -> Rejection | None:
    kind = item.resource["resourceType"]
    if kind == "Consent" or bearings.bears(item.resource):
        rule = f"A {kind} decides who may see a record, and is not handed over by a key."
        remedy = "Have the person record it on their own pages, or staff over the FHIR interface."
        return Rejection(place, rule, remedy, of_consent=True)
    if item.method in {Method.DELETE, Method.PATCH}:
        rule = "What is handed over adds and replaces; it deletes nothing."
        remedy = f"Send the {kind} again with a status such as entered-in-error, {_INTERFACE}."
        return Rejection(place, rule, remedy)
    if item.conditional or item.if_none_exist or item.if_match is not None:
        rule = "What is handed over depends on nothing that is stored here."
        remedy = f"Leave the condition out: twice adds nothing; {_INTERFACE}."
        return Rejection(place, rule, remedy)
    for path, reference in references.of(item.resource):
        if _is_elsewhere(reference) and reference not in names:
            rule = f"{path} refers to something that is not in the same message or bundle."
            remedy = f"Send what it refers to in the same bundle, {_INTERFACE}."
            return Rejection(place, rule, remedy)
    return None


def _is_elsewhere(reference: str) -> bool:
    """Tell whether a reference is by an id, or a search, of this node."""
    found = _ID.fullmatch(reference)
    name = found[1] if found else reference.partition("?")[0] if "?" in reference else ""
    return is_resource_type(name)
