"""Search parameters of one resource type as a plan: which members to visit, what to take there.

The paths of all parameters are merged into one tree, so that a prefix they share is walked once.
Choice types, cardinality and content references are resolved here, against the structure
definitions; what is left for run time is membership and two or three tests.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from throughcare.fhir import composites, expressions, spec
from throughcare.fhir.expressions import As, At, Deceased, Equals, Field, HasExtension, RefersToType

AUTHOR = "author"
"""Kind of the leaves that `terms.Index.author` is chosen from."""
COMBINED = "composite"
"""Kind of the leaves whose elements composite parameters look at."""

_COLUMNS = frozenset({"_id", "_lastUpdated"})
"""Parameters that are columns of the store, known only when an entry is written."""

_AUTHORS = (
    "author",
    "recorder",
    "asserter",
    "performer",
    "requester",
    "assessor",
    "informationSource",
    "sender",
    "participant.individual",
    "source",
    "provider",
    "enterer",
    "agent.who",
)
"""Where the author of a resource stands, best first."""


@dataclass(frozen=True, slots=True)
class Get:
    """Visit a member; each of its values if it is a list, or the one at `place`."""

    member: str
    many: bool = False
    place: int | None = None


Operation = Get | RefersToType | Equals | HasExtension


@dataclass(frozen=True, slots=True)
class Leaf:
    """Take the value here, of FHIR type `type`, for the parameter `code` of kind `kind`."""

    code: str
    kind: str
    type: str


@dataclass(slots=True)
class Node:
    """A place in the resource: what to take there, and where to go on."""

    leaves: list[Leaf] = field(default_factory=list)
    next: dict[Operation, "Node"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Position:
    structure: str
    path: str
    type: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The merged tree of a type."""

    root: Node
    unsupported: tuple[str, ...]
    """``code: why`` of each parameter, or part of one, that is left out."""


TAKEN = {
    "token": frozenset(
        [
            "CodeableConcept",
            "Coding",
            "Identifier",
            "ContactPoint",
            "boolean",
            "code",
            "id",
            "string",
            "uri",
        ]
    ),
    "reference": frozenset(["Reference", "canonical", "uri", "Resource"]),
    "string": frozenset(["string", "markdown", "HumanName", "Address"]),
    "date": frozenset(["date", "dateTime", "instant", "Period", "Timing"]),
    "number": frozenset(["decimal", "integer", "positiveInt", "unsignedInt"]),
    "quantity": frozenset(
        ["Quantity", "Age", "Duration", "Count", "Money", "Range", "SimpleQuantity", "SampledData"]
    ),
    "uri": frozenset(["uri", "url", "canonical", "oid", "uuid"]),
    AUTHOR: frozenset({"Reference"}),
}
"""Parameter kind -> FHIR types whose values it takes."""


def plan(resource_type: str) -> Plan:
    """Return the extraction plan of a resource type."""
    root = Node()
    unsupported: list[str] = []
    for parameter in spec.parameters(resource_type).values():
        if parameter.code in _COLUMNS or parameter.type == COMBINED:
            continue
        if parameter.type not in TAKEN:
            unsupported.append(f"{parameter.code}: {parameter.type} parameter")
            continue
        unsupported += _add(root, resource_type, parameter)
    for shape in composites.repeating(resource_type).values():
        steps = tuple(map(Field, shape.element.split(".")))
        for node, _ in _walk(root, _Position(resource_type, "", ""), steps):
            node.leaves.append(Leaf(shape.code, COMBINED, "Element"))
    for place, path in enumerate(_AUTHORS):
        _add_author(root, resource_type, path, place)
    return Plan(root, tuple(unsupported))


