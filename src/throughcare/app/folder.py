"""A node is a folder: this is what lies where in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from throughcare.actors import keys
from throughcare.consent import profile
from throughcare.consent.profile import Profile
from throughcare.kernel import BadInputError, NotFoundError
from throughcare.store.durable import make_folder, put_file
from throughcare.store.postgres.replicas import Replicas
from throughcare.summary import handling
from throughcare.summary.handling import Handling
from throughcare.web import theme


@dataclass(frozen=True, slots=True)
class Folder:
    """Paths inside a node's folder."""

    root: Path

    @property
    def locality(self) -> Path:
        """Return the locality's consent profile."""
        return self.root / "locality.toml"

    @property
    def keys(self) -> Path:
        """Return the folder of the node's keys."""
        return self.root / "keys"

    @property
    def systems(self) -> Path:
        """Return the folder of the public keys of systems that may launch: ``NAME.pem``."""
        return self.root / "systems"

    @property
    def ledger(self) -> Path:
        """Return the folder of the ledger's segments."""
        return self.root / "ledger"

    @property
    def exports(self) -> Path:
        """Return the folder of bulk exports: jobs, and nothing of any record."""
        return self.root / "exports"

    @property
    def store(self) -> Path:
        """Return the SQLite database, of a node that has one."""
        return self.root / "store.sqlite"

    @property
    def address(self) -> Path:
        """Return the file with the addresses of PostgreSQL databases, of a node that has any."""
        return self.root / "store.dsn"

    def dsns(self) -> tuple[str, ...]:
        """Return the addresses of the node's PostgreSQL databases, one a line in their file.

        None of them if the node uses SQLite.
        """
        if not self.address.exists():
            return ()
        return tuple(self.address.read_text("utf-8").split())

    def keep_dsns(self, dsns: Sequence[str]) -> None:
        """Write the addresses down for this user alone: they may hold a password."""
        self.address.touch(0o600)
        self.address.write_text("".join(f"{dsn}\n" for dsn in dsns), "utf-8")

    @property
    def replica_address(self) -> Path:
        """Return the file with the addresses of replicas to read from, of a node that has any."""
        return self.root / "store.replicas"

    def replicas(self) -> Replicas | None:
        """Return where the node reads besides its database, one address a line in their file."""
        if not self.replica_address.exists():
            return None
        dsns = tuple(self.replica_address.read_text("utf-8").split())
        return Replicas(dsns, self.root / "store.position") if dsns else None

    def keep_replicas(self, dsns: Sequence[str]) -> None:
        """Write the addresses of replicas down for this user alone."""
        self.replica_address.touch(0o600)
        self.replica_address.write_text("".join(f"{dsn}\n" for dsn in dsns), "utf-8")

    def look(self) -> theme.Theme:
        """Return the look of the pages, where ``theme.toml`` sets one, else the project's own.

        Raises BadInputError that says what is wrong with it.
        """
        path = self.root / theme.PLACE
        return theme.parse(path.read_text("utf-8")) if path.exists() else theme.Theme()

    def handling(self) -> Handling:
        """Return what a named clinician approved to stand beside alerts (``handling.toml``).

        Nothing where there is no such file. Raises BadInputError that says what is wrong with it.
        """
        path = self.root / handling.PLACE
        return handling.parse(path.read_text("utf-8")) if path.exists() else Handling()

    def profile(self) -> Profile:
        """Return the locality's profile. Raises BadInputError that names the key at fault."""
        return profile.parse(self.locality.read_text("utf-8"))


def create(root: Path) -> Folder:
    """Make a node folder; what is there already is kept. All of it is on disk on return.

    Raises BadInputError if the path is a file.
    """
    if root.exists() and not root.is_dir():
        message = f"{root} is a file. Give the name of a folder for the node."
        raise BadInputError(message)
    make_folder(root)
    folder = Folder(root)
    if not folder.locality.exists():
        put_file(folder.locality, profile.default_text().encode(), 0o644)
    keys.ensure(folder.keys)
    folder.profile()
    return folder


def existing(root: Path) -> Folder:
    """Return the folder of a node. Raises NotFoundError, with the way out, if it is none."""
    folder = Folder(root)
    if not folder.locality.is_file():
        message = f"{root} is no node: it has no locality.toml. Make one with 'throughcare init'."
        raise NotFoundError(message)
    return folder
