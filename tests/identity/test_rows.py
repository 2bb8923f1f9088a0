from datetime import date

import pytest

from identity.people_made import ANNE
from throughcare.identity.compare import Columns
from throughcare.kernel import BadInputError


def test_a_row_becomes_demographics() -> None:
    columns = Columns(["Record ID", "Source", "NHS Number", "Surname", "Forename", "DOB", "Gender"])
    found = columns.read(["7", "gp", "999 000 0018", "O'Connor", "Siân Rose", "26/08/1947", "F"])
    assert (found.source, found.local_id) == ("gp", "7")
    known = found.demographics
    assert (known.nhs_number, known.born, known.sex) == (ANNE, date(1947, 8, 26), "female")
    assert (known.names[0].given, known.names[0].middles) == ("sian", ("rose",))


def test_what_a_row_lacks_or_can_not_be_used_is_missing() -> None:
    columns = Columns(["record_id", "nhs_number", "family_name", "birth_date", "postcode", "phone"])
    known = columns.read(["7", "9990000019", "Hall", "1960-02-30", "ZZ99 3VZ", "12"]).demographics
    assert known.nhs_number == ""
    assert known.born is None
    assert known.postcodes == known.phones == ()
    assert columns.read(["8"]).demographics.known == 0


def test_an_unverified_number_is_kept_but_not_relied_on() -> None:
    columns = Columns(["record_id", "family_name", "nhs_number", "nhs_number_status"])
    known = columns.read(["7", "Hall", ANNE, "02"]).demographics
    assert (known.nhs_number, known.number) == (ANNE, "")


def test_a_table_without_record_ids_or_names_is_refused_by_what_it_has() -> None:
    with pytest.raises(BadInputError, match="it has colour"):
        Columns(["colour"])
