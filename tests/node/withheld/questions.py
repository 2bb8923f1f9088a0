"""Random questions of every kind, about what is stored, what is withheld and what is unknown."""

from collections.abc import Callable, Iterator, Mapping
from random import Random  # noqa: TID251 - seeded, so that a case can be had again

from node.withheld import writes
from node.withheld.asking import PERSONAL, TYPES, Asking, Question
from node.withheld.making import CODES, LOINC
from node.withheld.world import World


def _led(asking: Asking) -> Question:
    """Ask for exactly what leads to something that is withheld."""
    lead = asking.lead()
    target = asking.random.choice((lead.target, lead.to, asking.form(lead.to)))
    type_, id_ = lead.to.split("/")
    param = lead.param
    asked = [
        f"{lead.type}?{param}={target}",
        f"{lead.type}?{param}={id_}&_summary=count",
        f"{lead.type}?{param}={asking.name(type_)},{target}",
        f"{lead.type}?_filter={param} eq {target}",
        f"{lead.type}?_filter=not ({param} eq {target})&_summary=count",
        f"{lead.type}?{param}:missing={asking.random.choice(('true', 'false'))}",
        f"{lead.type}?{param}:identifier=urn:local|{lead.number or 'N1'}",
        f"{lead.type}?{param}:identifier={lead.number or 'N2'}&_sort=-{param}",
        f"{lead.type}?_sort={param},_id&_count=2",
        f"{lead.type}?_sort=-{param}&_count=2",
        f"{lead.type}?{param}:{type_}._id={id_}",
        f"{lead.type}?{param}:{type_}._lastUpdated=gt2000",
        f"{type_}?_has:{lead.type}:{param}:_lastUpdated=gt2000",
        f"Patient?_has:{lead.type}:subject:{param}={target}",
        f"{lead.type}?_include={lead.type}:{param}&_id={id_}",
        f"{type_}?_id={id_}&_revinclude={lead.type}:{param}",
        f"{lead.to}/{lead.type}",
    ]
    return Question(asking.random.choice(asked))


def _named(asking: Asking) -> Question:
    """Ask for texts and addresses that name something that is withheld."""
    hidden = sorted(asking.hidden) or ["Condition/unknown"]
    name = asking.random.choice(hidden)
    asked = (
        f"CarePlan?instantiates-uri=https://node.example/fhir/{name}",
        "CarePlan?instantiates-uri:below=https://node.example/fhir",
        "CarePlan?instantiates-uri:missing=false",
        "CarePlan?_sort=-instantiates-uri&_count=2",
        f"DocumentReference?location={name}",
        "DocumentReference?location:missing=false",
        "DocumentReference?_sort=location",
        "Condition?code:text=see",
        "Condition?_sort=recorder,asserter&_count=2",
        "AllergyIntolerance?recorder:missing=true",
        "AllergyIntolerance?_sort=-recorder",
        f"AllergyIntolerance?recorder={asking.name('Practitioner')}",
        "Condition?_has:List:item:title=problems",
        f"Condition?subject={asking.random.choice(hidden)}",
        f"Observation?patient={asking.random.choice(hidden).partition('/')[2]}",
    )
    return Question(asking.random.choice(asked))


def _plain(asking: Asking) -> Question:
    return Question(asking.joined(asking.type(), asking.shape()))


def _chain(asking: Asking) -> Question:
    type_ = asking.random.choice(("Condition", "Observation", "CarePlan", "MedicationRequest"))
    param, target = asking.random.choice(
        (("encounter", "Encounter"), ("subject:Patient", "Patient"), ("patient", "Patient"))
    )
    return Question(f"{type_}?{param}.{asking.criterion(target)}&{asking.shape()}")


def _has(asking: Asking) -> Question:
    type_, pointing, param = asking.random.choice(
        (
            ("Patient", "Condition", "patient"),
            ("Patient", "Group", "member"),
            ("Encounter", "Condition", "encounter"),
            ("Condition", "CarePlan", "condition"),
            ("Observation", "Observation", "has-member"),
            ("Condition", "List", "item"),
            ("Practitioner", "Composition", "author"),
        )
    )
    return Question(f"{type_}?_has:{pointing}:{param}:{asking.criterion(pointing)}")


def _filter(asking: Asking) -> Question:
    code = asking.random.choice(CODES)
    expressions = (
        f"code eq {code} or recorded-date gt 2020",
        f"not (code eq {code})",
        f"encounter eq {asking.form(asking.name('Encounter'))}",
        f"not (encounter re {asking.name('Encounter')})",
        "encounter pr true",
        "evidence-detail pr false",
        f"encounter[status eq finished].reason-reference eq {asking.name('Condition')}",
    )
    return Question(f"Condition?_filter={asking.random.choice(expressions)}")