def _add(root: Node, resource_type: str, parameter: spec.Parameter) -> Iterator[str]:
    """Add the paths of a parameter; yield what is not supported."""
    try:
        paths = [_rooted(path, resource_type) for path in expressions.paths(parameter.expression)]
    except expressions.UnsupportedError:
        yield f"{parameter.code}: no usable expression"
        return
    roots = {resource_type, "DomainResource", "Resource"}
    own = [path for path in paths if isinstance(path[0], Field) and path[0].name in roots]
    if not own:
        yield f"{parameter.code}: no expression for {resource_type}"
    for path in own:
        for node, kind in _walk(root, _Position(resource_type, "", ""), path[1:]):
            if kind in TAKEN[parameter.type] or kind == "deceased":
                leaf = Leaf(parameter.code, parameter.type, kind)
                if leaf not in node.leaves:
                    node.leaves.append(leaf)
            elif not _is_open(path):
                yield f"{parameter.code}: {parameter.type} of {kind}"


def _rooted(path: expressions.Path, resource_type: str) -> expressions.Path:
    """Return a path that begins at the type; one parameter of R4 names its members alone."""
    first = path[0]
    if isinstance(first, Field) and first.name[0].islower():
        return Field(resource_type), *path
    return path


def _is_open(path: expressions.Path) -> bool:
    """Tell whether a path ends in a choice that the parameter's kind has to narrow by itself."""
    return isinstance(path[-1], Field) and not any(isinstance(step, As) for step in path)


def _add_author(root: Node, resource_type: str, path: str, place: int) -> None:
    """Add a place of the author, if the type has it; a performer may stand one level down."""
    elements = spec.structure(resource_type).elements
    if path not in elements:
        return
    steps = tuple(Field(name) for name in path.split("."))
    if "Reference" not in elements[path].types:
        if f"{path}.actor" not in elements:
            return
        steps = (*steps, Field("actor"))
    for node, kind in _walk(root, _Position(resource_type, "", ""), steps):
        if kind == "Reference":
            node.leaves.append(Leaf(str(place), AUTHOR, kind))


def _walk(
    node: Node, position: _Position, steps: tuple[expressions.Step, ...]
) -> Iterator[tuple[Node, str]]:
    """Make the nodes of a path; yield each end with the type of the values there."""
    if not steps:
        yield node, position.type
        return
    step, rest = steps[0], steps[1:]
    if isinstance(step, Field):
        yield from _walk_field(node, position, step, rest)
    elif isinstance(step, Deceased):
        yield node, "deceased"
    elif isinstance(step, As):
        if step.type == position.type:
            yield from _walk(node, position, rest)
    elif isinstance(step, At):
        message = "a place in what is no list"
        raise expressions.UnsupportedError(message)
    else:
        yield from _walk(node.next.setdefault(step, Node()), position, rest)


def _walk_field(
    node: Node, position: _Position, step: Field, rest: tuple[expressions.Step, ...]
) -> Iterator[tuple[Node, str]]:
    element, owner = _element(position, step.name)
    if element is None:
        return
    place = None
    if rest and isinstance(rest[0], At):
        place, rest = rest[0].place, rest[1:]
    for member, kind in element.members():
        if element.is_choice and rest and isinstance(rest[0], As) and rest[0].type != kind:
            continue
        operation = Get(member, element.max != 1, place)
        child = node.next.setdefault(operation, Node())
        there = _Position(owner, element.path, kind)
        if element.content:
            content_type, _, content_path = element.content.partition(".")
            there = _Position(content_type, content_path, "BackboneElement")
        yield from _walk(child, there, rest)


def _element(position: _Position, name: str) -> tuple[spec.Element | None, str]:
    """Return the element `name` below a position, and the structure that holds it."""
    owner, path = position.structure, position.path
    if position.type not in {"", "BackboneElement", "Element"}:
        if not spec.is_complex(position.type):
            return None, owner
        owner, path = position.type, ""
    elements = spec.structure(owner).elements
    below = f"{path}.{name}" if path else name
    return elements.get(below) or elements.get(f"{below}[x]"), owner
