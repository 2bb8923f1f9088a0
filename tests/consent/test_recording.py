"""Who records a Consent that can open a record is told from the Consent alone."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent import naive, strategies
from consent.test_directives import HOSPITAL, OPTIN, OPTOUT, PSY
from throughcare.consent import coherence, directives, profile, recording, saying
from throughcare.model.directive import PersonContext
from throughcare.model.entry import EntryClass
from throughcare.model.request import Request, Role

TEXT = profile.default_text()
NOTHING: dict[str, Any] = {}


def consent(**parts: Any) -> dict[str, Any]:  # noqa: ANN401 - FHIR JSON
    return {
        "resourceType": "Consent",
        "id": "c",
        "status": "active",
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "dateTime": "2024-05-06",
        **parts,
    }


REFUSAL = consent(policyRule=OPTOUT)
YES = consent(policyRule=OPTIN)
EXCEPTION = consent(provision={"provision": [{"type": "deny", "securityLabel": PSY}]})
NAMED = consent(provision={"type": "permit", "actor": [HOSPITAL]})
ENDED = {"status": "inactive"}

PROVISIONS = st.fixed_dictionaries(
    {"type": st.sampled_from(["permit", "deny", "perhaps"])},
    optional={
        "securityLabel": st.just(PSY),
        "actor": st.just([HOSPITAL]),
        "purpose": st.just([{"code": "TREAT"}]),
    },
)
CONSENTS = st.builds(
    lambda parts, below: consent(**parts, **({"provision": {"provision": below}} if below else {})),
    st.fixed_dictionaries(
        {
            "status": st.sampled_from(["active", "active", "inactive", "unknown"]),
            "dateTime": st.sampled_from(["2019-05-06", "2020-06-01", "2024-05-06"]),
        },
        optional={"policyRule": st.sampled_from([OPTIN, OPTOUT])},
    ),
    st.lists(PROVISIONS, max_size=2),
)


@given(
    strategies.CARE_REQUESTS,
    strategies.PLAIN_CONTEXTS,
    strategies.PLAIN_CLASSES,
    st.tuples(st.one_of(st.just(NOTHING), CONSENTS), CONSENTS),
    strategies.PROFILES,
)
@settings(max_examples=400, deadline=None)
def test_what_does_not_open_by_its_form_never_opens_an_entry(
    request: Request,
    context: PersonContext,
    cls: EntryClass,
    change: tuple[dict[str, Any], dict[str, Any]],
    rules: profile.Profile,
) -> None:
    before, after = change
    if recording.opens(before, after):
        return
    shown = [
        naive.seen(request, _with(context, each), naive.Fact(cls, f"{cls.type}/a"), rules)
        for each in (before, after)
    ]
    assert shown != [False, True]


def _with(context: PersonContext, resource: dict[str, Any]) -> PersonContext:
    said = [directives.read(resource, subject=1, version=1)] if resource else []
    return PersonContext(context.person, (*context.directives, *said))


@pytest.mark.parametrize(
    ("before", "after", "opens"),
    [
        (NOTHING, REFUSAL, False),
        (NOTHING, EXCEPTION, False),
        (NOTHING, consent(policyRule=OPTIN, **ENDED), False),
        (NOTHING, consent(status="nonsense", policyRule=OPTOUT), False),
        (YES, YES | ENDED, False),
        (NOTHING, YES, True),
        (NOTHING, NAMED, True),
        (NOTHING, EXCEPTION | {"policyRule": OPTIN}, True),
        (REFUSAL | ENDED, YES, True),
        (REFUSAL, REFUSAL | ENDED, True),
        (REFUSAL, EXCEPTION, True),
        (consent(status="nonsense"), REFUSAL | ENDED, True),
        (YES, NAMED, True),
        (NOTHING, {"resourceType": "Flag", "status": "active"}, False),
    ],
)
def test_a_new_yes_and_the_end_of_a_no_can_open(
    before: dict[str, Any], after: dict[str, Any], *, opens: bool
) -> None:
    assert recording.opens(before, after) is opens


def test_a_permit_names_an_organisation_or_nobody() -> None:
    assert recording.names(NAMED, ["RXX"])
    assert not recording.names(NAMED, ["RYY", ""])
    assert not recording.names(NAMED | ENDED, ["RXX"])
    assert not recording.names(YES, ["RXX"])


def test_a_profile_from_before_the_rule_has_the_rule_and_is_told_so() -> None:
    start, end = TEXT.index("# Who records a Consent"), TEXT.index("# People who act")
    older = profile.parse(TEXT[:start] + TEXT[end:])
    assert older.recording.recorders == profile.parse(TEXT).recording.recorders
    assert any("[consents] is missing" in each for each in coherence.remarks(older))
    assert not any("[consents]" in each for each in coherence.remarks(profile.parse(TEXT)))


@pytest.mark.parametrize(
    ("recorders", "remark"),
    [("", "consents.recorders is empty"), ('"it-lead"', "does not give care")],
)
def test_recorders_that_look_like_an_oversight_are_remarked(recorders: str, remark: str) -> None:
    odd = profile.parse(_with_recorders(recorders))
    assert any(remark in each for each in coherence.remarks(odd))


def test_a_change_of_recorders_is_said_in_sentences() -> None:
    report = saying.report(TEXT, _with_recorders('"nurse", "gp"'))
    assert report.opens == (
        "Nurse: record Consents that open a record, and end those that close it.",
    )
    assert report.closes == (
        (
            "Psychiatrist and social worker: no longer record Consents that open a record, or end "
            "one that closes it."
        ),
    )
    assert report.settings == ("consents.recorders: + nurse, - psychiatrist, - social-worker",)


def test_the_usual_recorders_are_those_shipped() -> None:
    written = profile.parse(TEXT).recording
    assert written == recording.Recording(recording.USUAL, is_written=True)
    assert Role.NURSE not in written.recorders


def _with_recorders(names: str) -> str:
    usual = 'recorders = ["gp", "psychiatrist", "social-worker"]'
    assert usual in TEXT
    return TEXT.replace(usual, f"recorders = [{names}]")


def test_only_a_permit_names_a_reader() -> None:
    denial = consent(provision={"type": "deny", "actor": [HOSPITAL]})
    assert recording.names(NAMED, ["RXX"])
    assert not recording.names(denial, ["RXX"])
    assert not recording.names(NAMED, ["", "RYY"])
