"""The ledger and the clock: is the chain whole, sealed and signed, does time go on."""

from datetime import datetime, timedelta
from typing import Final

from throughcare.app.checks.check import command, fault, ok, warn
from throughcare.app.node import Node
from throughcare.audit import checkpoint, line
from throughcare.audit.checkpoint import Checkpoint
from throughcare.audit.report import Report
from throughcare.model.health import Check, Way

OLD_CHECKPOINT: Final = timedelta(days=1)
_UNPROVEN: Final = "Nobody can prove any more who looked at whose record."
_REFUSED: Final = "What can't be written down is refused: nobody can read any record."


def chain(node: Node, report: Report) -> Check:
    """Tell whether every line of the ledger, all of which were verified, is as it was written."""
    if not report.ok:
        verify = command(node.folder.root, "audit", "verify")
        way = Way(_UNPROVEN, verify, report.findings[0].remedy)
        return fault("ledger", str(report.findings[0]).removesuffix(f" {way.words}"), way)
    now = node.clock.now()
    found = f"verified up to {now:%Y-%m-%d %H:%M} UTC: {report.entries} entries, chain whole"
    return ok("ledger", f"{found}, {report.unsealed} not sealed yet")


def signed(node: Node, report: Report) -> Check:
    """Tell how old the newest signature is."""
    newest = _newest(node)
    if newest is None:
        return ok("checkpoint", "none yet: nothing to sign")
    age = node.clock.now() - newest
    found = f"signed {newest:%Y-%m-%d %H:%M} UTC, {report.unsigned} entries since"
    if age > OLD_CHECKPOINT and report.unsigned:
        otherwise = "Lines since then could be changed, and no signature would show it."
        way = Way(otherwise, command(node.folder.root, "serve"), "It signs each minute.")
        return warn("checkpoint", found, way)
    return ok("checkpoint", found)


def checks(node: Node) -> tuple[Check, ...]:
    """Look at what the ledger says of itself now, and at the clock."""
    return (_reserve(node), _clock(node, _newest(node)))


def _reserve(node: Node) -> Check:
    health, root = node.ledger.health(), node.folder.root
    way = Way(_REFUSED, f"df -h {root}", "Make room on that disk: docs/operations/disk-full.md.")
    if health.fault:
        return fault("ledger writes", health.fault, way)
    if health.spares < health.wanted:
        return warn("ledger writes", f"{health.spares} of {health.wanted} spare segments", way)
    return ok("ledger writes", "go on, with room in reserve for a full disk")


def _newest(node: Node) -> datetime | None:
    read = [line.decode(kept, Checkpoint) for kept in checkpoint.kept(node.folder.ledger)]
    return max((one.at for one in read if one is not None), default=None)


def _clock(node: Node, newest: datetime | None) -> Check:
    """Find a clock that was put back: something that was signed lies in its future."""
    if newest is not None and newest > node.clock.now() + timedelta(seconds=5):
        otherwise = "Consents, break-glass and sessions end at wrong times: they go by the clock."
        way = Way(otherwise, "timedatectl set-ntp true", "Look with timedatectl that it is right.")
        return fault("clock", f"is behind a checkpoint of {newest:%Y-%m-%d %H:%M} UTC", way)
    return ok("clock", f"{node.clock.now():%Y-%m-%d %H:%M} UTC")
