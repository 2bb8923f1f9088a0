"""The command that records who cares for whom."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import click

from throughcare.app import asking, folder, relationships
from throughcare.app.node import opened
from throughcare.app.relationships import Care
from throughcare.cli import options
from throughcare.model.request import Actor, Role


@click.command()
@options.node
@click.option("--nhs", required=True, metavar="NUMBER", help="NHS number of the person.")
@click.option("--org", required=True, metavar="ODS", help="The organisation that cares for them.")
@click.option("--user", default="", help="One user there.  [default: everybody there]")
@click.option("--ground", default="caseload", show_default=True, help="registered, referral ...")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day.  [default: open]")
@click.option("--end", "ends", is_flag=True, help="End what is in force.")
@click.option("--by", default="local-user", show_default=True, help="Who records it.")
def relationship(  # noqa: PLR0913, PLR0917 - one parameter an option
    node: Path,
    nhs: str,
    org: str,
    user: str,
    ground: str,
    until: datetime | None,
    ends: bool,  # noqa: FBT001 - a flag
    by: str,
) -> None:
    """Record that an organisation cares for a person, or end it.

    From the first that is recorded for a person on, readers without one have to say on the pages
    that they care for them, and the privacy officer is told.
    """
    end = datetime.combine(until, time(), tzinfo=UTC) + timedelta(days=1) if until else None

    async def record() -> str:
        actor = Actor(by, Role.IT_LEAD, "", client="cli")
        async with opened(folder.existing(node)) as made:
            person = await asking.person_with(made, nhs)
            care = Care(person, org, user, ground, end)
            if ends:
                return f"{await relationships.end(made, care, actor)} ended."
            await relationships.begin(made, care, actor)
            return "Recorded."

    click.echo(asyncio.run(record()))
