"""The five feeds of one locality as FHIR Patients: a small reader, for these tests alone."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

NHS = "https://fhir.nhs.uk/Id/nhs-number"


@dataclass(frozen=True)
class Fact:
    """One thing that a feed says: a version of a Patient or, with `retired`, a merge."""

    source: str
    local_id: str
    patient: dict[str, Any]
    retired: str = ""


def patient(  # noqa: PLR0913 - one argument a field
    *,
    nhs: str = "",
    family: str = "",
    given: str = "",
    born: str = "",
    sex: str = "",
    postcode: str = "",
    line: str = "",
    phone: str = "",
) -> dict[str, Any]:
    """Return a FHIR Patient with the fields that are not empty."""
    fields: dict[str, Any] = {"resourceType": "Patient"}
    if nhs:
        fields["identifier"] = [{"system": NHS, "value": nhs}]
    if family or given:
        fields["name"] = [{"family": family, "given": given.split()}]
    if born:
        fields["birthDate"] = born
    if sex:
        fields["gender"] = sex.lower()
    if postcode or line:
        fields["address"] = [{"line": [line] if line else [], "postalCode": postcode}]
    if phone:
        fields["telecom"] = [{"system": "phone", "value": phone}]
    return fields


def facts(folder: Path) -> list[Fact]:
    """Return all facts of the five feeds in the order of files and lines."""
    readers = (_gp, _hospital, _social, _ambulance, _care_home)
    return [fact for reader in readers for fact in reader(folder)]


def _gp(folder: Path) -> Iterator[Fact]:
    for line in (folder / "gp.ndjson").read_text(encoding="utf-8").splitlines():
        for entry in json.loads(line)["entry"]:
            resource = entry["resource"]
            if resource["resourceType"] == "Patient":
                yield Fact("gp", "NHS:" + resource["identifier"][0]["value"], resource)


def _hospital(folder: Path) -> Iterator[Fact]:
    text = (folder / "hospital.hl7").read_bytes().decode("utf-8").replace("\n", "\r")
    for line in text.split("\r"):
        field = line.split("|")
        if field[0] == "PID":
            mrn, current = _pid(field)
            yield Fact("hospital", mrn, current)
        elif field[0] == "MRG":
            yield Fact("hospital", mrn, {}, retired="MRN:" + field[1].split("^")[0])


def _pid(field: list[str]) -> tuple[str, dict[str, Any]]:
    ids = [part.split("^") for part in field[3].split("~")]
    numbers = {kind[-1]: kind[0] for kind in ids}
    family, given = field[5].split("^")[:2]
    address = field[11].split("^")
    born = field[7]
    return "MRN:" + numbers["PI"], patient(
        nhs=numbers.get("NH", ""),
        family=family,
        given=given,
        born=f"{born[:4]}-{born[4:6]}-{born[6:8]}",
        sex={"1": "male", "2": "female"}.get(field[8], ""),
        line=address[0],
        postcode=address[4],
        phone=field[13],
    )


def _rows(path: Path, encoding: str = "utf-8") -> Iterator[dict[str, str]]:
    with path.open(encoding=encoding, newline="") as file:
        yield from csv.DictReader(file)


def _date(text: str, pattern: str) -> str:
    return datetime.strptime(text, pattern).date().isoformat() if text else ""  # noqa: DTZ007


def _social(folder: Path) -> Iterator[Fact]:
    for row in _rows(folder / "social_care_cld.csv", "cp1252"):
        yield Fact(
            "social",
            "LA:" + row["LA_Person_Unique_Identifier"],
            patient(
                nhs=row["NHS_Number"],
                family=row["Last_Name"],
                given=row["First_Name"],
                born=_date(row["Date_of_Birth"], "%d/%m/%Y"),
                sex=row["Gender"],
                postcode=row["Postcode"],
            ),
        )


def _ambulance(folder: Path) -> Iterator[Fact]:
    for row in _rows(folder / "ambulance.csv"):
        called = datetime.strptime(row["Call date/time"], "%d/%m/%Y %H:%M")  # noqa: DTZ007
        born = datetime.strptime(row["DOB"], "%d-%b-%y")  # noqa: DTZ007
        centuries = [born.replace(year=born.year % 100 + century) for century in (1900, 2000)]
        age = timedelta(days=365.2425 * int(row["Age"] or 0))
        born = min(centuries, key=lambda day: abs((called - day) - age))
        given, _, family = row["Pt name"].partition(" ")
        yield Fact(
            "ambulance",
            row["CAD No"],
            patient(
                nhs=row["NHS No"],
                family=family,
                given=given,
                born=born.date().isoformat(),
                line=row["Address"],
                postcode=row["Post code"],
            ),
        )


def _care_home(folder: Path) -> Iterator[Fact]:
    for row in _rows(folder / "care_home.csv"):
        family, _, given = row["Name"].partition(", ")
        yield Fact(
            "carehome",
            row["Resident"],
            patient(
                nhs=row["NHS"],
                family=family,
                given=given,
                born=_date(row["D.O.B."], "%d.%m.%Y"),
            ),
        )
