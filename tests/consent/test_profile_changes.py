"""What a change of the profile opens and closes, beside the naive reading of each cell."""

from functools import cache
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent import naive
from throughcare.consent import cells, coherence, difference, profile, saying
from throughcare.consent.cells import Change, Kind, Said, Situation
from throughcare.consent.difference import ALL, ALWAYS, Line
from throughcare.consent.profile import Profile
from throughcare.model.entry import Category, EntryClass
from throughcare.model.request import Permission, Purpose, Relationship, Role

TEXT = profile.default_text()
DIET = '"care-note", "contact", "about-me",\n    "diet"]\n\n[roles.rec'
EDITS = {
    "opt-in": ('"opt-out"', '"opt-in"'),
    "asked": ("permission_to_view = true", "permission_to_view = false"),
    "bound": ("dissent_overridable = true", "dissent_overridable = false"),
    "psychiatry": ('"FERT", "STD"', '"PSY", "FERT", "STD"'),
    "open": ('"SEX", "TERM", ', ""),
    "cap": ("beyond_cap = []", 'beyond_cap = ["PSY", "STD"]'),
    "glass": ('roles = ["paramedic", "nurse", "gp"', 'roles = ["nurse", "gp"'),
    "law": ('except_reasons = ["cannot', 'except_reasons = ["danger-to-life", "cannot'),
    "results": (DIET, DIET.replace('"contact"', '"test-result"')),
    "oversight": ("[roles.it-lead]", "[roles.it-lead]\noversight = true"),
    "emergency": ('purposes = ["CAREMGT"]', 'purposes = ["CAREMGT", "ETREAT", "BTG"]'),
}


@cache
def edited(*names: str) -> Profile:
    text = TEXT
    for name in names:
        old, new = EDITS[name]
        assert old in text, name
        text = text.replace(old, new, 1)
    return profile.parse(text)


PROFILES = st.lists(st.sampled_from(sorted(EDITS)), max_size=3, unique=True).map(
    lambda names: edited(*sorted(names))
)
ROLES = st.sampled_from(
    [Role.PARAMEDIC, Role.NURSE, Role.CARE_ASSISTANT, Role.SOCIAL_WORKER, Role.PROXY, Role.IT_LEAD]
)


def shows(chosen: Profile, role: Role, purpose: Purpose, kind: Kind, situation: Situation) -> bool:
    """Decide one cell by the naive reading."""
    request, context = cells.asked(role, purpose, situation)
    labels = frozenset({kind.label} if kind.label else ())
    cls = EntryClass("Basic", kind.category, labels, "HOLDER", critical=kind.critical)
    return naive.seen(request, context, naive.Fact(cls, "Basic/1", None, ""), chosen)


def found(old: Profile, new: Profile, role: Role, purpose: Purpose) -> set[Change]:
    return set(cells.changes_for(old, new, role, purpose))


@settings(max_examples=40, deadline=None)
@given(PROFILES, PROFILES, ROLES, st.sampled_from(Purpose), st.data())
def test_a_cell_is_a_change_if_and_only_if_the_naive_reading_differs(
    old: Profile, new: Profile, role: Role, purpose: Purpose, data: st.DataObject
) -> None:
    changes = found(old, new, role, purpose)
    drawn = st.builds(
        Change,
        st.just(role),
        st.just(purpose),
        st.booleans(),
        st.builds(
            Kind,
            st.sampled_from(Category),
            st.sampled_from(cells.labels((old, new))),
            st.booleans(),
        ),
        st.sampled_from(cells.situations((old, new))),
    )
    looked_at = data.draw(st.lists(drawn, min_size=5, max_size=15))
    for change in (*looked_at, *list(changes)[:10]):
        kind, situation = change.kind, change.situation
        before, after = (shows(each, role, purpose, kind, situation) for each in (old, new))
        assert (change in changes) is (before is not after and after is change.opens)


@settings(max_examples=40, deadline=None)
@given(PROFILES, ROLES, st.sampled_from(Purpose), st.sampled_from(Category), st.data())
def test_a_label_that_no_profile_speaks_of_is_like_none(
    chosen: Profile, role: Role, purpose: Purpose, category: Category, data: st.DataObject
) -> None:
    situation = data.draw(st.sampled_from(cells.situations((chosen, chosen))))
    plain, other = (Kind(category, label, critical=False) for label in ("", "COGN"))
    assert shows(chosen, role, purpose, plain, situation) is shows(
        chosen, role, purpose, other, situation
    )


SCREENS = ["asked", "glass", "psychiatry", "results"]


@cache
def lines_of(name: str) -> list[Line]:
    return difference.lines(edited(), edited(name))


def covers(line: Line, change: Change) -> bool:
    """Tell whether a line says this change."""
    purposes = dict(line.readers).get(change.role, ())
    kind = change.kind
    return (
        line.opens is change.opens
        and change.purpose in purposes
        and (line.categories == ALL or kind.category in line.categories)
        and kind.label in (line.labels or {""})
        and (not line.spares_critical or not kind.critical)
        and (not line.critical_alone or kind.critical)
        and (line.when == ALWAYS or change.situation in line.when)
    )


def plainer(change: Change) -> list[Change]:
    kind = change.kind
    kinds = [
        Kind(kind.category, label, critical)
        for label, critical in product({kind.label, ""}, {kind.critical, False})
    ]
    return [
        Change(
            change.role, change.purpose, opens=change.opens, kind=each, situation=change.situation
        )
        for each in kinds
    ]


