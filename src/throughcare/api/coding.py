"""The terminology operations: what codes mean, nobody's record."""

from typing import Any

from throughcare.api import inputs
from throughcare.api.call import Call, Reply
from throughcare.api.inputs import Given
from throughcare.api.routes import Route
from throughcare.fhir import bytes as fhir_bytes
from throughcare.fhir.terminology import Terms, answers, translating
from throughcare.fhir.terminology.answers import Coding, Wish
from throughcare.fhir.terminology.codes import CodeTable
from throughcare.fhir.terminology.translating import Direction
from throughcare.fhir.validation import has_errors, validate
from throughcare.kernel import BadInputError, NotFoundError, UnprocessableError

Json = Any
VALUE_SET, SYSTEM, MAP = "value set", "code system", "concept map"


class CodingOperations:
    """Answers from what is loaded: R4's own code systems, packages, a locality's files."""

    def __init__(self, terms: Terms) -> None:
        """Answer from `terms`."""
        self._library = terms.library

    async def expand(self, _route: Route, call: Call) -> Reply:
        """List a value set, whole or by pages."""
        asked = inputs.given(call)
        wish = Wish(
            asked.text("filter"),
            asked.whole("count"),
            asked.whole("offset") or 0,
            asked.yes("activeOnly"),
            asked.yes("includeDesignations"),
        )
        value_set = self._value_set(asked)
        return _reply(answers.expand(self._library, value_set, wish, call.request.at))

    async def member(self, _route: Route, call: Call) -> Reply:
        """Say whether a code is one of a value set."""
        asked = inputs.given(call)
        return _reply(answers.member(self._library, self._value_set(asked), _codings(asked)))

    async def validate_code(self, _route: Route, call: Call) -> Reply:
        """Say whether a code is one of a code system."""
        asked = inputs.given(call)
        coding = _codings(asked)[0]
        table = self._system(asked.text("url") or coding.system)
        return _reply(answers.code_of(table, coding))

    async def lookup(self, _route: Route, call: Call) -> Reply:
        """Say what a code system says of a code."""
        asked = inputs.given(call)
        coding = _codings(asked)[0]
        wanted = [str(name) for name in asked.values.get("property", ())]
        return _reply(answers.lookup(self._system(coding.system), coding.code, wanted))

    async def subsumes(self, _route: Route, call: Call) -> Reply:
        """Say how two codes stand to one another."""
        asked = inputs.given(call)
        left, right = (_side(asked, side) for side in ("A", "B"))
        if left.system != right.system:
            message = "Codes of two systems do not stand in one order: ask about one system."
            raise BadInputError(message, place="system")
        return _reply(answers.subsumes(self._system(left.system), left.code, right.code))

    async def translate(self, _route: Route, call: Call) -> Reply:
        """Say what a code is in another system."""
        asked = inputs.given(call)
        url = asked.text("url")
        known = self._library.concept_map(url) if url else None
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

    def _value_set(self, asked: Given) -> Json:
        given = asked.one("valueSet")
        if given is None and type(asked.one("resource")) is dict:
            given = asked.one("resource")
        if type(given) is dict and given.get("resourceType") == "ValueSet":
            return _in_order(given)
        url = asked.text("url")
        found = self._library.value_set(url)
        if found is None:
            raise _not_loaded(VALUE_SET, url)
        return found

    def _system(self, url: str) -> CodeTable:
        found = self._library.system(url)
        if found is None:
            raise _not_loaded(SYSTEM, url)
        return found


def _in_order(value_set: Json) -> Json:
    """Return a value set that was sent. Raises UnprocessableError for one that is none by R4."""
    wrong = [issue for issue in validate(value_set) if has_errors([issue])]
    if wrong:
        message = f"The value set is not in order: {wrong[0].text}"
        raise UnprocessableError(message, place=wrong[0].expression)
    return value_set


def _not_loaded(what: str, url: str) -> NotFoundError:
    message = f"This {what} is not loaded: give its url, or load its package or files."
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
