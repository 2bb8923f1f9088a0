"""Commands that copy a node or bring it back."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import click

from throughcare.app import backup as backups
from throughcare.app import folder
from throughcare.app.backup import recovered
from throughcare.app.backup.making import Backup, Made
from throughcare.app.backup.resuming import Past
from throughcare.app.content import export, whole
from throughcare.app.node import opened
from throughcare.app.system import RandomIds, SystemClock
from throughcare.cli import options
from throughcare.cli.progress import counting, parts

Folder = click.Path(path_type=Path, file_okay=False)
MEGABYTE = 1 << 20


@click.command()
@options.node
@click.option("--to", "target", type=Folder, required=True, help="Folder of the backup.")
@click.option("--full", is_flag=True, help="Copy the whole store, not only what came since.")
@click.option("--keep", type=click.IntRange(0), default=0, help="Whole copies to keep; 0: all.")
@click.option(
    "--with-keys", is_flag=True, help="Copy the private key as well: keep such a backup safe."
)
@click.option("--every", type=click.IntRange(1), help="Stay, and go on every so many seconds.")
@click.option("--quiet", is_flag=True, help="No progress bar.")
def backup(  # noqa: PLR0913, PLR0917 - options of the command line
    node: Path,
    target: Path,
    full: bool,  # noqa: FBT001 - a flag
    keep: int,
    with_keys: bool,  # noqa: FBT001 - a flag
    every: int | None,
    quiet: bool,  # noqa: FBT001 - a flag
) -> None:
    """Back up a node while it serves; the next time only what came since is copied."""
    with parts("backing up", quiet=quiet) as progress:
        wanted = Backup(
            folder.existing(node),
            target,
            SystemClock(),
            RandomIds(),
            with_keys=with_keys,
            keep=keep,
            progress=progress,
        )
        asyncio.run(_backup(wanted, full=full, every=every))


async def _backup(wanted: Backup, *, full: bool, every: int | None) -> None:
    async with opened(wanted.node) as node:
        _say(await backups.make(node, wanted, full=full))
        while every:
            await asyncio.sleep(every)
            _say(await backups.make(node, wanted, full=False))


def _say(made: Made) -> None:
    size = made.size / MEGABYTE
    if made.why_a_base:
        click.echo(f"Whole store copied: {made.why_a_base}.")
    reached = made.manifest.bases[-1].reached
    click.echo(f"{made.commits} commits added; the backup reaches to {reached.isoformat()}.")
    click.echo(f"{size:.1f} MB in {len(list(made.manifest.pieces()))} files.")


@click.command()
@click.argument("source", metavar="BACKUP", type=Folder)
@click.option("--node", type=Folder, help="New folder for the node.")
@options.store
@click.option("--at", type=str, help="Time to go back to, such as 2026-11-24T09:30:00Z.")
@click.option("--key", type=Folder, help="Folder of the node's key pair, if not in the backup.")
@click.option("--ledger", type=Folder, help="A ledger saved from the lost machine; it is newer.")
@click.option("--check", is_flag=True, help="Check every file of the backup and restore nothing.")
def restore(  # noqa: PLR0913, PLR0917 - options of the command line
    source: Path,
    node: Path | None,
    store: tuple[str, ...],
    at: str | None,
    key: Path | None,
    ledger: Path | None,
    check: bool,  # noqa: FBT001 - a flag
) -> None:
    """Make a node from BACKUP: a backup, as of its newest state or of a time; or an export."""
    if check:
        _check(source)
        return
    if node is None:
        message = "Say with --node where the new node goes, or --check to look only."
        raise click.UsageError(message)
    if (source / export.FILE).exists():
        _only_of("a backup", {"--at": at, "--ledger": ledger})
        _arrive(source, node, store, key)
        return
    _only_of("an export", {"--store": store or None})
    done = backups.revive(source, node, _moment(at) if at else None, key=key, ledger=ledger)
    restored = done.restored
    click.echo(f"Node in {node}: the record as of {restored.at.isoformat()}.")
    click.echo(f"{restored.commits} commits done again; {restored.lines} lines in the ledger.")
    _say_lost(done.past)
    if not done.noted:
        click.echo("The backup is read-only: the doctor will not know that it was restored.")
    if not restored.has_key:
        click.echo(f"Put the private key from your safe to {node}/keys/node.pem, then serve.")


def _only_of(what: str, given: Mapping[str, object]) -> None:
    """Refuse options that would be passed over."""
    for name in (name for name, value in given.items() if value is not None):
        message = f"{name} is for the restore of {what}; leave it out here."
        raise click.UsageError(message)


def _check(source: Path) -> None:
    """Say what a backup or an export holds, all of which is read."""
    if (source / export.FILE).exists():
        parts = export.checked(source).parts
        click.echo(f"All {len(parts)} files are as they were written.")
        return
    found = backups.check(source)
    for base in found.bases:
        click.echo(f"any time from {base.at.isoformat()} to {base.reached.isoformat()}")
    click.echo(f"All {len(list(found.pieces()))} files are as they were written.")


def _arrive(source: Path, node: Path, store: tuple[str, ...], key: Path | None) -> None:
    with counting("restoring", quiet=False) as progress:
        found = asyncio.run(whole.arrive(source, node, progress, dsns=store, key=key))
    click.echo(f"Node in {node}, equal to the export: hash {found.hash}.")
    if not (node / "keys" / "node.pem").exists():
        click.echo(f"Put the private key from your safe to {node}/keys/node.pem, then serve.")


@click.command(name="resume")
@options.node
@click.option("--at", required=True, help="Time it was brought back to, with its zone.")
def go_on(node: Path, at: str) -> None:
    """Go on after PostgreSQL's own means brought the database of a node back to a time."""
    moment = _moment(at)
    past = asyncio.run(recovered.go_on(folder.existing(node), moment))
    click.echo(f"Ready to be served: the record as of {moment.isoformat()}.")
    _say_lost(past)


