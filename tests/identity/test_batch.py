import csv
from collections.abc import Sequence
from dataclasses import replace
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
    ("one", "other"), [("Jagtar", "Jagtaj"), ("Xiaoli", "Xiaolin"), ("Balraj", "Balrat")]
)
def test_two_names_that_no_list_knows_may_be_twins_of_one_source(one: str, other: str) -> None:
    left, right = who(one, **HOME), who(other, **HOME)
    assert len(sets(sourced(("gp", left), ("gp", right)))) == 2


def test_a_letter_too_many_or_out_of_place_is_a_slip_in_a_name_that_no_list_knows() -> None:
    """And a consonant that is the next one on a keyboard; any other may make another name."""
    for wrong, persons in (
        ("Zubaiida", 1), ("Zubiada", 1), ("Zubida", 1), ("Zubaisa", 1), ("Zubaira", 2),
    ):  # fmt: skip
        left, right = who("Zubaida", **HOME), who(wrong, **HOME)
        assert len(sets(sourced(("gp", left), ("gp", right)))) == persons, wrong


def test_a_slip_that_makes_another_name_may_be_a_twin() -> None:
    twins = ("Martha", "Marsha"), ("Amina", "Amira"), ("Samina", "Samira"), ("Tom", "Tim")
    for pair in (*twins, ("Ann", "Ana"), ("Min", "Mia"), ("Xu", "Xi")):
        left, right = (who(each, **HOME) for each in pair)
        assert len(sets(sourced(("gp", left), ("gp", right)))) == 2, pair


def test_a_mute_letter_that_is_lost_makes_no_name_but_an_a_may_have_been_a_mans() -> None:
    for name, written, persons in (
        ("Jade", "Jde", 1),
        ("Celeste", "Celest", 1),
        ("Nigela", "Nigel", 2),
    ):
        left, right = who(name, **HOME), who(written, **HOME)
        assert len(sets(sourced(("gp", left), ("gp", right)))) == persons, name


def test_one_source_may_have_somebody_by_the_first_and_by_the_middle_name() -> None:
    whole = "gp", who("Deborah Delores", **HOME)
    assert len(sets(sourced(whole, ("gp", who("Delores", **HOME))))) == 1
    assert len(sets(sourced(whole, ("gp", who("Delores D", **HOME))))) == 1
    assert len(sets(sourced(whole, ("gp", who("Delores Kate", **HOME))))) == 2


def test_an_initial_among_the_middle_names_links_across_sources_and_not_within_one() -> None:
    whole, short = who("William J", **HOME), who("Joseph", **HOME)
    assert len(sets(sourced(("gp", whole), ("hospital", short)))) == 1
    assert len(sets(sourced(("gp", whole), ("gp", short)))) == 2


def test_who_differs_in_one_thing_alone_at_one_address_is_one_person() -> None:
    """A surname, a slip in the birth date, the sex: two people differ in more than one."""
    home = {"postcode": "LS12 4QT", "sex": "female"}
    known = "gp", who("Victoria", "Davila", "1980-03-11", phone="07700 900846", **home)
    for given, family, born, sex, persons in (
        ("Victoria", "Lang", "1980-03-11", "female", 1),
        ("Victoria", "Davila", "1980-03-17", "female", 1),
        ("Victoria", "Davila", "1980-11-03", "female", 1),
        ("Victoria", "Davila", "1980-03-11", "male", 1),
        ("Victoria", "Lang", "1980-03-17", "female", 2),
        ("Victoria", "Davila", "1980-05-17", "female", 2),
        ("Valerie", "Lang", "1980-03-11", "female", 2),
    ):
        other = who(given, family, born, postcode="LS12 4QT", sex=sex, phone="01130 496000")
        assert len(sets(sourced(known, ("hospital", other)))) == persons, (given, family, born, sex)


def test_a_child_may_have_a_mothers_or_sisters_name_in_the_middle() -> None:
    home = {"postcode": "LS1 1WW", "sex": "female"}
    sister = "gp", who("Michelle", "Mccoy", "2020-06-03", **home)
    other = "gp", who("Kayleigh Michelle", "Mccoy", "2020-05-03", nhs=ANNE, **home)
    assert len(sets(sourced(sister, other))) == 2
    unknown = "hospital", who("Michelle", "Mccoy", "", **home)
    assert len(sets(sourced(unknown, other))) == 2


def test_a_rare_name_says_nothing_where_a_register_numbers_the_two_otherwise() -> None:
    one = who("Emiily", "Quillfeather", "1943-07-21", postcode="LS12 4QT")
    other = who("Emiily", "Quillfeather", "1943-07-21", postcode="YO1 9AA")
    assert len(sets(sourced(("gp", one), ("hospital", other)))) == 1
    one, other = (
        replace(each, identifiers=(code,)) for each, code in ((one, "8314914"), (other, "7972954"))
    )
    assert len(sets(sourced(("gp", one), ("hospital", other)))) == 2


@pytest.mark.parametrize("short", ["A Rachael", "Angie Rachael"])
def test_twins_whose_middle_names_differ_are_two_though_one_is_called_shortly(short: str) -> None:
    one, other = who(short, **HOME), who("Angela Eileen", **HOME)
    assert len(sets(sourced(("gp", one), ("gp", other)))) == 2