def _sort(asking: Asking) -> Question:
    type_ = asking.type()
    keys = [
        asking.random.choice(("", "-"))
        + asking.parameter(type_, "token", "reference", "uri", "date")
        for _ in range(asking.random.randint(1, 2))
    ]
    return Question(asking.joined(type_, f"_sort={','.join(keys)}", "_count=3"))


def _composite(asking: Asking) -> Question:
    asked = (
        "Observation?component-code-value-quantity=8480-6$gt100",
        f"Observation?combo-code-value-quantity={LOINC}|8480-6$lt150",
        "Observation?code-value-quantity=85354-9$gt80&_summary=count",
        "Observation?component-code-value-quantity:missing=false",
        f"DocumentReference?relationship={asking.form(asking.name('DocumentReference'))}$replaces",
        "DocumentReference?relationship:missing=false",
    )
    return Question(asking.random.choice(asked))


def _missing(asking: Asking) -> Question:
    type_ = asking.type()
    param = asking.parameter(type_, *asking.random.choice((("reference",), ())))
    whether = asking.random.choice(("true", "false"))
    return Question(f"{type_}?{param}:missing={whether}&{asking.shape()}")


def _identifier(asking: Asking) -> Question:
    type_ = asking.type()
    number = asking.random.choice(("urn:local|N1", "N2", "urn:local|", "|N1"))
    return Question(f"{type_}?{asking.parameter(type_, 'reference')}:identifier={number}")


def _include(asking: Asking) -> Question:
    type_ = asking.type()
    param = asking.random.choice(("*", f"{type_}:{asking.parameter(type_, 'reference')}"))
    again = asking.random.choice(("", "&_include:iterate=*"))
    return Question(asking.joined(type_, f"_include={param}{again}", asking.shape()))


def _revinclude(asking: Asking) -> Question:
    type_, other = asking.random.choice(("Patient", "Condition", "Encounter")), asking.type()
    param = asking.random.choice(("*", f"{other}:{asking.parameter(other, 'reference')}"))
    again = asking.random.choice(("", ":iterate"))
    return Question(asking.joined(type_, f"_revinclude{again}={param}", asking.shape()))


def _count(asking: Asking) -> Question:
    how = asking.random.choice(("_summary=count", "_count=0", "_total=accurate&_count=1"))
    return Question(asking.joined(asking.type(), how))


def _elements(asking: Asking) -> Question:
    how = ("_elements=subject,code", "_summary=true", "_summary=text", "_summary=data")
    return Question(asking.joined(asking.type(), asking.random.choice(how)))


def _several(asking: Asking) -> Question:
    types = ",".join(asking.random.sample(TYPES, 3))
    return Question(f"?_type={types}&_sort=-_lastUpdated&_count=4")


def _read(asking: Asking) -> Question:
    name = asking.name()
    return Question(
        asking.random.choice(
            (name, f"{name}/_history/1", f"{name}/_history", f"{name}?_summary=text")
        )
    )


def _bytes(asking: Asking) -> Question:
    """Ask for a file as its bytes, and for versions of it."""
    name = asking.name("Binary")
    path = asking.random.choice((name, name, f"{name}/_history/1", f"{name}/_history"))
    return Question(path, headers={"accept": asking.random.choice(("*/*", "text/plain"))})


def _history(asking: Asking) -> Question:
    type_ = asking.type()
    paths = (
        "_history?_count=5",
        f"{type_}/_history?_count=2",
        f"{type_}/_history?_since=2020-01-01",
    )
    return Question(asking.random.choice(paths))


def _compartment(asking: Asking) -> Question:
    whose = asking.random.choice(("Patient", "Encounter", "Practitioner"))
    type_ = asking.random.choice(("*", asking.random.choice(PERSONAL)))
    return Question(f"{asking.name(whose)}/{type_}")


def _everything(asking: Asking) -> Question:
    how = asking.random.choice(("", "?_count=3", "?_type=Condition,CarePlan", "?start=2019-01-01"))
    return Question(f"{asking.name('Patient')}/$everything{how}")


def _summary(asking: Asking) -> Question:
    return Question(f"{asking.name('Patient')}/$summary")


def _explain(asking: Asking) -> Question:
    return Question(f"{asking.name('Patient')}/$explain-access")


def _lastn(asking: Asking) -> Question:
    patient = asking.name("Patient")
    return Question(f"Observation/$lastn?patient={patient}&category=vital-signs&max=2")


