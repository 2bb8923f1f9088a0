"""The terminology operations: what codes mean, nobody's record."""

from typing import Any

from throughcare.api import inputs
from throughcare.api.call import Call, Reply
from throughcare.api.inputs import Given
from throughcare.api.knowing import Knowing, in_order
from throughcare.api.routes import Route
from throughcare.disclosure import Disclosure
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir.terminology import Terms, answers, translating
from throughcare.fhir.terminology.answers import Coding, Wish
from throughcare.fhir.terminology.codes import CodeTable
from throughcare.fhir.terminology.translating import Direction
from throughcare.kernel import BadInputError, NotFoundError

Json = Any
VALUE_SET, SYSTEM, MAP = "value set", "code system", "concept map"


class CodingOperations:
    """Answers from what is loaded (R4, packages, a locality's own files), and what is stored."""

    def __init__(self, terms: Terms, disclosure: Disclosure) -> None:
        """Answer from `terms`, and from what is stored and `disclosure` hands out."""
        self._library = terms.library
        self._knowing = Knowing(terms.library, disclosure)

    async def expand(self, route: Route, call: Call) -> Reply:
        """List a value set, whole or by pages."""
        asked = inputs.given(call)
        wish = Wish(
            asked.text("filter"),
            asked.whole("count"),
            asked.whole("offset") or 0,
            asked.yes("activeOnly"),
            asked.yes("includeDesignations"),
        )
        value_set = await self._value_set(route, call, asked)
        library = await self._knowing.of_value_set(call, value_set)
        return _reply(answers.expand(library, value_set, wish, call.request.at))

    async def member(self, route: Route, call: Call) -> Reply:
        """Say whether a code is one of a value set."""
        asked = inputs.given(call)
        value_set = await self._value_set(route, call, asked)
        library = await self._knowing.of_value_set(call, value_set)
        return _reply(answers.member(library, value_set, _codings(asked)))

    async def validate_code(self, route: Route, call: Call) -> Reply:
        """Say whether a code is one of a code system."""
        asked = inputs.given(call)
        coding = _codings(asked)[0]
        if route.id:
            return _reply(answers.code_of(await self._knowing.table(call, route.id), coding))
        table = await self._system(call, asked.text("url") or coding.system)
        return _reply(answers.code_of(table, coding))

    async def lookup(self, _route: Route, call: Call) -> Reply:
        """Say what a code system says of a code."""
        asked = inputs.given(call)
        coding = _codings(asked)[0]
        wanted = [str(name) for name in asked.values.get("property", ())]
        table = await self._system(call, coding.system)
        return _reply(answers.lookup(table, coding.code, wanted))

    async def subsumes(self, _route: Route, call: Call) -> Reply:
        """Say how two codes stand to one another."""
        asked = inputs.given(call)
        left, right = (_side(asked, side) for side in ("A", "B"))
        if left.system != right.system:
            message = "Codes of two systems do not stand in one order: ask about one system."
            raise BadInputError(message, place="system")
        table = await self._system(call, left.system)
        return _reply(answers.subsumes(table, left.code, right.code))

    async def translate(self, _route: Route, call: Call) -> Reply:
        """Say what a code is in another system."""
        asked = inputs.given(call)
        url = asked.text("url")
        library = await self._knowing.with_one(call, "ConceptMap", url)
        known = library.concept_map(url) if url else None
        if url and known is None:
            raise _not_loaded(MAP, url)
        direction = Direction(
            asked.text("source"),
            asked.text("target"),
            asked.text("targetsystem"),
            asked.yes("reverse"),
        )
        maps = self._library.concept_maps() if known is None else [known]
        return _reply(translating.translate(maps, _codings(asked), direction))

    async def _value_set(self, route: Route, call: Call, asked: Given) -> Json:
        """Return the value set that is asked about: by its id, as it was sent, or by its url."""
        if route.id:
            return await self._knowing.stored(call, "ValueSet", route.id)
        given = asked.one("valueSet")
        if given is None and type(asked.one("resource")) is dict:
            given = asked.one("resource")
        if type(given) is dict and given.get("resourceType") == "ValueSet":
            return in_order(given)
        url = asked.text("url")
        found = (await self._knowing.with_one(call, "ValueSet", url)).value_set(url)
        if found is None:
            raise _not_loaded(VALUE_SET, url)
        return found

    async def _system(self, call: Call, url: str) -> CodeTable:
        found = (await self._knowing.with_one(call, "CodeSystem", url)).system(url)
        if found is None:
            raise _not_loaded(SYSTEM, url)
        return found


def _not_loaded(what: str, url: str) -> NotFoundError:
    message = (
        f"This {what} is not loaded, nor stored here: give its url, or load its package or files."
    )
    return NotFoundError(message, place=url or None)


def _reply(resource: Json) -> Reply:
    return Reply(200, fhir_bytes.dump(resource))


def _codings(asked: Given) -> list[Coding]:
    """Return the codes that are asked about. Raises BadInputError for none."""
    concept, coding = asked.one("codeableConcept"), asked.one("coding")
    listed = concept.get("coding") if type(concept) is dict else [coding]
    listed = listed if type(listed) is list else []
    found = [_read(each) for each in listed if type(each) is dict and each.get("code")]
    if asked.text("code"):
        found.append(Coding(asked.text("system"), asked.text("code"), asked.text("display")))
    if not found:
        message = "Which code is asked about? Give code and system, coding or codeableConcept."
        raise BadInputError(message, place="code")
    return found


def _read(coding: Json) -> Coding:
    parts = (coding.get(name, "") for name in ("system", "code", "display"))
    return Coding(*(str(part) for part in parts))


def _side(asked: Given, side: str) -> Coding:
    coding = asked.one(f"coding{side}")
    if type(coding) is dict and coding.get("code"):
        return _read(coding)
    code = asked.text(f"code{side}")
    if not code:
        message = f"Give code{side} with system, or coding{side}."
        raise BadInputError(message, place=f"code{side}")
    return Coding(asked.text("system"), code)
