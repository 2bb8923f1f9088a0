"""The command line: each command is one function of `app`, its words and its exit code.

Exit codes: 0 done, 1 something was rejected or found wrong, 2 usage.
"""

import sys

import click

from throughcare import __version__
from throughcare.cli import (
    accounts,
    ask,
    care,
    caring,
    identity,
    keep,
    knowing,
    locality,
    matching,
    operations,
    rehearse,
    run,
    serve,
    snapshots,
    sources,
    staff,
    upkeep,
    uses,
)
from throughcare.kernel import ThroughcareError

FOUND_WRONG = 1
USAGE = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="throughcare")
def commands() -> None:
    """One record of a person's health and social care, under their consent."""


for command in (
    run.init,
    run.load,
    rehearse.rehearse,
    serve.serve,
    run.demo,
    ask.token,
    ask.emergency,
    care.people,
    matching.reviews,
    care.tasks,
    caring.relationship,
    staff.staff,
    accounts.account,
    sources.source,
    identity.identity,
    keep.audit,
    uses.permit,
    uses.optout,
    snapshots.consents,
    locality.profile,
    knowing.package,
    knowing.terminology,
    upkeep.doctor,
    upkeep.migrate,
    upkeep.rebuild,
    upkeep.relabel,
    upkeep.tidy,
    operations.backup,
    operations.restore,
    operations.go_on,
    operations.export_node,
    operations.copy,
):
    commands.add_command(command)


def main() -> None:
    """Run the command that was asked for and exit with its code."""
    try:
        code = commands.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE)
    except click.Abort:
        sys.exit(130)
    except ThroughcareError as error:
        place = f"{error.place}: " if error.place else ""
        click.echo(f"{place}{error.message}", err=True)
        sys.exit(FOUND_WRONG)
    except OSError as error:
        reason = error.strerror or "The system refused it"
        click.echo(f"{error.filename or 'throughcare'}: {reason}. Check path and rights.", err=True)
        sys.exit(FOUND_WRONG)
    sys.exit(code if isinstance(code, int) else 0)