@pytest.mark.parametrize("name", SCREENS)
def test_every_changed_cell_is_in_a_line_or_follows_from_one(name: str) -> None:
    old, new = edited(), edited(name)
    lines = lines_of(name)
    assert lines
    for role, purpose in product((Role.NURSE, Role.PARAMEDIC, Role.CARE_ASSISTANT), Purpose):
        changes = found(old, new, role, purpose)
        for change in changes:
            said = [each for each in plainer(change) if each in changes]
            assert any(covers(line, each) for line in lines for each in said), change


@pytest.mark.parametrize("name", SCREENS)
def test_no_line_says_a_change_that_is_none(name: str) -> None:
    old, new = edited(), edited(name)
    for line in lines_of(name):
        role, purposes = line.readers[0]
        changes = found(old, new, role, purposes[0])
        shown = cells.seen(new if line.opens else old, role, purposes[0], (old, new))
        visible = {kind.category for kinds in shown.values() for kind in kinds}
        situations = {each for each, kinds in shown.items() if kinds}
        for category, label, critical in product(
            line.categories or visible, line.labels or {""}, (False, True)
        ):
            kind = Kind(category, label, critical)
            is_said = not line.spares_critical if critical else not line.critical_alone
            for situation in line.when or situations:
                change = Change(role, purposes[0], line.opens, kind, situation)
                assert (change in changes) is is_said


def test_labels_that_change_alike_are_in_one_line() -> None:
    found = difference.lines(edited(), edited("open"))
    assert {line.labels for line in found} == {frozenset({"SEX", "TERM"})}


@cache
def sentences(name: str) -> tuple[str, ...]:
    old, new = EDITS[name]
    report = saying.report(TEXT, TEXT.replace(old, new, 1))
    return (*report.closes, *report.opens)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("results", "Care assistant for care management: test-result."),
        ("glass", "Paramedic for break-glass: all kinds of entry they see."),
        (
            "bound",
            (
                "Paramedic, nurse, GP, psychiatrist and pharmacist for break-glass: all kinds of "
                "entry they see, where the person objected."
            ),
        ),
        (
            "opt-in",
            (
                "Paramedic, nurse, GP, psychiatrist and pharmacist for emergency care: all kinds "
                "of entry they see, where the person has said nothing."
            ),
        ),
        (
            "asked",
            (
                "Paramedic, nurse, GP, psychiatrist, pharmacist and receptionist for care: all "
                "kinds of entry they see, where they have a known care relationship and the "
                "person was not asked or could not be asked and the person has said nothing or "
                "agreed to sharing."
            ),
        ),
    ],
)
def test_a_change_is_said_in_a_sentence(name: str, expected: str) -> None:
    assert expected in sentences(name)


@pytest.mark.parametrize("name", SCREENS)
def test_a_change_of_one_key_fits_on_a_screen(name: str) -> None:
    assert sum(len(sentence) // 80 + 1 for sentence in sentences(name)) <= 24


def test_keys_that_decide_nothing_open_and_close_nothing() -> None:
    other = TEXT.replace("hours = 4", "hours = 5").replace("existence = false", "existence = true")
    report = saying.report(TEXT, other)
    assert not report.opens
    assert not report.closes
    assert report.settings == ("disclosure.existence: false -> true", "break_glass.hours: 4 -> 5")


def test_every_role_and_situation_is_in_the_table() -> None:
    every = cells.situations((edited(), edited()))
    assert len(every) == len(Relationship) * len(Permission) * len(Said) * 3
    assert {each.reason for each in every} == {"", "other", "cannot-be-asked"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("emergency", "break_glass.roles lacks social-worker"),
        ("glass", "break_glass.roles lacks paramedic"),
    ],
)
def test_what_looks_like_an_oversight_is_remarked(name: str, expected: str) -> None:
    assert expected in " ".join(coherence.remarks(edited(name)))


def test_a_misspelt_label_is_remarked() -> None:
    odd = profile.parse(TEXT.replace('"FERT", "STD"', '"FERTS", "STD"'))
    assert any("FERTS" in each for each in coherence.remarks(odd))
    assert not any("label" in each for each in coherence.remarks(edited()))


def test_all_faults_are_found_at_once_each_with_its_line() -> None:
    text = TEXT.replace("hours = 4", "hours = 0").replace('["PATRQT"]', '["PATROL"]')
    text = text.replace("[roles.analyst]", "[roles.wizard]").replace("existence =", "exists =")
    where = [(line, fault.key) for line, fault in profile.faults(text)]
    lines = text.splitlines()
    assert [key for _, key in where] == [
        "disclosure.existence",
        "disclosure.exists",
        "break_glass.hours",
        "roles.patient.purposes",
        "roles.wizard",
    ]
    for line, key in where[1:]:
        assert key.rpartition(".")[2] in lines[line - 1]
    assert lines[where[0][0] - 1] == "[disclosure]"
    assert not profile.faults(TEXT)


def test_a_table_that_is_missing_is_one_fault() -> None:
    (fault,) = profile.faults(
        TEXT.replace("[disclosure]", "[validation.x]\nfaults = 'usual'\n#")
        .replace("existence = false\n", "")
        .replace('warnings = "always"\n', "")
        .replace("sentence = ", "# ")
    )
    assert fault[1].key == "disclosure"
