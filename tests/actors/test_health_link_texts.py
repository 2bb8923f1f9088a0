"""The text of a health link: written as the guide has it, and read from whatever is pasted."""

import base64
import contextlib
import json

from hypothesis import given
from hypothesis import strategies as st

from throughcare.kernel import BadInputError
from throughcare.model import health_link


def test_a_link_is_written_as_the_guide_has_it_and_read_again() -> None:
    payload = health_link.Payload(
        url="https://node.example/shl/I91rhba3VsuGXGchcnr6VHlQFKxfE28kuZ0ssbEuxno",
        key="rxTgYlOaKJPFtcEd0qcceN8wEU4p94SqAwIWQe6uX7Q",
        exp=1796083200,
        flag="LP",
        label="Für Ward 3",
    )
    link = health_link.written(payload)
    body = link.removeprefix("shlink:/")
    padded = body + "=" * (-len(body) % 4)
    assert "=" not in body
    assert json.loads(base64.urlsafe_b64decode(padded)) == {
        "url": payload.url,
        "key": payload.key,
        "exp": 1796083200,
        "flag": "LP",
        "label": "Für Ward 3",
    }
    assert health_link.read(link) == health_link.read(f"https://v.example/view#{link}") == payload


@given(st.text(max_size=300))
def test_whatever_is_read_as_a_link_is_one_or_is_refused(text: str) -> None:
    for pasted in (text, f"shlink:/{text}"):
        with contextlib.suppress(BadInputError):
            health_link.read(pasted)
