"""The way in: the only room that writes a record.

A submission is validated, linked to its person, labelled and written with its search rows, its
outbox items and its audit entry in one transaction, and acknowledged once that is on disk.
"""

from throughcare.admission.admission import Admission
from throughcare.admission.outcome import Outcome
from throughcare.admission.sight import Sight

__all__ = ["Admission", "Outcome", "Sight"]
