"""Files without those of withheld documents: the compiled form beside the plain reading."""

from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from consent import strategies
from throughcare.consent import filing
from throughcare.consent.decide import visible
from throughcare.model.decision import Clause, EntryAmong, EntryIs, Residual
from throughcare.model.directive import Rule
from throughcare.model.entry import Category, EntryClass

CLASSES = {
    number: EntryClass(type_, Category.LETTER)
    for number, type_ in enumerate(("Binary", "DocumentReference", "Binary", "Media"))
}
FILES = ("Binary/a", "Binary/b")
SINGLE = (EntryIs("Binary/a"), EntryIs("Media/m"))

clauses = st.builds(
    lambda classes, holds, fails: Clause(classes, tuple(holds), tuple(fails)),
    st.frozensets(st.sampled_from(sorted(CLASSES))),
    st.sets(st.sampled_from(SINGLE), max_size=1),
    st.sets(st.sampled_from(SINGLE), max_size=1),
)


@given(
    st.builds(Residual, st.lists(clauses, max_size=4).map(tuple)),
    st.sets(st.sampled_from(FILES)),
    st.sampled_from(sorted(CLASSES)),
    st.sampled_from(("a", "b", "m")),
)
def test_what_is_left_is_what_was_shown_but_for_the_files(
    residual: Residual, closed: set[str], number: int, id_: str
) -> None:
    name = f"{CLASSES[number].type}/{id_}"
    atoms = {EntryIs(name), *({EntryAmong(frozenset(closed))} if name in closed else set())}
    shown = visible(residual, number, {EntryIs(name)})
    left = filing.without(residual, CLASSES, closed)
    assert visible(left, number, atoms) == (shown and name not in closed)


def test_a_file_is_pointed_at_by_every_member_that_holds_attachments_and_by_what_it_shows() -> None:
    attachment = {"url": "https://a.example/fhir/Binary/f/_history/2"}
    related = {"context": {"related": [{"reference": "Composition/c"}]}}
    resources = {
        "DocumentReference/d": {
            "resourceType": "DocumentReference",
            "content": [{"attachment": attachment}],
            **related,
        },
        "DiagnosticReport/r": {"resourceType": "DiagnosticReport", "presentedForm": [attachment]},
        "Communication/m": {
            "resourceType": "Communication",
            "payload": [{"contentAttachment": attachment}],
        },
        "Media/x": {"resourceType": "Media", "content": attachment},
        "Consent/s": {"resourceType": "Consent", "sourceAttachment": attachment},
        "Patient/p": {"resourceType": "Patient", "photo": [attachment]},
        "Binary/f": {"resourceType": "Binary", "securityContext": {"reference": "Encounter/e"}},
        "Binary/alone": {"resourceType": "Binary"},
    }
    pointing = {*resources, "Composition/c", "Encounter/e"} - {"Binary/f", "Binary/alone"}
    assert filing.pointing(resources) == {"Binary/f": pointing}


def test_files_matter_where_a_rule_in_force_speaks_of_more_than_labels() -> None:
    plain = Rule("Consent/1", permit=False, recorded=datetime(2026, 1, 1, tzinfo=UTC))
    day = date(2026, 1, 1)
    narrow = [
        replace(plain, types=frozenset({"Condition"})),
        replace(plain, custodians=frozenset({"RXX"})),
        replace(plain, authors=frozenset({"RXX"})),
        replace(plain, instances=frozenset({"Condition/a"})),
        replace(plain, data_period=(day, None)),
        replace(plain, data_period=(None, day)),
    ]
    wide = [plain, replace(plain, data_period=(None, None)), replace(plain, labels=frozenset("R"))]
    assert all(map(filing.is_narrow, narrow))
    assert not any(map(filing.is_narrow, wide))
    for rule in narrow:
        assert filing.matters([strategies.directive([plain, rule])])
        assert not filing.matters([strategies.directive([rule], active=False)])
    assert not filing.matters([strategies.directive(wide)])
