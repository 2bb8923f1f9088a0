"""Finding a person on a page: by number or name, whom it left out, and what to do next."""

import pytest

from throughcare.model.person import PersonQuery
from throughcare.web.ports import Remainder
from throughcare.web.searching import heading
from web.made_up import KHAN
from web.memory import MemoryNode
from web.test_pages import ClientOf, token

RECORD = f"/people/{KHAN}"


async def test_a_search_by_number_name_and_birth_date_finds(client_of: ClientOf) -> None:
    client = client_of("crew")
    by_number = await client.post("/people", data=token("crew", nhs_number="999 000 0018"))
    assert f"{RECORD}/permission" in by_number.text
    born = {"day": "18", "month": "4", "year": "1941"}
    named = token("crew", family="Khan", given="Amina", **born)
    assert RECORD in (await client.post("/people", data=named)).text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"nhs_number": "9990000026"}, "Check the number, or search by name"),
        ({"nhs_number": "9434765919"}, "Check the number, or search by name"),
        ({"family": "O'Neill", "given": "Siân", "postcode": "MB1 3DJ"}, "without the postcode."),
        ({"family": "Khan", "given": "Amina", "postcode": "zz"}, "without the postcode."),
        ({"family": "محمد", "given": "علي"}, "Check the spelling and the date of birth"),
    ],
)
async def test_what_to_do_where_nobody_is_found_follows_from_what_was_asked_alone(
    client_of: ClientOf, fields: dict, said: str
) -> None:
    born = {"day": "29", "month": "2", "year": "1960"}
    answer = await client_of("crew").post("/people", data=token("crew", **born, **fields))
    assert "Nobody found." in answer.text
    assert said in answer.text


async def test_a_search_says_whom_it_left_out_and_what_to_add(
    client_of: ClientOf, node: MemoryNode
) -> None:
    client = client_of("crew")
    node.most_found = 0
    number = token("crew", nhs_number="999 000 0018")
    assert "Nobody found." in (await client.post("/people", data=number)).text
    node.most_found, node.compares_all = 1, False
    crowded = (await client.post("/people", data=number)).text
    assert "1 person found" in crowded
    assert "Too many people have this NHS number to be shown. Search by name" in crowded
    nobody = (await client.post("/people", data=token("crew", nhs_number="9990000026"))).text
    assert "Nobody found among those who were compared." in nobody
    assert "Too many people have this NHS number" in nobody


@pytest.mark.parametrize(
    ("given", "left", "said"),
    [
        ({}, Remainder(57, is_whole=True), "likeliest. If the person is not among them, add a p"),
        ({"postcode": "LS1 4AP"}, Remainder(57, is_whole=True), "add the sex or the NHS number."),
        ({"postcode": "LS1 4AP", "sex": "male"}, Remainder(20, is_whole=False), "Add the NHS numb"),
        ({}, Remainder(20, is_whole=False), "were compared. Add a postcode, the sex or the NHS"),
        ({}, Remainder(20, is_whole=True), ""),
    ],
)
def test_what_is_left_out_names_what_a_search_lacks(
    given: dict[str, str], left: Remainder, said: str
) -> None:
    found = heading(20, left, PersonQuery(family="Smith", given="John", **given))
    assert said in found.advice
    assert bool(found.advice) == bool(said)
    assert found.text == ("20 of 57 people found" if left.total == 57 else "20 people found")
