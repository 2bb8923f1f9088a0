"""Consent snapshots of this node, signed; and what another node needs to believe them."""

import base64

from throughcare.actors import keys, snapshots
from throughcare.actors.keys import fingerprint
from throughcare.app.folder import Folder
from throughcare.app.node import Node
from throughcare.model.request import Request


async def issue(node: Node, request: Request, number: str, audience: str) -> str:
    """Return a signed snapshot of one person's Consents; see `Snapshots.issue`."""
    snapshot = await node.snapshots.issue(request, number, audience)
    return snapshots.signed(keys.load(node.folder.keys), snapshot)


def introduction(folder: Folder, name: str) -> str:
    """Return the table by which another node's profile names this one."""
    public = keys.load_public(folder.keys)
    x = base64.urlsafe_b64encode(public.public_bytes_raw()).rstrip(b"=").decode()
    return (
        f"[nodes.{fingerprint(public)}]\n"
        f'name = "{name}"\n'
        f'keys = [{{ kty = "OKP", crv = "Ed25519", x = "{x}" }}]\n'
    )
