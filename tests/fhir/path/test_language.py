"""The language itself: literals, paths, operators, logic, types, and what is refused."""

from decimal import Decimal
from typing import Any

import pytest

from fhir.path.person import FORM, OBSERVATION, PERSON
from throughcare.fhir.answers import evaluate
from throughcare.fhir.path import EvaluationError, ExpressionError

Case = tuple[str, list[Any]]
UCUM = "http://unitsofmeasure.org"
MASKED = {"extension": [{"url": "http://example.org/why", "valueCode": "masked"}]}

REFUSED = r"""2 +
(1
1)
a b
'a
/* open
name.
name[
name[]
1 2
?
@2020-13
@2021-02-29
@T25
@T10:00Z
name..given
$that
is
1 is
name.where()
count(1)
name.first(1)
exists(1, 2)
ofType()
ofType(1)
is(a, b)
nothere()
%nothere
1 is Nothing
gender.as(strung)
name.first().nothere
Observation.status
name.nothere
telecom.where(nothere = 1)
(name | telecom).nothere
children().first()
descendants()[0]
deceasedBoolean
extension.valueCode
(deceased as dateTime).start
defineVariable(name)
defineVariable('a').defineVariable('a')
defineVariable('context')
defineVariable('a').select(1) | %a
valueless"""

UNANSWERED = r"""name.single()
name.given.upper()
name.startsWith('a')
1 < 'a'
(1 | 2) < 3
'a' - 'b'
1 + 'a'
@2020 + 1
@2020-01-01 + 1 'mo'
@2020-01-01 + 1 'cm'
-true
-1.convertsToInteger()
(1 | 2).not()
(1 | 2) and true
iif('a', 1, 2)
(1 | 2).iif(true, 1, 2)
(true | 'a').allTrue()
name as HumanName
name is HumanName
name.matches('[')
'a'.matches('(')
'a'.encode('rot13')
1.round(-1)
'a'.lowBoundary()
(1 | 2) in (1 | 2)
name['a']
-'a'
+true
true * 2
'a' / 2
'a' div 2
'a' mod 2
'a'.abs()
1.substring(0)
'a'.skip('a')
conformsTo('http://example.org/unknown')
gender.memberOf('http://example.org/unknown')
1 > 2 is Boolean"""

