"""The operation that explains a decision, and the Parameters that it answers with."""

from typing import Any, Final, TypeVar

import orjson

from throughcare.api import parameters
from throughcare.api.call import Call, Reply
from throughcare.api.parameters import Pairs
from throughcare.api.routes import ID, Route
from throughcare.disclosure.explaining import Explaining, Hypothesis
from throughcare.fhir.spec import is_resource_type
from throughcare.kernel import BadInputError
from throughcare.model.explanation import Explanation
from throughcare.model.request import REASONS, Permission, Purpose, Reason, Relationship, Role

OF_A_READER: Final = (
    *("role", "purpose", "organisation", "user", "relationship", "permission"),
    *("reason", "reasonCode"),
)
"""Parameters that say which other reader is meant: role and purpose, the rest where it matters."""

Word = TypeVar("Word", Role, Purpose, Relationship, Permission)


class ExplainingOperations:
    """``$explain-access``, through the door out."""

    def __init__(self, explaining: Explaining) -> None:
        """Answer from `explaining`."""
        self._explaining = explaining

    async def explain(self, route: Route, call: Call) -> Reply:
        """Return why the asker, or another reader, may see a record or an entry, or may not."""
        given = parameters.given(call)
        if not route.id:
            identifier = parameters.one(parameters.known(given, "identifier"), "identifier")
            said = await self._explaining.of_number(call.request, identifier)
        else:
            pairs = parameters.known(given, "entry", *OF_A_READER)
            said = await self._explaining.of_patient(
                call.request, route.id, _entry(pairs), _reader(pairs)
            )
        return Reply(200, orjson.dumps(answer(said)))


def answer(said: Explanation) -> dict[str, Any]:
    """Return an explanation as Parameters."""
    parts: list[dict[str, Any]] = [
        {"name": "decision", "valueCode": "permit" if said.permitted else "deny"},
        {"name": "audience", "valueCode": said.audience},
        {"name": "rank", "valueInteger": said.rank},
        {"name": "policyVersion", "valueString": said.policy_version},
        {"name": "text", "valueString": said.text},
    ]
    if said.epoch is not None:
        parts.insert(-1, {"name": "consentEpoch", "valueInteger": said.epoch})
    if said.code:
        parts.append({"name": "reason", "valueCode": said.code})
    parts += [{"name": "rule", "valueString": rule} for rule in said.rules]
    parts += [{"name": "choice", "valueString": choice} for choice in said.choices]
    return {"resourceType": "Parameters", "parameter": parts}


def _entry(pairs: Pairs) -> str:
    """Return the entry that is asked about, ``Type/id``; "" for the record as a whole."""
    name = parameters.one(pairs, "entry")
    type_, _, id_ = name.partition("/")
    if name and not (is_resource_type(type_) and ID.fullmatch(id_)):
        message = "entry must read Type/id, such as Condition/1."
        raise BadInputError(message, place="entry")
    return name


def _reader(pairs: Pairs) -> Hypothesis | None:
    """Return the other reader that is asked about; None for the asker."""
    if not any(name in OF_A_READER for name, _ in pairs):
        return None
    code, text = parameters.one(pairs, "reasonCode"), parameters.one(pairs, "reason")
    if code and code not in REASONS:
        message = f"reasonCode must be one of {', '.join(sorted(REASONS))}; correct it."
        raise BadInputError(message, place="reasonCode")
    return Hypothesis(
        role=_word(pairs, "role", Role),
        purpose=_word(pairs, "purpose", Purpose),
        organisation=parameters.one(pairs, "organisation"),
        user=parameters.one(pairs, "user"),
        relationship=_word(pairs, "relationship", Relationship, Relationship.YES),
        permission=_word(pairs, "permission", Permission, Permission.GIVEN),
        reason=Reason(text, code or "other") if code or text else None,
    )


def _word(pairs: Pairs, name: str, kind: type[Word], default: Word | None = None) -> Word:
    text = parameters.one(pairs, name, default.value if default else "")
    if text not in list(kind):
        message = f"{name} must be one of {', '.join(kind)}; correct it."
        raise BadInputError(message, place=name)
    return kind(text)
