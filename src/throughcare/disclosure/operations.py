"""Operations on records, as the FHIR interface asks for them; each decided and audited."""

from dataclasses import dataclass

from throughcare.disclosure.counting import Counting
from throughcare.disclosure.documents import Documents
from throughcare.disclosure.explaining import Explaining
from throughcare.disclosure.exporting import Exports, Tables
from throughcare.disclosure.matching import Matching
from throughcare.disclosure.wholes import Wholes


@dataclass(frozen=True, slots=True)
class Operations:
    """What there is besides reading and searching."""

    wholes: Wholes
    documents: Documents
    matching: Matching
    explaining: Explaining
    counting: Counting
    exports: Exports
    tables: Tables
