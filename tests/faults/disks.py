"""Disks that a test can cut the power of, fill and enlarge. Root only, on Linux."""

import fcntl
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

EXT4_IOC_SHUTDOWN = 0x8004587D
NO_LOG_FLUSH = 2
"""Everything that is not on the disk yet is lost, the file system's own journal included."""
MEGABYTE = 1 << 20


class NoDiskError(Exception):
    """Nobody may make disks on this machine; says why."""


@dataclass
class LoopDisk:
    """An ext4 file system in a file, mounted at `mount`."""

    image: Path
    mount: Path
    device: str = ""

    def make(self, megabytes: int) -> None:
        """Make the file system and mount it. Raises NoDiskError where that is not allowed."""
        with self.image.open("wb") as file:
            file.truncate(megabytes * MEGABYTE)
        self.mount.mkdir()
        run("mkfs.ext4", "-q", "-F", self.image)
        self.attach()

    def attach(self) -> None:
        """Mount it, as a machine that starts again does: the file system replays its journal."""
        self.device = run("losetup", "--find", "--show", self.image).strip()
        try:
            run("mount", "-t", "ext4", self.device, self.mount)
        except NoDiskError:
            run("losetup", "--detach", self.device)
            raise

    def detach(self) -> None:
        """Unmount it and free the loop device. No process may use it any more."""
        _released("umount", self.mount)
        _released("losetup", "--detach", self.device)

    def cut_power(self) -> None:
        """Let nothing reach the disk from now on; what has not reached it is lost."""
        descriptor = os.open(self.mount, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(descriptor, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(descriptor)


@contextmanager
def loop_disk(folder: Path, megabytes: int) -> Iterator[LoopDisk]:
    """Mount a new ext4 below `folder`, and take it away afterwards."""
    disk = LoopDisk(folder / "disk.ext4", folder / "disk")
    disk.make(megabytes)
    try:
        yield disk
    finally:
        disk.detach()
        disk.image.unlink()


@dataclass(frozen=True)
class SmallDisk:
    """A tmpfs of a few megabytes."""

    mount: Path

    @property
    def ballast(self) -> Path:
        """The file that fills it."""
        return self.mount / "ballast"

    def fill(self) -> int:
        """Fill it to the last byte; return how much that took."""
        with self.ballast.open("ab", buffering=0) as file:
            while True:
                try:
                    written = file.write(bytes(4096))
                except OSError:
                    return file.tell()
                if not written:
                    return file.tell()

    def enlarge(self, megabytes: int) -> None:
        """Make it larger, as a keeper does who grows a volume."""
        run("mount", "-o", f"remount,size={megabytes}m", self.mount)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Mount a new tmpfs below `folder`, and take it away afterwards."""
    mount = folder / "small"
    mount.mkdir()
    run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", mount)
    try:
        yield SmallDisk(mount)
    finally:
        _released("umount", mount)


def _released(*words: str | Path) -> None:
    """Run a command that takes a disk away; a disk that stays is a fault, and no reason to skip."""
    try:
        run(*words)
    except NoDiskError as error:
        raise RuntimeError(*error.args) from error


def run(*words: str | Path) -> str:
    """Run a command of the system. Raises NoDiskError if it is missing or may not."""
    command = [str(word) for word in words]
    if os.geteuid() != 0 or shutil.which(command[0]) is None:
        message = f"{command[0]} needs root and must be installed"
        raise NoDiskError(message)
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode != 0:
        message = f"{' '.join(command)}: {done.stderr.strip()}"
        raise NoDiskError(message)
    return done.stdout
