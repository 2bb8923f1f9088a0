"""Random writes: created, changed or deleted by id, version or condition, and what is sent back."""

from node.withheld.asking import Asking, Question
from node.withheld.making import ASTHMA, CODES, SCT


def create_if(asking: Asking) -> Question:
    """Create where nothing is found that the writer may see."""
    patient = asking.shown_patient()
    code = asking.random.choice((*CODES, ASTHMA))
    body = {
        "resourceType": "Condition",
        "code": {"coding": [{"system": SCT, "code": code}]},
        "subject": {"reference": patient},
    }
    condition = asking.criterion("Condition")
    return Question(
        "Condition", "POST", body, {"if-none-exist": condition, "prefer": _preference(asking)}
    )


def _preference(asking: Asking) -> str:
    """Return what a client that writes wants to be sent back."""
    form = asking.random.choice(("minimal", "representation", "OperationOutcome"))
    return f"return={form}"


def change_matching(asking: Asking) -> Question:
    """Change what is named by a condition: shown whole, withheld, or nothing."""
    random, name = asking.random, asking.written()
    type_, _, id_ = name.partition("/")
    where = random.choice(
        (f"_id={id_}", f"_id={id_}&_lastUpdated=gt2020", f"_id={id_}&_security=R")
    )
    headers = {"prefer": _preference(asking)}
    if random.random() < 0.3:
        body = {
            "resourceType": type_,
            "status": "final",
            "code": {"coding": [{"system": SCT, "code": ASTHMA}]},
            "subject": {"reference": asking.shown_patient()},
        }
        return Question(f"{type_}?{where}", "PUT", body, headers)
    forms: tuple[tuple[str, object], ...] = (
        ("application/merge-patch+json", {"language": "cy"}),
        ("application/json-patch+json", [{"op": "add", "path": "/language", "value": "cy"}]),
        ("application/json-patch+json", [{"op": "test", "path": "/id", "value": id_}]),
    )
    kind, body_ = random.choice(forms)
    return Question(f"{type_}?{where}", "PATCH", body_, {"content-type": kind, **headers})


def change_if(asking: Asking) -> Question:
    """Delete or change what is named by a condition, or at an id by its version."""
    random = asking.random
    name = asking.written()
    patch = {"id": name.partition("/")[2], "status": "amended"}
    questions = (
        Question(f"Condition?{asking.criterion('Condition')}", "DELETE"),
        Question(name, "DELETE", headers={"if-match": f'W/"{random.randint(1, 2)}"'}),
        Question(name, "DELETE"),
        Question(
            name,
            "PATCH",
            {k: v for k, v in patch.items() if k != "id"},
            {"content-type": "application/merge-patch+json", "if-match": 'W/"1"'},
        ),
        Question(
            name,
            "PUT",
            {
                "resourceType": name.partition("/")[0],
                "id": name.partition("/")[2],
                "status": "final",
                "code": {"coding": [{"system": SCT, "code": ASTHMA}]},
                "subject": {"reference": asking.shown_patient()},
            },
            {"if-match": 'W/"9"'},
        ),
    )
    return random.choice(questions)