@click.command(name="export")
@options.node
@click.option("--to", "target", type=Folder, required=True, help="New folder for the export.")
@click.option("--with-keys", is_flag=True, help="Copy the private key too: keep it safe then.")
@click.option("--quiet", is_flag=True, help="No progress bar.")
def export_node(
    node: Path,
    target: Path,
    with_keys: bool,  # noqa: FBT001 - a flag
    quiet: bool,  # noqa: FBT001 - a flag
) -> None:
    """Write the whole node as open files (NDJSON), of which 'restore' makes an equal node."""
    with counting("exporting", quiet=quiet) as progress:
        made = asyncio.run(_export(node, target, progress, with_keys=with_keys))
    current, files = made.counts.get("current", 0), len(made.parts)
    click.echo(f"{current} resources and all else in {files} files in {target}.")
    click.echo(f"Hash of the content: {made.hash}")


async def _export(
    root: Path, target: Path, progress: Callable[[int], None], *, with_keys: bool
) -> export.Export:
    async with opened(folder.existing(root)) as node:
        return await whole.leave(node, target, progress, with_keys=with_keys)


@click.command()
@click.option("--from", "source", type=Folder, required=True, help="Folder of the node.")
@click.option("--to", "target", type=Folder, required=True, help="New folder for the copy.")
@options.store
@click.option("--quiet", is_flag=True, help="No progress bar.")
def copy(source: Path, target: Path, store: tuple[str, ...], quiet: bool) -> None:  # noqa: FBT001
    """Copy a node that is stopped, into a store of either engine, and prove that it is equal."""
    with counting("copying", quiet=quiet) as progress:
        copied = asyncio.run(whole.copy(folder.existing(source), target, progress, dsns=store))
    click.echo(f"Node in {target}, equal to that in {source}: hash {copied.hash}.")
    click.echo("It is the same node: serve one of the two only, and remove the other.")


def _moment(text: str) -> datetime:
    """Read a time that says its zone. Raises UsageError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        message = f"--at {text} is no time with its zone; write it as 2026-11-24T09:30:00Z."
        raise click.UsageError(message)
    return found


def _say_lost(past: Past) -> None:
    if past.lost:
        words = ", ".join(f"{count} {action}" for action, count in sorted(past.lost.items()))
        click.echo(f"In the ledger after that time, and not in this record: {words}.")
        click.echo("Load those feeds again, and ask again for consents that were changed since.")
