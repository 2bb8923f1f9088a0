"""Who looks people up by who they are, and for what."""

from itertools import product

from consent.test_bulk import SHIPPED, asked
from throughcare.consent import finding, profile
from throughcare.model.request import Purpose, Role

CARING = {Role.PARAMEDIC, Role.NURSE, Role.GP, Role.PSYCHIATRIST, Role.PHARMACIST}
SOCIAL = {Role.SOCIAL_WORKER, Role.CARE_ASSISTANT}


def may(rules: profile.Profile, role: Role) -> set[Purpose]:
    return {each for each in Purpose if not finding.refusal(asked(role, each), rules)}


def test_whoever_cares_looks_people_up_and_the_privacy_officer_does() -> None:
    for role in Role:
        purposes = SHIPPED.view(role).purposes
        looks = role in {*CARING, *SOCIAL, Role.RECEPTIONIST, Role.PRIVACY_OFFICER}
        assert may(SHIPPED, role) == (purposes if looks else set()), role


def test_a_refusal_says_what_is_wrong() -> None:
    for role, purpose in product((Role.PATIENT, Role.PROXY), Purpose):
        assert "your own" in finding.refusal(asked(role, purpose), SHIPPED).replace(
            "their own", "your own"
        )
    said = finding.refusal(asked(Role.RESEARCHER, Purpose.HRESCH), SHIPPED)
    assert "not looked up for HRESCH" in said
    said = finding.refusal(asked(Role.IT_LEAD, Purpose.HOPERAT), SHIPPED)
    assert "it-lead does not look people up here for HOPERAT" in said


def test_a_role_that_sees_nobodys_name_looks_nobody_up() -> None:
    text = profile.default_text().replace('categories = ["demographics"]', "categories = []", 1)
    assert may(profile.parse(text), Role.RECEPTIONIST) == set()