LITERALS: list[Case] = [
    ("true", [True]),
    ("{}", []),
    ("'it\\'s \\u00e9 \\n \\\\ \\` \\/'", ["it's é \n \\ ` /"]),
    ("12", [12]),
    ("2147483647 + 1", []),
    ("1.50", [Decimal("1.50")]),
    ("@2015", ["2015"]),
    ("@2015T", ["2015"]),
    ("@2015-02T is DateTime", [True]),
    ("@2015-02-04T14:34:28.123+10:00", ["2015-02-04T14:34:28.123+10:00"]),
    ("@T14:34:28.5", ["14:34:28.5"]),
    ("@T14", ["14"]),
    ("4 days", [{"value": Decimal(4), "unit": "days", "system": UCUM, "code": "d"}]),
    ("10.1 'mg'", [{"value": Decimal("10.1"), "unit": "mg", "system": UCUM, "code": "mg"}]),
    ("1 + /* here */ 1 // and there", [2]),
    ("// first\n 2 /* second\n line */ + 2", [4]),
]  # fmt: skip
PATHS: list[Case] = [
    ("birthDate", ["1974-12-25"]),
    ("Patient.birthDate", ["1974-12-25"]),
    ("`Patient`.`birthDate`", ["1974-12-25"]),
    ("Resource.id", ["p1"]),
    ("DomainResource.contained.name", ["The Surgery"]),
    ("name.given", ["Ada", "Ngozi", "Addy", "Ada", "Ngozi"]),
    ("name[1].given", ["Addy"]),
    ("name[1 - 1].family", ["Okafor"]),
    ("name[9]", []),
    ("name.where(use = 'usual').given", ["Addy"]),
    ("deceased", [False]),
    ("deceased is boolean", [True]),
    ("multipleBirth", [2]),
    ("%resource.id = 'p1' and %rootResource.id = id and %context.id = id", [True]),
    ("%ucum", ["http://unitsofmeasure.org"]),
    ("%sct & %loinc", ["http://snomed.info/scthttp://loinc.org"]),
    ("%`vs-thing`", ["http://hl7.org/fhir/ValueSet/thing"]),
    ("%'ext-thing'", ["http://hl7.org/fhir/StructureDefinition/thing"]),
    ("telecom.value.count()", [3]),
    ("telecom[2].value", [MASKED]),
    ("name.select($index)", [0, 1, 2]),
    ("name.given.where($this = 'Addy')", ["Addy"]),
]  # fmt: skip
OPERATORS: list[Case] = [
    ("1 + 2 * 3 - 4 / 2", [Decimal(5)]),
    ("-(1 + 1)", [-2]),
    ("-2 + 1", [-1]),
    ("+3", [3]),
    ("7 div 2", [3]),
    ("-7 div 2", [-3]),
    ("7 mod 4", [3]),
    ("2.5 mod 1", [Decimal("0.5")]),
    ("1 / 0 | 1 div 0 | 1 mod 0", []),
    ("1.1 + 2.2 = 3.3", [True]),
    ("1.10 = 1.1", [True]),
    ("'a' + 'b'", ["ab"]),
    ("'a' + {}", []),
    ("'a' & {} & 'b'", ["ab"]),
    ("1 < 2 and 'a' <= 'a' and 2.0 >= 2 and 'b' > 'a'", [True]),
    ("1 < {}", []),
    ("(1 > 2) is Boolean", [True]),
    ("(1 | 1 is Integer).count()", [2]),
    ("(1 | 2 | 1).count()", [2]),
    ("1 in (1 | 2)", [True]),
    ("(1 | 2) contains 3", [False]),
    ("{} in (1 | 2)", []),
    ("1 | 2 = 1 | 2", [True]),
    ("(1 | 2) = (2 | 1)", [False]),
    ("(1 | 2) ~ (2 | 1)", [True]),
    ("1 = '1'", [False]),
    ("true = 1", [False]),
    ("{} = {}", []),
    ("{} ~ {}", [True]),
    ("1 !~ {}", [True]),
    ("'  Ada   B ' ~ 'ADA B'", [True]),
    ("1.01 ~ 1.0", [True]),
    ("0.67 ~ 2 / 3.0", [True]),
    ("name.first() = name.first()", [True]),
    ("name.first() = name.last()", [False]),
    ("name.first() != name.last()", [True]),
    ("name ~ name", [True]),
]
LOGIC: list[Case] = [
    ("(false and {}) | (true or {})", [False, True]),
    ("true and {}", []),
    ("false or {}", []),
    ("true xor false", [True]),
    ("true xor {}", []),
    ("false implies {}", [True]),
    ("{} implies true", [True]),
    ("{} implies false", []),
    ("true implies {}", []),
    ("true and 'a single item is true'", [True]),
    ("{}.not()", []),
    ("false and (1 | 2).not()", [False]),
    ("true or (1 | 2).not()", [True]),
]
TYPES: list[Case] = [
    ("1 is Integer and 1.0 is Decimal and 'a' is String and true is Boolean", [True]),
    ("1 is System.Integer", [True]),
    ("1 is Decimal", [False]),
    ("active is boolean", [True]),
    ("active is Boolean", [False]),
    ("active is System.Boolean", [False]),
    ("gender is code and gender is string", [True]),
    ("gender is id", [False]),
    ("gender.as(code)", ["female"]),
    ("gender as string", []),
    ("Patient is DomainResource and Patient is FHIR.`Patient`", [True]),
    ("Patient is System.Patient", [False]),
    ("contained.ofType(Organization).name", ["The Surgery"]),
    ("contained.ofType(Patient)", []),
    ("extension.value.ofType(Quantity).value", [52]),
    ("extension.value.ofType(Age).exists()", [True]),
    ("extension[1].value is Quantity", [True]),
    ("1 'mg' is Quantity", [True]),
    ("active.type().namespace & '.' & active.type().name", ["FHIR.boolean"]),
    ("1.type()", [{"namespace": "System", "name": "Integer"}]),
    ("(@2020).type().name | @2020T.type().name | @T10.type().name", ["Date", "DateTime", "Time"]),
    ("Patient.type().name", ["Patient"]),
]


