"""Writes an extraction plan out as the source of a Python function, and compiles it.

The names in the generated code: ``T R S D N Q U X C I A`` append to the lists of tokens,
references, strings, dates, numbers, quantities, uris, texts, composites, identifiers and authors;
``v0 v1 ...`` are the values on the way down.
Nothing of a resource ever becomes code: names and texts come from the specification pack, and are
written with ``repr``.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from typing import Any

from throughcare.fhir import composites, extraction, quantities, ranges, references, spec
from throughcare.fhir.expressions import Equals, HasExtension, RefersToType
from throughcare.fhir.extraction import AUTHOR, COMBINED, Leaf, Node, Operation, Plan
from throughcare.fhir.terms import Index

_DATES = {
    "Condition": ("onset-date", "recorded-date"),
    "AllergyIntolerance": ("onset", "date"),
    "Encounter": ("date",),
    "Immunization": ("date",),
    "Claim": ("created",),
    "Goal": ("start-date", "target-date"),
    "DeviceUseStatement": (),
}
"""Parameters that the clinical date is taken from, first come first, where not by `_NEAREST`."""
_NEAREST = (
    "date",
    "authoredon",
    "authored",
    "authored-on",
    "performed",
    "occurrence",
    "effective",
    "effective-time",
    "whenhandedover",
    "whenprepared",
    "sent",
    "issued",
    "period",
    "recorded",
    "created",
    "collected",
    "event-date",
    "start",
)
"""The same for other types, in this order."""


def function(resource_type: str, plan: Plan) -> Callable[[Mapping[str, Any]], Index]:
    """Return the compiled function of a plan."""
    known = spec.parameters(resource_type).values()
    names: dict[str, Any] = _NAMES | {
        "shapes": composites.repeating(resource_type),
        "targets": {parameter.code: parameter.targets for parameter in known},
    }
    code = compile(source(resource_type, plan), f"<extract {resource_type}>", "exec")
    exec(code, names)  # noqa: S102 - made of the specification pack alone, see the module
    compiled: Callable[[Mapping[str, Any]], Index] = names["extract"]
    return compiled


def source(resource_type: str, plan: Plan) -> str:
    """Return the source of ``extract(v0) -> Index`` for a plan."""
    lines = [
        "def extract(v0):",
        "    t = []; r = []; s = []; d = []; n = []; q = []; u = []; w = []; c = []; i = []",
        "    T = t.append; R = r.append; S = s.append; D = d.append; X = w.append",
        "    N = n.append; Q = q.append; U = u.append; C = c.append; I = i.append",
        "    a = []; A = a.append",
        *("    " + line for line in _body(plan.root, 0)),
        "    return Index(once(t), once(r), once(s), once(d), once(n), once(q), once(u), once(w),",
        "        once(c), once(i),",
        f"        main_date(d, {_date_parameters(resource_type)!r}) if d else None,",
        "        min(a)[1] if a else '')",
    ]
    return "\n".join(lines)


def _date_parameters(resource_type: str) -> tuple[str, ...]:
    if resource_type in _DATES:
        return _DATES[resource_type]
    known = spec.parameters(resource_type)
    return tuple(code for code in _NEAREST if code in known and known[code].type == "date")


def _body(node: Node, depth: int) -> Iterator[str]:
    """Yield the lines for a node whose value is ``v{depth}``."""
    value = f"v{depth}"
    by_type = sorted(node.leaves, key=lambda leaf: (leaf.kind, leaf.type))
    for (kind, name), leaves in groupby(by_type, key=lambda leaf: (leaf.kind, leaf.type)):
        yield from _LEAVES[kind, name](value, list(leaves))
    for operation, child in node.next.items():
        yield from _operation(operation, child, depth)


def _operation(operation: Operation, child: Node, depth: int) -> Iterator[str]:
    value, below = f"v{depth}", f"v{depth + 1}"
    if isinstance(operation, RefersToType):
        head = [f"if refers({value}, {operation.type!r}, {'/' + operation.type + '/'!r}):"]
        inner = list(_body(child, depth))
    elif isinstance(operation, Equals):
        head = [f"if {value}.get({operation.name!r}) == {operation.value!r}:"]
        inner = list(_body(child, depth))
    elif isinstance(operation, HasExtension):
        head = [f"if any(e.get('url') == {operation.url!r} for e in {value}.get('extension', ())):"]
        inner = list(_body(child, depth))
    else:
        inner = list(_body(child, depth + 1))
        if operation.many:
            which = "" if operation.place is None else f"[{operation.place}:{operation.place + 1}]"
            head = [f"for {below} in {value}.get({operation.member!r}, ()){which}:"]
            if _is_primitive(child):
                inner = [f"if {below} is not None:", *("    " + line for line in inner)]
        else:
            head = [f"{below} = {value}.get({operation.member!r})", f"if {below} is not None:"]
    if inner:
        yield from head
        yield from ("    " + line for line in inner)


def _is_primitive(node: Node) -> bool:
    """Tell whether a node's values are primitives, whose lists may hold nulls."""
    return any(leaf.type[0].islower() for leaf in node.leaves)


