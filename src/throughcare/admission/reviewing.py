"""A look that was reviewed: what the privacy officer decided about it."""

from throughcare.model.audit import Case
from throughcare.store.protocol import Transaction


async def close(tx: Transaction, case: Case, verdict: str) -> None:
    """Keep the verdict: on the alert if there was one, else on a row of the case's own."""
    await tx.run(
        "admission.add_notice",
        notice=case.id,
        kind="review",
        person=case.person,
        at=case.at.isoformat(),
        audit=case.audit,
        who=f"{case.user} {case.organisation}".strip(),
        text="",
    )
    await tx.run("admission.see_notice", notice=case.id, state=verdict)
