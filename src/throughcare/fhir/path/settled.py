"""What the names of an object's members settle about a question, before a value is looked at.

Most invariants say "if this stands there, then ...": where it does not stand there, they hold.
"""

from collections.abc import Collection
from typing import Final

from throughcare.fhir.path import operators
from throughcare.fhir.path.equality import Truth
from throughcare.fhir.path.kinds import Kind
from throughcare.fhir.path.syntax import Binary, Call, Member, Tree, Typed

Truths = frozenset[Truth]
"""What an expression may say."""

_ANY: Final[Truths] = frozenset({True, False, None})
_SAID: Final[Truths] = frozenset({True, False})
_NOTHING: Final[Truths] = frozenset({None})
_COMPARING: Final = frozenset({"=", "!=", "<", "<=", ">", ">="})
_OF_NOTHING: Final[dict[str, Truths]] = {
    "all": frozenset({True}),
    "exists": frozenset({False}),
    "hasValue": frozenset({False}),
    "isDistinct": frozenset({True}),
}
"""What functions say of an empty collection."""
_EMPTY_OF_EMPTY: Final = frozenset(
    {"where", "select", "first", "last", "tail", "ofType", "as", "trace", "distinct", "children"}
    | {"matches", "startsWith", "endsWith", "contains", "toInteger", "length", "descendants"}
)
"""Functions that make nothing of nothing."""


def holds(tree: Tree, kind: Kind, members: Collection[str]) -> bool:
    """Tell whether a boolean expression can't be false of an object with these members alone.

    `members` are the names in JSON. The object is in order: no member of it is null or empty.
    """
    return False not in _possible(tree, kind, members)


def _possible(tree: Tree, kind: Kind, members: Collection[str]) -> Truths:
    """Return what an expression may say: a set of truths, never too small."""
    match tree:
        case Binary(sign=sign) if sign in operators.LOGIC:
            decide = operators.LOGIC[sign]
            left, right = (_possible(side, kind, members) for side in (tree.left, tree.right))
            return frozenset(_decided(decide, one, other) for one in left for other in right)
        case Binary(sign=sign) if sign in _COMPARING:
            return _compared(tree, kind, members)
        case Call(name="not", left=left) if left is not None:
            said = _possible(left, kind, members)
            return frozenset(None if one is None else not one for one in said)
        case Call(name="exists" | "empty" as name, arguments=()):
            is_empty = _is_empty(tree.left, kind, members)
            return _SAID if is_empty is None else frozenset({is_empty is (name == "empty")})
        case Call(name=name) if name in _OF_NOTHING:
            is_empty = _is_empty(tree.left, kind, members)
            return _OF_NOTHING[name] if is_empty is True else _SAID
    return _NOTHING if _is_empty(tree, kind, members) is True else _ANY


def _decided(decide: operators.Logic, one: Truth, other: Truth) -> Truth:
    return decide(one, lambda: other)


def _compared(tree: Binary, kind: Kind, members: Collection[str]) -> Truths:
    if any(_is_empty(side, kind, members) is True for side in (tree.left, tree.right)):
        return _NOTHING
    left, right = (_possible(side, kind, members) for side in (tree.left, tree.right))
    if tree.sign not in {"=", "!="} or None in left | right or len(left) + len(right) > 2:  # noqa: PLR2004 - one each
        return _ANY
    return frozenset({(left == right) is (tree.sign == "=")})


def _is_empty(tree: Tree | None, kind: Kind, members: Collection[str]) -> bool | None:
    """Tell whether a collection is empty; None where that can't be told."""
    match tree:
        case Member(left=None, name=name) if name in kind.steps:
            forms = kind.steps[name].forms
            return not any(key in members for form in forms for key in (form.key, form.sibling))
        case Member(left=left) if left is not None:
            return _is_empty(left, kind, members) or None
        case Call(name=name, left=left) if left is not None and name in _EMPTY_OF_EMPTY:
            return _is_empty(left, kind, members) or None
        case Typed(sign="as", left=left):
            return _is_empty(left, kind, members) or None
        case Binary(sign="|"):
            both = [_is_empty(side, kind, members) for side in (tree.left, tree.right)]
            return all(both) or (False if False in both else None)
    return None
