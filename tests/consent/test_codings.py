"""How codes and words are looked for in entries."""

from throughcare.consent import checkdigit, codelists, labels, lists, meeting

SNOMED = "http://snomed.info/sct"
OWN = lists.shipped()
ONE = {"system": SNOMED, "code": "35489007"}


def test_every_coding_is_found_at_any_depth_but_in_meta() -> None:
    odd = [{"system": SNOMED, "code": 7}, {"system": 7, "code": "7"}, {"system": SNOMED}]
    resource = {"a": [{"b": {"coding": [ONE, *odd]}}], "meta": {"tag": [{"code": "38341003"}]}}
    assert list(meeting.all_codings(resource)) == [codelists.coding_of(ONE)]


def test_a_name_is_looked_for_without_its_tag_and_with_its_brackets() -> None:
    def named(display: str) -> set[str]:
        code = {"coding": [{**ONE, "display": display}]}
        resource = {"resourceType": "Condition", "code": code}
        labelled = {**resource, "meta": {"security": [{"code": "R", "system": CONFIDENTIALITY}]}}
        return set(labels.person_labels([labelled]).terms)

    assert "sorrow" in named("Sorrow (disorder)")
    assert "sorrow (deep)" in named("Sorrow (deep) (disorder)")
    assert "sorrow (deep) of old" in named("Sorrow (deep) of old")


CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"


def test_accents_and_white_space_do_not_hide_a_word() -> None:
    assert codelists.fold("  Sm\u00f8rrebr\u00f8d  Z\u00fcrich ") == "sm\u00f8rrebr\u00f8d zurich"


def test_codes_that_no_list_knows_are_silent_and_one_that_begins_like_a_known_is_not() -> None:
    marked = OWN.sensitivity
    exact = next(code for system, code in marked.exact if system == "snomed")
    begin = next(code for system, code in marked.prefixes if system == "icd10")
    assert marked.is_silent_on([b"nothing"])
    assert marked.is_silent_on([])
    assert not marked.is_silent_on(None)
    assert not marked.is_silent_on([b"nothing", exact.encode()])
    assert not marked.is_silent_on([f" {begin.lower()}.9 ".encode()])


def test_an_identifier_has_six_to_eighteen_digits() -> None:
    def some(digits: int) -> list[str]:
        begin = "1" * (digits - 1)
        return [f"{begin}{last}" for last in range(10) if checkdigit.is_sctid(f"{begin}{last}")]

    assert [len(some(digits)) for digits in (5, 6, 18, 19)] == [0, 1, 1, 0]


def test_words_count_beside_a_code_of_another_system_and_not_beside_one_of_snomed() -> None:
    text = "depression"
    marks = OWN.sensitivity.of_text(text)
    assert marks
    assert OWN.sensitivity.of_concepts((("urn:local", "1"),), text) >= marks
    assert not OWN.sensitivity.of_concepts((("snomed", "38341003"),), text) & marks


def test_a_group_is_its_sources_own() -> None:
    found = labels.classify({"resourceType": "Group", "code": {"coding": [ONE]}}, custodian="RXX")
    assert found.labels >= labels.OF_ITS_SOURCE
