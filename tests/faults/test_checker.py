"""The checker says the same as trying every order, of histories right and wrong."""

from dataclasses import replace

from hypothesis import event, given, settings
from hypothesis import strategies as st

from faults import naive
from faults.checker import anomalies
from faults.histories import NEVER, Chain, Operation, Saw

KINDS = ("read", "put", "put if", "delete")
CORRUPTIONS = ("version", "value", "saw", "when", "expected", "drop", "chain", "swap")
History = tuple[list[Operation], Chain]


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Run up to eight operations against a real register, each at a moment within its window."""
    chain: Chain = ()
    operations = []
    count = draw(st.integers(1, 8))
    for i in range(count):
        at = 10.0 * (i + 1)
        start = at - draw(st.integers(0, 25)) - 0.5
        end = at + draw(st.integers(0, 25)) + 0.25
        kind = draw(st.sampled_from(KINDS))
        expected = None
        if kind == "put if":
            expected = max(1, len(chain) - draw(st.integers(0, 1)))
        fits = expected is None or expected == len(chain)
        is_live = bool(chain) and chain[-1] is not None
        lost = kind != "read" and draw(st.integers(0, 3)) == 0
        happens = not lost or draw(st.booleans())
        if lost:
            saw, end = (Saw.DELETE_LOST if kind == "delete" else Saw.PUT_LOST), NEVER
        elif kind == "read":
            saw = Saw.READ if is_live else Saw.GONE if chain else Saw.ABSENT
        elif kind == "delete":
            saw = Saw.DELETED if chain else Saw.ABSENT
        else:
            saw = Saw.WROTE if fits else Saw.REFUSED
        value = i + 1 if kind.startswith("put") else 0
        if kind == "read" and chain:
            value = chain[-1] or 0
        if happens and kind.startswith("put") and fits:
            chain = (*chain, value)
        if happens and kind == "delete" and is_live:
            chain = (*chain, None)
        version = len(chain) if saw in {Saw.READ, Saw.WROTE, Saw.DELETED} else 0
        operations.append(Operation(saw, start, end, value, version, expected))
    return operations, chain


@st.composite
def corrupted(draw: st.DrawFn) -> History:
    """Change one thing of a right history: an answer, a moment, or the final history."""
    operations, chain = draw(histories())
    i = draw(st.integers(0, len(operations) - 1))
    one = operations[i]
    match draw(st.sampled_from(CORRUPTIONS)):
        case "version" if one.version:
            other = one.version + draw(st.sampled_from((-1, 1)))
            operations[i] = replace(one, version=max(1, other))
        case "value" if one.saw is Saw.READ:
            operations[i] = replace(one, value=draw(st.integers(1, 9)))
        case "saw" if one.saw in {Saw.READ, Saw.GONE, Saw.ABSENT}:
            saw = draw(st.sampled_from((Saw.GONE, Saw.ABSENT)))
            operations[i] = replace(one, saw=saw, value=0, version=0)
        case "when" if one.end != NEVER:
            late = draw(st.integers(-60, 60))
            operations[i] = replace(one, start=one.start + late, end=one.end + late)
        case "expected" if one.expected:
            operations[i] = replace(one, expected=draw(st.integers(1, 8)))
        case "drop" if chain:
            chain = chain[:-1]
        case "chain" if chain:
            at = draw(st.integers(0, len(chain) - 1))
            chain = (*chain[:at], draw(st.sampled_from((None, 1, 2, 3))), *chain[at + 1 :])
        case "swap" if len(chain) > 1:
            chain = (*chain[:-2], chain[-1], chain[-2])
        case _:
            pass
    return operations, chain


@settings(max_examples=300, deadline=None)
@given(histories())
def test_what_a_real_register_answered_has_no_anomaly(history: History) -> None:
    assert anomalies(*history) == []
    assert naive.linearizable(*history)


@settings(max_examples=1_500, deadline=None)
@given(corrupted())
def test_the_checker_and_the_trial_of_every_order_agree(history: History) -> None:
    right = naive.linearizable(*history)
    event("right" if right else "wrong")
    assert (anomalies(*history) == []) is right


def test_two_writers_with_one_if_match_never_both_win() -> None:
    first = Operation(Saw.WROTE, 0, 1, value=1, version=1)
    one, other = (Operation(Saw.WROTE, 2, 5, value=v, version=2, expected=1) for v in (2, 3))
    assert anomalies([first, one], (1, 2)) == []
    assert anomalies([first, one, other], (1, 2))
    assert anomalies([first, one, replace(other, version=3)], (1, 2, 3))


def test_a_stale_read_is_found() -> None:
    first = Operation(Saw.WROTE, 0, 1, value=1, version=1)
    second = Operation(Saw.WROTE, 2, 3, value=2, version=2)
    late = Operation(Saw.READ, 4, 5, value=1, version=1)
    assert anomalies([first, second, replace(late, start=2.5)], (1, 2)) == []
    assert anomalies([first, second, late], (1, 2))


def test_an_acknowledged_write_that_is_gone_is_found() -> None:
    written = [Operation(Saw.WROTE, i, i + 0.5, value=i, version=i) for i in (1, 2, 3)]
    assert anomalies(written, (1, 2, 3)) == []
    assert anomalies(written, (1, 2))