@pytest.mark.parametrize(("expression", "found"), LITERALS + PATHS + OPERATORS + LOGIC + TYPES)
def test_an_expression_gives_what_the_language_says(expression: str, found: list[Any]) -> None:
    assert evaluate(expression, PERSON) == found


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("Observation.value.unit", ["kg"]),
        ("value.ofType(Quantity).value", [Decimal("83.50")]),
        ("value > 80 'kg'", [True]),
        ("value = 83500 'g'", [True]),
        ("value as Quantity > 1 'kg'", [True]),
        ("value.as(Period).start", []),
        ("component.value", ["high", 3, {"text": "well"}]),
        ("component.value.ofType(string)", ["high"]),
        ("component.where(value is CodeableConcept).code.text", ["c"]),
        ("(issued is instant) and (effective is dateTime)", [True]),
    ],
)
def test_choices_are_known_by_their_plain_name(expression: str, found: list[Any]) -> None:
    assert evaluate(expression, OBSERVATION) == found


@pytest.mark.parametrize(
    "expression",
    REFUSED.splitlines(),
)  # fmt: skip
def test_what_is_no_expression_or_names_what_is_not_there_is_refused(expression: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(expression, PERSON)


@pytest.mark.parametrize(
    "expression",
    UNANSWERED.splitlines(),
)  # fmt: skip
def test_what_these_values_do_not_answer_is_an_error(expression: str) -> None:
    with pytest.raises(EvaluationError):
        evaluate(expression, PERSON)


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 100 + "1" + ")" * 100,
        "-" * 100 + "1",
        "not().not()" + ".not()" * 400,
        "1" + " + 1" * 500,
        "name" + "[0]" * 500,
        "where(" * 100 + "true" + ")" * 100,
        "'" + "a" * 40_000 + "'",
    ],
)
def test_an_expression_that_is_too_deep_or_long_is_refused(expression: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(expression, PERSON)


@pytest.mark.parametrize(
    "expression",
    [
        "1.repeat($this + 1)",
        "descendants().aggregate($total.combine($total), 'a' | 'b').count()",
        "descendants().aggregate($total & $total & 'abcdefgh', 'a').length()",
        "descendants().aggregate($total.replace('a', 'aaaaaaaaaa'), 'a')",
    ],
)
def test_an_expression_that_costs_too_much_is_stopped(expression: str) -> None:
    with pytest.raises(EvaluationError):
        evaluate(expression, PERSON)


def test_a_tree_below_a_form_is_walked() -> None:
    assert evaluate("repeat(item).linkId", FORM) == ["1", "2", "1.1", "1.2", "1.2.1"]
    assert evaluate("descendants().linkId.count()", FORM) == [5]
    assert evaluate("Questionnaire.item.item.item.linkId", FORM) == ["1.2.1"]


@pytest.mark.parametrize("half", [r"'\ud800'", r"'a\uDFFF'", r"'\uDE00\uD83D'", r"1 '\ud800'"])
def test_half_a_surrogate_pair_is_refused_and_a_whole_one_is_a_character(half: str) -> None:
    with pytest.raises(ExpressionError, match="surrogate"):
        evaluate(half, PERSON)
    assert evaluate(r"'\uD83D\uDE00'", PERSON) == ["\U0001f600"]
    assert evaluate(r"'\u00e9'", PERSON) == ["é"]


def test_variables_are_given_or_defined() -> None:
    assert evaluate("%limit + 1", PERSON, limit=4) == [5]
    assert evaluate("%names.count()", PERSON, names=["a", "b"]) == [2]
    assert evaluate("%other.name.family", PERSON, other=PERSON) == ["Okafor", "Bell"]
    assert evaluate("%`a-b`", PERSON, **{"a-b": True}) == [True]
    assert evaluate("defineVariable('n', name.count()).select(%n + 1)", PERSON) == [4]
    assert evaluate("name.select(defineVariable('u', use).given.select(%u & $this))", PERSON) == [
        "officialAda", "officialNgozi", "usualAddy", "maidenAda", "maidenNgozi",
    ]  # fmt: skip


def test_the_place_of_an_error_is_told_and_no_value() -> None:
    with pytest.raises(ExpressionError, match="character 6") as caught:
        evaluate("name.nothere", PERSON)
    assert caught.value.place == "nothere"
    with pytest.raises(EvaluationError) as failed:
        evaluate("name.given < 1", PERSON)
    assert "Ada" not in str(failed.value)


def test_what_r4_does_not_describe_is_walked_by_its_names() -> None:
    thing = {"resourceType": "Thing", "part": [{"size": 1.5}, {"size": 2}], "_part": None}
    assert evaluate("Thing.part.size", thing) == [Decimal("1.5"), 2]
    assert evaluate("part.where(size > 1.6).size", thing) == [2]
    assert evaluate("descendants().count()", thing) == [4]
