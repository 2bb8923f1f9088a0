"""Which programs a node runs on."""

import platform

import apsw

from throughcare import __version__
from throughcare.app.checks.check import ok
from throughcare.app.folder import Folder
from throughcare.model.health import Check


def checks(folder: Folder) -> tuple[Check, ...]:
    """Name the version of the program, and the engine that keeps the record."""
    databases = len(folder.dsns())
    engine = f"SQLite {apsw.sqlite_lib_version()}, one file"
    if databases:
        engine = f"PostgreSQL, {databases} {'database' if databases == 1 else 'databases'}"
    version = f"Throughcare {__version__} on Python {platform.python_version()}"
    return (ok("database", f"{engine}: it answers"), ok("version", version))
