"""A record in plain words: what is said of it, and what is not."""

from throughcare.summary import plain


def test_the_first_row_whose_words_fit_is_said() -> None:
    assert "not diabetes" in plain.sentence(plain.CONDITION, "Prediabetes (finding)")
    assert "makes no insulin" in plain.sentence(plain.CONDITION, "Diabetes mellitus type 1")
    assert "right level" in plain.sentence(plain.CONDITION, "Diabetes mellitus type 2")


def test_another_thing_with_a_like_name_gets_no_sentence() -> None:
    for wording in ("Diabetes insipidus", "Pulmonary hypertension", "Family history of dementia"):
        assert not plain.sentence(plain.CONDITION, wording), wording


def test_what_is_not_known_gets_no_sentence() -> None:
    assert not plain.sentence(plain.MEDICINE, "Something new 5 mg")


def test_every_sentence_is_short_enough_to_read_aloud() -> None:
    long = [
        text
        for rows in plain.sentences().values()
        for _, text in rows
        for part in text.split(". ")
        if len(part.split()) > 18
    ]
    assert long == []
