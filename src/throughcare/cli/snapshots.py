"""Commands for what nodes tell each other of people's Consents."""

import asyncio
from pathlib import Path

import click

from throughcare.app import folder, snapshots
from throughcare.app.node import Node, opened
from throughcare.cli import options
from throughcare.model.request import Actor, Purpose, Request, Role

who = click.option("--user", default="local-user", show_default=True, help="Who does it.")


@click.group()
def consents() -> None:
    """Tell another node of a person's Consents, take what it told, or end it."""


@consents.command(name="node")
@options.node
def own_node(node: Path) -> None:
    """Print the table by which another node's profile names this one."""
    made = folder.existing(node)
    click.echo(snapshots.introduction(made, made.profile().name), nl=False)


@consents.command()
@options.node
@click.option("--nhs", required=True, help="NHS number of the person.")
@click.option("--to", "audience", required=True, help="Id of the node that it is for.")
@who
def snapshot(node: Path, nhs: str, audience: str, user: str) -> None:
    """Print a person's Consents in force, signed for one node; it ends after 24 hours."""
    click.echo(asyncio.run(_issue(node, nhs, audience, user)))


async def _issue(root: Path, number: str, audience: str, user: str) -> str:
    async with opened(folder.existing(root)) as node:
        request = _request(node, user, Role.PRIVACY_OFFICER)
        return await snapshots.issue(node, request, number, audience)


@consents.command()
@options.node
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@who
def take(node: Path, file: Path, user: str) -> None:
    """Take the snapshot in FILE, as another node signed it."""
    asyncio.run(_take(node, file.read_text(encoding="ascii", errors="replace").strip(), user))
    click.echo("Taken: it binds from now on.")


async def _take(root: Path, text: str, user: str) -> None:
    async with opened(folder.existing(root)) as node:
        await node.admission.snapshots.take(_request(node, user, Role.IT_LEAD), text)


@consents.command()
@options.node
@click.option("--nhs", required=True, help="NHS number of the person.")
@click.option("--of", "home", required=True, help="Id of the node that told.")
@click.option("--why", required=True, help="Why it is not the person's consent home any more.")
@who
def end(node: Path, nhs: str, home: str, why: str, user: str) -> None:
    """End what another node told of a person, denials too: ask the person anew."""
    asyncio.run(_end(node, nhs, home, why, user))
    click.echo("Ended: what it told binds no more. Ask the person what they want.")


async def _end(root: Path, number: str, home: str, why: str, user: str) -> None:
    async with opened(folder.existing(root)) as node:
        request = _request(node, user, Role.PRIVACY_OFFICER)
        await node.admission.snapshots.end(request, number, home, why)


def _request(node: Node, user: str, role: Role) -> Request:
    actor = Actor(user, role, "", client="cli")
    return Request(actor, Purpose.HOPERAT, node.clock.now(), id=node.ids.new())
