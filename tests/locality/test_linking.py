"""One locality, loaded from its real feeds: who is whom, against the truth it came with."""

import csv
import io
import json
import shutil
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest

from locality_commands import throughcare
from shared_data import shared

pytestmark = pytest.mark.slow

Key = tuple[str, str]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def people(node: Path) -> list[dict[str, str]]:
    """Return what ``people --csv`` prints."""
    listed = throughcare("people", "--node", node, "--csv")
    assert listed.returncode == 0, listed.stderr
    return rows(listed.stdout)


@pytest.fixture(scope="session")
def listed(locality_node: Path) -> list[dict[str, str]]:
    return people(locality_node)


@pytest.fixture(scope="session")
def truth() -> Mapping[Key, str]:
    text = shared("one-locality", "truth.csv").read_text("utf-8")
    return {(row["source"], row["local_id"]): row["person"] for row in rows(text)}


def clusters(listed: list[dict[str, str]]) -> dict[str, set[Key]]:
    found: dict[str, set[Key]] = defaultdict(set)
    for row in listed:
        found[row["person_id"]].add((row["source"], row["local_id"]))
    return found


def test_every_source_record_of_the_truth_is_listed_once(
    listed: list[dict[str, str]], truth: Mapping[Key, str]
) -> None:
    keys = [(row["source"], row["local_id"]) for row in listed]
    assert sorted(keys) == sorted(truth)


def test_nobody_is_linked_to_somebody_else(
    listed: list[dict[str, str]], truth: Mapping[Key, str]
) -> None:
    wrong = [
        members
        for members in clusters(listed).values()
        if len({truth[member] for member in members}) > 1
    ]
    assert wrong == []


def test_pairs_that_must_not_link_stay_apart(listed: list[dict[str, str]]) -> None:
    person = {row["local_id"]: row["person_id"] for row in listed if row["source"] == "gp"}
    pairs = rows(shared("one-locality", "pairs.csv").read_text("utf-8"))
    assert len(pairs) > 10
    for pair in pairs:
        assert person[f"NHS:{pair['nhs_a']}"] != person[f"NHS:{pair['nhs_b']}"], pair["why"]


def test_985_of_1000_records_find_their_gp_record_unaided_and_the_rest_wait_for_a_human(
    listed: list[dict[str, str]], truth: Mapping[Key, str]
) -> None:
    gp = {truth["gp", row["local_id"]]: row["person_id"] for row in listed if row["source"] == "gp"}
    others = [row for row in listed if row["source"] != "gp"]
    joined = [
        row for row in others if row["person_id"] == gp[truth[row["source"], row["local_id"]]]
    ]
    assert len(joined) / len(others) >= 0.985
    rest = [row for row in others if row not in joined]
    assert {row["state"] for row in rest} <= {"review"}
    assert all(row["state"] == "linked" for row in joined)


def test_loading_twice_adds_nothing(locality_node: Path, tmp_path: Path) -> None:
    node = tmp_path / "node"
    shutil.copytree(locality_node, node)
    before = throughcare("doctor", "--node", node, "--json")
    again = throughcare("load", shared("one-locality"), "--node", node, "--quiet")
    assert again.returncode == 0, again.stdout
    after = throughcare("doctor", "--node", node, "--json")
    assert counts(before.stdout) == counts(after.stdout)
    assert people(node) == people(locality_node)


def counts(report: str) -> Mapping[str, int]:
    found: Mapping[str, int] = json.loads(report)["entries"]
    assert sum(found.values()) > 1000
    return found


@pytest.mark.parametrize("order", ["reversed", "consents first"])
def test_the_order_of_a_load_makes_no_difference_to_who_is_whom(
    listed: list[dict[str, str]], tmp_path: Path, order: str
) -> None:
    folder = shared("one-locality")
    feeds = [
        "gp.ndjson",
        "hospital.hl7",
        "social_care_cld.csv",
        "ambulance.csv",
        "care_home.csv",
        "consent.csv",
        "letters",
    ]
    arranged = {
        "reversed": feeds[::-1],
        "consents first": [feeds[5], *feeds[:5], feeds[6]],
    }[order]
    node = tmp_path / "node"
    throughcare("init", node)
    for feed in arranged:
        loaded = throughcare("load", folder / feed, "--node", node, "--quiet")
        assert loaded.returncode == 0, loaded.stdout
    expected = sorted(map(sorted, clusters(listed).values()))
    assert sorted(map(sorted, clusters(people(node)).values())) == expected
