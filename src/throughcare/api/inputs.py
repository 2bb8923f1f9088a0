"""What an operation is given that may be a whole resource or coding, not a simple value alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from throughcare.api import parameters
from throughcare.api.call import Call
from throughcare.fhir import bytes as fhir_bytes
from throughcare.kernel import BadInputError

Json = Any


@dataclass(frozen=True, slots=True)
class Given:
    """Values by name, as JSON: texts of the address, or what a Parameters resource holds."""

    values: Mapping[str, tuple[Json, ...]]

    def one(self, name: str) -> Json:
        """Return the value of a parameter, or None. Raises BadInputError for several."""
        found = self.values.get(name, ())
        if len(found) > 1:
            message = f"{name} is given more than once. Give it once."
            raise BadInputError(message, place=name)
        return found[0] if found else None

    def text(self, name: str) -> str:
        """Return a parameter that is a text, or "". Raises BadInputError for another type."""
        found = self.one(name)
        if found is not None and not isinstance(found, str):
            message = f"{name} must be a text; correct its type."
            raise BadInputError(message, place=name)
        return found or ""

    def texts(self, name: str) -> list[str]:
        """Return a parameter that may be given several times. Raises BadInputError as `text`."""
        found = self.values.get(name, ())
        if not all(isinstance(each, str) for each in found):
            message = f"{name} must be a text; correct its type."
            raise BadInputError(message, place=name)
        return list(found)

    def yes(self, name: str) -> bool:
        """Return a boolean, false if absent. Raises BadInputError for anything else."""
        found = self.one(name)
        if found is None or found is False or found == "false":
            return False
        if found is True or found == "true":
            return True
        message = f"{name} must be true or false; correct it."
        raise BadInputError(message, place=name)

    def whole(self, name: str) -> int | None:
        """Return a whole number from 0 on, or None. Raises BadInputError for anything else."""
        found = self.one(name)
        if found is None:
            return None
        text = str(found)
        if isinstance(found, bool) or not text.isdecimal() or len(text) > 9:  # noqa: PLR2004
            message = f"{name} must be a whole number from 0 on; correct it."
            raise BadInputError(message, place=name)
        return int(text)


def given(call: Call) -> Given:
    """Return what a call gives; a body that is no Parameters resource is ``resource``.

    Raises BadInputError for a Parameters resource whose parameters are none.
    """
    values: dict[str, tuple[Json, ...]] = {}
    for name, value in call.params:
        values[name] = (*values.get(name, ()), value)
    body = fhir_bytes.parse(call.body) if call.body else None
    if body is not None and body.get("resourceType") != "Parameters":
        return Given({**values, "resource": (body,)})
    for parameter in parameters.parts(call.body):
        name, value = parameter["name"], _value(parameter)
        values[name] = (*values.get(name, ()), value)
    return Given(values)


def _value(parameter: Mapping[str, Json]) -> Json:
    for key, value in parameter.items():
        if key == "resource" or key.startswith("value"):
            return value
    message = "A parameter has a value or a resource; correct it."
    raise BadInputError(message, place=str(parameter["name"]))
