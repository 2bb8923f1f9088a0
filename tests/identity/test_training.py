"""Weights learnt from records themselves, and how right they are."""

import random  # noqa: TID251 - people made from a seed
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st

from identity.people_made import who
from throughcare.cli.identity import identity
from throughcare.identity import scoring
from throughcare.identity.batch import Linked
from throughcare.identity.cluster import Doubt, Edge
from throughcare.identity.compare import Evidence, Rule, Sourced, read, shipped, written
from throughcare.identity.compare.logistic import Row, fit, log_odds
from throughcare.identity.training import train
from throughcare.kernel import BadInputError

W = shipped()
NAMES = "Anne Brian Chloe David Ewa Fatima George Hannah Imran Julia Kofi Lena".split()  # noqa: SIM905
FAMILIES = "Okafor Hall Novak Khan Smith Jones Price Walsh Owen Lee Moss Ward".split()  # noqa: SIM905


def number(stem: int) -> str:
    """Return a valid number of the range for tests, or "" where there is none."""
    digits = f"{stem:09d}"
    check = (11 - sum(int(d) * w for d, w in zip(digits, range(10, 1, -1), strict=True)) % 11) % 11
    return "" if check == 10 else f"{digits}{check}"


def people(count: int) -> Iterator[Sourced]:
    """Yield two records of each of `count` people, one in ten of the second with another phone."""
    chance = random.Random(7)  # noqa: S311 - no secret
    numbers = list(filter(None, map(number, range(999_000_000, 999_000_000 + 2 * count))))
    for at in range(count):
        known = who(
            chance.choice(NAMES),
            chance.choice(FAMILIES),
            f"19{chance.randrange(40, 60)}-0{chance.randrange(1, 4)}-1{chance.randrange(10)}",
            nhs=numbers[at],
            sex=chance.choice(("male", "female")),
            postcode=f"LS{chance.randrange(1, 4)} {chance.randrange(10)}AA",
            phone=f"07700900{chance.randrange(1000):03d}",
        )
        yield Sourced("gp", f"{at}", known)
        other = known if chance.random() < 0.9 else replace(known, phones=("07700900999",))
        yield Sourced("hospital", f"{at}", other)


def likelihood(rows: Sequence[Row], at: Sequence[float]) -> float:
    """Return the log-likelihood of parameters, as a textbook has it."""
    import math  # noqa: PLC0415

    def each(row: Row) -> float:
        odds = log_odds(row.features, at)
        return row.matches * -math.log1p(math.exp(-odds)) - row.others * math.log1p(math.exp(odds))

    return sum(map(each, rows))


COUNTS = st.integers(min_value=0, max_value=20)
ROWS = st.lists(
    st.builds(
        Row,
        st.sampled_from([((0, 1.0),), ((0, 1.0), (1, 1.0)), ((0, 1.0), (2, 0.5)), ((1, 2.0),)]),
        COUNTS,
        COUNTS,
    ),
    min_size=1,
    max_size=5,
)


@given(ROWS, st.lists(st.floats(-1, 1), min_size=3, max_size=3))
@example([Row(((1, 2.0),), 2, 10)], [0.0, 1.0, 0.0])  # a whole step overshoots, back and forth
@settings(max_examples=100, deadline=None)
def test_no_step_away_from_a_fit_is_likelier(rows: list[Row], prior: list[float]) -> None:
    def worth(at: Sequence[float]) -> float:
        distance = sum((value - mean) ** 2 for value, mean in zip(at, prior, strict=True))
        return likelihood(rows, at) - distance / 2

    found = fit(rows, prior, strength=1.0)
    for parameter in range(3):
        for step in (-0.01, 0.01):
            near = list(found)
            near[parameter] += step
            assert worth(near) <= worth(found) + 1e-9


def test_a_parameter_that_nothing_mentions_keeps_its_prior() -> None:
    assert fit([Row(((0, 1.0),), 5, 5)], [0.0, 4.2], strength=1.0)[1] == pytest.approx(4.2)


