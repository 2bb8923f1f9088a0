"""The command that says who works here, and makes their sign-in link."""

import asyncio
from datetime import timedelta
from pathlib import Path

import click

from throughcare.app import folder
from throughcare.app import staff as kept
from throughcare.app.entering import called
from throughcare.app.node import opened
from throughcare.cli import options


@click.command()
@options.node
@click.argument("user")
@click.option("--name", default="", help="How pages and the ledger call them.")
@click.option(
    "--post",
    "posts",
    multiple=True,
    metavar="ROLE@ODS",
    help="A role, and the organisation that they have it in; may be given several times. They "
    "choose one as they sign in.",
)
@click.option("--hours", type=click.IntRange(1, 24), default=1, show_default=True)
@click.option("--base", default="", metavar="URL", help="Address of the node, before the link.")
@click.option("--renamed", is_flag=True, help="They are the same person, under another name.")
@click.option("--retire", "retires", is_flag=True, help="Let them sign in no more, from now on.")
def staff(  # noqa: PLR0913, PLR0917 - one parameter an option
    node: Path,
    user: str,
    name: str,
    posts: tuple[str, ...],
    hours: int,
    base: str,
    renamed: bool,  # noqa: FBT001 - a flag
    retires: bool,  # noqa: FBT001 - a flag
) -> None:
    """Enter USER with all their posts, and print a link that signs them in once.

    Said again it changes posts; a session in a post that was taken away ends. A sign-in name is
    never given to somebody else, even after they were retired: another --name is taken for one
    unless --renamed says that it is the same person.
    """

    async def record() -> str:
        async with opened(folder.existing(node)) as made:
            if retires:
                await kept.retire(made, user)
                return f"{user} can sign in no more."
            entered = kept.user_of(user, name or await called(made, user), posts)
            code = await kept.enter(made, entered, timedelta(hours=hours), renamed=renamed)
            return f"{base.rstrip('/')}/sign-in/{code}"

    click.echo(asyncio.run(record()))
