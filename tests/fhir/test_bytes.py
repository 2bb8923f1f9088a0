import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import references, splicing
from throughcare.kernel import BadInputError

MOMENT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")

numbers = st.from_regex(
    r"-?(0|[1-9][0-9]{0,6})(\.[0-9]{1,4})?([eE][+-]?[0-9]{1,2})?", fullmatch=True
)
texts = st.text(st.characters(codec="utf-8"), max_size=12)
keys = st.one_of(texts, st.sampled_from(["id", "meta", "reference", "versionId", 'a"b', "c\\"]))


@st.composite
def json_texts(draw: st.DrawFn, depth: int = 0) -> str:
    """Return the text of a JSON value, oddly spaced, numbers in every form."""
    space = draw(st.sampled_from(["", " ", "\n\t", "\r\n  "]))
    kinds = (
        ["number", "text", "word"] if depth > 2 else ["number", "text", "word", "list", "object"]
    )
    kind = "object" if depth == 0 else draw(st.sampled_from(kinds))
    if kind == "number":
        return space + draw(numbers)
    if kind == "text":
        return space + json.dumps(draw(texts), ensure_ascii=draw(st.booleans())) + space
    if kind == "word":
        return space + draw(st.sampled_from(["true", "false", "null"]))
    if kind == "list":
        return f"{space}[{','.join(draw(st.lists(json_texts(depth + 1), max_size=3)))}]"
    names = draw(st.lists(keys, unique=True, max_size=5))
    members = [f"{space}{json.dumps(name)}{space}:{draw(json_texts(depth + 1))}" for name in names]
    return f"{space}{{{','.join(members)}{space}}}{space}"


def outside_strings(text: bytes) -> bytes:
    return re.sub(rb'"(?:[^"\\]|\\.)*"', b"", text, flags=re.DOTALL)


@given(json_texts())
def test_compacting_changes_nothing_but_white_space(text: str) -> None:
    compact = fhir_bytes.compact(text.encode())
    assert fhir_bytes.parse(compact) == fhir_bytes.parse(text.encode())
    assert not re.search(rb"[ \t\r\n]", outside_strings(compact))
    assert fhir_bytes.compact(compact) == compact


@given(json_texts())
def test_parsing_agrees_with_the_standard_library(text: str) -> None:
    assert fhir_bytes.parse(text.encode()) == json.loads(text, parse_float=Decimal)


def _with_meta_as_object(text: str) -> bool:
    value = json.loads(text)
    return isinstance(value.get("meta", {}), dict)


@given(json_texts())
def test_stored_text_is_read_again_as_it_was_read_first(text: str) -> None:
    assert fhir_bytes.read_again(text.encode()) == fhir_bytes.parse(text.encode())


@given(json_texts().filter(_with_meta_as_object))
def test_splicing_changes_id_and_meta_and_nothing_else(text: str) -> None:
    spliced = splicing.splice(
        fhir_bytes.compact(text.encode()), id="new", version=7, updated=MOMENT
    )
    before, after = fhir_bytes.parse(text.encode()), fhir_bytes.parse(spliced)
    assert after["id"] == "new"
    assert after["meta"]["versionId"] == "7"
    assert after["meta"]["lastUpdated"] == "2026-11-24T09:30:00.000Z"
    for value in (before, after):
        value.pop("id", None)
        meta = value.pop("meta", {})
        meta.pop("versionId", None)
        meta.pop("lastUpdated", None)
        value["meta"] = meta
    assert before == after
    left = {
        key: raw for key, raw in fhir_bytes.members(spliced).items() if key not in {"id", "meta"}
    }
    old = fhir_bytes.members(fhir_bytes.compact(text.encode()))
    assert left == {key: raw for key, raw in old.items() if key not in {"id", "meta"}}


def test_numbers_keep_every_digit() -> None:
    text = b'{"a": 1.10, "b": [1E5, -0.0, 100000000000000000000.000]}'
    spliced = splicing.splice(fhir_bytes.compact(text), id="x", version=1, updated=MOMENT)
    assert b'"a":1.10,"b":[1E5,-0.0,100000000000000000000.000]' in spliced
    assert fhir_bytes.dump(fhir_bytes.parse(b'{"a":1.10}')) == b'{"a":1.10}'