def test_a_number_of_twins_who_are_called_alike_is_asked_about_where_middle_names_differ() -> None:
    one = "gp", who("Julie Jenna", nhs=ANNE, **HOME)
    assert len(sets(sourced(one, ("gp", who("Juliea E", nhs=ANNE, **HOME))))) == 2
    assert len(sets(sourced(one, ("gp", who("Juliea J", nhs=ANNE, **HOME))))) == 1


def test_names_read_the_other_way_round_do_not_hide_what_tells_twins_apart() -> None:
    one = who("Chaoyong", "Lei", sex="male", postcode="LS12 4QT")
    other = who("Lei", "Chaoyonga", sex="male", postcode="LS12 4QT")
    assert len(sets(sourced(("gp", one), ("gp", other)))) == 2


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
    child = numbered | {"born": "2015-08-26"}
    records = sourced(("gp", who("Mary", **child)), ("hospital", who("Priya R", **child)))
    assert len(sets(records)) == 2


def test_a_grown_up_is_called_otherwise_under_one_number_unless_a_twin_is_near() -> None:
    numbered = HOME | {"nhs": ANNE}
    mary, priya = who("Mary", **numbered), who("Priya", **numbered)
    own, nameless = who("Priya", **HOME | {"nhs": BRIAN}), who("Priya", **HOME)
    for other, persons in (
        (priya, 1),
        (who("Priya", **numbered | {"sex": ""}), 2),
        (who("Priya", **numbered | {"postcode": "YO1 9AA", "phone": ""}), 2),
        (who("Priya", "Shah", **numbered), 2),
        (who("Priya", "Okafor", "1947-08-16", **numbered), 2),
    ):
        assert len(sets(sourced(("gp", mary), ("hospital", other)))) == persons, other
    assert len(sets(sourced(("gp", mary), ("gp", priya)))) == 2
    assert len(sets(sourced(("gp", mary), ("hospital", priya), ("social", nameless)))) == 1
    groups = sets(sourced(("gp", mary), ("hospital", priya), ("gp", own)))
    assert frozenset({("gp", "0")}) in groups
    middles = who("Mary Rose", **numbered), who("Priya Jane", **numbered)
    assert len(sets(sourced(("gp", middles[0]), ("hospital", middles[1])))) == 2


def test_a_name_that_no_list_knows_may_be_badly_misspelt_of_a_grown_up() -> None:
    """Jean and Joan are two names, and a child may have a twin whose name no list knows."""
    for one, other, known, persons in (
        ("Zoe", "Zo", HOME, 1),
        ("Jean", "Joan", HOME, 2),
        ("Zoe", "Zo", HOME | {"born": "2015-08-26"}, 2),
        ("Zoe", "Zo", HOME | {"sex": ""}, 2),
    ):
        left, right = who(one, **known), who(other, **known)
        assert len(sets(sourced(("gp", left), ("hospital", right)))) == persons, (one, known)
        assert len(sets(sourced(("gp", left), ("gp", right)))) == 2, (one, known)


def test_a_family_name_in_place_of_the_given_name_is_known_by_being_no_given_name() -> None:
    right = who("Pawel", "Duda", **HOME)
    for given, family, persons in (
        ("Duda", "P", 1),
        ("Duda", "Bogdan", 2),
    ):
        other = who(given, family, **HOME)
        assert len(sets(sourced(("gp", right), ("hospital", other)))) == persons, family
        numbered = [replace(each, nhs_number=ANNE) for each in (right, other)]
        assert len(sets(sourced(("gp", numbered[0]), ("hospital", numbered[1])))) == 1, family
    wei, misspelt = who("Wei", "Chen", nhs=ANNE), who("Chen", "Weui", nhs=ANNE)
    assert len(sets(sourced(("gp", wei), ("hospital", misspelt)))) == 1


def test_a_whole_name_under_one_number_needs_neither_birth_date_nor_place() -> None:
    known = {"nhs": ANNE, "sex": "female"}
    moved = who("Bethany", "Bridges", "", **known, postcode="YO1 9AA")
    here = who("Bethany", "Bridges", "1978-07-28", **known, postcode="LS12 4QT")
    assert len(sets(sourced(("gp", here), ("hospital", moved)))) == 1
    married = who("Bethany", "Towns", "", **known, postcode="LS12 4QT")
    assert len(sets(sourced(("gp", here), ("hospital", married)))) == 1
    elsewhere = who("Bethany", "Towns", "", **known, postcode="YO1 9AA")
    assert len(sets(sourced(("gp", here), ("hospital", elsewhere)))) == 2


def test_twins_that_one_source_tells_apart_are_not_joined_by_way_of_another() -> None:
    """The hospital's record without a number is spelled as neither: it may be of either."""
    twins = ("gp", who("Louis", **HOME)), ("gp", who("Louisa", **HOME))
    groups = sets(sourced(*twins, ("hospital", who("Louiza", **HOME))))
    assert not any({("gp", "0"), ("gp", "1")} <= group for group in groups)


def test_twins_whose_postcode_was_mistyped_are_told_apart_by_their_address() -> None:
    home = HOME | {"phone": ""}
    louis, louisa = who("Louis", **home), who("Louisa", **home | {"postcode": "LS12 4QS"})
    twins = [("gp", replace(each, addresses=("12 mill lane",))) for each in (louis, louisa)]
    assert len(sets(sourced(*twins))) == 2


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
    twin = who("Grace", nhs=ANNE, **(HOME | {"sex": ""}))
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
