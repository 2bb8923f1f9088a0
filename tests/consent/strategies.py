"""Random requests, people, directives and entries, small enough that rules meet often."""

from datetime import UTC, date, datetime

from hypothesis import strategies as st

from throughcare.consent import profile as profiles
from throughcare.consent.profile import Profile
from throughcare.model.acting import CapacityFinding, Right
from throughcare.model.directive import Directive, PersonContext, Rule
from throughcare.model.entry import Category, EntryClass
from throughcare.model.permit import Basis, LegalPermit
from throughcare.model.request import (
    Actor,
    Permission,
    Purpose,
    Reason,
    Relationship,
    Request,
    Role,
)

PERSON = 7
DEFAULT = profiles.default_text()


REPLACEMENTS = {
    "opt_in": ('without_a_consent = "opt-out"', 'without_a_consent = "{}"'),
    "overridable": ("dissent_overridable = true", "dissent_overridable = {}"),
    "beyond_cap": ("beyond_cap = []", "beyond_cap = [{}]"),
    "warnings": ('warnings = "always"', 'warnings = "{}"'),
    "ask": ("permission_to_view = true", "permission_to_view = {}"),
}
"""Texts of the default profile that tests replace, by a short name."""


def profile(**changes: str) -> Profile:
    """Return the default profile with some of its texts replaced, such as ``opt_in="opt-in"``."""
    text = DEFAULT
    for name, value in changes.items():
        old, new = REPLACEMENTS[name]
        assert old in text
        text = text.replace(old, new.format(value))
    return profiles.parse(text)


PROFILES = st.sampled_from(
    [
        profile(),
        profile(opt_in="opt-in"),
        profile(overridable="false"),
        profile(beyond_cap='"STD"'),
        profile(ask="false", opt_in="opt-in", overridable="false"),
    ]
)

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
"""When all requests are made."""
SOON = datetime(2026, 11, 24, 9, 1, tzinfo=UTC)

DAYS = st.dates(date(2013, 1, 1), date(2016, 12, 31))
INTERVALS = st.sampled_from(
    [
        None,
        None,
        (None, None),
        (date(2014, 1, 1), date(2014, 12, 31)),
        (date(2014, 7, 1), date(2015, 6, 30)),
        (None, date(2014, 9, 30)),
        (date(2015, 1, 1), None),
    ]
)
LABELS = st.sampled_from(["PSY", "STD", "R", "SRC", "NOPAT", "GRA", "LOCATION"])
AUTHORS = st.sampled_from(["Practitioner/a", "Practitioner/b", "RXX"])
IDS = st.sampled_from([f"{kind}/{name}" for kind in ("Condition", "Flag") for name in "abc"])
USERS = ["dr", "nurse"]
ORGANISATIONS = ["RXX", "B86001", ""]


def some(*values: str) -> st.SearchStrategy[frozenset[str]]:
    """Return a strategy of one or two of `values`."""
    return st.frozensets(st.sampled_from(values), min_size=1, max_size=2)


LIMITS: dict[str, st.SearchStrategy[object]] = {
    "actors": some("RXX", "dr", "role:nurse", "role:nurse&RXX"),
    "purposes": some("TREAT", "ETREAT", "HRESCH"),
    "labels": some("PSY", "STD", "R", "N", "PSY&STD"),
    "types": some("Condition"),
    "custodians": some("RXX", "B86001"),
    "period": st.sampled_from([(date(2025, 1, 1), None), (None, date(2025, 1, 1))]),
    "data_period": INTERVALS,
    "authors": some("Practitioner/a", "RXX"),
    "instances": some("Condition/a", "Condition/b", "Flag/a"),
    "lasting": st.sampled_from([(None, NOW), (None, SOON), (NOW, None), (SOON, None)]),
}


@st.composite
def rules(draw: st.DrawFn, limits: tuple[str, ...] = tuple(LIMITS)) -> Rule:
    """Draw a rule with at most three limits, so that several rules match one entry often."""
    chosen = draw(st.lists(st.sampled_from(limits), max_size=3, unique=True))
    return Rule(
        id=draw(st.sampled_from([f"Consent/{n}" for n in range(9)])),
        permit=draw(st.booleans()),
        recorded=draw(st.sampled_from([datetime(y, 1, 1, tzinfo=UTC) for y in (2020, 2021)])),
        **{name: draw(LIMITS[name]) for name in chosen},  # type: ignore[arg-type]
    )


RULES = st.one_of(rules(), rules(("actors", "labels")), rules(("actors", "data_period")))
SYSTEM_RULES = st.builds(
    Rule,
    id=st.just("Consent/broken"),
    permit=st.just(value=False),
    recorded=st.just(datetime(2021, 1, 1, tzinfo=UTC)),
    labels=some("PSY"),
    data_period=INTERVALS,
    system=st.just(value=True),
    lasting=st.sampled_from([None, None, (NOW, None), (SOON, None)]),
)


