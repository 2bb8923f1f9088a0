"""Commands about the systems that hand over by a key of their own."""

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import click

from throughcare.app import folder
from throughcare.app.node import opened
from throughcare.app.senders import Senders
from throughcare.app.texts import text_of
from throughcare.cli import options
from throughcare.model.request import Actor, Role
from throughcare.model.source import Source, Standing
from throughcare.summary.dates import moment

T = TypeVar("T")
Mapping = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group()
def source() -> None:
    """Let systems hand over by themselves, each with a key of its own."""


@source.command()
@click.argument("name")
@options.node
@click.option("--org", required=True, metavar="ODS", help="The organisation that it speaks for.")
@click.option("--mapping", type=Mapping, help="Column mapping of its CSV, if it sends any.")
def add(name: str, node: Path, org: str, mapping: Path | None) -> None:
    """Add the source NAME and print its key, which is shown this once."""
    made = Source(name, org.upper(), text_of(mapping) if mapping else "")
    _print_key(name, _done(node, lambda kept, actor: kept.add(actor, made)))


@source.command(name="list")
@options.node
def list_sources(node: Path) -> None:
    """Say of each source whether anything was accepted yet, and what was refused last."""
    found = _done(node, lambda kept, actor: kept.all(actor))
    if not found:
        click.echo("There is none yet: 'throughcare source add' adds one.")
    for each in found:
        _print_standing(each)


@source.command()
@click.argument("name")
@options.node
def key(name: str, node: Path) -> None:
    """Print a new key of the source NAME; the one before opens nothing any more."""
    _print_key(name, _done(node, lambda kept, actor: kept.renew(actor, name))[1])


@source.command()
@click.argument("name")
@click.argument("file", type=Mapping)
@options.node
def mapping(name: str, file: Path, node: Path) -> None:
    """Give the source NAME the column mapping in FILE for what it sends from now on."""
    text = text_of(file)
    _done(node, lambda kept, actor: kept.map(actor, name, text))
    click.echo(f"{name} is read by this mapping from now on. What it handed over stays as it is.")


@source.command()
@click.argument("name")
@options.node
def retire(name: str, node: Path) -> None:
    """Take the key of the source NAME away; what it handed over stays."""
    _done(node, lambda kept, actor: kept.close(actor, name))
    click.echo(f"{name} has no key any more. 'throughcare source key' gives it a new one.")


def _done(root: Path, what: Callable[[Senders, Actor], Awaitable[T]]) -> T:
    """Do something about the sources of a node as the IT lead at this machine."""

    async def work() -> T:
        async with opened(folder.existing(root)) as node:
            actor = Actor(f"operator:{getpass.getuser()}", Role.IT_LEAD, "", client="cli")
            return await what(Senders(node), actor)

    return asyncio.run(work())


def _print_key(name: str, made: str) -> None:
    """Print a key alone on standard output, so that a script can take it from there."""
    click.echo(f"The key of {name}, shown this once. Whoever has it can send as {name}.", err=True)
    click.echo(made)


def _print_standing(each: Standing) -> None:
    known, last = each.source, each.last
    about = f"{known.name} of {known.organisation}"
    if known.mapping:
        about += ", with a mapping"
    if not known.is_open:
        about += ", key taken away"
    first = f"first accepted {moment(each.first)}" if each.first else "nothing accepted yet"
    click.echo(f"{about}: {first}")
    if last is None:
        return
    counts = f"{last.stored} stored, {last.known} stored before, {last.refused} refused"
    click.echo(f"    last sent {moment(last.at)}: {counts}")
    for fault in last.findings:
        click.echo(f"    refused {fault.place}: {fault.rule} {fault.remedy}")
