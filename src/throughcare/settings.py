"""The settings of a process: environment read once, at the start, and handed down.

What belongs to a locality (consent profile, custodians) is not here but in its node folder.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the environment can set. Each name has the prefix ``THROUGHCARE_``."""

    node: Path
    """NODE: folder of the node that commands work on, unless ``--node`` says another."""
    host: str
    """HOST: address that ``serve`` listens on."""
    port: int
    """PORT: port that ``serve`` listens on."""
    workers: int
    """WORKERS: processes that ``serve`` answers with; one for each core is a good number."""
    log_level: str
    """LOG_LEVEL: debug, info, warning or error."""
    looks_a_day: int
    """LOOKS_A_DAY: looks that ``serve`` keeps room for in the ledger, so that a full disk leaves
    a day to make room (420 bytes each)."""


def read(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from `environment` (default: that of the process).

    Raises ValueError, naming the variable, if a value can't be read.
    """
    values = os.environ if environment is None else environment
    return Settings(
        node=Path(values.get("THROUGHCARE_NODE", "node")),
        host=values.get("THROUGHCARE_HOST", "127.0.0.1"),
        port=_number(values, "THROUGHCARE_PORT", "8080"),
        workers=_number(values, "THROUGHCARE_WORKERS", "1"),
        log_level=values.get("THROUGHCARE_LOG_LEVEL", "info"),
        looks_a_day=_number(values, "THROUGHCARE_LOOKS_A_DAY", "100000"),
    )


def _number(values: Mapping[str, str], name: str, default: str) -> int:
    text = values.get(name, default)
    if not text.isdecimal():
        message = f"{name} is {text!r}; give a number such as {default}."
        raise ValueError(message)
    return int(text)
