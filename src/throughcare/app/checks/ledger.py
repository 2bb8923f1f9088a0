"""The ledger and the clock: is the chain whole, sealed and signed, does time go on."""

from datetime import datetime, timedelta
from typing import Final

from throughcare.app.checks.check import Check, fault, ok, warn
from throughcare.app.node import Node
from throughcare.audit import checkpoint, line
from throughcare.audit.checkpoint import Checkpoint
from throughcare.audit.report import Report

OLD_CHECKPOINT: Final = timedelta(days=1)
_VERIFY: Final = "throughcare audit verify"


def checks(node: Node, report: Report) -> tuple[Check, ...]:
    """Look at the ledger, which was verified, and at the clock."""
    signed = _newest(node)
    return (_chain(node, report), _signed(node, report, signed), _clock(node, signed))


def _chain(node: Node, report: Report) -> Check:
    health = node.ledger.health()
    if health.fault:
        return fault("ledger", health.fault, "Make room on the disk, then look again.")
    if not report.ok:
        return fault("ledger", str(report.findings[0]), _VERIFY)
    found = f"{report.entries} entries, chain whole, {report.unsealed} not sealed yet"
    if health.spares < health.wanted:
        reserve = f"{found}; {health.spares} of {health.wanted} spare segments"
        return warn("ledger", reserve, "Make room: without spares a full disk refuses reads.")
    return ok("ledger", found)


def _newest(node: Node) -> datetime | None:
    read = [line.decode(kept, Checkpoint) for kept in checkpoint.kept(node.folder.ledger)]
    return max((one.at for one in read if one is not None), default=None)


def _signed(node: Node, report: Report, newest: datetime | None) -> Check:
    if newest is None:
        return ok("checkpoint", "none yet: nothing to sign")
    age = node.clock.now() - newest
    found = f"{age.total_seconds() / 60:.0f} minutes old, {report.unsigned} entries since"
    if age > OLD_CHECKPOINT and report.unsigned:
        return warn("checkpoint", found, "Is the node served? It signs each minute.")
    return ok("checkpoint", found)


def _clock(node: Node, newest: datetime | None) -> Check:
    """Find a clock that was put back: something that was signed lies in its future."""
    if newest is not None and newest > node.clock.now() + timedelta(seconds=5):
        remedy = "Set the clock (timedatectl): consents and sessions end by it."
        return fault("clock", f"is behind a checkpoint of {newest:%Y-%m-%d %H:%M} UTC", remedy)
    return ok("clock", f"{node.clock.now():%Y-%m-%d %H:%M} UTC")
