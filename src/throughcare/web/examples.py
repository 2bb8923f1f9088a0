"""Messages that work when they are pasted: one of each format. Nobody in them exists."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Example:
    """A message to begin with."""

    key: str
    title: str
    name: str
    """Name of the file that it would be in."""
    text: str


EXAMPLES: Final = (
    Example(
        "fhir",
        "FHIR R4 JSON",
        "bundle.json",
        """{
  "resourceType": "Bundle",
  "type": "transaction",
  "entry": [
    {
      "fullUrl": "urn:uuid:0b1c9d1e-6d0c-4d5f-9a3e-2f6a1c7b8d90",
      "resource": {
        "resourceType": "Patient",
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
        "name": [{"family": "Example", "given": ["Rose"]}],
        "gender": "female",
        "birthDate": "1950-02-03"
      },
      "request": {"method": "POST", "url": "Patient"}
    },
    {
      "fullUrl": "urn:uuid:7d2f1a34-93c8-4b0e-8d57-5a1e0c9b6f21",
      "resource": {
        "resourceType": "Condition",
        "subject": {"reference": "urn:uuid:0b1c9d1e-6d0c-4d5f-9a3e-2f6a1c7b8d90"},
        "code": {"text": "Epilepsy"}
      },
      "request": {"method": "POST", "url": "Condition"}
    }
  ]
}""",
    ),
    Example(
        "ndjson",
        "FHIR R4 NDJSON",
        "patients.ndjson",
        '{"resourceType": "Patient", "id": "p1", "identifier": [{"system": '
        '"https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}], "name": [{"family": '
        '"Example", "given": ["Rose"]}], "birthDate": "1950-02-03"}\n'
        '{"resourceType": "Patient", "id": "p2", "name": [{"family": "Sample"}], '
        '"birthDate": "1961-05-12"}',
    ),
    Example(
        "xml",
        "FHIR R4 XML",
        "patient.xml",
        """<Patient xmlns="http://hl7.org/fhir">
  <identifier>
    <system value="https://fhir.nhs.uk/Id/nhs-number"/>
    <value value="9990000018"/>
  </identifier>
  <name><family value="Example"/><given value="Rose"/></name>
  <birthDate value="1950-02-03"/>
</Patient>""",
    ),
    Example(
        "hl7",
        "HL7 v2 (ER7)",
        "admission.hl7",
        "MSH|^~\\&|PAS|RXX|THROUGHCARE|LOCALITY|20261124093000||ADT^A01|EXAMPLE1|P|2.4\n"
        "PID|1||EX1^^^RXX^MR~9990000018^^^NHS^NH||Example^Rose||19500203|F|||"
        "1 High Street^^Keighley^^BD20 0AA\n"
        "PV1|1|I|WARD1|||||||||||||||||EXV1|||||||||||||||||||||||||20261124093000",
    ),
    Example(
        "csv",
        "CSV (ambulance calls)",
        "calls.csv",
        "CAD No,Call date/time,NHS No,Pt name,Age,DOB,Address,Post code,Chief complaint,Outcome\n"
        "CAD1,24/11/2026 09:30,9990000018,Rose Example,76,03-Feb-50,1 High Street,BD20 0AA,"
        "Fall,Conveyed",
    ),
    Example(
        "letter",
        "Letter (plain text)",
        "letter.txt",
        "Patient: Rose Example\nNHS number: 999 000 0018\nDate of birth: 03/02/1950\n\n"
        "Dear Doctor,\nshe was seen in clinic today and is well.\n",
    ),
)


def example(key: str) -> Example | None:
    """Return an example by its key; None if there is none."""
    return next((each for each in EXAMPLES if each.key == key), None)
