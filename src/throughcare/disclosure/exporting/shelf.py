"""Exports on disk: a folder each, with the job in one small file, and never anything of a record.

Every process of a node sees the same shelf. The job that is worked on is locked; the kernel frees
the lock of a process that dies, so another goes on where it was.
"""

import contextlib
import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from throughcare.disclosure.exporting.job import Job
from throughcare.kernel import DamagedError
from throughcare.store.durable import make_folder, replace_file, sync_folder

JOB: Final = "job.json"
LOCK: Final = "lock"
_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_GONE: Final = ".gone-"


class Shelf:
    """The exports of a node."""

    def __init__(self, folder: Path) -> None:
        """Keep them in `folder`, which is made with the first."""
        self._folder = folder

    def put(self, job: Job) -> None:
        """Keep a new export, on disk on return."""
        make_folder(self._folder / job.id)
        self._write(job)

    def update(self, job: Job) -> bool:
        """Keep how far an export is; False if it was taken down meanwhile."""
        try:
            self._write(job)
        except FileNotFoundError:
            return False
        return True

    def get(self, id_: str) -> Job | None:
        """Return an export, if it is there. Raises DamagedError for a file that can't be read."""
        if not _ID.fullmatch(id_):
            return None
        try:
            return msgspec.json.decode((self._folder / id_ / JOB).read_bytes(), type=Job)
        except FileNotFoundError:
            return None
        except msgspec.DecodeError as error:
            message = "The file of this export is damaged. Ask for the export again."
            raise DamagedError(message) from error

    def all(self) -> Iterator[Job]:
        """Yield every export."""
        if self._folder.is_dir():
            for folder in sorted(self._folder.iterdir()):
                job = self.get(folder.name)
                if job is not None:
                    yield job

    def remove(self, id_: str) -> None:
        """Take an export down: at once for everybody, whoever works on it."""
        gone = self._folder / f"{_GONE}{id_}"
        with contextlib.suppress(FileNotFoundError):
            (self._folder / id_).rename(gone)
            sync_folder(self._folder)
            shutil.rmtree(gone)

    def sweep(self, now: datetime) -> None:
        """Take down what has expired, and what was left of others that were taken down."""
        for job in self.all():
            if job.expires <= now:
                self.remove(job.id)
        if self._folder.is_dir():
            for rest in self._folder.glob(f"{_GONE}*"):
                shutil.rmtree(rest, ignore_errors=True)

    @contextmanager
    def lock(self, id_: str) -> Iterator[bool]:
        """Work on an export alone; yields False if another process does, or if it is gone."""
        try:
            file = os.open(self._folder / id_ / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            yield False
            return
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            yield False
            return
        try:
            yield True
        finally:
            os.close(file)

    def _write(self, job: Job) -> None:
        replace_file(self._folder / job.id / JOB, msgspec.json.encode(job), 0o600)
