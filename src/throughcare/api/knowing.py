"""What terminology a request may ask about: what is loaded, and what clients stored.

A stored resource is read through the door, as everything is. It widens what is loaded and never
takes its place: what a package says of a url counts.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from throughcare.api.call import Call
from throughcare.disclosure import Disclosure
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir import query
from throughcare.fhir.terminology import Library, codes
from throughcare.fhir.terminology.codes import CodeTable
from throughcare.fhir.terminology.library import Wider
from throughcare.fhir.validation import has_errors, validate
from throughcare.kernel import UnprocessableError
from throughcare.model.entry import Stored

Json = Any
MOST: Final = 50
"""Stored resources that one request may need."""
KEPT: Final = 16
"""Stored code systems that need not be read again."""


class Knowing:
    """Finds what a request needs beyond what is loaded."""

    def __init__(self, library: Library, disclosure: Disclosure) -> None:
        """Know `library`, and what `disclosure` hands out."""
        self._library = library
        self._out = disclosure

    async def stored(self, call: Call, type_: str, id_: str) -> Json:
        """Return a stored definition by its id. Raises what a read raises."""
        return in_order(fhir_bytes.read_again((await self._read(call, type_, id_)).body))

    async def table(self, call: Call, id_: str) -> CodeTable:
        """Return the codes of a stored CodeSystem by its id. Raises what a read raises."""
        return _table((await self._read(call, "CodeSystem", id_)).body)

    async def of_value_set(self, call: Call, value_set: Json) -> Library:
        """Return a library that has what a value set builds upon, as far as it is to be had.

        Raises UnprocessableError where that is more than `MOST` stored resources.
        """
        wider = Wider(self._library)
        await self._widen(call, wider, _needs(value_set), value_set.get("url"))
        return wider

    async def of_urls(self, call: Call, urls: Sequence[str]) -> Library:
        """Return a library that has the value sets with `urls` and what they build upon, likewise.

        Raises UnprocessableError as `of_value_set`, for all of them together.
        """
        wider = Wider(self._library)
        needs = [("ValueSet", url) for url in urls]
        loaded = (self._library.value_set(url) for url in urls)  # may build upon stored ones
        needs += [need for known in loaded if known is not None for need in _needs(known)]
        await self._widen(call, wider, needs)
        return wider

    async def _widen(
        self,
        call: Call,
        wider: Wider,
        needs: Iterable[tuple[str, str]],
        place: str | None = None,
    ) -> None:
        """Add what is needed, and what that needs, as far as it is to be had."""
        waiting, asked = list(needs), set()
        while waiting:
            need = waiting.pop()
            if need in asked or wider.has(*need):
                continue
            asked.add(need)
            if len(asked) > MOST:
                message = f"The value set needs more than {MOST} stored ones: load a package."
                raise UnprocessableError(message, place=place)
            found = await self._add(call, wider, *need)
            waiting += _needs(found) if found is not None else ()

    async def with_one(self, call: Call, type_: str, url: str) -> Library:
        """Return a library that has the definition with a url, if it is to be had."""
        wider = Wider(self._library)
        if url and not wider.has(type_, url):
            await self._add(call, wider, type_, url)
        return wider

    async def _add(self, call: Call, wider: Wider, type_: str, url: str) -> Json | None:
        """Add what is stored under a url. Return a value set, for what it needs itself."""
        stored = await self._search(call, type_, url)
        if stored is None:
            return None
        if type_ == "CodeSystem":
            wider.add_table(_table(stored.body))
            return None
        resource = in_order(fhir_bytes.read_again(stored.body))
        wider.add(type_, resource)
        return resource if type_ == "ValueSet" else None

    async def _read(self, call: Call, type_: str, id_: str) -> Stored:
        return await self._out.read(call.request, type_, id_)

    async def _search(self, call: Call, type_: str, url: str) -> Stored | None:
        """Return the newest stored resource with a url, and the version behind its bar."""
        bare, _, version = url.partition("|")
        pairs = [("url", bare), *([("version", version)] if version else [])]
        answer = await self._out.search(
            call.request, query.parse(type_, [*pairs, ("_sort", "-_lastUpdated"), ("_count", "1")])
        )
        return answer.entries[0] if answer.entries else None


def in_order(resource: Json) -> Json:
    """Return a definition. Raises UnprocessableError for one that is none by R4."""
    wrong = [issue for issue in validate(resource) if has_errors([issue])]
    if wrong:
        message = f"The {resource['resourceType']} is not in order: {wrong[0].text}"
        raise UnprocessableError(message, place=wrong[0].expression)
    return resource


def _needs(value_set: Json) -> Iterator[tuple[str, str]]:
    """Yield type and url of what a value set builds upon."""
    compose = value_set.get("compose", {})
    for part in (*compose.get("include", ()), *compose.get("exclude", ())):
        if "system" in part:
            yield "CodeSystem", part["system"]
        yield from (("ValueSet", url) for url in part.get("valueSet", ()) if isinstance(url, str))


@lru_cache(maxsize=KEPT)
def _table(body: bytes) -> CodeTable:
    """Return the codes of a stored CodeSystem. Raises UnprocessableError for none by R4."""
    resource = in_order(fhir_bytes.read_again(body))
    if "url" not in resource:
        message = "The code system has no url, so no code can name it. Give it one."
        raise UnprocessableError(message, place="CodeSystem.url")
    return codes.of_resource(resource)