def test_references_are_resolved_wherever_they_stand() -> None:
    text = rb"""{"resourceType":"DocumentReference","subject":{"reference":"urn:uuid:1"},
      "author":[{"reference" : "Practitioner?identifier=http:\/\/x|9"}],
      "content":[{"attachment":{"url":"urn:uuid:2"}}],"description":"\"reference\":\"urn:uuid:1\""}"""
    known = {
        "urn:uuid:1": "Patient/a",
        "urn:uuid:2": "Binary/b",
        "Practitioner?identifier=http://x|9": "Practitioner/c",
    }
    value = fhir_bytes.parse(splicing.relink(fhir_bytes.compact(text), known))
    assert value["subject"]["reference"] == "Patient/a"
    assert value["author"][0]["reference"] == "Practitioner/c"
    assert value["content"][0]["attachment"]["url"] == "Binary/b"
    assert value["description"] == '"reference":"urn:uuid:1"'


RESOURCES = st.fixed_dictionaries(
    {"resourceType": st.just("Basic")},
    optional={
        "id": st.text(max_size=4),
        "meta": st.dictionaries(
            st.sampled_from(("profile", "versionId", "lastUpdated", "tag")),
            st.text(max_size=4)
            | st.lists(st.text(max_size=3), max_size=2)
            | st.just([{"code": "{"}]),
            min_size=1,
        ),
        "text": st.text(alphabet='{}"\\:,meta id'),
        "subject": st.fixed_dictionaries({"reference": st.text(alphabet='P/1\n"\\\u00e9')}),
        "contained": st.just([{"resourceType": "Basic", "id": "x", "meta": {"versionId": "3"}}]),
    },
)


@given(RESOURCES, st.permutations(["id", "meta", "text", "subject", "contained"]), st.booleans())
def test_a_resource_is_spliced_the_same_by_its_head_and_member_by_member(
    members: dict[str, Any],
    order: list[str],
    ascii_only: bool,  # noqa: FBT001
) -> None:
    names = ["resourceType", *(name for name in order if name in members)]
    text = json.dumps(
        {name: members[name] for name in names},
        separators=(",", ":"),
        ensure_ascii=ascii_only,
    ).encode()
    naive = splicing.spliced_anywhere(text, "new", 7, b"2026-11-24T09:30:00.000Z")
    assert splicing.splice(text, id="new", version=7, updated=MOMENT) == naive


@given(RESOURCES, st.booleans())
def test_the_references_in_a_text_are_those_of_the_resource(
    members: dict[str, Any],
    ascii_only: bool,  # noqa: FBT001
) -> None:
    text = json.dumps(members, separators=(",", ":"), ensure_ascii=ascii_only).encode()
    found = splicing.references(text)
    named = [reference for _, reference in references.of(members)]
    assert found == named or (found is None and "\\" in text.decode())


def test_the_id_stands_behind_the_resource_type() -> None:
    spliced = splicing.splice(
        b'{"resourceType":"Basic","code":{"text":"x"}}', id="a", version=1, updated=MOMENT
    )
    assert spliced.startswith(b'{"resourceType":"Basic","id":"a","meta":{"versionId":"1"')


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b'{"a":1,"b":[{"c":1, "c" : 2}]}', "b[0].c"),
        (b'{"\\u0061":1,"a":2}', "a"),
        (b'{"a":"\\":","a":1}', "a"),
        (b'{"a":1,"a":"\\u003a"}', "a"),
    ],
)
def test_a_member_named_twice_is_refused_with_its_path(text: bytes, place: str) -> None:
    with pytest.raises(BadInputError, match="stands twice") as caught:
        fhir_bytes.parse(text)
    assert caught.value.place == place


@pytest.mark.parametrize("key", [":", ":a", "a:", '":', "\\", ""])
@pytest.mark.parametrize("value", ["1", '":"', '[":"]', '{":":0}'])
def test_a_repeated_member_is_found_where_strings_hold_colons(key: str, value: str) -> None:
    name = json.dumps(key)
    with pytest.raises(BadInputError, match="stands twice"):
        fhir_bytes.parse(f"{{{name}:{value},{name}:{value}}}".encode())


