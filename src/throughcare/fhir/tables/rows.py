"""Rows of a view: what its selects make of each resource."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from throughcare.fhir.bytes import MAXIMUM_DEPTH
from throughcare.fhir.path import EvaluationError, plain
from throughcare.fhir.path.evaluation import Environment, Evaluation, criterion
from throughcare.fhir.path.nodes import Items, wrapped
from throughcare.fhir.tables.definition import ROW_INDEX, Column, Select, View, view_of

Row = dict[str, Any]


def run_view(view: Mapping[str, Any], resources: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """Yield the rows of a ViewDefinition (SQL on FHIR v2) over resources of FHIR R4.

    Resources of other types than the view's are passed over. A row has all columns in their order;
    None where nothing stands, a list for a collection. Values are those of the JSON; a computed
    decimal is a Decimal where the resource was read with Decimals, else a float.

    Raises ViewError at once for what is no view, and EvaluationError, while rows are made, for a
    path that gives several values where one is expected, a filter that is no boolean, or work
    beyond a million steps for one resource.

    >>> view = {"resource": "Patient", "select": [
    ...     {"column": [{"name": "id", "path": "getResourceKey()"}]},
    ...     {"forEach": "name", "column": [{"name": "family", "path": "family"}]}]}
    >>> patient = {"resourceType": "Patient", "id": "p", "name": [{"family": "A"}, {"text": "B"}]}
    >>> list(run_view(view, [patient]))
    [{'id': 'Patient/p', 'family': 'A'}, {'id': 'Patient/p', 'family': None}]
    """
    return _rows(view_of(view), resources)


def rows_of(view: View, resource: Mapping[str, Any]) -> Iterator[Row]:
    """Yield the rows of one resource, as `run_view` does; none of a type that is not the view's."""
    if resource.get("resourceType") == view.resource:
        yield from _Making(view, resource).rows()


def _rows(view: View, resources: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    for resource in resources:
        yield from rows_of(view, resource)


class _Making:
    """The rows of one resource."""

    def __init__(self, view: View, resource: Mapping[str, Any]) -> None:
        self._view = view
        self._resource = resource
        self._variables: dict[str, Items] = {**view.constants, ROW_INDEX: [0]}
        self._whole: Items = [wrapped(resource)]
        environment = Environment(self._variables)
        self._run = Evaluation(self._whole, environment, self._whole, self._whole)
        self._has_decimals: bool | None = None

    def rows(self) -> Iterator[Row]:
        for where in self._view.where:
            if criterion(where(self._whole, self._run)) is not True:
                return
        for row in self.of_select(self._view.select, self._whole, 0):
            self._run.spend(1)
            yield row

    def of_select(self, select: Select, focus: Items, index: int) -> Iterator[Row]:
        """Yield the rows of a select over the items in focus, in the iteration's order."""
        if select.repeat:
            for place, item in enumerate(self.repeated(select, focus)):
                yield from self.of_item(select, [item], place)
            return
        if select.for_each is None:
            yield from self.of_item(select, focus, index)
            return
        self._variables[ROW_INDEX] = [index]
        found = select.for_each(focus, self._run)
        for place, item in enumerate(found):
            yield from self.of_item(select, [item], place)
        if not found and select.or_null:
            yield from self.of_item(select, [], 0)

    def repeated(self, select: Select, focus: Items, depth: int = 0) -> Iterator[Any]:
        """Yield what is reached by the paths, again and again: an item before those below it.

        Raises EvaluationError for paths that lead deeper than any resource is.
        """
        if depth > MAXIMUM_DEPTH:
            message = (
                f"repeat goes deeper than {MAXIMUM_DEPTH} levels: its paths must lead to what "
                "lies below."
            )
            raise EvaluationError(message, place="repeat")
        for path in select.repeat:
            for item in path(focus, self._run):
                self._run.spend(1)
                yield item
                yield from self.repeated(select, [item], depth + 1)

    def of_item(self, select: Select, focus: Items, index: int) -> Iterator[Row]:
        """Yield the rows of one item: its columns with every combination of those below."""
        self._variables[ROW_INDEX] = [index]
        own = {column.name: self.value(column, focus) for column in select.columns}
        yield from self.combined(own, select, select.nested, focus, index)

    def combined(
        self, row: Row, select: Select, rest: tuple[Select, ...], focus: Items, index: int
    ) -> Iterator[Row]:
        if rest:
            for found in self.of_select(rest[0], focus, index):
                yield from self.combined({**row, **found}, select, rest[1:], focus, index)
        elif select.union:
            for branch in select.union:
                for found in self.of_select(branch, focus, index):
                    yield {**row, **found}
        else:
            yield row

    def value(self, column: Column, focus: Items) -> Any:  # noqa: ANN401 - a JSON value
        found = [self.json(item) for item in column.run(focus, self._run)]
        if column.is_collection:
            return found
        if len(found) > 1:
            message = "A column meets several values: choose one, or make it a collection."
            raise EvaluationError(message, place=column.name)
        return found[0] if found else None

    def json(self, item: Any) -> Any:  # noqa: ANN401 - an item to JSON
        value = plain(item)
        if type(item) is not Decimal:
            return value
        if self._has_decimals is None:
            self._has_decimals = _has_decimals(self._resource)
        return value if self._has_decimals else float(value)


def _has_decimals(resource: Mapping[str, Any]) -> bool:
    """Tell whether a resource was read with Decimals."""
    rest: list[Any] = [resource]
    while rest:
        each = rest.pop()
        if type(each) is Decimal:
            return True
        if isinstance(each, Mapping):
            rest.extend(each.values())
        elif type(each) is list:
            rest.extend(each)
    return False
