import re
from datetime import timedelta

import pytest

from throughcare.consent import profile
from throughcare.consent.strictness import Faulty
from throughcare.kernel import BadInputError
from throughcare.model.entry import Category
from throughcare.model.request import Purpose, Role

TEXT = profile.default_text()


def test_the_shipped_profile_shares_unless_the_person_objects() -> None:
    shipped = profile.parse(TEXT)
    assert not shipped.opt_in
    assert shipped.permission_to_view
    assert shipped.dissent_overridable
    assert shipped.warnings == "always"
    assert shipped.time_box == timedelta(hours=4)


def test_the_shipped_profile_has_a_view_for_every_role() -> None:
    assert set(profile.parse(TEXT).roles) == set(Role)


def test_a_role_that_is_left_out_sees_nothing() -> None:
    start = TEXT.index("[roles.analyst]")
    view = profile.parse(TEXT[:start]).view(Role.ANALYST)
    assert not view.purposes
    assert not view.categories
    assert not any((view.oversight, view.export, view.counts))


def test_equal_texts_are_one_key() -> None:
    """Decisions are kept by the profile that they were made under."""
    text = TEXT + '\n[custodians]\ngp = "B86001"\n[validation.gp]\nfaults = "warn"\n'
    assert len({profile.parse(text): 1, profile.parse(text): 2, profile.parse(TEXT): 3}) == 2


def test_a_star_means_every_kind_of_entry() -> None:
    assert profile.parse(TEXT).view(Role.PATIENT).categories == frozenset(Category)


def test_only_clinical_roles_break_the_glass() -> None:
    shipped = profile.parse(TEXT)
    for role, view in shipped.roles.items():
        assert (Purpose.BTG in view.purposes) == (role in shipped.break_glass_roles)


def test_the_version_is_number_and_digest_of_the_text() -> None:
    one, same, other = (profile.parse(text) for text in (TEXT, TEXT, TEXT + "\n# a remark\n"))
    assert one.version == same.version
    assert re.fullmatch("1-[0-9a-f]{12}", one.version)
    assert one.version != other.version
    assert one.number == 1


def test_times_may_be_as_short_as_one() -> None:
    shortest = TEXT.replace("\nhours = 4", "\nhours = 1") + "\n[opt_outs]\ndays = 1\n"
    parsed = profile.parse(shortest)
    assert (parsed.time_box, parsed.opt_out_days) == (timedelta(hours=1), 1)


def test_what_a_profile_leaves_out_is_the_usual() -> None:
    start, end = TEXT.index("[law.GRA]"), TEXT.index("# What each role may ask for")
    text = (TEXT[:start] + TEXT[end:]).replace("notify_after_hours = 0\n", "")
    parsed = profile.parse(text)
    assert (parsed.law, parsed.notify_after, parsed.opt_out_days) == ((), timedelta(0), 7)
    law_text = re.sub(r"except_(purposes|roles) = .*\n", "", TEXT)
    (law,) = profile.parse(law_text).law
    assert (law.except_purposes, law.except_roles) == (frozenset(), frozenset())


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('warnings = "always"', 'warnings = "never"', "disclosure.warnings"),
        ('warnings = "always"', "", "disclosure.warnings"),
        ('warnings = "always"', 'warnings = "always"\nwarning = 1', "disclosure.warning"),
        ("hours = 4", "hours = 0", "break_glass.hours"),
        ("hours = 4", "hours = true", "break_glass.hours"),
        ("existence = false", 'existence = "no"', "disclosure.existence"),
        ('["PATRQT"]', '["PATROL"]', "roles.patient.purposes"),
        ('["PATRQT"]', '["*"]', "roles.patient.purposes"),
        ('purposes = ["PATRQT"]', "", "roles.patient.purposes"),
        ("beyond_cap = []", "", "break_glass.beyond_cap"),
        ("beyond_cap = []", "beyond_cap = [1]", "break_glass.beyond_cap"),
        ("[roles.analyst]", "[roles.wizard]", "roles.wizard"),
        ("[sharing]", "[shearing]", "sharing"),
        ('except_reasons = ["cannot-be-asked"]', 'except_reasons = ["so"]', "law.GRA"),
        ('name = "Example locality"', "name = 3", "locality.name"),
        ("review_at = 13", "review_at = 14", "proxies.review_at"),
        ("limited_from = 11", "limited_from = 14", "proxies.limited_from"),
        ('holders = ["gp", "social-worker"]', 'holders = ["mother"]', "proxies.holders"),
    ],
)
def test_a_wrong_key_is_named_with_rule_and_way_out(old: str, new: str, place: str) -> None:
    assert old in TEXT
    with pytest.raises(BadInputError) as caught:
        profile.parse(TEXT.replace(old, new))
    assert place in caught.value.message
    assert "docs/consent/profile.md" in caught.value.message
    assert place in str(caught.value.place)


def test_what_is_no_toml_is_refused_with_its_line() -> None:
    with pytest.raises(BadInputError, match="line 1"):
        profile.parse("locality = = 1")


def test_feeds_can_be_given_their_custodians() -> None:
    assert profile.parse(TEXT + '\n[custodians]\ngp = "B86001"\n').custodians == {"gp": "B86001"}


def test_the_shipped_rules_for_proxies_are_those_of_a_file_without_any() -> None:
    start, end = TEXT.index("[proxies]"), TEXT.index("# Law that")
    assert profile.parse(TEXT[:start] + TEXT[end:]).proxies == profile.parse(TEXT).proxies


def test_a_feed_is_held_against_no_profiles_where_it_names_none() -> None:
    text = TEXT + '\n[validation.gp]\nfaults = "usual"\n'
    text = text.replace('faults = "usual"', f'faults = "{next(iter(Faulty))}"')
    assert profile.parse(text).strictness("gp").profiles == ()


def test_what_opens_more_is_off_unless_a_profile_says_otherwise() -> None:
    parsed = profile.parse(TEXT)
    assert not any((parsed.second_lock, parsed.own_ids, parsed.offline))
    nurse = parsed.roles[Role.NURSE]
    assert not any((nurse.oversight, nurse.export, nurse.counts))


def test_old_versions_are_removed_on_a_ground_in_law_alone() -> None:
    kept = TEXT + "\n[retention]\nsuperseded_after_days = 1\nlegal_basis = "
    removal = profile.parse(kept + '"Records Management Code"\n').removal
    assert removal == profile.Retention(timedelta(days=1), "Records Management Code")
    with pytest.raises(BadInputError, match="legal_basis"):
        profile.parse(kept + '" "\n')
