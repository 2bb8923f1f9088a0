"""Code systems as their publishers hand them out, read from a locality's own files."""

from collections.abc import Sequence

from throughcare.fhir.terminology.codes import CodeTable
from throughcare.fhir.terminology.sources import dmd, lists, snomed
from throughcare.fhir.terminology.sources.files import SourceFile
from throughcare.kernel import BadInputError

READERS = (
    (snomed.is_mine, snomed.read),
    (dmd.is_mine, dmd.read),
    (lists.is_icd_10, lists.icd_10),
    (lists.is_loinc, lists.loinc),
)


def read(files: Sequence[SourceFile]) -> CodeTable:
    """Return the code system that files hold, told by their names.

    Raises BadInputError for files of none that is known here.
    """
    names = [file.name for file in files]
    for is_mine, reader in READERS:
        if is_mine(names):
            return reader(files)
    message = (
        "These are no files of SNOMED CT (RF2 snapshot), dm+d (XML), ICD-10 (codes and titles) or "
        "LOINC (Loinc.csv): give a release as it was published."
    )
    raise BadInputError(message)
