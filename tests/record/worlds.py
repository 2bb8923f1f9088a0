"""A small world for hypothesis: few types, ids, codes and dates, so that everything meets."""

import json
from datetime import date
from typing import Any

from hypothesis import strategies as st

from throughcare.fhir.terms import (
    AnyOf,
    Chain,
    Criterion,
    DateIs,
    Has,
    IdIs,
    Include,
    InRecordOf,
    Match,
    Missing,
    Prefix,
    QuantityIs,
    Query,
    RefersTo,
    StringIs,
    TokenIs,
)
from throughcare.model.decision import AuthorIs, Clause, DateWithin, EntryIs, Gate, Residual
from throughcare.model.entry import Category, EntryClass

TYPES = ("Patient", "Encounter", "Condition", "Observation")
IDS = ("a", "b", "c")
SUBJECTS = (0, 1, 2, 3)
PERSONS = {1: 10, 2: 10, 4: 10}
DAY = 86_400_000_000
LABELS = (frozenset[str](), frozenset({"PSY"}))
CLASSES = tuple(EntryClass(t, Category.OTHER, labels) for t in TYPES for labels in LABELS)
DAYS = ("2014-01-01", "2014-07-05", "2015-02", "2016")
AUTHORS = ("Practitioner/p", "Practitioner/q")

ids = st.sampled_from(IDS)
days = st.sampled_from(DAYS)
systems = st.sampled_from(("http://one", "http://two", None))
codes = st.sampled_from(("x", "y"))


def _without_none(members: dict[str, Any]) -> dict[str, Any]:
    return {name: member for name, member in members.items() if member not in (None, [])}


codings = st.builds(lambda s, c: _without_none({"system": s, "code": c}), systems, codes)
concepts = st.builds(lambda c: {"coding": c}, st.lists(codings, min_size=1, max_size=2))
maybe_days = st.none() | days
references = st.none() | st.builds(lambda i: {"reference": f"Encounter/{i}"}, ids)
patients = st.none() | st.builds(lambda i: {"reference": f"Patient/{i}"}, ids)
authors = st.none() | st.builds(lambda a: {"reference": a}, st.sampled_from(AUTHORS))
families = st.lists(st.sampled_from(("Ångström", "angus", "Bell")), max_size=2, unique=True)
quantities = st.none() | st.builds(
    lambda v, u: _without_none({"value": v, "unit": u, "code": u, "system": "http://u"}),
    st.integers(1, 5),
    st.sampled_from(("mg", "g")),
)
MEMBERS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "Patient": {
        "name": st.builds(lambda names: [{"family": n} for n in names], families),
        "birthDate": maybe_days,
    },
    "Encounter": {
        "type": st.none() | st.builds(lambda c: [c], concepts),
        "subject": patients,
        "period": st.none() | st.builds(lambda d: {"start": d, "end": "2016-03-01"}, days),
    },
    "Condition": {
        "code": st.none() | concepts,
        "subject": patients,
        "encounter": references,
        "onsetDateTime": maybe_days,
        "recordedDate": maybe_days,
        "recorder": authors,
    },
    "Observation": {
        "code": st.none() | concepts,
        "subject": patients,
        "encounter": references,
        "effectiveDateTime": maybe_days,
        "valueQuantity": quantities,
    },
}


