"""The newest rules are in force, and a fault in them is told with its line."""

from dataclasses import replace

from consent.strategies import DEFAULT
from throughcare.consent import places, profile
from throughcare.consent.locality import Locality

USUAL = profile.parse(DEFAULT)
TEXT = """# rules
name = 1
[one]
first = 1
second.third = 2

[ two . "three" ]
first = 3
"""
READ = {"name": 1, "one": {"first": 1, "second": {"third": 2}}, "two": {"three": {"first": 3}}}


def test_the_newest_epoch_is_in_force_and_an_older_one_changes_nothing() -> None:
    locality = Locality(USUAL)
    profiles = {epoch: replace(USUAL, name=str(epoch)) for epoch in (0, 1)}
    locality.see(profiles[0], 0)
    assert locality.now.name == "0"
    locality.see(replace(USUAL, name="the same once more"), 0)
    assert locality.now.name == "0"
    locality.see(profiles[1], 1)
    locality.see(profiles[0], 0)
    assert (locality.now.name, locality.epoch) == ("1", 1)


def test_a_key_is_found_on_its_line_and_a_missing_one_in_its_table() -> None:
    lines = {
        "name": 2,
        "one": 3,
        "one.first": 4,
        "one.second.third": 5,
        "one.missing": 3,
        "two.three": 7,
        "two.three.first": 8,
        "two.three.missing.deeper": 7,
        "name.deeper": 2,
        "missing": 0,
    }
    assert {key: places.line_of(TEXT, READ, key) for key in lines} == lines


def test_each_fault_of_a_file_is_told_in_the_order_of_lines() -> None:
    text = DEFAULT.replace('warnings = "always"', 'warnings = "never"')
    text = text.replace("[sharing]", "shearing = 1\n[sharing]", 1)
    found = profile.faults(text)
    assert {fault.key.rpartition(".")[2] for _, fault in found} == {"shearing", "warnings"}
    lines = text.splitlines()
    for line, fault in found:
        assert fault.key.rpartition(".")[2] in lines[line - 1]
    assert [line for line, _ in found] == sorted(line for line, _ in found)


def test_ids_begin_with_the_organisation_where_the_locality_says_so() -> None:
    assert USUAL.ids_of("RXX") == ""
    assert replace(USUAL, own_ids=True).ids_of("RXX") == "RXX-"
