"""The code systems that a Consent may speak in, and what their codes mean here."""

from collections.abc import Mapping

from throughcare.model.acting import Right
from throughcare.model.request import Purpose, Role

PURPOSE_SYSTEMS = frozenset(
    {
        "http://terminology.hl7.org/CodeSystem/v3-ActReason",
        "http://hl7.org/fhir/v3/ActReason",
        "urn:oid:2.16.840.1.113883.5.8",
        "",
    }
)

PURPOSES: Mapping[str, frozenset[str]] = {
    **{purpose.value: frozenset({purpose.value}) for purpose in Purpose},
    "TREAT": frozenset({"TREAT", "ETREAT", "BTG"}),
    "ETREAT": frozenset({"ETREAT", "BTG"}),
    "HPAYMT": frozenset({"HPAYMT"}),
    "HMARKT": frozenset({"HMARKT"}),
    "HDIRECT": frozenset({"HDIRECT"}),
    "COVERAGE": frozenset({"COVERAGE"}),
    "CLINTRCH": frozenset({"HRESCH", "CLINTRCH"}),
}
"""Purposes by code, each with the narrower ones that it covers; payment and marketing are known
and never asked for here."""

CONFIDENTIALITY_SYSTEMS = frozenset(
    {
        "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
        "http://hl7.org/fhir/v3/Confidentiality",
        "urn:oid:2.16.840.1.113883.5.25",
    }
)

LEVELS: Mapping[str, str] = {"U": "N", "L": "N", "M": "N", "N": "N", "R": "R", "V": "V"}
"""Levels of confidentiality: here only normal, restricted and very restricted are told apart."""

LABEL_SYSTEMS = frozenset(
    {
        "http://terminology.hl7.org/CodeSystem/v3-ActCode",
        "http://hl7.org/fhir/v3/ActCode",
        "urn:oid:2.16.840.1.113883.5.4",
        "urn:throughcare:label",
        "",
    }
)

_SAME = (
    *("PSY", "STD", "HIV", "FERT", "TERM", "GEND", "GRA", "COGN", "ETH", "GDIS", "SEX", "SDV"),
    *("SICKLE", "VIO", "DVD", "EMOTDIS", "PSYTHPN", "OPIOIDUD", "ETHUD", "ALC", "PREGNANT"),
    *("SPI", "TBOO", "MST", "SCA", "SRC", "NOPAT", "THIRD", "LOCATION"),
)

_MENTAL_HEALTH = frozenset({"PSY", "MH", "PSYTHPN", "EMOTDIS"})
_SUBSTANCE_USE = frozenset({"ETH", "SUD", "ETHUD", "OPIOIDUD", "ALC"})

LABELS: Mapping[str, frozenset[str]] = {
    **{label: frozenset({label}) for label in _SAME},
    "MH": _MENTAL_HEALTH,
    "mental-health": _MENTAL_HEALTH,
    "PSY": frozenset({"PSY", "MH", "PSYTHPN"}),
    "SUD": _SUBSTANCE_USE,
    "ETH": frozenset({"ETH", "SUD", "ETHUD", "OPIOIDUD", "ALC"}),
    "BH": _MENTAL_HEALTH | _SUBSTANCE_USE | {"BH", "COGN", "DVD"},
    "dementia": frozenset({"COGN"}),
}
"""Labels by code, each with the narrower ones that it covers (HL7 v3 ActCode)."""

RESOURCE_TYPE_SYSTEMS = frozenset({"http://hl7.org/fhir/resource-types", ""})

ROLE_SYSTEM = "urn:throughcare:role"

READER_ROLES = frozenset(
    {"IRCP", "PRCP", "IREC", "GRANTEE", "DELEGATEE", "CONSENTER", "PROV", "recipient", "INF"}
)
"""Roles of an actor that mean "whoever reads" (HL7 v3 ParticipationType and RoleClass)."""

RIGHTS: Mapping[str, Right] = {
    **{right.value: right for right in Right},
    "PRN": Right.PARENTAL,
    "HPOWATT": Right.ATTORNEY,
}
"""Rights by role of an actor: our own codes, and parent and healthcare power of attorney (HL7 v3
RoleCode)."""

CUSTODIAN_ROLES = frozenset({"CST", "CUST", "custodian"})
AUTHOR_ROLES = frozenset({"AUT", "AUTHOR", "author"})

PROFESSIONS: Mapping[str, Role] = {
    **{role.value: role for role in Role},
    "80584001": Role.PSYCHIATRIST,
    "62247001": Role.GP,
    "106292003": Role.NURSE,
    "46255001": Role.PHARMACIST,
    "106328005": Role.SOCIAL_WORKER,
    "397897005": Role.PARAMEDIC,
}
"""Professions by code: our own role names, and SNOMED CT occupations."""

BASES: Mapping[str, bool] = {"OPTIN": True, "OPTINR": True, "OPTOUT": False, "OPTOUTE": False}
"""Codes of ``policyRule`` that say permit or deny of everything (HL7 v3 ActCode)."""

OTHER_BASES = frozenset({"EMRGONLY", "GRANTORCHOICE", "IMPLIED", "IMPLIEDD", "NOCONSENT", "NOPP"})
"""HL7's other consent directives: beside one of `BASES` they change what it says."""

READING = frozenset({"access", "use", "disclose"})
WRITING = frozenset({"collect", "correct"})
"""Actions (FHIR consentaction): a rule about writing alone says nothing of reading."""
