import csv
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from identity.fixtures_index import Bench, open_bench
from identity.locality_feeds import facts
from identity.people_made import ANNE, BRIAN, who
from shared_data import shared
from throughcare.cli.identity import identity
from throughcare.identity.batch import link
from throughcare.identity.compare import Demographics, Sourced, demographics_of, shipped
from throughcare.store.protocol import Transaction

W = shipped()
HEADER = (
    "record_id,source,nhs_number,given_name,middle_names,family_name,sex,birth_date,postcode,phone"
)
ROWS = f"""\
1,gp,{ANNE},Anne,Rose,Okafor,female,1947-08-26,LS12 4QT,07700 900846
2,hospital,,ANNIE,,OKAFOR,female,1947-08-26,LS124QT,
3,gp,{BRIAN},Brian,,Hall,male,1960-02-03,YO1 9AA,
4,hospital,{BRIAN},Grace,,Hall,female,1960-02-03,,
"""


def sets(records: Sequence[Sourced]) -> set[frozenset[tuple[str, str]]]:
    """Return the persons of `records` as sets of what their sources call them."""
    return {
        frozenset((records[at].source, records[at].local_id) for at in group)
        for group in link(records, W).persons
    }


def sourced(*known: tuple[str, Demographics]) -> list[Sourced]:
    return [Sourced(source, f"{at}", one) for at, (source, one) in enumerate(known)]


async def test_a_batch_has_the_persons_that_the_index_comes_to(tmp_path: Path) -> None:
    bench: Bench = await open_bench(tmp_path)
    latest: dict[tuple[str, str], Demographics] = {}

    async def load(tx: Transaction) -> None:
        for fact in facts(shared("one-locality")):
            if fact.retired:
                continue  # a source's own merge is no evidence of the records
            name = fact.source, fact.local_id
            known = demographics_of(fact.patient)
            latest[name] = known.after(latest[name]) if name in latest else known
            await bench.index.place(tx, *name, "record", known)
        await bench.index.rebuild(tx)

    await bench.store.transact(load)
    found: dict[int, set[tuple[str, str]]] = {}
    for record in await bench.people():
        found.setdefault(record.person, set()).add((record.source, record.local_id))
    await bench.store.close()
    records = [Sourced(*name, known) for name, known in latest.items()]
    assert sets(records) == set(map(frozenset, found.values()))


def test_the_order_of_the_records_makes_no_difference() -> None:
    latest = {
        (fact.source, fact.local_id): demographics_of(fact.patient)
        for fact in facts(shared("one-locality"))
    }
    records = [Sourced(*name, known) for name, known in latest.items()]
    assert sets(records[::-1]) == sets(records)


HOME = {"postcode": "LS12 4QT", "phone": "07700 900846", "sex": "female"}


@pytest.mark.parametrize("wrong", ["Charlote", "Charlottte", "Chrlotte"])
def test_a_slip_of_the_pen_links_across_sources_and_within_one(wrong: str) -> None:
    one, other = who("Charlotte", **HOME), who(wrong, **HOME)
    for sources in (("gp", "hospital"), ("gp", "gp"), ("", "")):
        assert len(sets(sourced(*zip(sources, (one, other), strict=True)))) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("Charlott", "Charlotta"), ("Louis", "Louisa"), ("Kerry", "Kerrie")]
)
def test_what_ends_otherwise_may_be_a_twin_of_one_source(one: str, other: str) -> None:
    left, right = who(one, **HOME), who(other, **HOME)
    assert len(sets(sourced(("gp", left), ("gp", right)))) == 2


@pytest.mark.parametrize(
    ("one", "other"), [("Samina", "Samira"), ("Xiaoli", "Xiaolin"), ("Farhan", "Farhat")]
)
def test_two_names_that_no_list_knows_may_be_twins_of_one_source(one: str, other: str) -> None:
    left, right = who(one, **HOME), who(other, **HOME)
    assert len(sets(sourced(("gp", left), ("gp", right)))) == 2


def test_a_letter_too_many_or_out_of_place_is_a_slip_in_a_name_that_no_list_knows() -> None:
    for wrong in ("Samiina", "Samnia", "Smina"):
        left, right = who("Samina", **HOME), who(wrong, **HOME)
        assert len(sets(sourced(("gp", left), ("gp", right)))) == 1, wrong


def test_a_slip_that_makes_another_name_may_be_a_twin() -> None:
    left, right = who("Martha", **HOME), who("Marsha", **HOME)
    assert len(sets(sourced(("gp", left), ("gp", right)))) == 2


def test_a_short_name_misspelt_links_but_not_jean_with_joan() -> None:
    right, wrong = who("Emma", **HOME), who("Emmma", **HOME)
    assert len(sets(sourced(("gp", right), ("hospital", wrong)))) == 1
    assert len(sets(sourced(("gp", right), ("gp", wrong)))) == 1
    assert len(sets(sourced(("gp", who("Jean", **HOME)), ("hospital", who("Joan", **HOME))))) == 2


def test_a_record_without_a_given_name_links_unless_a_twin_is_near() -> None:
    nameless, mary = ("hospital", who("", **HOME)), ("gp", who("Mary", **HOME))
    priya = ("social", who("Priya", **HOME))
    assert len(sets(sourced(nameless, mary))) == 1
    assert len(sets(sourced(nameless, mary, priya))) == 3
    assert len(sets(sourced(nameless, ("hospital", mary[1])))) == 2


