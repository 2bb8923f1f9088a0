"""Loading files: each is recognised and admitted unit by unit; a fault costs only its own."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from throughcare.admission import Admission, Outcome
from throughcare.admission.outcome import Result
from throughcare.app.collecting import few_collections
from throughcare.app.texts import text_of
from throughcare.intake import NotAFeed, Recognised, mappings, read, recognise
from throughcare.kernel import FullError, OverloadedError, ThroughcareError
from throughcare.model.person import State
from throughcare.model.request import Actor
from throughcare.model.submission import Place, Rejection, Remark, Submission

T = TypeVar("T")

AT_ONCE: Final = 64
"""Submissions under way together: they share commits."""

RETRY_SECONDS: Final = 0.05

NOT_READ: Final = "not supported"
"""What files of a format that is known and not read yet are counted under."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file and what it was recognised as."""

    path: Path
    name: str
    """Relative to what was asked to be loaded."""
    format: str
    """Format and source in words, or why it is no feed."""
    source: str
    """Name of the feed that its records are counted under."""
    is_feed: bool


@dataclass(slots=True)
class Tally:
    """Counts of one source."""

    read: int = 0
    stored: int = 0
    known: int = 0
    linked: int = 0
    review: int = 0
    rejected: int = 0


@dataclass(slots=True)
class LoadReport:
    """What a load came to."""

    found: list[Found] = field(default_factory=list)
    tallies: dict[str, Tally] = field(default_factory=dict)
    rejections: list[Rejection] = field(default_factory=list)
    remarks: Counter[str] = field(default_factory=Counter)
    """Remarks by text, counted."""
    places: dict[str, Place] = field(default_factory=dict)
    """Where each remark was met first."""

    def tally(self, source: str) -> Tally:
        """Return the tally of `source`, a new one at first."""
        return self.tallies.setdefault(source, Tally())

    def remark(self, remark: Remark) -> None:
        """Count `remark`."""
        self.remarks[remark.text] += 1
        self.places.setdefault(remark.text, remark.place)

    @property
    def is_clean(self) -> bool:
        """True if nothing was rejected."""
        return not self.rejections


Progress = Callable[[Found, float], None]
"""Called with the file being read and how much of it is done, from 0 to 1."""


