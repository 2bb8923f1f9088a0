"""Commands that ask on somebody's behalf: a token for other programs, the emergency summary."""

import asyncio
import json
from pathlib import Path
from typing import Any

import click

from throughcare.app import asking, folder
from throughcare.app.node import Node, opened
from throughcare.cli import options
from throughcare.cli.claims import Claims, claims
from throughcare.kernel import NotFoundError
from throughcare.model.request import Actor, Request, Role


@click.command()
@options.node
@options.claims
@click.option("--person", help="Public id of the one person that the token is for.")
@click.option("--hours", type=click.IntRange(1, 24), default=4, show_default=True)
def token(node: Path, person: str | None, hours: int, **stated: str | None) -> None:
    """Print a bearer token for the FHIR interface of a node on this machine."""
    who = claims(stated)
    click.echo(f"Token for {who}; {hours} hours.", err=True)
    click.echo(asyncio.run(_token(node, who, person, hours)))


async def _token(root: Path, who: Claims, person: str | None, hours: int) -> str:
    async with opened(folder.existing(root)) as node:
        number = await _person(node, person) if person else None
        if who.role is Role.PATIENT and number is None:
            message = "A token for a patient needs --person: their id in 'throughcare people'."
            raise click.UsageError(message)
        return node.issue(_request(node, who, number), hours=hours)


async def _person(node: Node, person_id: str) -> int:
    async with node.store.snapshot() as reader:
        found = await node.persons.by_public_id(reader, person_id)
    if found is None:
        message = "Nobody here has this id. 'throughcare people --csv' lists them."
        raise NotFoundError(message)
    return found


def _request(node: Node, who: Claims, person: int | None) -> Request:
    return Request(
        Actor(who.user, who.role, who.organisation, client="cli", person=person),
        who.purpose,
        node.clock.now(),
        who.relationship,
        who.permission,
        who.reason,
        id=node.ids.new(),
    )


@click.command()
@options.node
@options.claims
@click.option("--nhs", required=True, help="NHS number of the person.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def emergency(node: Path, nhs: str, as_json: bool, **stated: str | None) -> None:  # noqa: FBT001 - a flag
    """Print the emergency summary, through the same door as the page."""
    who = claims(stated)
    found = asyncio.run(_emergency(node, nhs, who))
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    click.echo(f"{found['name']}   ({who})")
    if found["withheld"]:
        click.echo(found["withheld"]["text"])
    for name, section in found.items():
        if isinstance(section, dict) and "items" in section:
            click.echo(f"\n{name.upper()}: {section['title'] or section['state']}")
            for item in section["items"]:
                click.echo(f"  {item['text']}")


async def _emergency(root: Path, number: str, who: Claims) -> dict[str, Any]:
    async with opened(folder.existing(root)) as node:
        person = await asking.person_with(node, number) if who.role is Role.PATIENT else None
        return dict(await asking.emergency(node, number, _request(node, who, person)))
