"""The timeline: newest first, each line with its source, nothing hidden silently."""

from hypothesis import given
from hypothesis import strategies as st

from summary.entries import concept, condition, entry, fall, medicine, patient
from throughcare.summary.alerts import KEY_SAFE
from throughcare.summary.timeline import Chosen, page, timeline

LINES = timeline(
    [
        condition("Mild dementia", "52448006", on="2025-03-01"),
        fall("2026-05-12T08:10:00", "carehome"),
        fall("2026-03-02", "ambulance"),
        medicine("Apixaban 5mg tablets", "one twice a day", on="2026-10-01"),
        patient(),
        condition("Undated thing", on=""),
    ]
)


def test_lines_are_newest_first_with_undated_ones_last() -> None:
    assert [line.on for line in LINES] == [
        "01-Oct-2026",
        "12-May-2026",
        "02-Mar-2026",
        "01-Mar-2025",
        "No date",
    ]


def test_each_line_names_its_source_in_plain_words() -> None:
    assert [line.label for line in LINES] == ["GP", "care home", "ambulance", "GP", "GP"]


def test_a_contact_is_worded_by_relation_and_name() -> None:
    daughter = {
        "resourceType": "RelatedPerson",
        "relationship": [concept("daughter")],
        "name": [{"family": "Khan", "given": ["Sara"]}],
    }
    assert timeline([entry(daughter)])[0].text == "Daughter: KHAN, Sara"


def test_a_filter_says_how_many_lines_it_hides() -> None:
    shown = page(LINES, chosen=Chosen(source="carehome"))
    assert (len(shown.lines), shown.shown, shown.hidden) == (1, 1, 4)


@given(st.integers(1, 7))
def test_pages_follow_each_other_without_gap_or_repeat(size: int) -> None:
    seen, after = [], ""
    while True:
        part = page(LINES, after=after, size=size)
        seen += part.lines
        after = part.after
        if not after:
            break
    assert tuple(seen) == LINES


def test_a_place_that_is_gone_starts_at_the_top() -> None:
    assert page(LINES, after="Condition/gone", size=1).lines == LINES[:1]


def test_years_and_months_count_what_the_other_filters_leave() -> None:
    shown = page(LINES, chosen=Chosen(month="2026"))
    assert (shown.shown, shown.hidden) == (3, 2)
    assert shown.years == (("2026", 3), ("2025", 1))
    assert shown.months == (
        ("2026-10", "Oct 2026", 1),
        ("2026-05", "May 2026", 1),
        ("2026-03", "Mar 2026", 1),
    )
    falls = page(LINES, chosen=Chosen(source="carehome", month="2026-05"))
    assert [line.text for line in falls.lines] == ["Fall"]
    assert falls.years == (("2026", 1),)


def test_a_key_safe_code_is_on_no_line_and_safeguarding_is_for_the_screen_alone() -> None:
    said = ("Key safe by the door, code 4711", "Safeguarding enquiry open", "Hearing aid")
    flags = [
        entry({"resourceType": "Flag", "status": "active", "code": concept(text)}) for text in said
    ]
    suffered = condition("Victim of domestic violence")
    lines = {line.text: line.printed for line in timeline([*flags, suffered])}
    assert lines == {
        KEY_SAFE: False,
        "Safeguarding enquiry open": False,
        "Victim of domestic violence": False,
        "Hearing aid": True,
    }
