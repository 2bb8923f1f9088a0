"""FHIR XML: the same resources in the standard's other form (FHIR R4, 2.6.1).

What is stored is JSON. XML is made of it, and read into it, without loss: decimals keep their
digits, narratives their own text. `parsing` is the one place where XML is read.
"""

from throughcare.fhir.xml.reading import to_json
from throughcare.fhir.xml.writing import of_json

__all__ = ["of_json", "to_json"]