@given(json_texts(), keys)
def test_a_repeated_member_is_found_whatever_stands_around_it(text: str, key: str) -> None:
    name = json.dumps(key)
    with pytest.raises(BadInputError, match="stands twice"):
        fhir_bytes.parse(f'{{"x1":{text},"y1":[{{{name}:1,"z1":{text},{name}:2}}]}}'.encode())


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b'{"a":1} x', "byte 9"),
        (b'{"a":01}', "byte 6"),
        (b'{"a":NaN}', "byte 5"),
        (b'{"a":1', "byte 6"),
        (b"", "byte 0"),
        (b'{"a":"\xff"}', "byte 6"),
        (b"[1]", "byte 0"),
        (b'\xef\xbb\xbf{"a":1}', "byte 0"),
    ],
)
def test_what_is_no_json_object_is_refused_with_its_byte(text: bytes, place: str) -> None:
    with pytest.raises(BadInputError) as caught:
        fhir_bytes.parse(text)
    assert caught.value.place == place


@pytest.mark.parametrize("text", [rb'{"a":"\ud800"}', rb'{"a":"\udc00x"}', rb'{"\ud83d":1}'])
def test_half_a_surrogate_pair_is_refused(text: bytes) -> None:
    with pytest.raises(BadInputError, match="surrogate"):
        fhir_bytes.parse(text)


@pytest.mark.parametrize("number", [b"1e9999999999999999999", b"-1E-9999999999999999999"])
@pytest.mark.parametrize("beside", [b"", rb'"c":"\ud83d\ude00",'])
def test_a_number_that_no_decimal_holds_is_refused(number: bytes, beside: bytes) -> None:
    with pytest.raises(BadInputError, match="too big or too small"):
        fhir_bytes.parse(b'{%s"a":%s}' % (beside, number))


def test_a_whole_surrogate_pair_is_a_character() -> None:
    assert fhir_bytes.parse(rb'{"a":"\ud83d\ude00","b":"\\ud800"}') == {"a": "😀", "b": "\\ud800"}


@pytest.mark.parametrize(("levels", "fits"), [(99, True), (100, False), (100_000, False)])
def test_a_hundred_levels_are_the_limit(levels: int, *, fits: bool) -> None:
    text = b'{"a":' + b"[" * levels + b"]" * levels + b"}"
    if fits:
        fhir_bytes.parse(text)
    else:
        with pytest.raises(BadInputError, match="deeper than 100"):
            fhir_bytes.parse(text)


def test_brackets_in_strings_and_side_by_side_are_no_depth() -> None:
    fhir_bytes.parse(b'{"a":"' + b"[" * 500 + b'","b":[' + b",".join([b"[]"] * 500) + b"]}")


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(text: bytes) -> None:
    try:
        value = fhir_bytes.parse(text)
    except BadInputError:
        return
    assert value == json.loads(text, parse_float=Decimal)


def test_a_bundle_is_split_without_touching_its_resources() -> None:
    text = b"""{"resourceType":"Bundle","type":"transaction","entry":[
      {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Basic",  "x":1.50},
       "request":{"method":"POST","url":"Basic","ifNoneExist":"identifier=a|b"}},
      {"request":{"method":"DELETE","url":"Basic/9"}}]}"""
    first, second = fhir_bytes.split_bundle(text)
    assert first.resource == b'{"resourceType":"Basic",  "x":1.50}'
    assert (first.full_url, first.method, first.if_none_exist) == (
        "urn:uuid:1",
        "POST",
        "identifier=a|b",
    )
    assert (second.resource, second.method, second.url) == (b"", "DELETE", "Basic/9")


def test_a_bundle_of_a_wrong_shape_is_refused_with_its_place() -> None:
    with pytest.raises(BadInputError) as caught:
        fhir_bytes.split_bundle(b'{"entry":[{"fullUrl":5}]}')
    assert caught.value.place == "entry[0].fullUrl"
