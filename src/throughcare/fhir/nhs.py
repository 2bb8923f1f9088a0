"""NHS numbers: their form, check digit and ranges, and the identifier systems of the NHS.

Source: NHS Data Dictionary, "NHS number" and "CHI number". The check digit finds every single wrong
digit and every swap of neighbours, but passes about one in ten of two wrong digits: a number that
is in order is not yet the right person's.
"""

import re
from enum import StrEnum
from operator import mul

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
ODS_ORGANISATION = "https://fhir.nhs.uk/Id/ods-organization-code"
ODS_SITE = "https://fhir.nhs.uk/Id/ods-site-code"
SDS_USER = "https://fhir.nhs.uk/Id/sds-user-id"
SDS_ROLE_PROFILE = "https://fhir.nhs.uk/Id/sds-role-profile-id"
CHI_NUMBER = "https://fhir.nhs.uk/Id/chi-number"
CROSS_CARE_SETTING = "https://fhir.nhs.uk/Id/cross-care-setting-identifier"
GMC_NUMBER = "https://fhir.hl7.org.uk/Id/gmc-number"
NMC_NUMBER = "https://fhir.hl7.org.uk/Id/nmc-number"
HCPC_NUMBER = "https://fhir.hl7.org.uk/Id/hcpc-number"
GPHC_NUMBER = "https://fhir.hl7.org.uk/Id/gphc-number"
GMP_NUMBER = "https://fhir.hl7.org.uk/Id/gmp-number"
VERIFICATION_EXTENSION = (
    "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"
)
VERIFICATION_STATUS = "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland"

_SEPARATORS = re.compile(r"[\s\u00a0\-]+")
_DIGITS = re.compile(r"[0-9]{10}")
_MODULUS = 11
_PLACES = range(10, 1, -1)
_OF_ZEROS = sum(ord("0") * place for place in _PLACES)
"""What the code of nine noughts comes to: digits are summed as they are encoded."""


class NumberRange(StrEnum):
    """Who issued a number, by its first digits."""

    ENGLAND_AND_WALES = "england-and-wales"
    SCOTLAND = "scotland"
    NORTHERN_IRELAND = "northern-ireland"
    SYNTHETIC = "synthetic"
    """Nobody's: for tests and demonstrations."""
    UNISSUED = "unissued"


_RANGES = (
    ("0101000000", "3112999999", NumberRange.SCOTLAND),
    ("3200000000", "3999999999", NumberRange.NORTHERN_IRELAND),
    ("4000000000", "4999999999", NumberRange.ENGLAND_AND_WALES),
    ("6000000000", "7999999999", NumberRange.ENGLAND_AND_WALES),
    ("9000000000", "9999999999", NumberRange.SYNTHETIC),
)


def normalise(text: str) -> str:
    """Return `text` without the spaces and hyphens that NHS numbers are written with.

    >>> normalise("999 000 0018")
    '9990000018'
    """
    return _SEPARATORS.sub("", text)


def is_nhs_number(text: str) -> bool:
    """Tell whether `text`, spaces apart, is ten digits whose check digit (modulus 11) is right.

    >>> is_nhs_number("943 476 5919"), is_nhs_number("943 476 5918")
    (True, False)
    """
    digits = normalise(text)
    return _DIGITS.fullmatch(digits) is not None and check_digit(digits[:9]) == digits[9]


def check_digit(first_nine: str) -> str:
    """Return the check digit of nine digits; "" where the rule allows none.

    >>> check_digit("943476591")
    '9'
    """
    total = sum(map(mul, first_nine.encode(), _PLACES)) - _OF_ZEROS
    check = -total % _MODULUS
    return "" if check == _MODULUS - 1 else str(check)


def number_range(text: str) -> NumberRange:
    """Return who issued a number, which `is_nhs_number`.

    >>> number_range("9434765919").value
    'synthetic'
    """
    digits = normalise(text)
    for low, high, issuer in _RANGES:
        if low <= digits <= high:
            return issuer
    return NumberRange.UNISSUED
