"""Parts of a ``.sql`` text that belong to one engine: ``-- on sqlite``, ``-- on postgres``.

Such a line holds until the next one; ``-- on both`` ends it. A named piece begins on both.
"""

import re

_LINE = re.compile(r"^-- (?:on (sqlite|postgres|both)|(?:name|shared): .*)$")


def of_engine(text: str, engine: str) -> str:
    r"""Return `text` without the parts of the other engine.

    >>> of_engine("a;\n-- on sqlite\nb;\n-- on postgres\nc;\n-- on both\nd;", "postgres")
    'a;\nc;\nd;'
    """
    kept: list[str] = []
    for_all, wanted = "both", "both"
    for line in text.split("\n"):
        found = _LINE.match(line)
        if found is not None:
            wanted = found[1] or for_all
            if found[1]:
                continue
        if wanted in {for_all, engine}:
            kept.append(line)
    return "\n".join(kept)
