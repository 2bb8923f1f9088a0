"""Commands for what opens a record by law, and for the opt-outs that bind it."""

import asyncio
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from throughcare.app import asking, folder, optouts
from throughcare.app.node import Node, opened
from throughcare.cli import options
from throughcare.disclosure.views import OptOutState
from throughcare.kernel import ConflictError
from throughcare.model.permit import Basis, Entry, Items
from throughcare.model.request import Actor, Purpose, Request, Role

who = click.option("--user", default="local-user", show_default=True, help="Who does it.")


@click.group()
def permit() -> None:
    """Keep the register of legal permits: who may see what by law, without consent."""


@permit.command()
@options.node
@click.option(
    "--basis",
    type=click.Choice([basis.value for basis in Basis]),
    required=True,
    help="statute passes over opt-outs; section-251 is bound by them.",
)
@click.option("--provision", required=True, help="The law, and the project's reference.")
@click.option("--approver", required=True, help="Who approved it; never who enters it.")
@click.option(
    "--recipient",
    multiple=True,
    required=True,
    help="ODS code, role:NAME, user, or several of them joined by '&'. May be repeated.",
)
@click.option("--purpose", multiple=True, required=True, help="Purpose of use. May be repeated.")
@click.option("--until", "ends", required=True, help="Last day, as 2027-03-31.")
@click.option("--since", "starts", default="", help="First day.  [default: today]")
@click.option("--category", multiple=True, help="Kind of entry.  [default: all the role sees]")
@click.option("--label", multiple=True, help="Label of closed entries that it opens.")
@click.option("--nhs-number", multiple=True, help="Of whom.  [default: of everybody]")
@who
def add(node: Path, user: str, **given: Any) -> None:  # noqa: ANN401 - options of the command line
    """Add an entry to the register; it is in force at once, or from its first day."""
    click.echo(f"Entered as {asyncio.run(_add(node, user, given))}.")


async def _add(root: Path, user: str, given: dict[str, Any]) -> str:
    async with opened(folder.existing(root)) as node:
        request = _request(node, user)
        numbers = given["nhs_number"]
        persons = [await asking.person_id_with(node, number) for number in numbers]
        wanted = Entry(
            id="",
            basis=Basis(given["basis"]),
            provision=given["provision"],
            approver=given["approver"],
            items=Items(
                given["recipient"],
                given["purpose"],
                given["category"],
                given["label"],
                tuple(persons) if persons else None,
            ),
            starts=_day(given["starts"]) if given["starts"] else request.day,
            ends=_day(given["ends"]),
        )
        return await node.admission.register_permit(request, wanted)


@permit.command(name="end")
@options.node
@click.argument("entry")
@who
def end_entry(node: Path, entry: str, user: str) -> None:
    """End ENTRY of the register at once."""
    asyncio.run(_end(node, entry, user))
    click.echo("Ended: it opens nothing any more.")


async def _end(root: Path, entry: str, user: str) -> None:
    async with opened(folder.existing(root)) as node:
        await node.admission.end_permit(_request(node, user), entry)


@permit.command(name="list")
@options.node
@who
def list_entries(node: Path, user: str) -> None:
    """List the register, ended entries too."""
    table = Table(title="Register of legal permits")
    for name in ("id", "basis", "provision", "to whom", "what", "until", "approved by"):
        table.add_column(name, overflow="fold")
    for entry in asyncio.run(_entries(node, user)):
        items = entry.items
        ended = f"ended {entry.ended[:10]}" if entry.ended else entry.ends.isoformat()
        what = ", ".join((*items.purposes, *items.categories, *items.labels))
        whom = "" if items.persons is None else f" about {len(items.persons)}"
        to_whom = ", ".join(items.recipients)
        table.add_row(
            entry.id, entry.basis, entry.provision, to_whom, what + whom, ended, entry.approver
        )
    Console().print(table)


async def _entries(root: Path, user: str) -> list[Entry]:
    async with opened(folder.existing(root)) as node:
        return await node.oversight.permits(_request(node, user))


@click.group()
def optout() -> None:
    """Ask the national data opt-out, by files; who opted out is never stored."""


@optout.command()
@options.node
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@who
def out(node: Path, file: Path, user: str) -> None:
    """Write the NHS numbers of everybody here to FILE, to be sent to the service."""
    if file.exists():
        message = f"{file} is there already. Name another file, or remove it."
        raise ConflictError(message)
    file.touch(mode=0o600, exist_ok=False)
    content, count = asyncio.run(_out(node, user))
    file.write_bytes(content)
    click.echo(f"{count} NHS numbers in {file}. Send it, then: throughcare optout in ANSWER.")
    click.echo("Remove the file when it is sent.")


async def _out(root: Path, user: str) -> tuple[bytes, int]:
    async with opened(folder.existing(root)) as node:
        return await optouts.ask(node, _request(node, user))


@optout.command(name="in")
@options.node
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@who
def answer(node: Path, file: Path, user: str) -> None:
    """Take in FILE, as the service sent it back: the numbers of those who have not opted out."""
    found = asyncio.run(_in(node, file.read_bytes(), user))
    click.echo(f"{found.cleared} of {found.numbers} came back; relied on until {found.until}.")


async def _in(root: Path, content: bytes, user: str) -> OptOutState:
    async with opened(folder.existing(root)) as node:
        return await optouts.answer(node, _request(node, user), content)


@optout.command()
@options.node
@who
def state(node: Path, user: str) -> int:
    """Say when it was asked and until when the answer is relied on; code 1 where it is not."""
    found, today = asyncio.run(_state(node, user))
    click.echo(f"Asked: {found.asked or 'never'}, about {found.numbers} numbers.")
    click.echo(f"Answered: {found.answered or 'not yet'}.")
    if found.until is None or found.until < today:
        click.echo("No answer holds: under section 251 nobody is shown. Ask again.")
        return 1
    click.echo(f"{found.cleared} people are known not to have opted out, until {found.until}.")
    return 0


async def _state(root: Path, user: str) -> tuple[OptOutState, date]:
    async with opened(folder.existing(root)) as node:
        request = _request(node, user)
        return await node.oversight.opt_outs(request), request.day


def _request(node: Node, user: str) -> Request:
    actor = Actor(user, Role.PRIVACY_OFFICER, "", client="cli")
    return Request(actor, Purpose.HOPERAT, node.clock.now(), id=node.ids.new())


def _day(text: str) -> date:
    """Read a day. Raises UsageError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = f"{text} is no day; write it as 2027-03-31."
        raise click.UsageError(message) from None
