"""A line says what its look was, whatever was kept of the lines before it."""

from datetime import UTC

from hypothesis import given, settings
from hypothesis import strategies as st

from throughcare.disclosure.lines import Look, line
from throughcare.model.audit import AuditEntry
from throughcare.model.decision import Decision, Obligation, Residual
from throughcare.model.request import (
    Actor,
    Permission,
    Purpose,
    Reason,
    Relationship,
    Request,
    Role,
)

WORDS = st.sampled_from(["", "a", "b"])
"""Few, so that lines meet what was kept of others."""
DECISIONS = st.builds(
    Decision,
    permitted=st.booleans(),
    rank=st.integers(0, 1),
    because=st.lists(WORDS, max_size=2).map(tuple),
    policy_version=WORDS,
    epoch=st.integers(0, 3),
    residual=st.just(Residual()),
    obligations=st.frozensets(st.sampled_from(Obligation), max_size=2),
)
REQUESTS = st.builds(
    Request,
    st.builds(Actor, WORDS, st.sampled_from(Role), WORDS, WORDS, st.none() | st.integers(1, 2)),
    st.sampled_from(Purpose),
    st.datetimes(timezones=st.just(UTC)),
    st.sampled_from(Relationship),
    st.sampled_from(Permission),
    st.none() | st.builds(Reason, WORDS),
)
LOOKS = st.builds(
    Look,
    st.sampled_from(["read", "search"]),
    WORDS,
    st.dictionaries(st.integers(1, 3), DECISIONS, max_size=3),
    st.integers(0, 2),
    st.booleans(),
    st.sampled_from([(), (7,)]),
)


def plainly(id_: str, request: Request, look: Look, labels: tuple[str, ...]) -> AuditEntry:
    """Return the line member by member."""
    decisions = list(look.decisions.values())
    first = decisions[0] if decisions else None
    proxied = request.actor.role is Role.PROXY and request.actor.person is not None
    obligations = {one.value for decision in decisions for one in decision.obligations}
    return AuditEntry(
        id=id_,
        at=request.at,
        action=look.action,
        outcome="permit" if look.permitted else "deny",
        user=request.actor.user,
        role=str(request.actor.role),
        organisation=request.actor.organisation,
        purpose=str(request.purpose),
        persons=tuple(look.decisions)
        or look.persons
        or ((request.actor.person or 0,) if proxied else ()),
        what=look.what,
        rank=first.rank if first else -1,
        because=first.because if first else (),
        reason=request.reason.text if request.reason else "",
        policy_version=first.policy_version if first else "",
        epoch=max((decision.epoch for decision in decisions), default=0),
        labels=labels,
        obligations=tuple(sorted(obligations)),
        seen=look.seen,
    )


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(REQUESTS, LOOKS, st.lists(WORDS, max_size=1)), min_size=1, max_size=6))
def test_a_line_is_what_its_parts_say(looks: list[tuple[Request, Look, list[str]]]) -> None:
    for number, (request, look, labels) in enumerate(looks):
        made = line(str(number), request, look, tuple(labels))
        assert made == plainly(str(number), request, look, tuple(labels))
        assert type(made.role) is type(made.purpose) is str
