"""What can be wrong with an expression: when it is read, and when it is asked.

No message holds a value of a resource.
"""

from throughcare.kernel.errors import BadInputError, UnprocessableError


class ExpressionError(BadInputError):
    """An expression that is no FHIRPath, or that names what the types it is about don't have."""


class EvaluationError(UnprocessableError):
    """A right expression that can't be answered over these values, or costs too much."""
