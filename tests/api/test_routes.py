import pytest

from throughcare.api.routes import POLICY, Interaction, Route, route
from throughcare.kernel import BadInputError, NotAllowedError, NotFoundError


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "metadata", Route(Interaction.CAPABILITIES)),
        ("POST", "", Route(Interaction.TRANSACTION)),
        ("GET", "Patient/1", Route(Interaction.READ, "Patient", "1")),
        ("HEAD", "Patient/1", Route(Interaction.READ, "Patient", "1")),
        ("PUT", "Patient/1", Route(Interaction.UPDATE, "Patient", "1")),
        ("PATCH", "Patient/1", Route(Interaction.PATCH, "Patient", "1")),
        ("PATCH", "Patient", Route(Interaction.CONDITIONAL_PATCH, "Patient")),
        ("DELETE", "Patient/1", Route(Interaction.DELETE, "Patient", "1")),
        ("GET", "Patient", Route(Interaction.SEARCH, "Patient")),
        ("POST", "Patient/_search", Route(Interaction.SEARCH, "Patient")),
        ("POST", "Patient", Route(Interaction.CREATE, "Patient")),
        ("PUT", "Patient", Route(Interaction.CONDITIONAL_UPDATE, "Patient")),
        ("DELETE", "Patient", Route(Interaction.CONDITIONAL_DELETE, "Patient")),
        ("GET", "_history", Route(Interaction.SYSTEM_HISTORY)),
        ("GET", "Patient/_history", Route(Interaction.TYPE_HISTORY, "Patient")),
        ("GET", "Patient/1/_history", Route(Interaction.HISTORY, "Patient", "1")),
        ("GET", "Patient/1/_history/2", Route(Interaction.VREAD, "Patient", "1", 2)),
        ("POST", "Observation/$lastn", Route(Interaction.LASTN)),
        ("GET", "Patient/1/$everything", Route(Interaction.EVERYTHING, "Patient", "1")),
        (
            "GET",
            "Patient/1/Condition",
            Route(Interaction.COMPARTMENT, "Condition", compartment="Patient/1"),
        ),
    ],
)
def test_a_path_is_its_own_route(method: str, path: str, expected: Route) -> None:
    assert route(method, path) == expected


def test_every_interaction_says_through_which_door_it_goes() -> None:
    assert set(POLICY) == set(Interaction)


@pytest.mark.parametrize(
    "path", ["Nonsense", "Nonsense/1", "Patient/1/2/3", "Patient/1/_history/x"]
)
def test_an_unknown_path_is_not_found(path: str) -> None:
    with pytest.raises(NotFoundError):
        route("GET", path)


@pytest.mark.parametrize(
    ("method", "path"),
    [("PATCH", "Patient/_search"), ("PUT", ""), ("POST", "Patient/1"), ("PUT", "metadata")],
)
def test_a_method_that_a_path_does_not_take_is_refused_with_the_way_out(
    method: str, path: str
) -> None:
    with pytest.raises(NotAllowedError, match="metadata") as refused:
        route(method, path)
    assert method not in refused.value.allowed


@pytest.mark.parametrize("id_", ["a b", "x" * 65, "a%00", "ä"])
def test_an_id_outside_the_rule_of_fhir_is_refused(id_: str) -> None:
    with pytest.raises(BadInputError):
        route("GET", f"Patient/{id_}")


@pytest.mark.parametrize("path", ["$everything", "Patient/$everything", "Patient/1/2/$everything"])
def test_an_operation_of_another_owner_is_not_found(path: str) -> None:
    with pytest.raises(NotFoundError):
        route("GET", path)
