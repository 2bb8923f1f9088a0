"""Two people of one name and birth date, each known to a GP by number: nobody mixes them."""

from collections.abc import Sequence
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from identity.people_made import ANNE, BRIAN, who
from throughcare.identity.cluster import Edge, Graph, Record, partition
from throughcare.identity.compare import Demographics, evidence, keys, shipped

W = shipped()
HOMES = {"anne": "LS12 4QT", "brian": "YO1 9AA"}
OLD_HOMES = {"anne": "BD3 1AB", "brian": "HX5 2CD"}
NUMBERS = {"anne": ANNE, "brian": BRIAN}
BORN = "1941-02-08"
SPELLINGS = ("Robinson", "oRbinson")


def people_among(known: Sequence[Demographics], names: Sequence[str]) -> list[frozenset[int]]:
    """Return the persons that clustering makes of records, named so that ties are broken by it."""
    blocks = [keys(one) for one in known]
    edges = [
        Edge(left, right, evidence(known[left], known[right], W))
        for left, right in combinations(range(len(known)), 2)
        if blocks[left] & blocks[right]
    ]
    records = {
        number: Record(("feed", names[number]), one.number, one.known)
        for number, one in enumerate(known)
    }

    def cross(left: int, right: int) -> float:
        return evidence(known[left], known[right], W).total(len(known), W)

    return list(partition(Graph(records, tuple(edges)), len(known), W, cross).persons)


def gp_record(person: str) -> Demographics:
    return who("Zofia", "Robinson", BORN, nhs=NUMBERS[person], postcode=HOMES[person], sex="female")


@st.composite
def other_records(draw: st.DrawFn) -> tuple[str, Demographics]:
    """Return whose it truly is, and what a hospital, council, ambulance or care home wrote."""
    person = draw(st.sampled_from(("anne", "brian")))
    places = ("", HOMES[person], OLD_HOMES[person])
    return person, who(
        "Zofia",
        draw(st.sampled_from(SPELLINGS)),
        BORN,
        nhs=draw(st.sampled_from(("", "", NUMBERS[person]))),
        postcode=draw(st.sampled_from(places)),
        sex=draw(st.sampled_from(("", "female"))),
    )


@given(st.lists(other_records(), max_size=7), st.randoms(use_true_random=False))
@settings(max_examples=400, deadline=None)
def test_no_record_joins_its_namesake(
    others: list[tuple[str, Demographics]], chance: object
) -> None:
    truth = ["anne", "brian", *(person for person, _ in others)]
    known = [gp_record("anne"), gp_record("brian"), *(one for _, one in others)]
    names = [f"{number:03d}" for number in range(len(known))]
    chance.shuffle(names)  # type: ignore[attr-defined]
    for group in people_among(known, names):
        assert len({truth[record] for record in group}) == 1, [known[record] for record in group]


def test_what_tells_namesakes_apart_is_used() -> None:
    at_home = who("Zofia", "Robinson", BORN, postcode=HOMES["brian"])
    nowhere = who("Zofia", "Robinson", BORN)
    known = [gp_record("anne"), gp_record("brian"), at_home, nowhere]
    found = people_among(known, ["a", "b", "c", "d"])
    assert frozenset({1, 2}) in found
    assert frozenset({3}) in found
