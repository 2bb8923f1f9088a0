import pytest

from audit.ledger_parts import entry
from throughcare.audit.fhir_event import audit_event

REQUIRED = ("type", "recorded", "agent", "source")


@pytest.mark.parametrize(
    "action",
    ["read", "search", "create", "summary", "load", "merge", "consent", "sign-in", "break-glass"],
)
@pytest.mark.parametrize("outcome", ["permit", "deny", "error"])
def test_every_entry_has_what_an_audit_event_must_have(action: str, outcome: str) -> None:
    event = audit_event(entry(1, action=action, outcome=outcome), node="n1")
    assert event["resourceType"] == "AuditEvent"
    assert all(event[name] for name in REQUIRED)
    asks = [agent["requestor"] for agent in event["agent"]]  # codespell:ignore
    assert asks.count(True) == 1
    assert event["action"] in "CRUDE"
    assert event["outcome"] == {"permit": "0", "deny": "4", "error": "8"}[outcome]


def test_a_read_of_a_patients_entry_follows_the_balp_profile() -> None:
    event = audit_event(entry(1), node="n1", patients={7: "Patient/p7"})
    profile = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PatientRead"
    assert event["meta"]["profile"] == [profile]
    assert event["subtype"][0]["code"] == "read"
    references = [entity["what"].get("reference") for entity in event["entity"]]
    assert references == ["Patient/p7", "Condition/1", None]


def test_a_person_that_the_reader_may_not_know_is_left_out() -> None:
    event = audit_event(entry(1, persons=(7, 8)), node="n1", patients={7: "Patient/p7"})
    assert "p8" not in str(event)
    assert "8" not in [entity["what"].get("reference") for entity in event["entity"]]


def test_a_search_names_the_parameters_and_no_reference() -> None:
    event = audit_event(entry(1, action="search", what="Condition?code"), node="n1")
    assert event["entity"][0]["description"] == "Condition?code"


def test_the_rules_and_the_reason_explain_the_outcome() -> None:
    event = audit_event(entry(1, because=("break-glass",), reason="unconscious"), node="n1")
    assert event["outcomeDesc"] == "break-glass; unconscious"
