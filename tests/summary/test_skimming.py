"""What is told from stored bytes in passing is what reading them whole says."""

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from summary.entries import ANSWERED, TODAY, entry, patient
from summary.test_sifting import CODES, CONCEPTS, WORDS, entries
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import mentions
from throughcare.model.entry import Category
from throughcare.summary import dates
from throughcare.summary.concepts import DATE_MEMBERS, PERIOD_MEMBERS, when_of
from throughcare.summary.dating import dated
from throughcare.summary.emergency import emergency_summary
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.handling import handled, parse
from throughcare.summary.skimming import is_read
from throughcare.summary.timeline import Chosen, lines, marked, newest, page, timeline, worded

HANDLING = parse(
    'approved_by = "Dr A. Example, GP"\napproved_on = 2026-01-01\nreview_by = 2027-01-01\n'
    'adopt = ["dementia", "anticoagulant"]\n'
)
ODD: list[dict[str, Any]] = [
    {"resourceType": "Observation", "note": {"text": "Found on floor"}, "code": {"text": "Note"}},
    {"resourceType": "Observation", "code": [{"text": "Body height"}, {"text": "Mild dementia"}]},
    {"resourceType": "Encounter", "class": {"code": "EMER"}, "status": "finished"},
    {"resourceType": "MedicationRequest", "status": {"text": "active"}},
    {"resourceType": "Procedure", "code": {"coding": [{"code": CODES[0]}]}, "title": 7},
]
STATES = st.sampled_from(["active", "completed", "entered-in-error", "stopped", "draft"])


@st.composite
def medicines(draw: st.DrawFn) -> SummaryEntry:
    """Draw a medicine, current or not."""
    kind = draw(st.sampled_from(["MedicationRequest", "MedicationStatement", "Medication"]))
    members = st.fixed_dictionaries(
        {},
        optional={
            "status": STATES,
            "intent": st.sampled_from(["order", "proposal", "option"]),
            "medicationCodeableConcept": CONCEPTS,
            "code": CONCEPTS,
        },
    )
    return entry({"resourceType": kind, **draw(members)})


def is_taken(shown: SummaryEntry) -> bool:
    plan = shown.category is Category.PLAN
    return plan or is_read(shown.type, fhir_bytes.dump(shown.resource))


@settings(max_examples=300)
@given(st.lists(entries() | medicines(), max_size=4))
@example([entry(resource) for resource in ODD])
def test_the_summary_of_what_is_read_is_that_of_everything(drawn: list[SummaryEntry]) -> None:
    def made(among: list[SummaryEntry]) -> object:
        summary = emergency_summary([patient()], among, ANSWERED, today=TODAY, title_limited=False)
        return handled(summary, among, HANDLING, TODAY)

    assert made([each for each in drawn if is_taken(each)]) == made(drawn)


def test_what_no_section_takes_is_not_read() -> None:
    height = {"resourceType": "Observation", "code": {"text": "Body height"}}
    ended = {"resourceType": "MedicationRequest", "status": "stopped"}
    assert not is_taken(entry(height))
    assert not is_taken(entry(ended))


def test_half_a_character_is_read_whole() -> None:
    body = rb'{"resourceType":"Observation","code":{"text":"\ud83d\ude00 Body height"}}'
    assert is_read("Observation", body)


TEXTS = st.sampled_from(
    ["2026", "2026-05", "2026-05-12", "2026-05-12T08:10:00+01:00", "2026-02-30", "soon", ""]
)
PERIODS = st.fixed_dictionaries({}, optional={"start": TEXTS, "end": TEXTS})
SPANS = PERIODS | st.lists(PERIODS, max_size=2)


@settings(max_examples=300)
@given(
    st.dictionaries(st.sampled_from(DATE_MEMBERS), TEXTS | st.just(7) | PERIODS, max_size=3),
    st.dictionaries(st.sampled_from(PERIOD_MEMBERS), SPANS, max_size=3),
)
def test_the_date_is_that_of_the_whole_resource(
    moments: dict[str, Any], spans: dict[str, Any]
) -> None:
    resource = {"resourceType": "Observation", **moments, **spans}
    assert dated(fhir_bytes.dump(resource)) == when_of(resource)


@given(st.text(max_size=40) | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*", fullmatch=True))
@example("2026-05-12T08:10:00Z/Condition/a")
def test_what_can_be_read_as_a_date_names_no_entry(text: str) -> None:
    assert dates.parse(text) is None or not mentions.of(text)


@settings(max_examples=150)
@given(
    st.lists(entries() | medicines(), max_size=12),
    st.sampled_from(["", "2026", "2025-01", "2026-10"]),
    st.sampled_from(["", "gp"]),
    WORDS,
    st.integers(1, 5),
)
def test_a_page_picked_by_marks_is_the_page_of_all_lines(
    drawn: list[SummaryEntry], month: str, source: str, kind: str, size: int
) -> None:
    chosen, after = Chosen(kind, source, month), ""
    marks = newest(marked(each) for each in drawn if each.type != "Medication")
    whole = timeline(drawn)
    marks = [mark for mark in marks if mark.reference in {line.reference for line in whole}]
    of = {each.reference: each for each in drawn}
    while True:
        picked = page(marks, after=after, size=size, chosen=chosen)
        shown = lines([of[mark.reference] for mark in picked.lines], drawn)
        expected = page(whole, after=after, size=size, chosen=chosen)
        assert worded(picked, shown) == expected
        after = expected.after
        if not after:
            return
