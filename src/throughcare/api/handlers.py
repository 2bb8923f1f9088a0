"""The table of interactions: which part of the interface answers each."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import orjson

from throughcare.api.batches import Batches
from throughcare.api.call import FHIR_JSON, Handler, Reply
from throughcare.api.coding import CodingOperations
from throughcare.api.counting import CountingOperations
from throughcare.api.description import description
from throughcare.api.explaining import ExplainingOperations
from throughcare.api.exporting import Exporting
from throughcare.api.merging import Merging
from throughcare.api.operating import Operating
from throughcare.api.reading import Reading
from throughcare.api.rooms import Rooms
from throughcare.api.routes import Interaction
from throughcare.api.searching import Searching
from throughcare.api.service import service
from throughcare.api.snapshots import Taking
from throughcare.api.tabling import Tabling
from throughcare.api.validating import Validating
from throughcare.api.writing import Writing
from throughcare.fhir import capability

TEXTS_KEPT: Final = 8
"""Statements (600 kB each) and descriptions that are kept, one an address."""
JSON: Final = "application/json"


class Handlers:
    """The interactions, over the two doors."""

    def __init__(self, rooms: Rooms, version: str, started: datetime) -> None:
        """Answer from what `rooms` are."""
        disclosure, admission = rooms.disclosure, rooms.admission
        self._started = started
        self._texts: dict[tuple[Interaction, str], bytes] = {}
        self._version = version
        reading = Reading(disclosure)
        searching = Searching(disclosure, rooms.terms)
        writing = Writing(disclosure, admission, rooms.operations.explaining)
        alone: dict[Interaction, Handler] = {
            Interaction.READ: reading.read,
            Interaction.VREAD: reading.vread,
            Interaction.HISTORY: reading.history,
            Interaction.TYPE_HISTORY: reading.changes,
            Interaction.SYSTEM_HISTORY: reading.changes,
            Interaction.SEARCH: searching.search,
            Interaction.SEARCH_TYPES: searching.search,
            Interaction.COMPARTMENT: searching.search,
            **_operations(rooms),
            Interaction.CREATE: writing.create,
            Interaction.UPDATE: writing.update,
            Interaction.PATCH: writing.update,
            Interaction.DELETE: writing.delete,
            Interaction.CONDITIONAL_UPDATE: writing.update,
            Interaction.CONDITIONAL_PATCH: writing.update,
            Interaction.CONDITIONAL_DELETE: writing.delete,
        }
        batches = Batches(alone, writing)
        self.table: Mapping[Interaction, Handler] = {
            **alone,
            Interaction.TRANSACTION: batches.transaction,
        }

    def public(self, interaction: Interaction, base: str) -> Reply:
        """Say what works, or how to ask for it: what needs no token."""
        key = (interaction, base)
        if key not in self._texts:
            if len(self._texts) >= TEXTS_KEPT:
                self._texts.clear()
            self._texts[key] = orjson.dumps(self._said(interaction, base))
        is_fhir = interaction is Interaction.CAPABILITIES
        return Reply(200, self._texts[key], media_type=FHIR_JSON if is_fhir else JSON)

    def _said(self, interaction: Interaction, base: str) -> dict[str, Any]:
        if interaction is Interaction.DESCRIPTION:
            return description(url=base, software_version=self._version)
        return capability.statement(
            service(), url=base, software_version=self._version, published=self._started
        )


def _operations(rooms: Rooms) -> dict[Interaction, Handler]:
    """Return what answers each operation."""
    operating = Operating(rooms.operations)
    merging = Merging(rooms.admission.linking)
    exporting = Exporting(rooms.operations.exports)
    coding = CodingOperations(rooms.terms, rooms.disclosure)
    return {
        Interaction.EVERYTHING: operating.everything,
        Interaction.LASTN: operating.lastn,
        Interaction.SUMMARY: operating.summary,
        Interaction.MATCH: operating.match,
        Interaction.MERGE: merging.merge,
        Interaction.UNMERGE: merging.merge,
        Interaction.EXPLAIN_ACCESS: ExplainingOperations(rooms.operations.explaining).explain,
        Interaction.TAKE_SNAPSHOT: Taking(rooms.admission.snapshots).take,
        Interaction.COUNT_PEOPLE: CountingOperations(rooms.operations.counting).count,
        Interaction.EXPORT: exporting.begin,
        Interaction.EXPORT_PATIENTS: exporting.begin,
        Interaction.EXPORT_GROUP: exporting.begin,
        Interaction.EXPORT_STATUS: exporting.status,
        Interaction.EXPORT_FILE: exporting.file,
        Interaction.EXPORT_END: exporting.cancel,
        Interaction.RUN: Tabling(rooms.operations.tables).run,
        Interaction.VALIDATE: Validating(rooms.disclosure, rooms.profiles).validate,
        Interaction.EXPAND: coding.expand,
        Interaction.MEMBER: coding.member,
        Interaction.VALIDATE_CODE: coding.validate_code,
        Interaction.LOOKUP: coding.lookup,
        Interaction.SUBSUMES: coding.subsumes,
        Interaction.TRANSLATE: coding.translate,
    }
