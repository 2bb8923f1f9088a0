"""Health links as rows: address and key are derived from the node's key, so neither is stored.

Whoever reads the store, or a backup of it, can't open a link by what is there, and the person can
have the link shown again.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import scrypt, sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from throughcare.actors import jwe, secret
from throughcare.actors.times import from_store, to_store
from throughcare.kernel import Clock, Ids
from throughcare.model.health_link import ACCOUNT, MOST_ATTEMPTS, HealthLink, NewLink
from throughcare.store.protocol import Reader, Row, Transaction

FILE_LIFE: Final = timedelta(minutes=5)
"""How long a file that a manifest names can be fetched; the guide allows an hour."""
_COST: Final = {"n": 1 << 14, "r": 8, "p": 1}
_PASSCODE_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Ticket:
    """A file that was fetched: of which link, and who said they fetch it."""

    account: str
    recipient: str


class HealthLinks:
    """Keeps links and what can be fetched by them once."""

    def __init__(self, key: Ed25519PrivateKey, clock: Clock, ids: Ids) -> None:
        """Derive addresses and keys from the node's `key`."""
        self._key, self._clock, self._ids = key, clock, ids

    def new_account(self) -> str:
        """Return an account that nobody has."""
        return f"{ACCOUNT}{self._ids.new()}"

    def address(self, account: str) -> str:
        """Return what stands in the link's address: 256 bits as 43 letters."""
        return jwe.text_of(self._derived("address", account))

    def key(self, account: str) -> bytes:
        """Return the key that the link's files are encrypted with."""
        return self._derived("key", account)

    def sealed(self, account: str, content: bytes, content_type: str) -> str:
        """Return `content` encrypted as the link's files are, under a nonce of its own."""
        nonce = secret.digest(secret.new(self._ids))[: jwe.NONCE_BYTES]
        return jwe.sealed(self.key(account), nonce, content, content_type)

    def passcode(self, given: str) -> str:
        """Return what is stored of a passcode: salt and scrypt. Takes some 50 ms of a processor."""
        return _hashed(given, self._ids.new()) if given else ""

    async def add(
        self, tx: Transaction, account: str, subject: int, link: NewLink, passcode: str
    ) -> None:
        """Store a link; `passcode` as the method of that name returns it."""
        await tx.run(
            "actors.add_health_link",
            account=account,
            digest=_digest(self.address(account)),
            subject=subject,
            label=link.label,
            kinds=",".join(sorted(link.kinds)),
            direct=int(link.direct),
            passcode=passcode,
            attempts=MOST_ATTEMPTS,
            made=to_store(self._clock.now()),
            expires=to_store(link.expires),
        )

    async def at(self, reader: Reader, address: str) -> HealthLink | None:
        """Return the link of an address, whatever became of it."""
        rows = await reader.rows("actors.health_link_at", digest=_digest(address))
        return _link(rows[0]) if rows else None

    async def get(self, reader: Reader, account: str) -> HealthLink | None:
        """Return the link of an account, whatever became of it."""
        rows = await reader.rows("actors.health_link", account=account)
        return _link(rows[0]) if rows else None

    async def of(self, reader: Reader, subjects: Sequence[int]) -> list[HealthLink]:
        """Return the links of source records, those of one record newest first."""
        rows = [
            row
            for subject in subjects
            for row in await reader.rows("actors.health_links_of", subject=subject)
        ]
        return [_link(row) for row in rows]

    async def secret_of(self, reader: Reader, account: str) -> str:
        """Return what is stored of a link's passcode; "" for none."""
        rows = await reader.rows("actors.health_link", account=account)
        return str(rows[0][5]) if rows else ""

    async def take_attempt(self, tx: Transaction, account: str) -> bool:
        """Use one attempt up, before the passcode is looked at; False if none is left.

        So a hundred requests at once can't try a hundred passcodes.
        """
        return bool(await tx.run("actors.take_attempt", account=account))

    async def give_attempt_back(self, tx: Transaction, account: str) -> None:
        """Count the attempt for nothing: the passcode was right."""
        await tx.run("actors.give_attempt_back", account=account)

    async def pause(self, tx: Transaction, account: str, *, paused: bool) -> None:
        """Let a link open nothing for a while, or again."""
        await tx.run("actors.pause_health_link", account=account, paused=int(paused))

    async def end(self, tx: Transaction, account: str) -> None:
        """End a link for ever."""
        await tx.run("actors.end_health_link", account=account)

    async def offer(self, tx: Transaction, account: str, recipient: str) -> str:
        """Return the secret by which a file of a link can be fetched, once and soon."""
        made = secret.new(self._ids)
        now = self._clock.now()
        await tx.run("actors.drop_expired_files", now=to_store(now))
        await tx.run(
            "actors.add_file",
            digest=_digest(made),
            account=account,
            recipient=recipient,
            expires=to_store(now + FILE_LIFE),
        )
        return made

    async def redeem(self, tx: Transaction, given: str) -> Ticket | None:
        """Use such a secret up; None if it is unknown, used or too old."""
        digest = _digest(given)
        await tx.run("actors.drop_expired_files", now=to_store(self._clock.now()))
        found = await tx.rows("actors.file", digest=digest)
        used = await tx.run("actors.use_file", digest=digest)
        return Ticket(str(found[0][0]), str(found[0][1])) if found and used else None

    def _derived(self, use: str, account: str) -> bytes:
        info = f"throughcare health link {use} {account}".encode()
        derive = HKDF(algorithm=SHA256(), length=jwe.KEY_BYTES, salt=None, info=info)
        return derive.derive(self._key.private_bytes_raw())


def is_passcode(stored: str, given: str) -> bool:
    """Tell whether a passcode is the stored one, in constant time; some 50 ms of a processor."""
    salt, _, _ = stored.partition(":")
    return hmac.compare_digest(_hashed(given, salt), stored)


def _hashed(given: str, salt: str) -> str:
    text = given.strip().encode("utf-8", "surrogatepass")
    found = scrypt(text, salt=salt.encode(), dklen=_PASSCODE_BYTES, **_COST)
    return f"{salt}:{found.hex()}"


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _link(row: Row) -> HealthLink:
    account, subject, label, kinds, direct, passcode, attempts, paused, made, expires, ended = row
    return HealthLink(
        account=str(account),
        subject=int(subject or 0),
        label=str(label),
        kinds=frozenset(filter(None, str(kinds).split(","))),
        direct=bool(direct),
        protected=bool(passcode),
        attempts=int(attempts or 0),
        paused=bool(paused),
        made=from_store(int(made or 0)),
        expires=from_store(int(expires or 0)),
        ended=bool(ended),
    )
