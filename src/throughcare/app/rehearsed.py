"""The process that a rehearsal runs in: bytes in, JSON out, bounded in time and memory.

``python -m throughcare.app.rehearsed NAME SECONDS MEGABYTES``. It imports no more than it needs: it
begins in half the time of a command, and there is less in it that a file could reach.
"""

import resource
import sys

import msgspec

from throughcare.admission.rehearsing import rehearse


def main(name: str, seconds: str, megabytes: str) -> None:
    """Read a file from the standard input, and write what it would come to."""
    cpu, memory = int(seconds), int(megabytes) << 20
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    sys.stdout.buffer.write(msgspec.json.encode(rehearse(name, sys.stdin.buffer.read())))


if __name__ == "__main__":
    main(*sys.argv[1:])
