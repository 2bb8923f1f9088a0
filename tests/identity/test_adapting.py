"""Weights drawn to a table: what differs counts less where one person's records often differ so."""

import random  # noqa: TID251 - seeded: the same records each time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.people_made import ANNE, BRIAN, who
from throughcare.identity import adapting, batch, scoring
from throughcare.identity.compare import (
    Demographics,
    Sourced,
    Weights,
    compare,
    read,
    shipped,
    written,
)
from throughcare.kernel import BadInputError

W = shipped()
GIVEN = ("Anne", "Brian", "Wojciech", "Olumide", "Thu", "Grace", "Siobhan", "Rahul", "Mei", "Karol")
FAMILY = ("Okafor", "Zbrzezny", "Nguyen", "Hargreaves", "Patel", "Murphy", "Lomax", "Adeyemi")


def people(count: int, *, wrong_births: float) -> tuple[list[Sourced], list[str]]:
    """Return two records of each of `count` people, with e-mail addresses and no numbers.

    So many of the second ones have another date of birth, and half of them no given name.
    """
    chance = random.Random(11)  # noqa: S311 - no secret
    records, truth = [], []
    for at in range(count):
        given, family = chance.choice(GIVEN), chance.choice(FAMILY)
        mail = f"{chance.randbytes(5).hex()}@{chance.randbytes(4).hex()}.example"
        born = date(1930, 1, 2) + timedelta(days=chance.randrange(30_000))
        for copy in "ab":
            if copy == "b" and chance.random() < wrong_births:
                born += timedelta(days=chance.randrange(400, 9000))
            if copy == "b" and chance.random() < 0.5:
                given = ""
            known = who(given, family, born.isoformat())
            known = replace(known, phones=(mail,))
            records.append(Sourced("", f"{at}{copy}", known))
            truth.append(str(at))
    return records, truth


def test_where_birth_dates_are_often_wrong_they_tear_fewer_apart() -> None:
    records, truth = people(150, wrong_births=0.4)
    before = scoring.figures(batch.link(records, W), truth)
    drawn = adapting.adapted(records, W)
    after = scoring.figures(batch.link(records, drawn), truth)
    assert before.wrong_merges == after.wrong_merges == 0
    assert after.recall > before.recall + 0.1
    assert drawn.levels["date of birth"]["three parts differ"] > -7


def test_a_table_without_errors_leaves_the_weights_nearly_as_they_are() -> None:
    records, _ = people(150, wrong_births=0.0)
    drawn = adapting.adapted(records, W)
    for field, levels in W.levels.items():
        for level, weight in levels.items():
            assert drawn.levels[field][level] == pytest.approx(weight, abs=0.13), (field, level)


def test_a_few_records_move_nothing() -> None:
    records, _ = people(99, wrong_births=1.0)
    assert adapting.adapted(records, W) == W
    assert adapting.adapted([], W) == W


def counted_by_hand(records: Sequence[Sourced], field: str) -> dict[str, int]:
    """Count levels of `field` over all pairs that score 8 without it, each compared as a whole."""
    found: dict[str, int] = {}
    for at, one in enumerate(records):
        for other in records[:at]:
            score = compare(one.demographics, other.demographics, W, len(records))
            (each,) = (each for each in score.comparisons if each.field == field)
            if score.total - each.weight >= adapting.SURE and each.level != "missing":
                found[each.level] = found.get(each.level, 0) + 1
    return found


def test_shares_are_those_of_pairs_that_are_sure_without_the_field() -> None:
    records, _ = people(60, wrong_births=0.4)
    found = adapting.shares(records, W)
    for field, shares in found.items():
        counts = counted_by_hand(records, field)
        for level, share in shares.items():
            wanted = max(counts.get(level, 0) / sum(counts.values()), 0.0005)
            assert share == pytest.approx(wanted, abs=1e-5), (field, level)


births = st.sampled_from(("1947-08-26", "1947-08-06", "1951-03-02", "1962-11-30", ""))
described = st.builds(
    who,
    st.sampled_from(("Anne", "Ann", "Annabel", "Brian", "")),
    st.sampled_from(("Okafor", "Okafro", "Hall", "Okafor-Hall")),
    births,
    nhs=st.sampled_from(("", ANNE, BRIAN)),
    sex=st.sampled_from(("", "female")),
    postcode=st.sampled_from(("LS12 4QT", "YO1 9AA", "")),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(described, min_size=2, max_size=12), st.randoms(use_true_random=False))
def test_no_order_matters_and_nothing_counts_less_for_one_person(
    known: list[Demographics], chance: random.Random
) -> None:
    records = [Sourced("gp", str(at), one) for at, one in enumerate(known * 3)]
    drawn = adapting.adapted(records, W)
    chance.shuffle(records)
    assert adapting.adapted(records, W) == drawn
    assert replace(drawn, levels=W.levels) == W
    for field, levels in W.levels.items():
        for level, weight in levels.items():
            now = drawn.levels[field][level]
            assert weight <= now <= (weight / 2 if weight < 0 else weight + 2.0)
            assert now == weight or field in adapting.FIELDS


def test_a_large_table_is_drawn_to_by_some_of_its_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [adapting.step(count) for count in (1, 20_000, 20_001, 1_900_000)] == [1, 1, 2, 95]
    records, _ = people(400, wrong_births=0.02)
    whole = adapting.adapted(records, W).levels["date of birth"]["three parts differ"]
    monkeypatch.setattr(adapting, "_AT_ONCE", 300)
    part = adapting.adapted(records, W).levels["date of birth"]["three parts differ"]
    assert part != whole
    assert part == pytest.approx(whole, abs=1.0)


def test_weights_without_shares_are_taken_as_they_are() -> None:
    records, _ = people(50, wrong_births=0.4)
    bare = replace(W, shares={})
    assert adapting.adapted(records, bare) is bare


@pytest.mark.parametrize(
    "shares", [{"shoe size": {"equal": 0.5}}, {"given": {"twice": 0.5}}, {"given": {"exact": 0.0}}]
)
def test_shares_that_can_not_be_are_refused(shares: dict[str, dict[str, float]]) -> None:
    odd: Weights = replace(W, shares=shares)
    with pytest.raises(BadInputError, match="shares"):
        read(written(odd))
