"""Reasons to review a look: each by itself, and ranked together."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from throughcare.audit import suspicion
from throughcare.audit.suspicion import MOST_A_DAY, Known, Looked, Why
from throughcare.model.audit import AuditEntry

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
LINE = AuditEntry(
    id="a",
    at=NOON,
    action="summary",
    outcome="permit",
    user="n1",
    role="nurse",
    organisation="RXX",
    purpose="TREAT",
    persons=(7,),
    seen=3,
)
NOBODY: dict[str, Known] = {}


def line(**more: object) -> AuditEntry:
    return msgspec.structs.replace(LINE, **more)


def judged(*lines: AuditEntry, **known: dict) -> list[Looked]:
    looks = suspicion.together((), lines).values()
    return suspicion.judged(looks, known.get("readers", {}), known.get("people", {}))


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (line(purpose="BTG", reason="unconscious"), Why.BREAK_GLASS),
        (line(because=("profile:self-claimed-relationship",)), Why.NO_RELATIONSHIP),
        (line(purpose="ETREAT", obligations=("alert",)), Why.EMERGENCY),
        (line(role="gp", at=NOON.replace(hour=3)), Why.OUT_OF_HOURS),
        (line(role="receptionist", at=datetime(2026, 11, 28, 12, tzinfo=UTC)), Why.OUT_OF_HOURS),
    ],
)
def test_a_look_has_the_reason_that_its_line_tells(entry: AuditEntry, why: Why) -> None:
    (look,) = judged(entry)
    assert look.reasons == {why}


@pytest.mark.parametrize(
    "entry",
    [
        line(),
        line(at=NOON.replace(hour=3)),  # a hospital works at night
        line(purpose="BTG", outcome="deny"),
        line(purpose="BTG", seen=0),
        line(purpose="BTG", role="patient"),
        line(purpose="BTG", persons=tuple(range(50))),
    ],
)
def test_an_ordinary_look_and_one_that_showed_nothing_have_none(entry: AuditEntry) -> None:
    assert judged(entry) == []


@pytest.mark.parametrize(
    ("reader", "person", "why"),
    [
        (Known("khan", "sara khan"), Known("khan", "amina khan"), {Why.SAME_NAME}),
        (Known("khan", "amina khan"), Known("khan", "amina khan"), {Why.OWN_RECORD}),
        (Known("reid", "sam reid", person=7), Known("khan", "amina khan"), {Why.OWN_RECORD}),
        (Known("reid", "sam reid", "1ls29"), Known("khan", "x khan", "1ls29"), {Why.SAME_ADDRESS}),
        (Known(), Known(), set()),
    ],
)
def test_reader_and_person_are_compared(reader: Known, person: Known, why: set[Why]) -> None:
    found = judged(LINE, readers={"n1": reader}, people={7: person})
    assert [set(look.reasons) for look in found] == ([why] if why else [])


def test_too_many_persons_in_a_day_are_one_case_and_not_one_for_each() -> None:
    many = [line(id=f"l{n}", persons=(n,), at=NOON + timedelta(seconds=n)) for n in range(41)]
    (look,) = judged(*many)
    assert look.reasons == {Why.VOLUME}
    assert look.audit == "l40"
    assert judged(*many[:MOST_A_DAY]) == []


def test_the_weightiest_comes_first_and_looks_of_one_day_are_one_case() -> None:
    found = judged(
        line(id="x", persons=(1,), purpose="ETREAT", obligations=("alert",)),
        line(id="y", persons=(2,), purpose="BTG", reason="first"),
        line(id="z", persons=(2,), at=NOON + timedelta(hours=1), reason=""),
    )
    assert [(look.person, look.audit, look.said) for look in found] == [
        (2, "z", "first"),
        (1, "x", ""),
    ]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            line,
            id=st.text("abc", min_size=1, max_size=3),
            at=st.integers(0, 29 * 24 * 60).map(lambda each: NOON + timedelta(minutes=each)),
            user=st.sampled_from(["n1", "n2"]),
            persons=st.sampled_from([(1,), (2,), (1, 2)]),
            purpose=st.sampled_from(["TREAT", "BTG"]),
        ),
        max_size=12,
    ),
    st.integers(0, 12),
)
def test_reading_on_later_comes_to_the_same_as_reading_at_once(
    lines: list[AuditEntry], cut: int
) -> None:
    whole = suspicion.together((), lines)
    parts = suspicion.together(suspicion.together((), lines[:cut]).values(), lines[cut:])
    assert {name: look.reasons for name, look in parts.items()} == {
        name: look.reasons for name, look in whole.items()
    }
    assert {name: look.at for name, look in parts.items()} == {
        name: look.at for name, look in whole.items()
    }
