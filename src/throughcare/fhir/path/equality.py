"""When items are equal, equivalent, or in order: ``=``, ``~``, ``<`` and what rests on them."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from throughcare.fhir import ucum
from throughcare.fhir.path import moments, quantities
from throughcare.fhir.path.errors import EvaluationError
from throughcare.fhir.path.kinds import ANY
from throughcare.fhir.path.moments import Moment
from throughcare.fhir.path.nodes import Items, Node, TypeInfo, system
from throughcare.fhir.path.quantities import Quantity

Truth = bool | None
"""True, false, or nothing known."""


def is_number(value: Any) -> bool:  # noqa: ANN401 - an item
    """Tell whether a value is an integer or a decimal."""
    return type(value) is int or type(value) is Decimal


def equal(left: Items, right: Items) -> Truth:
    """Return whether two collections are equal, in their order; None where nothing is known."""
    if not left or not right:
        return None
    if len(left) != len(right):
        return False
    found: Truth = True
    for one, other in zip(left, right, strict=True):
        are_same = same(one, other)
        if are_same is False:
            return False
        if are_same is None:
            found = None
    return found


def same(one: Any, other: Any) -> Truth:  # noqa: ANN401 - items
    """Return whether two items are equal; None where their precision or unit leaves it open."""
    first, second = system(one), system(other)
    kind, other_kind = type(first), type(second)
    if kind is other_kind is str or kind is other_kind is bool:
        return bool(first == second)
    if is_number(first) and is_number(second):
        return bool(first == second)
    if kind is Moment and other_kind is Moment:
        if not moments.are_of_one_kind(first, second):
            return False
        found = moments.compared(first, second)
        return None if found is None else bool(found == 0)
    if kind is Quantity or other_kind is Quantity:
        return _same_quantity(first, second)
    return bool(key(one) == key(other))


def _same_quantity(first: Any, second: Any) -> Truth:  # noqa: ANN401 - values
    one, other = as_quantity(first), as_quantity(second)
    if one is None or other is None:
        return False
    pair = quantities.pair(one, other)
    return None if pair is None else bool(pair[0] == pair[1])


def as_quantity(value: Any) -> Quantity | None:  # noqa: ANN401 - a value
    """Return a quantity, a number as one without unit; None for anything else."""
    if type(value) is Quantity:
        return value
    return Quantity(Decimal(value), "1") if is_number(value) else None


def key(item: Any) -> Any:  # noqa: ANN401, PLR0911 - an item, to something hashable, by its type
    """Return what is the same for equal items, and only for those."""
    value = system(item)
    kind = type(value)
    if kind is str:
        return value
    if kind is bool:
        return ("boolean", value)
    if kind is Moment:
        return moments.key(value)
    if kind is Quantity:
        return quantities.key(value)
    if kind is Node:
        return json_key(value.value)
    if kind is TypeInfo:
        return (value.namespace, value.name)
    if value is None:
        return json_key(item.sibling) if type(item) is Node else None
    return json_key(value)


def json_key(value: Any) -> Any:  # noqa: ANN401 - a JSON value
    """Return a JSON value as something that can be compared and hashed."""
    kind = type(value)
    if kind is dict:
        return frozenset([(name, json_key(each)) for name, each in value.items()])
    if kind is list:
        return tuple([json_key(each) for each in value])
    if kind is bool:
        return ("boolean", value)
    return Decimal(repr(value)) if kind is float else value


def distinct(items: Items) -> Items:
    """Return the items without repeats, in their order."""
    if len(items) < 2:  # noqa: PLR2004 - one item is distinct
        return items
    found: dict[Any, Any] = {}
    for item in items:
        found.setdefault(key(item), item)
    return list(found.values())


def equivalent(left: Items, right: Items) -> bool:
    """Tell whether two collections are equivalent, in any order."""
    if len(left) != len(right):
        return False
    rest = list(right)
    for one in left:
        place = next((at for at, other in enumerate(rest) if are_alike(one, other)), None)
        if place is None:
            return False
        del rest[place]
    return True


def are_alike(one: Any, other: Any) -> bool:  # noqa: ANN401 - items
    """Tell whether two items are equivalent."""
    first, second = system(one), system(other)
    kind, other_kind = type(first), type(second)
    if kind is other_kind is str:
        return " ".join(first.split()).casefold() == " ".join(second.split()).casefold()
    if is_number(first) and is_number(second):
        return _alike_numbers(Decimal(first), Decimal(second))
    if kind is Quantity or other_kind is Quantity:
        return _alike_quantities(as_quantity(first), as_quantity(second))
    if kind is Node and other_kind is Node:
        return _alike_json(first.value, second.value)
    return same(one, other) is True


def _digits(value: Decimal) -> int:
    """Return the digits after the point, zeros at the end left out."""
    exponent = value.normalize(quantities.ARITHMETIC).as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def _alike_numbers(first: Decimal, second: Decimal) -> bool:
    unit = Decimal(1).scaleb(-min(_digits(first), _digits(second)))
    return round_to(first, unit) == round_to(second, unit)


def round_to(value: Decimal, unit: Decimal) -> Decimal:
    """Return the nearest multiple of a power of ten; half a unit goes away from zero."""
    if value.adjusted() - unit.adjusted() >= quantities.ARITHMETIC.prec:
        return value
    return value.quantize(unit, rounding=ROUND_HALF_UP, context=quantities.ARITHMETIC)


def _alike_quantities(one: Quantity | None, other: Quantity | None) -> bool:
    """Tell whether quantities are equivalent: in the coarser of their units."""
    if one is None or other is None:
        return False
    are_known = ucum.is_unit(one.code) and ucum.is_unit(other.code)
    if are_known and ucum.parsed(one.code).factor < ucum.parsed(other.code).factor:
        one, other = other, one
    value = quantities.in_unit_of(other, one)
    if value is not None:
        return _alike_numbers(one.value, value)
    return _same_quantity(one, other) is True


def _alike_json(first: Any, second: Any) -> bool:  # noqa: ANN401 - JSON values
    if first is None or second is None:
        return first is second
    if type(first) is dict and type(second) is dict:
        return first.keys() == second.keys() and all(
            _alike_json(value, second[name]) for name, value in first.items()
        )
    if type(first) is list and type(second) is list:
        wrapped = (
            [Node(each, ANY) if type(each) is dict else each for each in side]
            for side in (first, second)
        )
        return equivalent(*wrapped)
    return are_alike(first, second)


def order(left: Items, right: Items) -> int | None:
    """Return -1, 0 or 1 as one single item is before, at or after the other.

    None where nothing is known. Raises EvaluationError for items that have no order.
    """
    if not left or not right:
        return None
    if len(left) > 1 or len(right) > 1:
        message = "Only single items can be compared by order: choose one, as first() does."
        raise EvaluationError(message)
    return _order(system(left[0]), system(right[0]))


def _order(first: Any, second: Any) -> int | None:  # noqa: ANN401 - values
    if (is_number(first) and is_number(second)) or type(first) is type(second) is str:
        return int(first > second) - int(first < second)
    if first is None or second is None:
        return None
    if type(first) is Moment and type(second) is Moment and moments.are_of_one_kind(first, second):
        return moments.compared(first, second)
    one, other = as_quantity(first), as_quantity(second)
    if one is None or other is None:
        message = "Items of these types have no order: compare numbers, texts, dates or quantities."
        raise EvaluationError(message)
    pair = quantities.pair(one, other)
    return None if pair is None else int(pair[0] > pair[1]) - int(pair[0] < pair[1])
