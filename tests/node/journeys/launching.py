"""A surgery's system beside the served node: it has a key, and the node its public half."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from throughcare.actors import keys
from throughcare.actors.launches import made, sign
from throughcare.app import folder
from throughcare.app.system import RandomIds, SystemClock
from throughcare.model.request import Role

KEY = Ed25519PrivateKey.generate()


def launch(node: Path, patient: str, *, user: str = "demo-gp") -> str:
    """Return the text by which the surgery leads its user to a person of the node."""
    there = folder.existing(node)
    there.systems.mkdir(exist_ok=True)
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (there.systems / "surgery.pem").write_bytes(public)
    said = made(
        RandomIds(),
        SystemClock().now(),
        system="surgery",
        node=keys.fingerprint(keys.load_public(there.keys)),
        user=user,
        role=Role.GP,
        patient=patient,
        reason="consultation",
    )
    return sign(KEY, said)
