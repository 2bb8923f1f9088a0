"""The process that a rehearsal runs in: bytes in, JSON out, bounded in time and memory.

``python -m throughcare.app.rehearsed NAME SECONDS MEGABYTES [FOLDER]``. On the standard input come
the rules as one line of JSON and then the file. It imports no more than it needs: it begins in half
the time of a command, and there is less in it that a file could reach. The folder is named where
the rules ask for profiles: of what lies in it, the packages are read.
"""

import resource
import sys
from pathlib import Path

import msgspec

from throughcare.admission.rehearsing import rehearse
from throughcare.fhir.profiles import Compiler
from throughcare.model.rehearsal import Rules


def main(name: str, seconds: str, megabytes: str, folder: str = "") -> None:
    """Read rules and file from the standard input, and write what the file would come to."""
    cpu, memory = int(seconds), int(megabytes) << 20
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    rules = msgspec.json.decode(sys.stdin.buffer.readline(), type=Rules)
    profiles = _profiles(folder) if folder else None
    found = rehearse(name, sys.stdin.buffer.read(), rules, profiles)
    sys.stdout.buffer.write(msgspec.json.encode(found))


def _profiles(folder: str) -> Compiler:
    from throughcare.app import knowledge  # noqa: PLC0415 - not where no profile is asked for

    return knowledge.load(Path(folder)).profiles


if __name__ == "__main__":
    main(*sys.argv[1:])
