"""Every reference of R4 passes labels on, or does not, as R4's words for it say (ADR 0084)."""

from collections.abc import Iterator
from typing import Any

import pytest

from throughcare.consent import containing, security
from throughcare.consent.labels import Member, classify_record
from throughcare.fhir import spec

Json = dict[str, Any]

WITHIN = {
    "encounter": "the Encounter during which it was created or to which it is tightly associated",
    "context": "the encounter or episode during which it happened",
    "context.encounter": "the clinical encounter that the document content is associated with",
    "item.encounter": "the Encounters during which this Claim was created",
    "episodeOfCare": "where a specific encounter should be classified as a part of a specific one",
    "partOf": "a larger event of which this particular one is a component or step",
    "ImagingStudy.procedureReference": "the procedure which this ImagingStudy was part of",
    "RiskAssessment.parent": "a resource that this risk assessment is part of",
    "Binary.securityContext": "treat this resource as if it were this other resource",
    "Provenance.target": "what it is about, where that is one entry alone",
    "AuditEvent.entity.what": "the same",
}
"""What names that which it is within: by type and path, or by path alone for all types."""
HOLDING = {
    "CarePlan.activity.reference": "a planned action to occur as part of the plan",
    "Composition.section.entry": "the document's own entries",
    "DiagnosticReport.result": "observations that are part of this diagnostic report",
    "DiagnosticReport.imagingStudy": "imaging performed during the diagnostic investigation",
    "DiagnosticReport.media.link": "key images, created during the diagnostic process",
    "DocumentManifest.content": "the resources that consist of the parts of this manifest",
    "Observation.hasMember": "a group observation that includes the target as a member",
}
OF_NOBODY = {"Location.partOf", "Organization.partOf", "ResearchStudy.partOf"}
CONTEXTS_OF_MORE = {"Contract.term.action.context"}
SEALED = {"security": [{"system": security.CONFIDENTIALITY, "code": "R"}]}


def references() -> Iterator[tuple[str, str]]:
    """Yield each type of R4 with each path at which it may have a Reference."""
    for kind in sorted(spec.resource_types()):
        for path, element in spec.structure(kind).elements.items():
            if "Reference" in element.types:
                yield kind, path.replace("[x]", "Reference")


def holder(kind: str, path: str, to: Json) -> Json:
    """Return an entry that has a Reference at a path."""
    value: Any = to
    elements = spec.structure(kind).elements
    steps = path.split(".")
    for depth in range(len(steps), 0, -1):
        inner = ".".join(steps[:depth])
        element = elements.get(inner) or elements[inner.removesuffix("Reference") + "[x]"]
        value = {steps[depth - 1]: value if element.max == 1 else [value]}
    return {"resourceType": kind, **value}


def labelled(one: Json, other: Json) -> tuple[bool, bool]:
    """Return which of two entries of a person has the label of either, if as an episode's."""
    members = [
        Member(f"{each['resourceType']}/{name}", each, "RXX")
        for name, each in (("one", one), ("other", other))
    ]
    found = classify_record(members)
    one_, other_ = (found[each.reference] for each in members)
    return "R" in one_.labels | one_.episode, "R" in other_.labels


def says(table: dict[str, str], kind: str, path: str) -> bool:
    """Tell whether a table has a path."""
    if f"{kind}.{path}" in OF_NOBODY | CONTEXTS_OF_MORE:
        return False
    return f"{kind}.{path}" in table or path in table


FORMS = {
    "id": {"reference": "Procedure/other"},
    "identifier": {"identifier": {"system": "urn:x", "value": "7"}},
}
VISIT = frozenset({"encounter", "context", "context.encounter", "item.encounter", "episodeOfCare"})


@pytest.mark.parametrize("form", FORMS)
def test_what_names_that_which_it_is_within_has_its_labels_and_nothing_else_has(form: str) -> None:
    walked = 0
    for kind, path in references():
        # R4 says of those who names what; the rest may name anything.
        type_ = "Encounter" if path in VISIT else "Procedure"
        to = FORMS[form] | ({"reference": f"{type_}/other"} if form == "id" else {})
        number = [FORMS["identifier"]["identifier"]]
        other = {"resourceType": type_, "meta": SEALED, "identifier": number}
        expected = says(WITHIN, kind, path)
        got, _ = labelled(holder(kind, path, to), other)
        assert got is expected, f"{kind}.{path}"
        walked += expected
    assert walked > 50


@pytest.mark.parametrize("form", FORMS)
def test_what_something_holds_has_its_labels_and_nothing_else_that_it_names(form: str) -> None:
    walked = set()
    for kind, path in references():
        one = holder(kind, path, FORMS[form]) | {"meta": SEALED}
        number = [FORMS["identifier"]["identifier"]]
        other = {"resourceType": "Procedure", "identifier": number}
        _, got = labelled(one, other)
        assert got is says(HOLDING, kind, path), f"{kind}.{path}"
        walked |= {f"{kind}.{path}"} if got else set()
    assert walked == HOLDING.keys()


def test_each_path_of_the_tables_is_one_of_r4() -> None:
    known = set(references())
    for table in (containing.WITHIN, containing.HOLDING):
        for kind, paths in table.items():
            for path in paths:
                named = ".".join(path)
                assert any(named == p and kind in {k, containing.ANY} for k, p in known), path


def test_what_is_held_may_stand_alone_or_in_a_list() -> None:
    report = {"resourceType": "DiagnosticReport", "meta": SEALED}
    result = {"resourceType": "Observation"}
    named = {"reference": "Observation/other"}
    for value in (named, [named], ["x", named]):
        assert labelled(report | {"result": value}, result) == (True, True)
    assert labelled(report | {"result": "Observation/other"}, result) == (True, False)
