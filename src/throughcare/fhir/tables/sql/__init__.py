"""Views as SQL: the text that DuckDB answers, over resources that it can hold exactly."""

from throughcare.fhir.tables.sql.lines import line_of, value_of
from throughcare.fhir.tables.sql.pieces import NotInSqlError
from throughcare.fhir.tables.sql.selects import Statement, statement_of

__all__ = ["NotInSqlError", "Statement", "line_of", "statement_of", "value_of"]
