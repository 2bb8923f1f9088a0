"""Many records at once by SQL on DuckDB: the persons that `identity.batch` finds, much sooner."""

from throughcare.identity.bulk.coding import Table, read
from throughcare.identity.bulk.comparing import Compared
from throughcare.identity.bulk.linking import link
from throughcare.identity.bulk.persons import Joined
from throughcare.identity.bulk.reading import read_plain

__all__ = ["Compared", "Joined", "Table", "link", "read", "read_plain"]
