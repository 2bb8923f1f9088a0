"""Options that several commands take."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from throughcare import settings
from throughcare.model.request import Permission, Purpose, Relationship, Role

F = TypeVar("F", bound=Callable[..., Any])

node = click.option(
    "--node",
    type=click.Path(path_type=Path, file_okay=False),
    default=lambda: settings.read().node,
    show_default="$THROUGHCARE_NODE or ./node",
    help="Folder of the node.",
)

store = click.option(
    "--store",
    multiple=True,
    metavar="POSTGRESQL://...",
    help="Address of the PostgreSQL database to keep the record in; a file in the node's folder if "
    "absent. Several, each with --store, hold it together (docs/operations/growing.md).",
)


def claims(command: F) -> F:
    """Add the options that say who asks; they are trusted on the node's own machine only."""
    for option in reversed(
        (
            click.option("--role", type=click.Choice([role.value for role in Role]), required=True),
            click.option(
                "--purpose",
                type=click.Choice([purpose.value for purpose in Purpose]),
                required=True,
                help="Purpose of use.",
            ),
            click.option("--org", default="", help="ODS code of the reader's organisation."),
            click.option("--user", default="local-user", show_default=True, help="Who reads."),
            click.option(
                "--relationship",
                type=click.Choice([value.value for value in Relationship]),
                default=None,
                help="Legitimate relationship: known, none, or self-claimed.  [default: yes]",
            ),
            click.option(
                "--permission",
                type=click.Choice([value.value for value in Permission]),
                default=None,
                help="Permission to view: what the person said at this contact.  "
                "[default: unable for ETREAT and BTG, else given]",
            ),
            click.option("--reason", default="", help="Why, in words: needed for ETREAT and BTG."),
        )
    ):
        command = option(command)
    return command
