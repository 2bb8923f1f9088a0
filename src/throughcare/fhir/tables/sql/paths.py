"""Paths of FHIRPath compiled to SQL: the part of the language that views are mostly made of."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import count
from typing import Any, Final, NoReturn

from throughcare.fhir.path import kinds, types
from throughcare.fhir.path.kinds import ANY, Form, Kind
from throughcare.fhir.path.part import Kinds
from throughcare.fhir.path.syntax import (
    Binary,
    Call,
    Index,
    Literal,
    Member,
    Sign,
    Tree,
    Typed,
    Variable,
    parsed,
)
from throughcare.fhir.tables.definition import ROW_INDEX
from throughcare.fhir.tables.sql.pieces import (
    MARK,
    MOST_DIGITS,
    NOTHING,
    PLACES,
    Focus,
    NotInSqlError,
    Piece,
    are_comparable,
    comparable,
    flattened,
    of_kinds,
    quoted,
    texts_of,
    truth_of,
    truth_piece,
)

LONGEST, LONGEST_TOGETHER = 200_000, 2_000_000
"""Characters of SQL that one path, and all of a view, may become."""
_ORDERS: Final = frozenset({"<", ">", "<=", ">="})
_KEY: Final = "'([^/]*)/([^/]+)$'"
"""Type and id at the end of a literal reference."""

Constants = Mapping[str, tuple[Any, Kind]]
"""Value and type of each, by its name."""


class Paths:
    """Compiles the paths of one view."""

    def __init__(self, root: Focus, constants: Constants) -> None:
        """Compile paths that may name `constants` and, as ``%resource``, what is at the root."""
        self._root = root
        self._constants = constants
        self._numbers = count()
        self._place = ""
        self._written = 0

    def variable(self) -> str:
        """Return a name that no other lambda of the view has."""
        return f"v{next(self._numbers)}"

    def piece(self, expression: str, focus: Focus, place: str) -> Piece:
        """Return a path that was found right, compiled. Raises NotInSqlError for another."""
        self._place = place
        made = self._piece(parsed(expression), focus)
        self._written += len(made.sql)
        if self._written > LONGEST_TOGETHER:
            self._refuse("view of so many steps")
        return made

    def _refuse(self, what: str) -> NoReturn:
        message = (
            f"The SQL way has no {what}, asked for at {self._place}. "
            "Run the view in Python, which has it: leave out _engine."
        )
        raise NotInSqlError(message, place=self._place)

    def _piece(self, tree: Tree, focus: Focus) -> Piece:
        """Return a part of a path.

        SQL says a part several times over, so that one inside another would grow by the power of
        their number: each is bounded.
        """
        made = self._formed(tree, focus)
        if len(made.sql) + len(made.truth) > LONGEST:
            self._refuse("path of so many steps")
        return made

    def _formed(self, tree: Tree, focus: Focus) -> Piece:  # noqa: C901, PLR0911 - one a form
        match tree:
            case Literal():
                return self._literal(tree)
            case Variable():
                return self._variable(tree, focus)
            case Member():
                return self._member(tree, focus)
            case Call():
                return self._call(tree, focus)
            case Index(left=of, index=Literal(kind="number", text=text)) if "." not in text:
                source = self._piece(of, focus)
                at = int(text) + 1
                return Piece(f"({source.sql})[{at}:{at}]", source.kinds, source.system)
            case Sign(sign="-", right=Literal(kind="number", text=text)):
                return self._literal(Literal(tree.place, "number", f"-{text}"))
            case Binary(sign="and" | "or" as sign):
                left, right = (self._truth(each, focus) for each in (tree.left, tree.right))
                return truth_piece(f"({left} {sign.upper()} {right})")
            case Binary(sign="=" | "!=" | "<" | ">" | "<=" | ">=" as sign):
                return self._compared(tree.left, sign, tree.right, focus)
            case Typed(sign=sign):
                self._refuse(f"{sign}, only ofType()")
            case Binary(sign=sign):
                self._refuse(f"operator {sign}")
        return self._refuse("index or sign of that kind")

    def _truth(self, tree: Tree, focus: Focus) -> str:
        return truth_of(self._piece(tree, focus))

    def _literal(self, tree: Literal) -> Piece:
        match tree.kind:
            case "nothing":
                return Piece(NOTHING)
            case "boolean":
                return truth_piece(tree.text)
            case "text":
                return self._constant(tree.text, "String")
            case "number":
                is_whole = "." not in tree.text
                value = int(tree.text) if is_whole else Decimal(tree.text)
                return self._constant(value, "Integer" if is_whole else "Decimal")
        return self._refuse("dates, times or quantities in a path")

    def _constant(self, value: Any, system: str, found: Kinds = None) -> Piece:  # noqa: ANN401
        """Return one value that stands in the view itself."""
        if isinstance(value, bool):
            return truth_piece("true" if value else "false")
        if isinstance(value, str) and "\0" not in value and not value.startswith(MARK):
            return Piece(f"[to_json({quoted(value)})]", found, system)
        if not is_bounded(value):
            self._refuse("text or number of that kind")
        if isinstance(value, int):
            return Piece(f"['{value}'::JSON]", found, system)
        return Piece(f"[to_json(chr({ord(MARK)}) || '{value}')]", found, system)

    def _variable(self, tree: Variable, focus: Focus) -> Piece:
        name = tree.name
        if name == "$this":
            return self._focused(focus)
        if name in {"%resource", "%rootResource", "%context"}:
            return self._focused(self._root)
        if name == f"%{ROW_INDEX}":
            return Piece(f"[to_json({focus.row})]", system="Integer")
        if name[1:] in self._constants:
            value, kind = self._constants[name[1:]]
            if not kind.system or isinstance(value, float):
                self._refuse("constant of that kind")
            return self._constant(value, kind.system, frozenset({kind}))
        return self._refuse(f"variable {name[:40]}")

    def _focused(self, focus: Focus) -> Piece:
        name = self.variable()
        sql = f"list_filter([{focus.item}], lambda {name}: {name} IS NOT NULL)"
        return Piece(sql) if focus.kinds is None else of_kinds(sql, focus.kinds)

    def _member(self, tree: Member, focus: Focus) -> Piece:
        if tree.left is None:
            if focus.kinds and any(kind.is_a(tree.name) for kind in focus.kinds):
                return self._focused(focus)
            return self._step(focus.kinds, tree.name, focus.item, None)
        left = self._piece(tree.left, focus)
        return self._step(left.kinds, tree.name, self.variable(), left)

    def _step(self, found: Kinds, name: str, item: str, left: Piece | None) -> Piece:
        """Return the members of one `item`, or of each of the items `left`, which it stands for."""
        if found is None or len(found) != 1:
            self._refuse(f"step to {name[:40]} from what has no one type (choose by ofType())")
        (kind,) = found
        if kind.is_primitive:
            self._refuse("extensions of primitive values")
        step = kind.steps.get(name)
        if kind is ANY or step is None:
            self._refuse(f"step to {name[:40]}")
        if any(form.kind.is_abstract or form.kind is ANY for form in step.forms):
            self._refuse("resources within resources")

        def reach(forms: tuple[Form, ...]) -> str:
            one = self._reached(item, forms, many=step.many)
            return (
                one
                if left is None
                else f"flatten(list_transform({left.sql}, lambda {item}: {one}))"
            )

        made = of_kinds(reach(step.forms), frozenset(form.kind for form in step.forms))
        if len(step.forms) == 1:
            return made
        return Piece(made.sql, made.kinds, made.system, forms=step.forms, reach=reach)

    def _reached(self, item: str, forms: tuple[Form, ...], *, many: bool) -> str:
        if not forms:
            return NOTHING
        if many:
            (form,) = forms
            return f"""coalesce(json_extract({item}, '$."{form.key}"[*]'), {NOTHING})"""
        name = self.variable()
        values = ", ".join(f"""json_extract({item}, '$."{form.key}"')""" for form in forms)
        return f"list_filter([coalesce({values})], lambda {name}: {name} IS NOT NULL)"

    def _compared(self, left: Tree, sign: str, right: Tree, focus: Focus) -> Piece:
        one, other = self._piece(left, focus), self._piece(right, focus)
        if NOTHING in {one.sql, other.sql}:
            return truth_piece("NULL::BOOLEAN")
        if not are_comparable(one, other, by_order=sign in _ORDERS):
            self._refuse(f"{sign} between what are not both texts, or both numbers")
        first, second = comparable(one, self.variable()), comparable(other, self.variable())
        is_nothing = f"len({one.sql}) = 0 OR len({other.sql}) = 0"
        if sign in _ORDERS:
            several = f"WHEN len({one.sql}) > 1 OR len({other.sql}) > 1 THEN error('several items')"
            result = f"{several} ELSE ({first})[1] {sign} ({second})[1]"
        else:
            result = f"ELSE {first} {sign} {second}"
        return truth_piece(f"(CASE WHEN {is_nothing} THEN NULL {result} END)")

    def _call(self, tree: Call, focus: Focus) -> Piece:
        if tree.name == "ofType":
            return self._of_type(tree, focus)
        compile_ = _CALLS.get((tree.name, len(tree.arguments)))
        if compile_ is None:
            self._refuse(f"{tree.name[:40]}() with {len(tree.arguments)} arguments")
        source = self._focused(focus) if tree.left is None else self._piece(tree.left, focus)
        return compile_(self, source, tree.arguments, focus)

    def _of_type(self, tree: Call, focus: Focus) -> Piece:
        source = self._focused(focus) if tree.left is None else self._piece(tree.left, focus)
        match tree.arguments:
            case (Member(left=None, name=name),) if types.kind_named(name) is not None:
                pass
            case _:
                self._refuse("ofType() of such a type")
        if source.kinds is None:
            self._refuse("ofType() of what is no element")
        kept = frozenset(kind for kind in source.kinds if _is_of(kind, name))
        if source.reach is not None:
            sql = source.reach(tuple(form for form in source.forms if form.kind in kept))
            return of_kinds(sql, kept or frozenset({kinds.of(name)}))
        if kept == source.kinds:
            return source
        if kept:
            self._refuse("ofType() of items of several types")
        return of_kinds(NOTHING, frozenset({kinds.of(name)}))

    def asked(self, source: Piece, tree: Tree, focus: Focus) -> tuple[str, Piece]:
        """Return the name of a lambda, and what is asked of each item under that name."""
        name = self.variable()
        return name, self._piece(tree, Focus(name, source.kinds, focus.row))

    def kept(self, source: Piece, tree: Tree, focus: Focus) -> str:
        """Return SQL of the items of which a criterion holds."""
        name, said = self.asked(source, tree, focus)
        return f"list_filter({source.sql}, lambda {name}: coalesce({truth_of(said)}, false))"

    def extensions(self, source: Piece, arguments: tuple[Tree, ...], _: Focus) -> Piece:
        """Return the extensions with a url."""
        match arguments:
            case (Literal(kind="text", text=url),) if "\0" not in url:
                pass
            case _:
                self._refuse("extension() of a computed url")
        found = self._step(source.kinds, "extension", self.variable(), source)
        name = self.variable()
        sql = f"list_filter({found.sql}, lambda {name}: ({name}->>'$.url') = {quoted(url)})"
        return Piece(sql, found.kinds)

    def joined(self, source: Piece, arguments: tuple[Tree, ...], focus: Focus) -> Piece:
        """Return the texts as one."""
        by = self._piece(arguments[0], focus) if arguments else self._constant("", "String")
        match arguments:
            case () | (Literal(kind="text"),) if source.system == "String":
                pass
            case _:
                self._refuse("join() of what are no texts")
        texts = texts_of(source, self.variable())
        text = f"coalesce(array_to_string({texts}, ({by.sql})[1]->>'$'), '')"
        return Piece(f"[to_json({text})]", system="String")

    def resource_key(self, source: Piece, _: tuple[Tree, ...], __: Focus) -> Piece:
        """Return the keys of resources."""
        if source.kinds is None or not all(kind.is_a("Resource") for kind in source.kinds):
            self._refuse("getResourceKey() of what is no resource")
        name, other = self.variable(), self.variable()
        key = f"to_json(({name}->>'$.resourceType') || '/' || ({name}->>'$.id'))"
        sql = f"list_transform({source.sql}, lambda {name}: {key})"
        return Piece(f"list_filter({sql}, lambda {other}: {other} IS NOT NULL)", system="String")

    def reference_key(self, source: Piece, arguments: tuple[Tree, ...], _: Focus) -> Piece:
        """Return the keys that references name."""
        if source.kinds is None or {kind.name for kind in source.kinds} != {"Reference"}:
            self._refuse("getReferenceKey() of what is no Reference")
        match arguments:
            case ():
                wanted = ""
            case (Member(left=None, name=wanted) | Literal(kind="text", text=wanted),):
                pass
            case _:
                self._refuse("getReferenceKey() of a computed type")
        name, key, other = self.variable(), self.variable(), self.variable()
        literal = f"split_part({name}->>'$.reference', '/_history/', 1)"
        keys = f"list_transform({source.sql}, lambda {name}: regexp_extract({literal}, {_KEY}))"
        is_right = f"starts_with({key}, {quoted(wanted + '/')})" if wanted else f"{key} <> ''"
        kept = f"list_filter({keys}, lambda {key}: {is_right})"
        return Piece(f"list_transform({kept}, lambda {other}: to_json({other}))", system="String")


def _is_of(kind: Kind, name: str) -> bool:
    return kind.name == name if kind.is_primitive else name in kind.ancestors


def is_bounded(value: object) -> bool:
    """Tell whether a number has no more digits than the SQL way compares exactly."""
    if isinstance(value, int):
        return abs(value) < 10**MOST_DIGITS
    if not isinstance(value, Decimal) or not value.is_finite():
        return False
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -PLACES and abs(value) < 10**MOST_DIGITS


Compile = Callable[[Paths, Piece, tuple[Tree, ...], Focus], Piece]


def _slice(bounds: str) -> Compile:
    return lambda _, source, __, ___: Piece(
        f"({source.sql})[{bounds}]", source.kinds, source.system
    )


def _selected(paths: Paths, source: Piece, arguments: tuple[Tree, ...], focus: Focus) -> Piece:
    name, found = paths.asked(source, arguments[0], focus)
    return Piece(flattened(source.sql, name, found.sql), found.kinds, found.system)


_CALLS: Final[dict[tuple[str, int], Compile]] = {
    ("exists", 0): lambda _, source, __, ___: truth_piece(f"len({source.sql}) > 0"),
    ("empty", 0): lambda _, source, __, ___: truth_piece(f"len({source.sql}) = 0"),
    ("not", 0): lambda _, source, __, ___: truth_piece(f"NOT {truth_of(source)}"),
    ("count", 0): lambda _, source, __, ___: Piece(
        f"[to_json(len({source.sql}))]", system="Integer"
    ),
    ("first", 0): _slice("1:1"),
    ("last", 0): _slice("-1:"),
    ("where", 1): lambda paths, source, given, focus: Piece(
        paths.kept(source, given[0], focus), source.kinds, source.system
    ),
    ("exists", 1): lambda paths, source, given, focus: truth_piece(
        f"len({paths.kept(source, given[0], focus)}) > 0"
    ),
    ("all", 1): lambda paths, source, given, focus: truth_piece(
        f"len({paths.kept(source, given[0], focus)}) = len({source.sql})"
    ),
    ("select", 1): _selected,
    ("extension", 1): Paths.extensions,
    ("join", 0): Paths.joined,
    ("join", 1): Paths.joined,
    ("getResourceKey", 0): Paths.resource_key,
    ("getReferenceKey", 0): Paths.reference_key,
    ("getReferenceKey", 1): Paths.reference_key,
}
"""(name, number of arguments) -> what compiles it."""