@st.composite
def resources(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a resource with an id."""
    type_ = draw(st.sampled_from(TYPES))
    members = {name: draw(strategy) for name, strategy in MEMBERS[type_].items()}
    return {"resourceType": type_, "id": draw(ids)} | _without_none(members)


def text(resource: dict[str, Any]) -> bytes:
    """Return a resource as compact JSON."""
    return json.dumps(resource, separators=(",", ":")).encode()


_tokens = st.lists(
    st.tuples(st.sampled_from(("http://one", "", None)), st.sampled_from(("x", "y", None))).filter(
        lambda pair: pair != (None, None)
    ),
    min_size=1,
    max_size=2,
).map(tuple)
_ranges = st.builds(
    lambda p, d, width: (p, d * DAY, (d + width) * DAY - 1),
    st.sampled_from(Prefix),
    st.sampled_from((16_071, 16_256, 16_467, 16_800)),
    st.sampled_from((1, 31, 365)),
)
_dates = st.lists(_ranges, min_size=1, max_size=2).map(tuple)
_amounts = st.builds(
    lambda p, v, s, c: ((p, v - 0.5, v + 0.5, s, c),),
    st.sampled_from(Prefix),
    st.integers(1, 5),
    st.sampled_from((None, "http://u", "")),
    st.sampled_from((None, "mg")),
)
_encounter = st.lists(ids.map(lambda i: f"Encounter/{i}"), min_size=1, max_size=2).map(tuple)
_of_patient = st.lists(ids.map(lambda i: f"Patient/{i}"), min_size=1, max_size=2, unique=True).map(
    tuple
)

TOKENS = {"Patient": (), "Encounter": ("type",), "Condition": ("code",), "Observation": ("code",)}
DATES = {
    "Patient": ("birthdate",),
    "Encounter": ("date",),
    "Condition": ("onset-date", "recorded-date"),
    "Observation": ("date",),
}


def simple(type_: str) -> st.SearchStrategy[Criterion]:
    """Return criteria on `type_` that look at nothing else."""
    choices: list[st.SearchStrategy[Criterion]] = [
        st.builds(DateIs, st.sampled_from(DATES[type_]), _dates),
        st.builds(IdIs, st.lists(ids, max_size=2).map(tuple)),
        st.builds(Missing, st.sampled_from((*DATES[type_], *TOKENS[type_])), st.booleans()),
    ]
    if TOKENS[type_]:
        choices.append(st.builds(TokenIs, st.sampled_from(TOKENS[type_]), _tokens, st.booleans()))
    if type_ == "Patient":
        words = st.sampled_from(("ang", "ÅNG", "Bell", "l", "angus"))
        choices.append(
            st.builds(
                StringIs, st.just("family"), words.map(lambda w: (w,)), st.sampled_from(Match)
            )
        )
    if type_ == "Observation":
        choices.append(st.builds(QuantityIs, st.just("value-quantity"), _amounts))
    if type_ in {"Condition", "Observation"}:
        choices.append(st.builds(RefersTo, st.just("encounter"), _encounter, st.booleans()))
        choices.append(st.builds(Missing, st.just("encounter"), st.booleans()))
    return st.one_of(choices)


def criteria(type_: str) -> st.SearchStrategy[Criterion]:
    """Return any criteria on `type_`."""
    choices: list[st.SearchStrategy[Criterion]] = [
        simple(type_),
        st.builds(InRecordOf, _of_patient),
        st.builds(AnyOf, st.lists(simple(type_), max_size=3).map(tuple)),
    ]
    if type_ in {"Condition", "Observation"}:
        chained = simple("Encounter")
        choices.append(st.builds(Chain, st.just("encounter"), st.just(("Encounter",)), chained))
    for pointing in ("Condition", "Observation"):
        inner = simple(pointing) | st.builds(InRecordOf, _of_patient)
        if type_ == "Encounter":
            choices.append(st.builds(Has, st.just(pointing), st.just("encounter"), inner))
        if type_ == "Patient":
            choices.append(st.builds(Has, st.just(pointing), st.just("subject"), inner))
    return st.one_of(choices)


@st.composite
def queries(draw: st.DrawFn) -> Query:
    """Draw a search."""
    type_ = draw(st.sampled_from(TYPES))
    where = draw(st.lists(criteria(type_), max_size=2))
    params = ("_id", "_lastUpdated", *DATES[type_], *(("family",) if type_ == "Patient" else ()))
    sort = draw(st.lists(st.tuples(st.sampled_from(params), st.booleans()), max_size=2))
    includes = (
        Include("Condition", "encounter"),
        Include("Observation", "encounter", reverse=True),
        Include("Condition", "subject", reverse=True),
    )
    reverse_of = {"Encounter": includes[1:2], "Patient": includes[2:], "Condition": includes[:1]}
    return Query(
        type_,
        tuple(where),
        tuple(sort),
        count=draw(st.integers(1, 4)),
        includes=reverse_of.get(type_, ()) if draw(st.booleans()) else (),
    )


_bounds = st.none() | st.sampled_from((date(2014, 1, 1), date(2014, 12, 31), date(2016, 6, 1)))
_atoms = st.one_of(
    st.builds(DateWithin, _bounds, _bounds),
    st.builds(AuthorIs, st.sampled_from(AUTHORS)),
    st.builds(lambda t, i: EntryIs(f"{t}/{i}"), st.sampled_from(TYPES), ids),
)
_numbers = st.frozensets(st.integers(1, len(CLASSES)))
_clauses = st.builds(
    Clause,
    _numbers,
    st.lists(_atoms, max_size=1).map(tuple),
    st.lists(_atoms, max_size=1).map(tuple),
)
_all = frozenset(range(1, len(CLASSES) + 1))
residuals = st.one_of(
    st.just(Residual((Clause(_all),))),
    st.builds(
        lambda atom, hidden: Residual((Clause(_all, fails=(atom,)),), hidden), _atoms, _numbers
    ),
    st.builds(Residual, st.lists(_clauses, max_size=2).map(tuple), _numbers),
)
gates = st.builds(Gate, st.dictionaries(st.sampled_from(SUBJECTS), residuals), residuals)
scopes = st.none() | st.lists(st.sampled_from((*SUBJECTS, 4)), max_size=3, unique=True)
