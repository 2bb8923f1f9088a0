"""A record in plain words: what is said of it, and what is not."""

from summary.entries import concept, entry, observation
from summary.sights import sight
from throughcare.model.entry import Category
from throughcare.summary import plain
from throughcare.summary.emergency import emergency_summary
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.own import own_record


def test_the_first_row_whose_words_fit_is_said() -> None:
    assert "not diabetes" in plain.sentence(plain.CONDITION, "Prediabetes (finding)")
    assert "makes no insulin" in plain.sentence(plain.CONDITION, "Diabetes mellitus type 1")
    assert "right level" in plain.sentence(plain.CONDITION, "Diabetes mellitus type 2")


def test_another_thing_with_a_like_name_gets_no_sentence() -> None:
    for wording in (
        *("Diabetes insipidus", "Pulmonary hypertension", "Family history of dementia"),
        *("Colour blindness", "Threatened miscarriage", "Heat stroke", "Suspected fracture"),
        *("Haemophilus influenzae", "At risk of pressure ulcer", "Optic neuropathy"),
    ):
        assert not plain.sentence(plain.CONDITION, wording), wording


def test_what_is_not_known_gets_no_sentence() -> None:
    assert not plain.sentence(plain.MEDICINE, "Something new 5 mg")


def test_the_last_result_of_a_kind_is_shown_once_whatever_its_sources_call_it() -> None:
    def weight(text: str, code: str, system: str, on: str, source: str) -> SummaryEntry:
        said = observation(concept(text, code, system=system), on, valueString=f"{on[-2:]} kg")
        return entry(dict(said.resource), source, Category.VITALS)

    loinc = "http://loinc.org"
    told = (
        weight("Body weight", "29463-7", loinc, "2026-09-11", "carehome"),
        weight("Weight", "27113001", "http://snomed.info/sct", "2026-11-03", "gp"),
        weight("Pain severity", "72514-3", loinc, "2026-11-02", "gp"),
    )
    seen = sight(*told)
    summary = emergency_summary(
        [], seen.entries, seen.sources, today=seen.today, title_limited=False
    )
    results = own_record(seen.entries, summary, seen.today).results
    assert [each.text for each in results] == ["Weight: 03 kg", "Pain severity: 02 kg"]


def test_every_sentence_is_short_enough_to_read_aloud() -> None:
    long = [
        text
        for rows in plain.sentences().values()
        for _, text in rows
        for part in text.split(". ")
        if len(part.split()) > 18
    ]
    assert long == []