def directive(rules: list[Rule], *, active: bool = True) -> Directive:
    """Return a directive of these rules."""
    return Directive(
        id="Consent/1",
        subject=1,
        version=1,
        recorded=datetime(2021, 1, 1, tzinfo=UTC),
        active=active,
        rules=tuple(rules),
    )


PERMITS = st.builds(
    LegalPermit,
    id=st.sampled_from(["one", "two"]),
    basis=st.sampled_from(Basis),
    provision=st.just("an Act"),
    approver=st.just("the Caldicott Guardian"),
    recipients=some("UNI", "RXX", "role:researcher", "role:researcher&UNI", "role:nurse"),
    purposes=some("HRESCH", "HRESCH", "TREAT", "HOPERAT"),
    starts=st.just(date(2020, 1, 1)),
    ends=st.sampled_from(
        [date(2030, 1, 1), date(2030, 1, 1), date(2026, 11, 24), date(2025, 1, 1)]
    ),
    categories=st.sampled_from(
        [frozenset(), frozenset(), frozenset({"condition"}), frozenset({"contact", "letter"})]
    ),
    labels=st.one_of(st.just(frozenset()), some("PSY", "STD", "SRC", "R", "LOCATION", "GRA")),
    persons=st.sampled_from([None, None, frozenset({PERSON}), frozenset({PERSON + 1})]),
)
CLEARED = st.sampled_from([None, date(2026, 11, 23), date(2026, 11, 24), date(2027, 1, 1)])

CONTEXTS = st.builds(
    lambda rules, system, idle, restricted, hold, permits, cleared, objected: PersonContext(
        person=PERSON,
        directives=(directive(rules), directive(system), directive(idle, active=False)),
        restricted=restricted,
        hold=hold,
        permits=tuple(permits),
        cleared_until=cleared,
        objected=objected,
    ),
    st.lists(RULES, max_size=6),
    st.one_of(st.just([]), st.just([]), st.lists(SYSTEM_RULES, max_size=1)),
    st.lists(RULES, max_size=1),
    st.booleans(),
    st.booleans(),
    st.lists(PERMITS, max_size=2),
    CLEARED,
    st.one_of(st.just(frozenset()), some("RXX", "B86001")),
)

ACTORS = st.builds(
    Actor,
    user=st.sampled_from(USERS),
    role=st.sampled_from(Role),
    organisation=st.sampled_from(ORGANISATIONS),
    person=st.sampled_from([None, PERSON, PERSON + 1]),
)

REQUESTS = st.builds(
    Request,
    actor=ACTORS,
    purpose=st.sampled_from(Purpose),
    at=st.just(NOW),
    relationship=st.sampled_from(Relationship),
    permission=st.sampled_from(Permission),
    reason=st.sampled_from(
        [
            None,
            Reason(""),
            Reason("found on the floor"),
            Reason("", "cannot-be-asked"),
            Reason("she does not answer", "cannot-be-asked"),
        ]
    ),
)

# Requests that pass rank 0, so that the ranks below are met often.
CARE_REQUESTS = st.builds(
    Request,
    actor=st.builds(
        Actor,
        user=st.sampled_from(USERS),
        role=st.sampled_from([Role.NURSE, Role.GP]),
        organisation=st.sampled_from(ORGANISATIONS),
    ),
    purpose=st.sampled_from([Purpose.TREAT, Purpose.ETREAT, Purpose.BTG]),
    at=st.just(NOW),
    relationship=st.sampled_from(Relationship),
    permission=st.sampled_from(Permission),
    reason=st.just(Reason("she does not answer", "cannot-be-asked")),
    until=st.sampled_from(
        [None, datetime(2026, 11, 24, 9, 0, tzinfo=UTC), datetime(2026, 11, 24, 9, 1, tzinfo=UTC)]
    ),
)

CLASSES = st.builds(
    EntryClass,
    type=st.sampled_from(["Condition", "Flag"]),
    category=st.sampled_from([Category.CONDITION, Category.CONTACT, Category.LETTER]),
    labels=st.frozensets(LABELS, max_size=3),
    custodian=st.sampled_from(ORGANISATIONS),
    critical=st.booleans(),
    episode=st.frozensets(st.sampled_from(["PSY", "STD"]), max_size=1),
)