class Loader:
    """Loads files into a node through its door."""

    def __init__(
        self,
        admission: Admission,
        by: Actor,
        *,
        source: str | None = None,
        own_mappings: Sequence[Path] = (),
    ) -> None:
        """Admit as `by`; `source` names the feed where the content does not."""
        self._admission = admission
        self._by = by
        self._source = source
        self._mappings = mappings([text_of(path) for path in own_mappings])
        self._deferred: list[Submission] = []
        self._placed: dict[int, str] = {}
        self.report = LoadReport()

    async def load(self, paths: Sequence[Path], progress: Progress) -> LoadReport:
        """Load `paths`, files and folders. Nothing of it is lost if the process dies: run it again.

        A submission that refers to something not there yet is tried again at the end, so that the
        order of files does not matter. Raises FullError if the disk is full, DamagedError if what
        is stored can't be read.
        """
        with few_collections():
            return await self._load(paths, progress)

    async def _load(self, paths: Sequence[Path], progress: Progress) -> LoadReport:
        for path, name in files(paths):
            try:
                data = await asyncio.to_thread(path.read_bytes)
            except OSError as error:
                self._unread(path, name, error)
                continue
            found = self._recognise(path, name, data)
            self.report.found.append(found)
            if found.is_feed:
                try:
                    await self._load_file(found, data, progress)
                except ExceptionGroup as errors:  # what a TaskGroup raises, of whatever kind
                    raise _plain(errors) from errors
        await self._again()
        await self._finish()
        return self.report

    def _unread(self, path: Path, name: str, error: OSError) -> None:
        """Reject a file that the system does not hand out; the others are loaded."""
        self.report.found.append(Found(path, name, "it can't be read", NOT_READ, is_feed=True))
        rule = f"The file can't be read: {error.strerror or 'the system refuses it'}."
        self._reject(NOT_READ, Rejection(Place(name), rule, "Check its rights, and load it again."))

    def _recognise(self, path: Path, name: str, data: bytes) -> Found:
        found = recognise(name, data, self._mappings)
        if isinstance(found, Recognised):
            source = self._source or found.source
            words = f"{found.format}, source {source}: {found.why}"
            return Found(path, name, words, source, is_feed=True)
        return Found(path, name, found.why, NOT_READ, is_feed=not isinstance(found, NotAFeed))

    async def _load_file(self, found: Found, data: bytes, progress: Progress) -> None:
        limit = asyncio.Semaphore(AT_ONCE)
        whole = data.count(b"\nMSH") + data.count(b"\rMSH") or data.count(b"\n")
        units = read(found.name, data, source=self._source, mappings=self._mappings)
        async with asyncio.TaskGroup() as group:
            for unit in units:
                if isinstance(unit, Remark):
                    self.report.remark(unit)
                    continue
                if isinstance(unit, Rejection):
                    await self._refuse(found.source, unit)
                    continue
                await limit.acquire()
                task = group.create_task(self._admit(unit))
                task.add_done_callback(lambda _: limit.release())
                progress(found, _part(unit, whole))
                await asyncio.sleep(0)
        progress(found, 1.0)

    async def _admit(self, submission: Submission, *, last: bool = False) -> None:
        outcome = await self._durably(submission)
        if outcome.waits and not last:
            self._deferred.append(submission)
            return
        tally = self.report.tally(submission.source)
        tally.read += 1
        refused = outcome.rejection or submission.stands_for
        if refused:
            tally.read -= 1
            self._reject(submission.source, refused)
        elif outcome.result is Result.STORED:
            tally.stored += 1
        else:
            tally.known += 1
        for remark in outcome.remarks:
            self.report.remark(remark)
        for placement in outcome.placements:
            self._placed[placement.subject] = submission.source

    async def _durably(self, submission: Submission) -> Outcome:
        return await self._retried(lambda: self._admission.admit(submission, self._by))

    async def _retried(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do `work`, again and again while the node can't take more at the moment."""
        while True:
            try:
                return await work()
            except FullError:
                raise
            except OverloadedError:
                await asyncio.sleep(RETRY_SECONDS)

    async def _refuse(self, source: str, rejection: Rejection) -> None:
        """Reject what names nobody; somebody has to look at what may be a consent."""
        if rejection.of_consent:
            await self._retried(lambda: self._admission.call_for_help(rejection, self._by))
        self._reject(source, rejection)

    def _reject(self, source: str, rejection: Rejection) -> None:
        tally = self.report.tally(source)
        tally.read += 1
        tally.rejected += 1
        self.report.rejections.append(rejection)

    async def _again(self) -> None:
        """Try what waits as long as more of it finds what it refers to; then reject the rest."""
        waiting: list[Submission] = []
        while len(self._deferred) != len(waiting):
            waiting, self._deferred = self._deferred, []
            for submission in waiting:
                await self._admit(submission)
        for submission in self._deferred:
            await self._admit(submission, last=True)
        self._deferred = []

    async def _finish(self) -> None:
        states = await self._admission.settle(self._by)
        for subject, source in self._placed.items():
            state = states.get(subject)
            tally = self.report.tally(source)
            tally.linked += state is State.LINKED
            tally.review += state is State.REVIEW


def _plain(errors: ExceptionGroup[Exception]) -> Exception:
    """Return what says in a sentence why submissions failed: a full disk, a damaged store."""
    said = (error for error in errors.exceptions if isinstance(error, ThroughcareError))
    return next(said, errors)


def files(paths: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Yield each file below `paths` with its name relative to the path that was given, sorted."""
    for path in paths:
        if path.is_dir():
            for inner in sorted(path.rglob("*")):
                leads_nowhere = inner.is_symlink() and not inner.exists()
                if (inner.is_file() or leads_nowhere) and not inner.name.startswith("."):
                    yield inner, str(inner.relative_to(path))
        else:
            yield path, path.name


def _part(unit: Submission, whole: int) -> float:
    """Return how far into a file of `whole` lines or messages a unit is, by its place."""
    number = next(
        (int(word) for word in unit.place.at.replace(",", " ").split() if word.isdecimal()), 0
    )
    return min(number / whole, 1.0) if whole else 0.0
