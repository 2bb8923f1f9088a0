"""The command that makes accounts of people and of those who act for them."""

import asyncio
from datetime import timedelta
from pathlib import Path

import click

from throughcare.app import accounts, entering, folder
from throughcare.app import staff as kept
from throughcare.app.node import opened
from throughcare.cli import options


@click.command()
@options.node
@click.argument("user")
@click.option("--name", default="", help="How pages and the ledger call them.")
@click.option("--nhs", default="", metavar="NUMBER", help="NHS number of the person that they are.")
@click.option("--proxy", "acts", is_flag=True, help="They act for others, as grants say.")
@click.option("--hours", type=click.IntRange(1, 24), default=1, show_default=True)
@click.option("--base", default="", metavar="URL", help="Address of the node, before the link.")
@click.option("--renamed", is_flag=True, help="They are the same person, under another name.")
@click.option("--retire", "retires", is_flag=True, help="Let them sign in no more, from now on.")
def account(  # noqa: PLR0913, PLR0917 - one parameter an option
    node: Path,
    user: str,
    name: str,
    nhs: str,
    acts: bool,  # noqa: FBT001 - a flag
    hours: int,
    base: str,
    renamed: bool,  # noqa: FBT001 - a flag
    retires: bool,  # noqa: FBT001 - a flag
) -> None:
    """Make the account USER of a person, or of who acts for one, and print a sign-in link.

    Check first who they are: the link opens the record. It works once; said again the command
    prints another one. A sign-in name is never given to somebody else, even after they were
    retired: another --name of who acts for others is taken for one unless --renamed says that it
    is the same person.
    """
    if [bool(nhs), acts, retires].count(True) != 1:
        message = "Say one of --nhs NUMBER, --proxy and --retire."
        raise click.UsageError(message)

    async def record() -> str:
        async with opened(folder.existing(node)) as made:
            if retires:
                await kept.retire(made, user)
                return f"{user} can sign in no more."
            shown = name or await entering.called(made, user)
            entered = (
                accounts.of_proxy(user, shown)
                if acts
                else await accounts.of_person(made, user, shown, nhs)
            )
            code = await accounts.enter(made, entered, timedelta(hours=hours), renamed=renamed)
            return f"{base.rstrip('/')}/sign-in/{code}"

    click.echo(asyncio.run(record()))
