"""A small world for hypothesis: few types, ids, codes and dates, so that everything meets."""

import json
from datetime import date
from typing import Any

from hypothesis import strategies as st

from throughcare.fhir.terms import (
    AllOf,
    AnyOf,
    Chain,
    CompositeIs,
    Criterion,
    DateIs,
    Has,
    IdentifierIs,
    IdIs,
    Include,
    InRecordOf,
    Match,
    Missing,
    Not,
    Prefix,
    QuantityIs,
    Query,
    RefersTo,
    StringIs,
    TextIs,
    TokenIs,
    UriIs,
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


texts = st.none() | st.sampled_from(("Heart rate", "rate of breathing"))
codings = st.builds(
    lambda s, c, d: _without_none({"system": s, "code": c, "display": d}), systems, codes, texts
)
concepts = st.builds(
    lambda c, t: _without_none({"coding": c, "text": t}),
    st.lists(codings, min_size=1, max_size=2),
    texts,
)
addresses = ("http://a/b/c", "http://a/b", "http://a/b/", "http://a/bc", "urn:x")
metas = st.none() | st.builds(lambda u: {"profile": [u]}, st.sampled_from(addresses))
maybe_days = st.none() | days
forms = st.sampled_from(("Encounter/{}", "http://node/fhir/Encounter/{}", ""))
numbers = st.none() | st.builds(lambda v: {"system": "http://n", "value": v}, codes)
references = st.none() | st.builds(
    lambda i, form, n: _without_none({"reference": form.format(i) or None, "identifier": n}),
    ids,
    forms | st.just("Encounter/{}"),
    numbers,
)
patients = st.none() | st.builds(lambda i: {"reference": f"Patient/{i}"}, ids)
authors = st.none() | st.builds(lambda a: {"reference": a}, st.sampled_from(AUTHORS))
families = st.lists(st.sampled_from(("Ångström", "angus", "Bell")), max_size=2, unique=True)
quantities = st.none() | st.builds(
    lambda v, u: _without_none({"value": v, "unit": u, "code": u, "system": "http://u"}),
    st.integers(1, 5),
    st.sampled_from(("mg", "g")),
)
components = st.lists(
    st.builds(lambda c, q: _without_none({"code": c, "valueQuantity": q}), concepts, quantities)
    | st.builds(lambda c, v: {"code": c, "valueCodeableConcept": v}, concepts, concepts),
    max_size=2,
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
        "component": components,
        "meta": metas,
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
_encounter = st.lists(st.builds(str.format, forms.filter(bool), ids), min_size=1, max_size=2).map(
    tuple
)
_identifiers = st.lists(
    st.tuples(st.sampled_from(("http://n", "", None)), st.sampled_from(("x", "y", None))).filter(
        any
    ),
    min_size=1,
    max_size=2,
).map(tuple)
_of_patient = st.lists(ids.map(lambda i: f"Patient/{i}"), min_size=1, max_size=2, unique=True).map(
    tuple
)

_one = st.builds(
    lambda s, c: TokenIs("code", ((s, c),)), st.sampled_from(("http://one", "", None)), codes
)
_amount = st.builds(QuantityIs, st.just("value-quantity"), _amounts)
_combined = (
    st.just("component-code-value-quantity"),
    st.just("component-code-value-concept"),
)

TOKENS = {"Patient": (), "Encounter": ("type",), "Condition": ("code",), "Observation": ("code",)}
SORTED = {
    "Patient": ("family",),
    "Encounter": ("subject",),
    "Condition": ("encounter",),
    "Observation": ("encounter", "_profile", "value-quantity"),
}
"""Parameters of other types that a search is sorted by."""
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
        choices.append(st.builds(CompositeIs, _combined[0], _one, st.tuples(_amount)))
        choices.append(st.builds(CompositeIs, _combined[1], _one, st.tuples(_one)))
        choices.append(st.builds(Missing, _combined[0], st.booleans()))
        choices.append(
            st.builds(
                UriIs, st.just("_profile"), st.tuples(st.sampled_from(addresses)), st.booleans()
            )
        )
    if type_ in {"Condition", "Observation"}:
        words = st.sampled_from(("rate", "HEART", "eart", "of br"))
        choices.append(st.builds(TextIs, st.just("code"), st.tuples(words)))
    if type_ in {"Condition", "Observation"}:
        choices.append(st.builds(RefersTo, st.just("encounter"), _encounter, st.booleans()))
        choices.append(st.builds(Missing, st.just("encounter"), st.booleans()))
        choices.append(st.builds(IdentifierIs, st.just("encounter"), _identifiers))
    return st.one_of(choices)


def criteria(type_: str) -> st.SearchStrategy[Criterion]:
    """Return any criteria on `type_`."""
    choices: list[st.SearchStrategy[Criterion]] = [
        simple(type_),
        st.builds(InRecordOf, _of_patient),
        st.builds(AnyOf, st.lists(simple(type_), max_size=3).map(tuple)),
        st.builds(AllOf, st.lists(simple(type_), max_size=3).map(tuple)),
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
    plain = st.one_of(choices)
    joined = st.lists(plain, min_size=1, max_size=2).map(tuple)
    return plain | st.builds(Not, plain) | st.builds(AnyOf, joined) | st.builds(AllOf, joined)


@st.composite
def queries(draw: st.DrawFn) -> Query:
    """Draw a search of one type or of several."""
    if draw(st.integers(0, 4)):
        return draw(_of_one())
    types = draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=3, unique=True))
    keys = st.tuples(st.sampled_from(("_id", "_lastUpdated", "_profile")), st.booleans())
    sort = tuple(draw(st.lists(keys, max_size=2)))
    branches = tuple(
        Query(type_, tuple(draw(st.lists(criteria(type_), max_size=1))), sort) for type_ in types
    )
    return Query("", sort=sort, count=draw(st.integers(1, 4)), branches=branches)


@st.composite
def _of_one(draw: st.DrawFn) -> Query:
    """Draw a search of one type."""
    type_ = draw(st.sampled_from(TYPES))
    where = draw(st.lists(criteria(type_), max_size=2))
    params = ("_id", "_lastUpdated", *DATES[type_], *TOKENS[type_], *SORTED[type_])
    sort = draw(st.lists(st.tuples(st.sampled_from(params), st.booleans()), max_size=2))
    iterate = draw(st.booleans())
    includes = (
        Include("Condition", "encounter", iterate=iterate),
        Include("Observation", "encounter", reverse=True, iterate=iterate),
        Include("Condition", "subject", reverse=True, iterate=iterate),
        Include("Encounter", "subject", iterate=True),
    )
    reverse_of = {"Encounter": includes[1:2], "Patient": includes[2:3], "Condition": includes}
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
