"""Who says an item: a function, since a macro for each of a hundred items took a third."""

from markupsafe import Markup, escape

from throughcare.summary.facts import Item
from throughcare.summary.words import sentence_case


def said_by(item: Item) -> Markup:
    """Return each source of an item once, with its date and its own wording."""
    labels: set[str] = set()
    said = []
    for seen in item.sources:
        if seen.label in labels:
            continue
        labels.add(seen.label)
        on = f" {escape(seen.on)}" if seen.on else ""
        wording = f" “{escape(seen.wording)}”" if seen.wording else ""
        label = escape(sentence_case(seen.label))
        said.append(f'<span class="tc-keep">{label}{on}</span>{wording}')
    return Markup(" · ".join(said))  # noqa: S704 - of texts that were escaped
