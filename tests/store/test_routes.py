"""Where statements run when entries lie in several databases."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughcare.record import keys
from throughcare.store import statements
from throughcare.store.sharded import buckets, routes
from throughcare.store.sharded.buckets import BUCKETS, bucket_of, shard_of
from throughcare.store.sharded.routes import HOME

KNOWN = statements.load(statements.LAYOUT / "sql", "postgres")
KEYED = (
    "res",
    "head",
    "ord",
    "words",
    "coded",
    "tok",
    "hist",
    "former",
    "outbox",
    "alias",
    "wording",
    "head_facts",
    "hist_facts",
)
"""Tables whose rows lie where their entry does."""
ITS_OWN = {"record.integrity": "pg_stat_database", "operations.layout": "migration"}
"""Statements about each database itself, and what they read."""
AT_HOME = {
    "record.entry_of",
    "record.entries_among",
    "record.entries_ever",
    "record.entry_of_or_another",
    "record.subjects_of_patients",
    "content.read_alias",
    "content.read_former",
    "content.is_used",
    "admission.begin_labelled",
}
"""Statements that look at what home knows of every id: alias and former."""
shard_counts = st.integers(1, buckets.MOST)
numbers = st.integers(0, 1 << 39)


def test_every_bucket_belongs_to_one_number_below_their_count() -> None:
    assert {bucket_of(number) for number in range(BUCKETS)} == set(range(BUCKETS))


def test_the_directory_is_at_home() -> None:
    assert {shard_of(0, shards) for shards in range(1, buckets.MOST + 1)} == {HOME}


@given(numbers, shard_counts)
def test_a_subject_has_one_database_among_those_there_are(subject: int, shards: int) -> None:
    assert 0 <= shard_of(subject, shards) < shards
    assert shard_of(subject, shards) == shard_of(subject + BUCKETS, shards)


@given(numbers, st.integers(0, 7))
def test_with_twice_the_databases_each_is_halved_and_nothing_else_moves(
    subject: int, power: int
) -> None:
    assert shard_of(subject, 2 << power) // 2 == shard_of(subject, 1 << power)


@given(st.integers(0, 1 << 30), st.integers(1, 16), st.integers(100, 1_000))
def test_subjects_that_follow_each_other_fill_all_databases_evenly(
    first: int, shards: int, count: int
) -> None:
    held = [0] * shards
    for subject in range(first, first + count):
        held[shard_of(subject, shards)] += 1
    assert max(held) - min(held) <= 8


@given(numbers, st.integers(0, (1 << keys.PLACES) - 1), shard_counts)
def test_an_entry_lies_where_its_subject_does(subject: int, place: int, shards: int) -> None:
    entry = keys.first_entry(subject) + place
    assert buckets.shard_of_entry(entry, shards) == shard_of(subject, shards)


@given(st.lists(numbers, unique=True), shard_counts)
def test_a_list_of_entries_is_split_without_loss(entries: list[int], shards: int) -> None:
    route = routes.parse("entries")
    found = route.shards({"entries": json.dumps(entries), "other": 1}, shards)
    parts = {shard: json.loads(str(params["entries"])) for shard, params in found.items()}
    assert sorted(entry for part in parts.values() for entry in part) == sorted(entries)
    assert all(params["other"] == 1 for params in found.values())
    for shard, part in parts.items():
        assert {buckets.shard_of_entry(entry, shards) for entry in part} == {shard}


@given(
    st.lists(st.lists(st.integers()), min_size=1, max_size=5),
    st.sampled_from((1, -1)),
    st.integers(0, 10),
)
def test_ordered_answers_are_merged_as_if_one_database_had_sorted_them(
    parts: list[list[int]], sign: int, most: int
) -> None:
    route = routes.parse(f"every; order by {sign}; at most limit")
    down = sign < 0
    sorted_parts = [[(n,) for n in sorted(part, reverse=down)][:most] for part in parts]
    whole = sorted((n for part in parts for n in part), reverse=down)[:most]
    assert route.merged({"limit": most}, sorted_parts) == [(n,) for n in whole]


@given(numbers, shard_counts)
def test_a_signpost_stands_at_home_and_where_its_entry_lies(entry: int, shards: int) -> None:
    found = routes.parse("entry, and home").shards({"entry": entry}, shards)
    assert set(found) == {HOME, buckets.shard_of_entry(entry, shards)}


@pytest.mark.parametrize("text", ["nowhere", "entry,home", "every; order by x", "every; most n"])
def test_a_place_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no place"):
        routes.parse(text)


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_a_statement_says_where_it_runs_and_has_what_it_needs_for_it(name: str) -> None:
    sql, said = KNOWN[name], KNOWN.places.get(name, "")
    route = routes.parse(said)
    words = re.sub(r"\w+\.(\w+)", "", sql)
    keyed = re.search(rf"\b(FROM|JOIN|INTO|UPDATE) ({'|'.join(KEYED)})\b", words)
    assert (keyed is None) <= (not said or name in ITS_OWN)
    if keyed is not None and not said:
        assert name in AT_HOME
    if said and route.kind != "one":
        tables = set(re.findall(r"\b(?:FROM|JOIN|INTO|UPDATE) (\w+)", words))
        assert tables <= {*KEYED, "SET", ITS_OWN.get(name, "SET")}
    for param in (route.param, route.most):
        assert not param or re.search(rf":{param}\b", sql)
    if route.finder:
        assert set(re.findall(r":(\w+)", KNOWN[route.finder])) <= set(re.findall(r":(\w+)", sql))
        assert route.finder not in KNOWN.places
    if said:
        assert re.sub(r"^(--.*\n)+", "", sql).startswith(
            ("SELECT ", "INSERT ", "UPDATE ", "DELETE ")
        )


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_what_is_said_of_a_statement_is_not_sent_with_it(engine: statements.Engine) -> None:
    known = statements.load(statements.LAYOUT / "sql", engine)
    assert not [name for name, sql in known.items() if "-- at:" in sql]
