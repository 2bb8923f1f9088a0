"""Comparisons of ranges, as FHIR R4 states them (3.1.1.4.5); pure SQL pieces."""

from throughcare.fhir.terms import Prefix
from throughcare.record.sql import Sql
from throughcare.store.protocol import Value


def compared(prefix: Prefix, low: Value, high: Value, low_column: str, high_column: str) -> Sql:
    """Return the predicate: the range in the columns compares so with low..high."""
    inside = f"{low_column} >= ? AND {high_column} <= ?"
    texts: dict[Prefix, tuple[str, tuple[Value, ...]]] = {
        Prefix.EQ: (inside, (low, high)),
        Prefix.NE: (f"NOT ({inside})", (low, high)),
        Prefix.GT: (f"{high_column} > ?", (high,)),
        Prefix.LT: (f"{low_column} < ?", (low,)),
        Prefix.GE: (f"{high_column} > ? OR ({inside})", (high, low, high)),
        Prefix.LE: (f"{low_column} < ? OR ({inside})", (low, low, high)),
        Prefix.SA: (f"{low_column} > ?", (high,)),
        Prefix.EB: (f"{high_column} < ?", (low,)),
        Prefix.AP: (f"{low_column} <= ? AND {high_column} >= ?", (high, low)),
    }
    text, values = texts[prefix]
    return Sql(text, values)