def _concept(value: str, leaves: list[Leaf]) -> Iterator[str]:
    yield f"for x in {value}.get('coding', ()):"
    yield from ("    " + line for line in _coding("x", leaves))
    yield f"x = {value}.get('text')"
    yield "if x:"
    yield from (f"    X(({leaf.code!r}, x))" for leaf in leaves)


def _coding(value: str, leaves: list[Leaf]) -> Iterator[str]:
    yield f"y = {value}.get('system', ''); z = {value}.get('code', '')"
    yield "if y or z:"
    yield from (f"    T(({leaf.code!r}, y, z))" for leaf in leaves)
    yield f"y = {value}.get('display')"
    yield "if y:"
    yield from (f"    X(({leaf.code!r}, y))" for leaf in leaves)


def _identifier(value: str, leaves: list[Leaf]) -> Iterator[str]:
    yield f"x = {value}.get('system', ''); y = {value}.get('value', '')"
    yield "if x or y:"
    yield from (f"    T(({leaf.code!r}, x, y))" for leaf in leaves)
    yield f"x = {value}.get('type')"
    yield "if x is not None:"
    yield "    for z in x.get('coding', ()):"
    yield "        z = f\"{z.get('system', '')}|{z.get('code', '')}\""
    yield from (f"        T(({leaf.code + ':of-type'!r}, z, y))" for leaf in leaves)
    yield "    x = x.get('text')"
    yield "    if x:"
    yield from (f"        X(({leaf.code!r}, x))" for leaf in leaves)


def _quantity(name: str) -> Callable[[str, list[Leaf]], Iterator[str]]:
    def lines(value: str, leaves: list[Leaf]) -> Iterator[str]:
        yield f"for y, x in quantity_rows({value}, {name!r}):"
        yield from (f"    Q(({leaf.code!r} + y, *x))" for leaf in leaves)

    return lines


def _reference(value: str, leaves: list[Leaf]) -> Iterator[str]:
    yield f"x = reference_target({value}.get('reference'))"
    yield f"if x or is_masked({value}):"
    for leaf in leaves:
        yield f"    R(({leaf.code!r}, x))"
    yield f"y = {value}.get('identifier')"
    yield "if y is not None:"
    yield "    z = y.get('system', ''); y = y.get('value', '')"
    for leaf in leaves:
        yield f"    I(({leaf.code!r}, z, y, x))"


def _resource(value: str, leaves: list[Leaf]) -> Iterator[str]:
    """Yield the lines for a resource that stands inside another: of the right type alone."""
    yield f"x = {value}.get('id'); y = {value}['resourceType']"
    for leaf in leaves:
        yield f"if x is not None and y in targets[{leaf.code!r}]:"
        yield f"    R(({leaf.code!r}, f'{{y}}/{{x}}'))"


def _each(template: str) -> Callable[[str, list[Leaf]], Iterator[str]]:
    """Return lines of one statement a leaf: ``{p}`` is its parameter, ``{v}`` the value."""

    def lines(value: str, leaves: list[Leaf]) -> Iterator[str]:
        for leaf in leaves:
            yield template.format(p=repr(leaf.code), v=value)

    return lines


def _found(call: str, template: str) -> Callable[[str, list[Leaf]], Iterator[str]]:
    """Return lines that call once and use the answer ``x`` for each leaf, unless it is None."""

    def lines(value: str, leaves: list[Leaf]) -> Iterator[str]:
        yield f"x = {call}({value})"
        yield "if x is not None:"
        for leaf in leaves:
            yield "    " + template.format(p=repr(leaf.code))

    return lines


