"""The council's feed: Client Level Data, release 1, a row an event, in code page 1252."""

from collections.abc import Mapping
from datetime import date, timedelta

from throughcare.demo import names
from throughcare.demo.chance import Chance
from throughcare.demo.health import DEMENTIA, Health
from throughcare.demo.people import Person
from throughcare.demo.tables import table

HEADER = (
    "LA_Code",
    "Reporting_Period_Start_Date",
    "Reporting_Period_End_Date",
    "NHS_Number",
    "LA_Person_Unique_Identifier",
    "First_Name",
    "Last_Name",
    "GP_Practice_Name",
    "GP_Practice_Code",
    "Gender",
    "Ethnicity",
    "Date_of_Birth",
    "Date_of_Death",
    "Client_Type",
    "Primary_Support_Reason",
    "Postcode",
    "Accommodation_Status",
    "Employment_Status",
    "Has_Unpaid_Carer",
    "Autism_Spectrum_Disorder_ASD",
    "Visual_Impairment",
    "Hearing_Impairment",
    "Dementia",
    "Client_Funding_Status",
    "Event_Type",
    "Event_Reference",
    "Event_Start_Date",
    "Event_End_Date",
    "Event_Description",
    "Event_Outcome",
    "Service_Type",
    "Service_Component",
    "Delivery_Mechanism",
    "Provider_CQC_Location_Name",
    "Unit_Cost",
    "Cost_Frequency_Unit_Type",
    "Planned_Units_Per_Week",
)

_CARERS = frozenset({"winifred"})
_DEAF = frozenset({"edith", "harold"})
_SERVICE = {
    "Service_Type": "Long Term Support: Community",
    "Service_Component": "Home Support",
    "Delivery_Mechanism": "CASSR Managed Personal Budget",
    "Unit_Cost": "21.40",
    "Cost_Frequency_Unit_Type": "Hourly",
    "Planned_Units_Per_Week": "10.5",
}


def _yes(answer: bool) -> str:  # noqa: FBT001 - one answer is all there is
    return "Yes" if answer else "No"


def _client(person: Person, health: Health, local_id: str, chance: Chance) -> dict[str, str]:
    """Return what every row of a person repeats."""
    has_dementia = any(condition.code == DEMENTIA for condition in health.conditions)
    shouted = not person.key and chance.happens(10)
    deaf = person.key in _DEAF or (not person.key and chance.happens(25))
    memory, body = "Support with Memory and Cognition", "Physical Support: Personal Care Support"
    return {
        "LA_Code": names.COUNCIL,
        "NHS_Number": person.nhs_number if person.key or chance.happens(55) else "",
        "LA_Person_Unique_Identifier": local_id,
        "First_Name": person.given[0].upper() if shouted else person.given[0],
        "Last_Name": person.family.upper() if shouted else person.family,
        "GP_Practice_Name": names.PRACTICE_NAME.upper(),
        "GP_Practice_Code": names.PRACTICE,
        "Gender": "Female" if person.is_woman else "Male",
        "Ethnicity": "Not stated",
        "Date_of_Birth": f"{person.born:%d/%m/%Y}",
        "Client_Type": "Service User",
        "Primary_Support_Reason": memory if has_dementia else body,
        "Postcode": person.home.postcode,
        "Accommodation_Status": "Registered Care Home"
        if person.home.is_care_home
        else "Owner occupier or shared ownership scheme",
        "Employment_Status": "Retired",
        "Has_Unpaid_Carer": _yes(person.key in _CARERS or chance.happens(35)),
        "Autism_Spectrum_Disorder_ASD": "No",
        "Visual_Impairment": "No",
        "Hearing_Impairment": "Hard of hearing" if deaf else "No",
        "Dementia": "Yes" if has_dementia else "Unknown",
        "Client_Funding_Status": "Fully Funded by Local Authority",
    }


def write(
    people: list[Person], health: Mapping[int, Health], chance: Chance, today: date
) -> tuple[bytes, dict[str, int]]:
    """Return the feed, and the person number of each local id in it."""
    half = date(today.year, 1, 1) if today.month < 7 else date(today.year, 7, 1)
    period = {
        "Reporting_Period_Start_Date": f"{half - timedelta(days=181):%d/%m/%Y}",
        "Reporting_Period_End_Date": f"{half - timedelta(days=1):%d/%m/%Y}",
    }
    rows: list[tuple[str, ...]] = []
    truth: dict[str, int] = {}
    for person in people:
        draw = chance.branch(person.nhs_number)
        local_id = f"SC{40000 + person.number}"
        client = _client(person, health[person.number], local_id, draw)
        truth[f"LA:{local_id}"] = person.number
        for kind in ("Assessment", "Service", "Review")[: draw.between(1, 3)]:
            start = half - timedelta(days=draw.between(2, 175))
            event = {
                "Event_Type": kind,
                "Event_Reference": f"EV{len(rows):06d}",
                "Event_Start_Date": f"{start:%d/%m/%Y}",
            }
            row = period | client | event | (_SERVICE if kind == "Service" else {})
            rows.append(tuple(row.get(column, "") for column in HEADER))
    return table(HEADER, rows, "cp1252"), truth
