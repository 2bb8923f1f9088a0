"""Whoever holds a health link: who that is, and what they are handed by each way to open it."""

import json
import re
import zlib
from base64 import urlsafe_b64decode
from dataclasses import replace
from datetime import timedelta

import httpx
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from doors.node_parts import asks
from throughcare.actors import jwe
from throughcare.app.gateway import gateway
from throughcare.app.node import Node
from throughcare.model import health_link
from throughcare.model.health_link import NewLink, Payload
from throughcare.model.request import Purpose, Request, Role

HOST = "http://node"
WHO = "Ward 3"
KINDS = (frozenset[str](), frozenset({"conditions", "medicines", "sexual-health"}))
"""What a link shows: all but the sensitive set, or some kinds."""
MADE_NOW = re.compile(rb'urn:uuid:[0-9a-f-]{36}|"(?:timestamp|date)":"[^"]*"')
TOKEN = re.compile(rb'name="token" value="[^"]*"')


async def request(node: Node, own: Request) -> Request:
    """Make a link for the person who asks; return the request of whoever holds it."""
    person = own.actor.person
    assert person is not None
    ends = own.at + timedelta(days=1)
    link = NewLink("a ward", KINDS[person % len(KINDS)], ends, direct=True)
    account = await node.linking.make(own, link)
    held = asks(Role.PROXY, Purpose.FAMRQT, organisation="", person=person)
    return held.__class__(replace(held.actor, user=account), held.purpose, held.at)


async def opened(node: Node, account: str) -> list[bytes]:
    """Return what a link opens: by its manifest, as one file, and in the viewer without scripts."""
    links = node.health_links
    url, key = f"{HOST}/shl/{links.address(account)}", links.key(account)
    ends = int((node.clock.now() + timedelta(days=1)).timestamp())
    text = health_link.written(Payload(url, jwe.text_of(key), ends, "U", "a ward"))
    transport = httpx.ASGITransport(gateway(node))
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as holder:
        manifest = await holder.post(url, content=json.dumps({"recipient": WHO}))
        direct = await holder.get(url, params={"recipient": WHO})
        form = await holder.get("/view")
        (token,) = TOKEN.findall(form.content)[:1]
        fields = {"token": token.decode().split('"')[3], "link": text, "recipient": WHO}
        viewed = await holder.post("/view", data=fields, headers={"origin": HOST})
    found = [str((reply.status_code, len(reply.content))).encode() for reply in (manifest, direct)]
    if manifest.status_code == httpx.codes.OK:
        assert direct.status_code == viewed.status_code == httpx.codes.OK, viewed.text
        (file,) = manifest.json()["files"]
        found += [_plain(key, file["embedded"]), _plain(key, direct.text)]
    return [MADE_NOW.sub(b"", one) for one in (*found, TOKEN.sub(b"", viewed.content))]


def _plain(key: bytes, sealed: str) -> bytes:
    protected, _, *rest = sealed.split(".")
    nonce, encrypted, tag = (urlsafe_b64decode(part + "==") for part in rest)
    packed = AESGCM(key).decrypt(nonce, encrypted + tag, protected.encode())
    return zlib.decompress(packed, -15)
