"""Commands of the person index over tables of records; none of them needs a node."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from throughcare.app import linkage
from throughcare.model.person import Comparison

F = TypeVar("F", bound=Callable[..., Any])

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_NEW = click.Path(path_type=Path, dir_okay=False, writable=True)

weights = click.option(
    "--weights",
    type=_FILE,
    metavar="FILE",
    help="Weights to score with, as 'train' writes them; those shipped if absent.",
)


@click.group()
def identity() -> None:
    """Whose record is this? The person index over a table of records (CSV), without a node."""


@identity.command()
@click.argument("records", type=_FILE, metavar="RECORDS.csv")
@click.option(
    "--out", type=_NEW, required=True, metavar="CLUSTERS.csv", help="record_id,cluster_id"
)
@click.option("--review", type=_NEW, metavar="REVIEW.csv", help="Pairs that somebody must look at.")
@weights
def link(records: Path, out: Path, review: Path | None, weights: Path | None) -> None:
    """Say which records are one person's, as a node does at the end of a load.

    The columns are those of record_id, source, nhs_number, given_name, middle_names, family_name,
    sex, birth_date, address_line, postcode and phone, or of the names that they commonly have;
    what a table lacks counts as missing.
    """
    counts = linkage.link(records, out, review, linkage.weights(weights))
    click.echo(
        f"{counts.records} records of {counts.persons} persons; {counts.reviews} pairs for review."
    )


@identity.command()
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@click.option("--records", type=_FILE, required=True, metavar="RECORDS.csv")
@weights
def explain(one: str, other: str, records: Path, weights: Path | None) -> None:
    """Compare the records A and B of a table: field, values, level and weight."""
    score = linkage.explain(records, one, other, linkage.weights(weights))
    rows = [_row(each) for each in score.comparisons]
    head = ("field", one, other, "level", "weight")
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        cells = [text.ljust(width) for text, width in zip(row[:-1], widths, strict=False)]
        click.echo("  ".join((*cells, row[-1].rjust(widths[-1]))))
    click.echo(f"{score.verdict.value}, {score.total:+.2f}: {score.rule}")


def _row(each: Comparison) -> tuple[str, str, str, str, str]:
    return each.field, each.left, each.right, each.level, f"{each.weight:+.2f}"
