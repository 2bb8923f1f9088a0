"""What commands do with the profile of a locality: check a text, compare two."""

from dataclasses import dataclass
from pathlib import Path

from throughcare.consent import coherence, profile, saying
from throughcare.consent.saying import Report

__all__ = ["Checked", "Report", "check", "compare"]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look at a profile found."""

    faults: tuple[tuple[int, str], ...]
    """Line, 0 where there is none, and a sentence with key, rule and way out."""
    remarks: tuple[str, ...]
    """What is allowed and looks like an oversight; none where there are faults."""
    version: str
    """"" where there are faults."""


def check(file: Path) -> Checked:
    """Look at every key of the profile in `file`. Raises BadInputError for what is no TOML."""
    text = file.read_text("utf-8")
    found = profile.faults(text)
    if found:
        said = ((line, f"{each.key} {each.rule}. {each.way_out}.") for line, each in found)
        return Checked(tuple(said), (), "")
    read = profile.parse(text)
    return Checked((), tuple(coherence.remarks(read)), read.version)


def compare(old: Path, new: Path) -> tuple[str, str, Report]:
    """Return both versions, and what the newer one opens and closes. Raises BadInputError."""
    texts = [each.read_text("utf-8") for each in (old, new)]
    before, after = (profile.parse(text).version for text in texts)
    return before, after, saying.report(*texts)
