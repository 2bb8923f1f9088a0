"""A store as the release before would have left it."""

from throughcare.identity.compare import former_keys, keys
from throughcare.identity.region import decode
from throughcare.store.protocol import Transaction


async def age(tx: Transaction) -> None:
    """Give all records the keys of the release before, and none of this one's."""
    for subject, body in await tx.rows("identity.demographics_after", after=0, most=99):
        known = decode(body)
        for statement, some in (("drop_key", keys(known)), ("add_key", former_keys(known))):
            pairs = [{"h": h, "subject": subject} for h in sorted(some)]
            await tx.run_many(f"identity.{statement}", pairs)
    await tx.run("identity.reach_keyed", reached=0)