def _match(asking: Asking) -> Question:
    names = [n for n in asking.world.entries if n.startswith("Patient/")]
    known = asking.world.told(asking.random.choice(names), frozenset())
    described = {k: known[k] for k in ("resourceType", "name", "birthDate", "gender")}
    body = {
        "resourceType": "Parameters",
        "parameter": [{"name": "resource", "resource": described}],
    }
    return Question("Patient/$match", "POST", body)


def _lists(asking: Asking) -> Question:
    type_, list_ = asking.random.choice(("Condition", "Observation")), asking.name("List")
    return Question(
        asking.random.choice(
            (f"{type_}?_list={list_.partition('/')[2]}", f"List?item={asking.form(asking.name())}")
        )
    )


def _posted(asking: Asking) -> Question:
    """Ask by a Bundle: reads and searches inside a batch."""
    paths = [_plain(asking).path, asking.name(), _missing(asking).path]
    entries = [{"request": {"method": "GET", "url": path}} for path in paths]
    return Question("", "POST", {"resourceType": "Bundle", "type": "batch", "entry": entries})


def _validate(asking: Asking) -> Question:
    return Question(f"{asking.name()}/$validate")


def _held_against(asking: Asking) -> Question:
    """Read against what a cache has: by version, by time, without a body, in XML."""
    name = asking.name()
    headers = (
        {"if-none-match": f'W/"{asking.random.randint(1, 2)}"'},
        {"if-none-match": "*"},
        {"if-modified-since": "Tue, 24 Nov 2026 12:00:00 GMT"},
        {"if-modified-since": "Mon, 23 Nov 2026 12:00:00 GMT"},
        {"accept": "application/fhir+xml"},
    )
    method = asking.random.choice(("GET", "GET", "GET", "HEAD"))
    return Question(name, method, headers=asking.random.choice(headers))


def _oddly(asking: Asking) -> Question:
    """Ask in ways that the node does not know, or takes with care."""
    type_, name = asking.type(), asking.name()
    paths = (
        f"{type_}?_text=illness",
        f"{type_}?_content=clinic&_summary=count",
        f"{type_}?nonsense={name}",
        f"{type_}?_id={name.partition('/')[2]}&_include=nonsense",
        f"{name}/$graphql?query={{id}}",
        f"$graphql?query={{{type_}List{{id}}}}",
        f"{name}/$diff",
        f"{name}/$meta",
        f"{name}?_summary=true",
        f"{name}?_elements=subject",
        f"{type_}?_query=all",
        f"{type_}?_sort=nonsense&_total=accurate",
    )
    handling = asking.random.choice(("strict", "lenient"))
    return Question(asking.random.choice(paths), headers={"prefer": f"handling={handling}"})


KINDS: Mapping[str, Callable[[Asking], Question]] = {
    "what leads to it": _led,
    "what names it": _named,
    "plain": _plain,
    "chain": _chain,
    "_has": _has,
    "_filter": _filter,
    "_sort": _sort,
    "composite": _composite,
    ":missing": _missing,
    ":identifier": _identifier,
    "_include": _include,
    "_revinclude": _revinclude,
    "_summary=count": _count,
    "_elements": _elements,
    "several types": _several,
    "read": _read,
    "Binary": _bytes,
    "history": _history,
    "compartment": _compartment,
    "$everything": _everything,
    "$summary": _summary,
    "$explain-access": _explain,
    "$lastn": _lastn,
    "$match": _match,
    "List": _lists,
    "batch": _posted,
    "$validate": _validate,
    "If-None-Match": _held_against,
    "what is not known": _oddly,
    "conditional create": writes.create_if,
    "change": writes.change_if,
    "conditional change": writes.change_matching,
}
"""By what reliability.md calls it. `:not`, `:iterate`, `_total`, Group, Composition, Provenance and
AuditEvent are among the criteria and types of the others."""
POINTED = ("what leads to it", "what names it")
WRITES = ("conditional create", "change", "conditional change")


def asked(
    random: Random, world: World, hidden: frozenset[str], count: int
) -> Iterator[tuple[str, Question]]:
    """Yield `count` questions, then a write; a third go after what is withheld.

    The others are of each kind as often as of any other. One write alone: what is written may take
    on a label of something withheld, and its author may not read it back (consent.md, writes).
    """
    others = [kind for kind in KINDS if kind not in {*POINTED, *WRITES}]
    random.shuffle(others)
    places = range(0, len(others), 4)
    kinds = [kind for place in places for kind in (*others[place : place + 4], *POINTED)]
    asking = Asking(random, world, hidden)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        yield kind, KINDS[kind](asking)
    kind = random.choice(WRITES)
    yield kind, KINDS[kind](asking)
