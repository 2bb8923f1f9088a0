"""From the body of a PATCH to the change that it is, by its media type (FHIR R4, 3.1.0.6)."""

from typing import Any, Final

from throughcare.api import formats
from throughcare.api.call import FHIR_JSON, Call
from throughcare.api.formats import FHIR_XML, Sent
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir.patching import json_patch, merge_patch, read_fhirpath_patch
from throughcare.kernel import BadInputError, UnreadableFormatError
from throughcare.model.submission import Change

MEDIA_TYPES: Final = (
    "application/json-patch+json",
    "application/merge-patch+json",
    FHIR_JSON,
    FHIR_XML,
)
"""What a patch may be: JSON Patch, merge patch, FHIRPath Patch as Parameters in JSON or XML."""

PLAIN_JSON: Final = "application/json"
"""Says nothing of the kind of a patch, and clients send it: a list is a JSON Patch, Parameters are
a FHIRPath Patch, and any other object is a merge patch."""


def change(call: Call, type_: str) -> Change:
    """Return the change that the body of `call` is, for a resource of a type.

    Raises UnreadableFormatError for another media type, BadInputError for a body that can't be
    read, and PatchError for Parameters that are no patch; that the change fits the resource is not
    promised.
    """
    content_type = call.headers.get("content-type", "")
    kind = formats.sent(content_type, call.body)
    plain = content_type.partition(";")[0].strip().lower() == PLAIN_JSON
    if kind is Sent.JSON_PATCH or (plain and call.body.lstrip().startswith(b"[")):
        operations = _value(call.body)
        return lambda resource: json_patch(resource, operations)
    found = fhir_bytes.parse(call.body)
    if kind is Sent.MERGE_PATCH or (plain and found.get("resourceType") != "Parameters"):
        return lambda resource: merge_patch(resource, found)
    if found.get("resourceType") != "Parameters":
        message = (
            "A PATCH in FHIR JSON or XML is a Parameters resource (FHIRPath Patch). For the other "
            f"kinds send Content-Type {MEDIA_TYPES[0]} or {MEDIA_TYPES[1]}."
        )
        raise UnreadableFormatError(message, place="resourceType")
    return read_fhirpath_patch(found, type_)


def _value(text: bytes) -> Any:  # noqa: ANN401 - JSON
    """Return the JSON value that `text` is, read with the care that an object is read with."""
    found = fhir_bytes.parse(b'{"patch":%s}' % text)
    if len(found) != 1:
        message = "A JSON Patch is one list of operations. Send nothing beside it."
        raise BadInputError(message)
    return found["patch"]