# A nurse who would see everything but for rules and labels, so that each rule counts.
WELCOME = st.builds(
    Request,
    actor=st.just(Actor(user="dr", role=Role.NURSE, organisation="RXX")),
    purpose=st.sampled_from([Purpose.TREAT, Purpose.TREAT, Purpose.ETREAT, Purpose.BTG]),
    at=st.just(NOW),
    relationship=st.just(Relationship.YES),
    permission=st.sampled_from([Permission.GIVEN, Permission.GIVEN, Permission.REFUSED]),
    reason=st.just(Reason("she does not answer", "cannot-be-asked")),
)
PLAIN_CLASSES = st.builds(
    EntryClass,
    type=st.sampled_from(["Condition", "Flag"]),
    category=st.just(Category.CONDITION),
    labels=st.frozensets(st.sampled_from(["PSY", "STD", "R"]), max_size=2),
    custodian=st.sampled_from(["RYY", "B86001"]),
    critical=st.booleans(),
)
# A researcher's request, about people whom permits and opt-outs speak of.
RESEARCH = st.builds(
    Request,
    actor=st.builds(
        Actor,
        user=st.just("dr"),
        role=st.just(Role.RESEARCHER),
        organisation=st.sampled_from(["UNI", "RXX"]),
    ),
    purpose=st.just(Purpose.HRESCH),
    at=st.just(NOW),
)
LAWFUL_CONTEXTS = st.builds(
    lambda rules, restricted, permits, cleared, objected: PersonContext(
        person=PERSON,
        directives=(directive(rules),) if rules else (),
        restricted=restricted,
        permits=tuple(permits),
        cleared_until=cleared,
        objected=objected,
    ),
    st.lists(RULES, max_size=2),
    st.booleans(),
    st.lists(PERMITS, min_size=1, max_size=3),
    CLEARED,
    st.one_of(st.just(frozenset()), some("RXX", "B86001")),
)
PLAIN_CONTEXTS = st.builds(
    lambda rules: PersonContext(person=PERSON, directives=(directive(rules),)),
    st.lists(RULES, min_size=1, max_size=4),
)

# Somebody who acts for a person, with grants of every kind and whatever else was said.
GRANTS = st.builds(
    Rule,
    id=st.sampled_from(["Consent/g1", "Consent/g2"]),
    permit=st.just(value=True),
    recorded=st.sampled_from([datetime(y, 1, 1, tzinfo=UTC) for y in (2020, 2021)]),
    actors=some("sara", "dr", "role:proxy", "sara&role:proxy"),
    purposes=st.sampled_from([frozenset(), frozenset({"FAMRQT"}), frozenset({"TREAT"})]),
    labels=st.one_of(st.just(frozenset[str]()), some("STD", "PSY")),
    types=st.one_of(st.just(frozenset[str]()), some("Condition", "Appointment")),
    period=st.sampled_from([None, (date(2025, 1, 1), None), (None, date(2025, 1, 1))]),
    right=st.sampled_from([None, *set(Right) - {Right.DELEGATION}]),
    reviewed=st.sampled_from([None, date(2026, 1, 1), date(2020, 1, 1)]),
)
FINDINGS = st.builds(
    CapacityFinding,
    id=st.just("Observation/c"),
    lacking=st.booleans(),
    since=st.sampled_from([date(2026, 1, 1), date(2026, 6, 1), date(2027, 1, 1)]),
    until=st.sampled_from([None, date(2026, 11, 24), date(2026, 8, 1)]),
)
ACTED_FOR = st.builds(
    lambda grants, rules, born, capacity, hold: PersonContext(
        person=PERSON,
        directives=(directive(grants), directive(rules)),
        born=born,
        capacity=tuple(capacity),
        hold=hold,
    ),
    st.lists(GRANTS, min_size=1, max_size=3),
    st.one_of(st.just([]), st.lists(RULES, max_size=2)),
    st.sampled_from(
        [
            None,
            date(2016, 1, 1),
            *(date(2026 - years, 11, 24) for years in (11, 13, 16)),
            *(date(2026 - years, 11, 25) for years in (11, 13, 16)),
        ]
    ),
    st.lists(FINDINGS, max_size=3),
    st.sampled_from([False, False, True]),
)
PROXY_REQUESTS = st.builds(
    Request,
    actor=st.builds(
        Actor,
        user=st.sampled_from(["sara", "sara", "dr"]),
        role=st.just(Role.PROXY),
        organisation=st.just(""),
        person=st.sampled_from([PERSON, PERSON, PERSON + 1]),
    ),
    purpose=st.just(Purpose.FAMRQT),
    at=st.just(NOW),
)
# The same accounts in a role of staff: what is kept from who acts is kept from them.
AGENT_REQUESTS = st.builds(
    Request,
    actor=st.builds(
        Actor,
        user=st.sampled_from(["sara", "dr", "nobody"]),
        role=st.sampled_from([Role.NURSE, Role.PRIVACY_OFFICER]),
        organisation=st.sampled_from(["RXX", ""]),
    ),
    purpose=st.sampled_from([Purpose.TREAT, Purpose.HOPERAT, Purpose.BTG]),
    at=st.just(NOW),
    relationship=st.just(Relationship.YES),
    permission=st.just(Permission.GIVEN),
    reason=st.just(Reason("she does not answer", "cannot-be-asked")),
)
PROXY_CLASSES = st.builds(
    EntryClass,
    type=st.sampled_from(["Condition", "Appointment"]),
    category=st.sampled_from([Category.CONDITION, Category.ADMINISTRATIVE]),
    labels=st.frozensets(st.sampled_from(["PSY", "STD", "NOPAT"]), max_size=2),
)


def asking(purpose: Purpose = Purpose.TREAT) -> Request:
    """Return a nurse's request that nothing stands against: relationship and permission."""
    actor = Actor(user="somebody", role=Role.NURSE, organisation="RXX")
    return Request(actor, purpose, NOW, Relationship.YES, Permission.GIVEN)
