"""A number that a source gives again, or that was typed wrongly, moves nobody's record."""

from pathlib import Path

from doors.node_parts import condition, load, names, node_in, patient, person_of, submission

FIRST, SECOND = "9990000018", "9990000026"


async def test_a_patient_that_comes_back_with_another_nhs_number_is_refused(
    tmp_path: Path,
) -> None:
    """Its key is a hospital number that was given again; what stands there stays as it is."""
    async with node_in(tmp_path) as node:
        first = patient("Khan", FIRST, id="77")
        (made,) = await load(node, submission("rx", first, condition("Patient/77")))
        name, entry = names(made)
        before = [await person_of(node, each) for each in (name, entry)]
        other = patient("Baines", SECOND, id="77", birthDate="1980-01-01")
        (again,) = await load(
            node, submission("rx", other, condition("Patient/77", "38341003"), key="2")
        )
        assert again.rejection is not None
        assert "another NHS number" in again.rejection.rule
        assert [await person_of(node, each) for each in (name, entry)] == before
        (right,) = await load(node, submission("rx", first, key="3"))
        assert right.rejection is None