_DATE = "D(({p}, *x))"
_STRING = _each("S(({p}, {v}))")
_CODE = _each("T(({p}, '', {v}))")
_URL = _each("R(({p}, {v}))")
_LEAVES: dict[tuple[str, str], Callable[[str, list[Leaf]], Iterator[str]]] = {
    ("token", "CodeableConcept"): _concept,
    ("token", "Coding"): _coding,
    ("token", "Identifier"): _identifier,
    ("token", "ContactPoint"): _each("T(({p}, '', {v}.get('value', '')))"),
    ("token", "deceased"): _each("T(({p}, '', is_deceased({v})))"),
    ("token", "boolean"): _each("T(({p}, '', 'true' if {v} else 'false'))"),
    **{("token", name): _CODE for name in ("code", "id", "string", "uri")},
    ("reference", "Reference"): _reference,
    ("reference", "canonical"): _each("for x in canonical_targets({v}): R(({p}, x))"),
    ("reference", "uri"): _URL,
    ("reference", "Resource"): _resource,
    **{("string", name): _STRING for name in ("string", "markdown")},
    ("string", "HumanName"): _each("for x in name_parts({v}): S(({p}, x))"),
    ("string", "Address"): _each("for x in address_parts({v}): S(({p}, x))"),
    **{("date", name): _found("date_range", _DATE) for name in ("date", "dateTime", "instant")},
    ("date", "Period"): _found("period_range", _DATE),
    ("date", "Timing"): _found("timing_range", _DATE),
    **{
        ("number", name): _each("N(({p}, *number({v})))")
        for name in ("decimal", "integer", "positiveInt", "unsignedInt")
    },
    **{("quantity", name): _quantity(name) for name in extraction.TAKEN["quantity"]},
    (COMBINED, "Element"): _each("c.extend(combined({v}, v0, shapes[{p}]))"),
    **{
        ("uri", name): _each("U(({p}, {v}))") for name in ("uri", "url", "canonical", "oid", "uuid")
    },
    (AUTHOR, "Reference"): lambda value, leaves: (
        f"if x := reference_target({value}.get('reference')): A(({int(leaf.code)}, x))"
        for leaf in leaves
    ),
}


def _reference_target(text: str | None) -> str:
    """Return what a literal reference points to, without its version; "" for a contained one."""
    if not text or text[0] == "#":
        return ""
    return text if "/_history/" not in text else text.partition("/_history/")[0]


def _canonical_targets(url: str) -> tuple[str, ...]:
    """Return a canonical url as it stands, and without its version."""
    bare = url.partition("|")[0]
    return (url,) if bare == url else (url, bare)


def _is_deceased(person: Mapping[str, Any]) -> str:
    """Return ``true`` for a person who is stated to have died, by a date or without one."""
    return "true" if person.get("deceasedBoolean", "deceasedDateTime" in person) else "false"


def _name_parts(name: Mapping[str, Any]) -> list[str]:
    """Return the parts of a HumanName that string search looks at."""
    lists = [*name.get("given", ()), *name.get("prefix", ()), *name.get("suffix", ())]
    return [part for part in (name.get("text"), name.get("family"), *lists) if part]


def _address_parts(address: Mapping[str, Any]) -> list[str]:
    """Return the parts of an Address that string search looks at."""
    single = ("text", "city", "district", "state", "country", "postalCode")
    parts = [*(address.get(name) for name in single), *address.get("line", ())]
    return [part for part in parts if part]


def _once(rows: list[Any]) -> tuple[Any, ...]:
    """Return rows without repeats, in their order."""
    return tuple(rows) if len(rows) < 2 else tuple(dict.fromkeys(rows))  # noqa: PLR2004


def _main_date(
    rows: list[tuple[str, int, int]], parameters: tuple[str, ...]
) -> tuple[int, int] | None:
    """Return the first date of the first of `parameters` that has one."""
    for parameter in parameters:
        for code, low, high in rows:
            if code == parameter:
                return low, high
    return None


_NAMES: dict[str, Any] = {
    "Index": Index,
    "address_parts": _address_parts,
    "canonical_targets": _canonical_targets,
    "combined": composites.combined,
    "date_range": ranges.date_range,
    "is_deceased": _is_deceased,
    "is_masked": references.is_masked,
    "main_date": _main_date,
    "name_parts": _name_parts,
    "number": ranges.number,
    "once": _once,
    "period_range": ranges.period_range,
    "quantity_rows": quantities.rows,
    "reference_target": _reference_target,
    "refers": references.refers,
    "timing_range": ranges.timing_range,
}