def test_weights_are_learnt_from_numbers_and_can_be_read_back() -> None:
    trained = train(list(people(400)), W, "of a test")
    assert trained.is_new
    assert (trained.matches, trained.weights.version) == (400, "of a test")
    assert trained.others >= 200
    assert read(written(trained.weights)) == trained.weights
    levels = trained.weights.levels
    assert levels["given"]["exact"] > levels["given"]["different"]
    assert levels["date of birth"]["equal"] > levels["date of birth"]["two parts differ"]
    assert levels["NHS number"] == W.levels["NHS number"]
    unseen = "part of a double name"
    assert levels["family"][unseen] == W.levels["family"][unseen]


def test_too_few_pairs_leave_the_weights_as_they_are() -> None:
    trained = train(list(people(20)), W, "of a test")
    assert not trained.is_new
    assert trained.weights == W
    assert train([], W, "of nobody").matches == 0


GROUPS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from("abc ")), min_size=1, max_size=9)


@given(GROUPS, st.data())
@settings(max_examples=100)
def test_figures_are_those_of_counting_pairs_one_by_one(
    records: list[tuple[int, str]], data: st.DataObject
) -> None:
    found, truth = [one for one, _ in records], [one.strip() for _, one in records]
    persons = tuple(
        frozenset(at for at, one in enumerate(found) if one == person)
        for person in sorted(set(found))
    )
    pairs = list(combinations(range(len(records)), 2))
    asked = data.draw(st.lists(st.sampled_from(pairs), max_size=3)) if pairs else []
    doubts = tuple(
        Doubt(Edge(*pair, Evidence(0, Rule.SCORE)), 0, Rule.SCORE, frozenset(), frozenset())
        for pair in asked
    )
    figures = scoring.figures(Linked(persons, doubts), truth)
    counted = [pair for pair in pairs if truth[pair[0]] and truth[pair[1]]]
    said = [pair for pair in counted if found[pair[0]] == found[pair[1]]]
    real = [pair for pair in counted if truth[pair[0]] == truth[pair[1]]]
    right = set(said) & set(real)
    assert figures.precision == len(right) / max(1, len(said))
    assert figures.recall == len(right) / max(1, len(real))
    assert figures.recall <= figures.answered <= 1
    mixed = [{truth[at] for at in group} - {""} for group in persons]
    assert figures.wrong_merges == sum(len(group) > 1 for group in mixed)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Write the made people as a table."""
    path = tmp_path / "records.csv"
    lines = ["record_id,nhs_number,given_name,family_name,birth_date,sex,postcode,phone"]
    for record in people(400):
        known, name = record.demographics, record.demographics.names[0]
        values = (f"{record.source}-{record.local_id}", known.nhs_number, name.given, name.family)
        lines.append(
            ",".join((*values, str(known.born), known.sex, *known.postcodes, *known.phones))
        )
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_the_commands_learn_and_say_how_right_it_is(table: Path, tmp_path: Path) -> None:
    out, truth = tmp_path / "weights.json", tmp_path / "truth.csv"
    run = CliRunner().invoke
    said = run(identity, ["train", str(table), "--out", str(out)], catch_exceptions=False).output
    assert said.startswith("400 pairs with one NHS number, ")
    ids = [line.partition(",")[0] for line in table.read_text(encoding="utf-8").splitlines()[1:]]
    rows = [f"{name},{name.partition('-')[2]},all" for name in ids]
    truth.write_text("\n".join(("record_id,person_id,group", *rows)), encoding="utf-8")
    words = ["evaluate", str(table), "--truth", str(truth), "--weights", str(out)]
    lines = run(identity, words, catch_exceptions=False).output.splitlines()
    assert lines[0] == "800 records of 400 persons"
    assert lines[1] == "pair precision   1.00000"
    assert lines[-1] == "gap              0.0000"
    without = run(identity, ["evaluate", str(table)], catch_exceptions=False).output.splitlines()
    assert without[0] == "800 records of 400 persons"


def test_where_no_two_records_are_one_persons_nothing_is_scored(
    table: Path, tmp_path: Path
) -> None:
    alone, truth = tmp_path / "alone.csv", tmp_path / "truth.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    alone.write_text("\n".join(lines[:2]), encoding="utf-8")
    truth.write_text(f"record_id,person_id\n{lines[1].partition(',')[0]},1", encoding="utf-8")
    for words in ([], ["--truth", str(truth)]):
        failed = CliRunner().invoke(identity, ["evaluate", str(alone), *words])
        assert isinstance(failed.exception, BadInputError)
        assert "no two records" in str(failed.exception).lower()
