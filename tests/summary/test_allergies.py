"""Allergies: the title never says more than is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summary.entries import ANSWERED, SILENT, allergy
from throughcare.summary.allergies import TITLES, allergies
from throughcare.summary.facts import State

NONE_KNOWN = allergy("No known allergy", "716186003")
LATEX = allergy("Allergy to latex", "294716003")


def test_a_listed_allergy_keeps_the_words_of_its_source() -> None:
    section = allergies([LATEX], ANSWERED, limited=False)
    assert (section.title, section.items[0].text) == ("Known allergies", "Allergy to latex")


def test_no_known_allergies_only_where_a_source_recorded_it() -> None:
    assert allergies([], ANSWERED, limited=False).title == "Allergies not recorded"
    assert allergies([NONE_KNOWN], ANSWERED, limited=False).title == "No known allergies"


def test_no_known_allergies_never_stands_above_a_listed_allergy() -> None:
    section = allergies([NONE_KNOWN, LATEX], ANSWERED, limited=False)
    assert section.title == "Known allergies"
    assert any(item.disagreement for item in section.items)


def test_a_missing_feed_makes_allergies_unavailable() -> None:
    assert allergies([], SILENT, limited=False).title == "Allergies unavailable"
    assert allergies([NONE_KNOWN], SILENT, limited=False).title == "Allergies unavailable"


def test_a_missing_feed_beside_a_listed_allergy_says_that_more_may_exist() -> None:
    section = allergies([LATEX], SILENT, limited=False)
    assert section.title == "Allergies may be incomplete: ask"
    assert section.items[0].text == "Allergy to latex"


@pytest.mark.parametrize("entries", [[], [NONE_KNOWN], [LATEX]])
def test_the_title_depends_on_the_filter_and_never_on_what_it_hides(entries: list) -> None:
    assert allergies(entries, ANSWERED, limited=True).title == "Allergies may be incomplete: ask"


def test_a_title_that_lists_nothing_says_what_it_rests_on() -> None:
    assert allergies([NONE_KNOWN], ANSWERED, limited=False).note.startswith("Recorded by GP")
    for entries, sources, limited in (
        ([], ANSWERED, False),
        ([NONE_KNOWN], SILENT, False),
        ([NONE_KNOWN], ANSWERED, True),
    ):
        section = allergies(entries, sources, limited=limited)
        assert section.note
        assert "Recorded by" not in section.note
        assert section.note != section.title


def test_the_note_of_a_filtered_reader_is_the_same_whatever_is_recorded() -> None:
    notes = {allergies(each, ANSWERED, limited=True).note for each in ([], [NONE_KNOWN])}
    assert len(notes) == 1


def test_severe_allergies_come_first() -> None:
    severe = allergy(
        "Allergy to penicillin",
        "91936005",
        on="2010-01-01",
        reaction=[{"manifestation": [{"text": "Anaphylaxis"}], "severity": "severe"}],
    )
    section = allergies([LATEX, severe], ANSWERED, limited=False)
    assert [item.text for item in section.items] == ["Allergy to penicillin", "Allergy to latex"]
    assert section.items[0].detail == ("Anaphylaxis (severe)",)


def test_one_allergy_of_two_sources_is_shown_once_with_both() -> None:
    hospital = allergy("Latex allergy", source="hospital", on="2026-01-03")
    [item] = allergies([LATEX, hospital], ANSWERED, limited=False).items
    assert [(seen.label, seen.on) for seen in item.sources] == [
        ("hospital", "03-Jan-2026"),
        ("GP", "01-Jan-2020"),
    ]


def test_an_allergy_that_one_source_calls_past_stays_and_says_so() -> None:
    past = allergy(
        "Allergy to latex",
        "294716003",
        "hospital",
        clinicalStatus={"coding": [{"code": "resolved"}]},
    )
    [item] = allergies([LATEX, past], ANSWERED, limited=False).items
    assert item.disagreement == "Sources differ: hospital records it as past."


def test_an_allergy_entered_in_error_is_gone() -> None:
    wrong = allergy(
        "Allergy to latex", verificationStatus={"coding": [{"code": "entered-in-error"}]}
    )
    assert allergies([wrong], ANSWERED, limited=False).items == ()


@given(recorded=st.booleans(), listed=st.booleans(), missing=st.booleans(), limited=st.booleans())
def test_no_known_allergies_needs_all_four_conditions(
    *, recorded: bool, listed: bool, missing: bool, limited: bool
) -> None:
    entries = [NONE_KNOWN] * recorded + [LATEX] * listed
    title = allergies(entries, SILENT if missing else ANSWERED, limited=limited).title
    may = recorded and not listed and not missing and not limited
    assert (title == TITLES[State.NONE_KNOWN]) == may
