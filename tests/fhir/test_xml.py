"""XML says what JSON says, to the digit, and nothing of it is read but FHIR."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_data import shared
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import spec, xml
from throughcare.fhir.xml.forms import Form, Kind, forms
from throughcare.kernel import BadInputError, NotAcceptableError

Texts = Callable[..., Iterator[bytes]]
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
DIV = '<div xmlns="http://www.w3.org/1999/xhtml">'
ESCAPED_DIV = DIV.replace('"', '\\"')
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def patient(inside: str, head: str = "") -> bytes:
    return f'{head}<Patient xmlns="http://hl7.org/fhir">{inside}</Patient>'.encode()


PAIRS = [
    (
        '{"resourceType":"Observation","valueQuantity":{"value":1.10,"unit":"kg"}}',
        (
            '<Observation xmlns="http://hl7.org/fhir"><valueQuantity><value value="1.10"/>'
            '<unit value="kg"/></valueQuantity></Observation>'
        ),
    ),
    (
        '{"resourceType":"Patient","active":true,"multipleBirthInteger":2}',
        (
            '<Patient xmlns="http://hl7.org/fhir"><active value="true"/>'
            '<multipleBirthInteger value="2"/></Patient>'
        ),
    ),
    (
        (
            '{"resourceType":"Patient","name":[{"id":"n","given":["A",null],'
            '"_given":[null,{"id":"g","extension":[{"url":"urn:x","valueCode":"y"}]}]}]}'
        ),
        (
            '<Patient xmlns="http://hl7.org/fhir"><name id="n"><given value="A"/>'
            '<given id="g"><extension url="urn:x"><valueCode value="y"/></extension></given>'
            "</name></Patient>"
        ),
    ),
    (
        (
            '{"resourceType":"Patient","birthDate":"1970-01-01","_birthDate":{"extension":'
            '[{"url":"urn:t","valueDateTime":"1970-01-01T01:00:00Z"}]}}'
        ),
        (
            '<Patient xmlns="http://hl7.org/fhir"><birthDate value="1970-01-01">'
            '<extension url="urn:t"><valueDateTime value="1970-01-01T01:00:00Z"/></extension>'
            "</birthDate></Patient>"
        ),
    ),
    (
        '{"resourceType":"Basic","id":"a","contained":[{"resourceType":"Patient","id":"p"}]}',
        (
            '<Basic xmlns="http://hl7.org/fhir"><id value="a"/><contained><Patient>'
            '<id value="p"/></Patient></contained></Basic>'
        ),
    ),
    (
        '{"resourceType":"Binary","contentType":"text/plain","data":"aGk="}',
        (
            '<Binary xmlns="http://hl7.org/fhir"><contentType value="text/plain"/>'
            '<data value="aGk="/></Binary>'
        ),
    ),
    (
        (
            '{"resourceType":"Parameters","parameter":[{"name":"a","part":[{"name":"b",'
            '"resource":{"resourceType":"Basic"}}]}]}'
        ),
        (
            '<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="a"/><part>'
            '<name value="b"/><resource><Basic/></resource></part></parameter></Parameters>'
        ),
    ),
    (
        (
            '{"resourceType":"Basic","text":{"status":"generated","div":"'
            f'{ESCAPED_DIV}a <b >c</b>&#160;&lt;<br/><!-- d --></div>"}}}}'
        ),
        (
            '<Basic xmlns="http://hl7.org/fhir"><text><status value="generated"/>'
            f"{DIV}a <b >c</b>&#160;&lt;<br/><!-- d --></div></text></Basic>"
        ),
    ),
    (
        json.dumps(
            {"resourceType": "Basic", "language": "<&>\"'\t\n\r \U0001f600 é"},
            ensure_ascii=False,
            separators=(",", ":"),
        ),
        (
            '<Basic xmlns="http://hl7.org/fhir">'
            '<language value="&lt;&amp;&gt;&quot;\'&#9;&#10;&#13; \U0001f600 é"/></Basic>'
        ),
    ),
]


@pytest.mark.parametrize(("as_json", "as_xml"), PAIRS)
def test_each_form_of_an_element_stands_in_xml_as_the_standard_says(
    as_json: str, as_xml: str
) -> None:
    assert xml.of_json(as_json.encode()).decode() == HEAD + as_xml
    assert xml.to_json(as_xml.encode()).decode() == as_json


def test_elements_stand_in_the_order_of_the_standard_whatever_json_has() -> None:
    mixed = b'{"valueString":"x","status":"final","id":"a","resourceType":"Observation"}'
    written = xml.of_json(mixed)
    assert written.index(b"<id") < written.index(b"<status") < written.index(b"<valueString")
    moved = patient('<birthDate value="1970-01-01"/><active value="true"/>')
    assert xml.to_json(moved) == (
        b'{"resourceType":"Patient","active":true,"birthDate":"1970-01-01"}'
    )


@pytest.mark.parametrize("digits", ["1.10", "0.000000010", "1E5", "1.0e-3", "-0.0", "120"])
def test_a_number_keeps_its_digits(digits: str) -> None:
    text = f'{{"resourceType":"Observation","valueQuantity":{{"value":{digits}}}}}'.encode()
    assert xml.to_json(xml.of_json(text)) == text


def test_a_narrative_without_its_namespace_gets_it_and_named_characters_become_numbers() -> None:
    text = b'{"resourceType":"Basic","text":{"div":"<div>a&nbsp;b&amp;</div>"}}'
    assert f"{DIV}a&#160;b&amp;</div>".encode() in xml.of_json(text)
    inherited = (
        '<f:Basic xmlns:f="http://hl7.org/fhir" xmlns="http://www.w3.org/1999/xhtml">'
        "<f:text><div>a</div></f:text></f:Basic>"
    )
    assert json.loads(xml.to_json(inherited.encode()))["text"]["div"] == f"{DIV}a</div>"


def test_pretty_xml_says_the_same_in_lines() -> None:
    text = PAIRS[2][0].encode()
    pretty = xml.of_json(text, pretty=True)
    assert b"\n    <given id=" in pretty
    assert xml.to_json(pretty) == text


@pytest.mark.parametrize(
    ("text", "rule", "place"),
    [
        (patient("", "<!DOCTYPE Patient>"), "document type", "line 1"),
        (patient("", f"<!DOCTYPE p [{LAUGHS}]>\n"), "document type", "line 1"),
        (
            patient("", '<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
            "document type",
            "line 1",
        ),
        (patient('\n<active value="&x;"/>'), "undefined entity", "line 2"),
        (patient('\n\n<colour value="red"/>'), "no such element", "line 3, element Patient.colour"),
        (patient('<name>\n<given colour="A"/></name>'), "no such attribute", "Patient.name.given"),
        (patient('<active value="maybe"/>'), "neither true nor false", "Patient.active"),
        (patient('<multipleBirthInteger value="0x1"/>'), "is no integer", "multipleBirthInteger"),
        (patient('<active value="true"/><active value="true"/>'), "once only", "Patient.active"),
        (patient("<name/>"), "says nothing", "Patient.name"),
        (patient("<name>Ann</name>"), "Text stands between", "Patient.name"),
        (patient("<contained/>"), "No resource stands", "Patient.contained"),
        (
            patient("<contained><Basic/><Basic/></contained>"),
            "Only one resource",
            "Patient.contained",
        ),
        (patient("<contained><Element/></contained>"), "No resource type", "Patient.contained"),
        (patient("<text><div>a</div></text>"), "no such element", "Patient.text.div"),
        (
            patient('<text><x:div xmlns:x="http://www.w3.org/1999/xhtml">a</x:div></text>'),
            "prefix",
            "Patient.text.div",
        ),
        (b"<Patient/>", "No resource type of R4 in the namespace", "line 1"),
        (b'<Pat xmlns="http://hl7.org/fhir"/>', "No resource type", "line 1"),
        (patient("")[:-3], "Text is not XML", "line 1"),
        (b"", "no element found", "line 1"),
        (b"{}", "Text is not XML", "line 1"),
        (patient("", '<?xml version="1.0" encoding="utf-16"?>'), "another encoding", "line 1"),
        (patient('<id value="a"/>').decode().encode("utf-16"), "Text is not XML", "line 1"),
        (patient('<id value="a"/>').decode().encode("utf-16-le"), "zero byte", "line 1"),
        (patient("\n") + b"\xff", "in UTF-8", "line 2"),
        (patient('<id value="&#0;"/>'), "Text is not XML", "line 1"),
        (patient("<contained><Basic>" * 60), "nested deeper", "line 1"),
        (patient("<name>" * 100_000), "no such element", "Patient.name.name"),
    ],
)
def test_what_is_no_fhir_in_xml_is_refused_with_line_and_element(
    text: bytes, rule: str, place: str
) -> None:
    with pytest.raises(BadInputError, match=rule) as refused:
        xml.to_json(text)
    assert place in str(refused.value.place)
    assert len(str(refused.value.place)) < 300


@pytest.mark.parametrize(
    "text",
    [
        b'{"resourceType":"Basic","language":"a\\u0001"}',
        b'{"resourceType":"Basic","text":{"div":"<div>a"}}',
        b'{"resourceType":"Basic","text":{"div":"<div>&unknown;</div>"}}',
        b'{"resourceType":"Basic","colour":"red"}',
        b'{"resourceType":"Nonsense"}',
        b'{"id":"a"}',
    ],
)
def test_what_xml_can_not_hold_is_said_to_be_so(text: bytes) -> None:
    with pytest.raises(NotAcceptableError, match=r"Ask for application/fhir\+json"):
        xml.of_json(text)


@st.composite
def objects(draw: st.DrawFn, structure: str, path: str, depth: int = 3) -> dict[str, Any]:
    """Return an object with members that R4 has there, whether or not it would be valid."""
    known = list(forms(structure, path).values())
    wanted = draw(st.lists(st.sampled_from(known), max_size=4, unique_by=lambda form: form.name))
    found: dict[str, Any] = {}
    for form in wanted:
        if depth == 0 and form.kind not in {Kind.ATTRIBUTE, Kind.PRIMITIVE}:
            continue
        found |= draw(members(form, depth - 1))
    return found


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1).filter(
    lambda text: not {"\ufffe", "\uffff"} & set(text)
)
NUMBERS = st.decimals(-(10**9), 10**9, places=3)


@st.composite
def members(draw: st.DrawFn, form: Form, depth: int) -> dict[str, Any]:
    """Return the members of JSON that an element of this form comes to; maybe none."""
    if form.kind is Kind.PRIMITIVE:
        values = {
            "boolean": st.booleans(),
            "decimal": NUMBERS,
            "integer": st.integers(-(2**31), 2**31),
            "positiveInt": st.integers(1, 2**31),
            "unsignedInt": st.integers(0, 2**31),
        }.get(form.type, TEXTS)
        siblings = st.just({"id": "s"}) | objects("Element", "", 0)
        pairs = draw(st.lists(st.tuples(st.none() | values, siblings), min_size=1, max_size=3))
        pairs = [(one, sibling or None) for one, sibling in pairs if one is not None or sibling]
        if not form.many:
            pairs = pairs[:1]
        found = {}
        for name, listed in (
            (form.name, [one for one, _ in pairs]),
            (f"_{form.name}", [sibling for _, sibling in pairs]),
        ):
            if any(value is not None for value in listed):
                found[name] = listed if form.many else listed[0]
        return found
    single: st.SearchStrategy[Any]
    if form.kind is Kind.ATTRIBUTE:
        single = TEXTS
    elif form.kind is Kind.NARRATIVE:
        single = st.just(f"{DIV}a &amp; <i>b</i></div>")
    elif form.kind is Kind.RESOURCE:
        single = resources(depth)
    else:
        single = objects(*form.below, depth)
    listed = [one for one in draw(st.lists(single, min_size=1, max_size=2)) if one]
    return {form.name: listed if form.many else listed[0]} if listed else {}


@st.composite
def resources(draw: st.DrawFn, depth: int = 3) -> dict[str, Any]:
    type_ = draw(st.sampled_from(sorted(spec.resource_types())))
    return {"resourceType": type_} | draw(objects(type_, "", depth))


@given(resources())
@settings(max_examples=100)
def test_whatever_r4_can_say_comes_back_from_xml_equal(resource: dict[str, Any]) -> None:
    text = fhir_bytes.dump(resource)
    written = xml.of_json(text)
    back = xml.to_json(written)
    assert fhir_bytes.parse(back) == fhir_bytes.parse(text)
    assert xml.of_json(back) == written


def test_uk_core_examples_come_back_equal() -> None:
    files = sorted(shared("fhir", "uk-core").glob("**/*.xml"))
    assert len(files) > 100
    for file in files:
        text = xml.to_json(file.read_bytes())
        assert xml.to_json(xml.of_json(text)) == text


def test_synthea_resources_come_back_equal(resource_texts: Texts) -> None:
    for text in resource_texts("synthea-2021", bundles=2):
        assert fhir_bytes.parse(xml.to_json(xml.of_json(text))) == fhir_bytes.parse(text)
