import math
from decimal import Decimal
from typing import Any

import pytest

from throughcare.fhir import quantities

UCUM = "http://unitsofmeasure.org"


@pytest.mark.parametrize(
    ("value", "type_", "rows"),
    [
        ({"value": 5, "comparator": "<", "unit": "mg"}, "Quantity", [("", -math.inf, 5, "", "mg")]),
        ({"value": 5, "comparator": ">="}, "Quantity", [("", 5, math.inf, "", "")]),
        (
            {"value": Decimal("9.99"), "currency": "GBP"},
            "Money",
            [("", 9.99, 9.99, "urn:iso:std:iso:4217", "GBP")],
        ),
        ({"unit": "mg"}, "Quantity", []),
        (
            {"value": Decimal("5.40"), "system": UCUM, "code": "mg", "unit": "milligram"},
            "Quantity",
            [
                ("", 5.4, 5.4, UCUM, "mg"),
                ("", 5.4, 5.4, "", "milligram"),
                (":canonical", 0.0054, 0.0054, "", "g"),
            ],
        ),
        ({"value": 7, "system": UCUM, "code": "[pH]"}, "Quantity", [("", 7, 7, UCUM, "[pH]")]),
        ({"value": 7, "system": UCUM, "code": "??"}, "Quantity", [("", 7, 7, UCUM, "??")]),
        ({"low": {"value": 40, "unit": "a"}}, "Range", [("", 40, math.inf, "", "a")]),
        ({}, "Range", []),
        (
            {
                "origin": {"value": 2048, "unit": "mV"},
                "factor": Decimal("0.5"),
                "upperLimit": 3000,
                "data": "2041 -40 E U",
            },
            "SampledData",
            [("", 2028, 3548, "", "mV")],
        ),
        ({"origin": {"value": 1}, "data": "E E"}, "SampledData", []),
    ],
)
def test_an_amount_is_as_stated_by_its_name_and_in_base_units(
    value: dict[str, Any], type_: str, rows: list[tuple[str, float, float, str, str]]
) -> None:
    assert [(suffix, *row) for suffix, row in quantities.rows(value, type_)] == rows
