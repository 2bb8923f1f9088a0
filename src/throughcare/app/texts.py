"""Files that somebody wrote by hand: profiles and column mappings."""

from pathlib import Path

from throughcare.kernel import BadInputError


def text_of(path: Path) -> str:
    """Return what a file says. Raises BadInputError, naming the file, where it is not UTF-8."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        message = "This is not text in UTF-8. Save it anew with that encoding."
        raise BadInputError(message, place=str(path)) from error
