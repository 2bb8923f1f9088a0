"""A fault of one row of a table, on its way to a Rejection."""

from typing import NoReturn


class RowFault(Exception):  # noqa: N818 - caught where rows are read, never seen outside
    """A rule that a value breaks, in which column, and the way out."""

    def __init__(self, column: str, rule: str, remedy: str) -> None:
        """Say what is wrong and what to do."""
        super().__init__(rule)
        self.column = column
        self.rule = rule
        self.remedy = remedy


def refuse(column: str, rule: str, remedy: str) -> NoReturn:
    """Raise a RowFault."""
    raise RowFault(column, rule, remedy)
