"""Tiny releases, made up, in the forms of their publishers."""

from collections.abc import Iterator
from dataclasses import dataclass

IS_A = "116680003"
FULL, OTHER = "900000000000003001", "900000000000013009"
PREFERRED, ACCEPTABLE = "900000000000548007", "900000000000549004"
GB, NHS = "900000000000508004", "999001261000000100"
PRIMITIVE, DEFINED = "900000000000074008", "900000000000073002"


@dataclass(frozen=True)
class TextFile:
    """A file of a release, in memory."""

    name: str
    text: str

    def lines(self) -> Iterator[str]:
        """Yield its lines."""
        yield from self.text.splitlines()

    def content(self) -> bytes:
        """Return all of it."""
        return self.text.encode()


def table(*rows: tuple[str, ...], separator: str = "\t") -> str:
    return "\r\n".join(separator.join(row) for row in rows) + "\r\n"


CONCEPT = ("id", "effectiveTime", "active", "moduleId", "definitionStatusId")
DESCRIPTION = (
    *("id", "effectiveTime", "active", "moduleId", "conceptId", "languageCode", "typeId"),
    *("term", "caseSignificanceId"),
)
RELATIONSHIP = (
    *("id", "effectiveTime", "active", "moduleId", "sourceId", "destinationId"),
    *("relationshipGroup", "typeId", "characteristicTypeId", "modifierId"),
)
REFSET = (
    *("id", "effectiveTime", "active", "moduleId", "refsetId", "referencedComponentId"),
    "acceptabilityId",
)


def described(id_: str, concept: str, kind: str, term: str, active: str = "1") -> tuple[str, ...]:
    return (id_, "20240101", active, "m", concept, "en", kind, term, "c")


def related(
    id_: str, source: str, target: str, kind: str = IS_A, active: str = "1"
) -> tuple[str, ...]:
    return (id_, "20240101", active, "m", source, target, "0", kind, "x", "y")


def named(id_: str, refset: str, description: str, said: str = PREFERRED) -> tuple[str, ...]:
    return (id_, "20240101", "1", "m", refset, description, said)


SNOMED = [
    TextFile(
        "sct2_Concept_Snapshot_GB1000000_20240101.txt",
        table(
            CONCEPT,
            ("138875005", "20020131", "1", "m", PRIMITIVE),
            ("64572001", "20020131", "1", "m", PRIMITIVE),
            ("73211009", "20240101", "1", "m", DEFINED),
            ("99999999", "20200101", "0", "m", PRIMITIVE),
        ),
    ),
    TextFile(
        "sct2_Description_Snapshot-en_GB1000000_20240101.txt",
        table(
            DESCRIPTION,
            described("1", "138875005", FULL, "SNOMED CT Concept (SNOMED RT+CTV3)"),
            described("2", "64572001", FULL, "Disease (disorder)"),
            described("3", "64572001", OTHER, "Disease"),
            described("4", "73211009", FULL, "Diabetes mellitus (disorder)"),
            described("5", "73211009", OTHER, 'DM - "sugar" diabetes'),
            described("6", "73211009", OTHER, "Diabetes mellitus"),
            described("7", "73211009", OTHER, "Old name", active="0"),
        ),
    ),
    TextFile(
        "sct2_Relationship_Snapshot_GB1000000_20240101.txt",
        table(
            RELATIONSHIP,
            related("1", "64572001", "138875005"),
            related("2", "73211009", "64572001"),
            related("3", "73211009", "138875005", active="0"),
            related("4", "73211009", "113331007", kind="363698007"),
        ),
    ),
    TextFile(
        "der2_cRefset_LanguageSnapshot-en_GB1000000_20240101.txt",
        table(
            REFSET,
            named("a", GB, "5"),
            named("b", NHS, "6"),
            named("c", GB, "3"),
            named("d", NHS, "5", ACCEPTABLE),
        ),
    ),
]

DMD = [
    TextFile(
        "f_vtm2_3010124.xml",
        '<?xml version="1.0" encoding="utf-8"?><VIRTUAL_THERAPEUTIC_MOIETIES><VTM><VTMID>1</VTMID>'
        "<NM>Aspirin</NM></VTM></VIRTUAL_THERAPEUTIC_MOIETIES>",
    ),
    TextFile(
        "f_vmp2_3010124.xml",
        "<VIRTUAL_MED_PRODUCTS><VMPS><VMP><VPID>2</VPID><VTMID>1</VTMID>"
        "<NM>Aspirin 75mg tablets</NM><BASISCD>0001</BASISCD></VMP><VMP><VPID>3</VPID>"
        "<INVALID>1</INVALID><NM>Old tablets</NM></VMP></VMPS></VIRTUAL_MED_PRODUCTS>",
    ),
    TextFile(
        "f_amp2_3010124.xml",
        "<ACTUAL_MEDICINAL_PRODUCTS><AMPS><AMP><APID>4</APID><VPID>2</VPID>"
        "<NM>Aspirin 75mg tablets</NM><DESC>Aspirin 75mg tablets (A &amp; Co)</DESC></AMP></AMPS>"
        "</ACTUAL_MEDICINAL_PRODUCTS>",
    ),
    TextFile(
        "f_ampp2_3010124.xml",
        "<ACTUAL_MEDICINAL_PROD_PACKS><AMPPS><AMPP><APPID>5</APPID><NM>28 tablets</NM>"
        "<VPPID>6</VPPID><APID>4</APID></AMPP></AMPPS></ACTUAL_MEDICINAL_PROD_PACKS>",
    ),
]

ICD_10 = [
    TextFile(
        "ICD10_Edition5_CodesAndTitlesAndMetadata_GB_20160401.txt",
        table(
            ("CODE", "ALT_CODE", "USAGE", "USAGE_UK", "DESCRIPTION", "MODIFIER_4", "MODIFIER_5"),
            ("A00", "A00", "DEFAULT", "3", "Cholera", "", ""),
            ("A00.0", "A000", "DEFAULT", "3", "Classical cholera", "", ""),
            ("M45.X", "M45X", "DEFAULT", "3", "Ankylosing spondylitis", "", ""),
            ("M45.X0", "M45X0", "DEFAULT", "3", "Multiple sites in spine", "", ""),
        ),
    )
]

LOINC_COLUMNS = (
    *("LOINC_NUM", "COMPONENT", "PROPERTY", "TIME_ASPCT", "SYSTEM", "SCALE_TYP", "METHOD_TYP"),
    *("CLASS", "VersionLastChanged", "STATUS", "SHORTNAME", "LONG_COMMON_NAME"),
)
LOINC = [
    TextFile(
        "Loinc.csv",
        table(
            tuple(f'"{name}"' for name in LOINC_COLUMNS),
            (
                *('"8867-4"', '"Heart rate"', "NRat", "Pt", "XXX", "Qn", '""', "HRTRATE.ATOM"),
                *("2.73", "ACTIVE", '"Heart rate"', '"Heart rate, ""resting"""'),
            ),
            (
                *('"1-8"', "Old", "Mass", "Pt", "Ser", "Qn", "", "CHEM", "2.50"),
                *("DEPRECATED", "", "Old test"),
            ),
            separator=",",
        ),
    )
]