def test_an_equal_number_links_a_middle_name_written_as_an_initial_or_with_a_slip() -> None:
    numbered = HOME | {"nhs": ANNE}
    for one, other in (("Daniel", "Oliver D"), ("Ian Gerard", "Grard J")):
        records = sourced(("gp", who(one, **numbered)), ("hospital", who(other, **numbered)))
        assert len(sets(records)) == 1
    records = sourced(("gp", who("Mary", **numbered)), ("hospital", who("Priya R", **numbered)))
    assert len(sets(records)) == 2


def test_twins_that_one_source_tells_apart_are_not_joined_by_way_of_another() -> None:
    """The hospital's record without a number is spelled as neither: it may be of either."""
    twins = ("gp", who("Louis", **HOME)), ("gp", who("Louisa", **HOME))
    groups = sets(sourced(*twins, ("hospital", who("Louiza", **HOME))))
    assert not any({("gp", "0"), ("gp", "1")} <= group for group in groups)


def test_twins_without_a_postcode_are_told_apart_by_their_telephone() -> None:
    ricky = who("Ricky", "Popp", "2024-12-15", sex="male", phone="07691415283")
    eric = who("Eric", "Popp", "2024-12-15", nhs=ANNE, sex="male", phone="07691415283")
    assert len(sets(sourced(("gp", ricky), ("gp", eric)))) == 2


def test_father_and_son_of_one_name_stay_apart_where_a_birth_date_is_missing() -> None:
    son = who("James Jason", "Carter", "", postcode="LS22 7LR", sex="male")
    father = who("James Alexander", "Carter", "1975-11-22", postcode="LS22 7LR", sex="male")
    between = who("James", "Carter", "1975-11-22", postcode="LS22 7LR", sex="male")
    records = sourced(("social", son), ("gp", father), ("hospital", between))
    assert not any({("social", "0"), ("gp", "1")} <= group for group in sets(records))


def test_one_detail_that_does_not_fit_an_equal_number_is_overlooked_only_at_the_same_home() -> None:
    woman, man = who(nhs=ANNE, **HOME), who(nhs=ANNE, **(HOME | {"sex": "male"}))
    assert len(sets(sourced(("gp", woman), ("hospital", man)))) == 1
    elsewhere = who(nhs=ANNE, sex="male", postcode="YO1 9AA")
    assert len(sets(sourced(("gp", woman), ("hospital", elsewhere)))) == 2
    twin = who("Grace", nhs=ANNE, **HOME)
    assert len(sets(sourced(("gp", woman), ("hospital", twin)))) == 2


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Write a small table of records."""
    path = tmp_path / "records.csv"
    path.write_text(f"{HEADER}\n{ROWS}", encoding="utf-8")
    return path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_command_links_a_table_and_leaves_doubts_to_people(table: Path, tmp_path: Path) -> None:
    out, review = tmp_path / "clusters.csv", tmp_path / "review.csv"
    arguments = ["link", str(table), "--out", str(out), "--review", str(review)]
    done = CliRunner().invoke(identity, arguments, catch_exceptions=False)
    assert done.output == "4 records of 3 persons; 1 pairs for review.\n"
    cluster = {row["record_id"]: row["cluster_id"] for row in rows(out)}
    assert list(cluster) == ["1", "2", "3", "4"]
    assert cluster["1"] == cluster["2"]
    assert len({cluster["1"], cluster["3"], cluster["4"]}) == 3
    assert [(row["record_id"], row["other_record_id"]) for row in rows(review)] == [("3", "4")]


def test_an_explanation_names_field_values_level_and_weight(table: Path) -> None:
    arguments = ["explain", "1", "2", "--records", str(table)]
    lines = CliRunner().invoke(identity, arguments, catch_exceptions=False).output.splitlines()
    assert " ".join(lines[1].split()).startswith(
        "given Anne Rose Okafor ANNIE OKAFOR nickname +3.50 +"
    )
    assert lines[-1].startswith("link, +")


def test_the_bars_of_an_explanation_follow_each_other(table: Path) -> None:
    arguments = ["explain", "1", "2", "--records", str(table)]
    lines = CliRunner().invoke(identity, arguments, catch_exceptions=False).output.splitlines()
    column = lines[0].index("weight") + len("weight  ")
    bars = [line[column:] for line in lines[1:-1]]
    spans = [(len(bar) - len(bar.lstrip()), len(bar)) for bar in bars]
    stands = None
    for bar, (start, end) in zip(bars, spans, strict=True):
        before, after = (start, end) if "+" in bar else (end, start)
        assert stands is None or abs(before - stands) <= 1
        stands = after


COLUMNS = [
    (
        "rec_id, given_name, surname, postcode, date_of_birth, soc_sec_id",
        "r, ann, hall, 4011, 19600203, 9",
    ),
    ("unique_id,first_name,surname,dob,city,email", "r,Ann,Hall,03/02/1960,Hull,ann@hall.example"),
]


@pytest.mark.parametrize(("header", "row"), COLUMNS)
def test_columns_are_known_by_the_names_that_they_commonly_have(
    tmp_path: Path, header: str, row: str
) -> None:
    path = tmp_path / "records.csv"
    second = row.replace("r,", "s,", 1)
    path.write_text(f"{header}\n{row}\n{second}\n", encoding="utf-8")
    arguments = ["explain", "r", "s", "--records", str(path)]
    output = CliRunner().invoke(identity, arguments, catch_exceptions=False).output
    levels = {line.split("  ")[0]: line for line in output.splitlines()}
    assert "1960-02-03" in levels["date of birth"]
    assert " sector " in levels["postcode"]  # a town, or a code of many streets
