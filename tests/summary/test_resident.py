"""Resident today: about me, food, moving, medicines due and notes, in their own words."""

from summary.entries import ANSWERED, concept, entry, medicine, observation, plan
from summary.sights import sight
from throughcare.model.entry import Category
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.plans import NONE_HELD
from throughcare.summary.resident import resident


def note(text: str, on: str) -> SummaryEntry:
    said = observation(concept("Care note: Mood"), on, "carehome", valueString=text)
    return entry(dict(said.resource), "carehome", Category.CARE_NOTE)


def test_about_me_is_quoted_as_it_was_written() -> None:
    held = {
        "resourceType": "DocumentReference",
        "status": "current",
        "type": concept("About me"),
        "description": "Call me Edie.",
    }
    (item,) = resident(sight(entry(held, "gp", Category.ABOUT_ME))).about.items
    assert item.text == "“Call me Edie.”"


def test_texture_and_what_is_never_given_stand_in_words() -> None:
    order = {
        "resourceType": "NutritionOrder",
        "status": "active",
        "oralDiet": {
            "texture": [{"modifier": concept("Minced and moist, level 5")}],
            "fluidConsistencyType": [concept("Slightly thick, level 1")],
        },
        "excludeFoodModifier": [concept("Nuts")],
    }
    (item,) = resident(sight(entry(order, "hospital", Category.DIET))).diet.items
    assert item.text == "Texture: Minced and moist, level 5. Drinks: Slightly thick, level 1"
    assert item.detail == ("Never: Nuts",)


def test_an_unknown_diet_asks_before_food_is_given() -> None:
    assert resident(sight()).diet.title.endswith("Ask before you give food or drink.")


def test_a_plan_is_its_own_words_and_none_held_is_no_statement() -> None:
    (item,) = resident(sight(plan("Stay at Beck House."))).plans.items
    assert item.detail[0] == "“Stay at Beck House.”"
    assert resident(sight()).plans.title == NONE_HELD


def test_a_medicine_says_its_times_and_what_was_given_today() -> None:
    timing = {"repeat": {"timeOfDay": ["20:00:00", "08:00:00"]}}
    taken = medicine("Metformin", dosageInstruction=[{"text": "one twice a day", "timing": timing}])
    given = entry(
        {
            "resourceType": "MedicationAdministration",
            "status": "completed",
            "medicationCodeableConcept": concept("Metformin"),
            "effectiveDateTime": "2026-11-24T08:05:00",
        },
        "carehome",
    )
    (item,) = resident(sight(taken, given)).medicines.items
    assert item.detail == ("one twice a day", "at 08:00 and 20:00", "given 08:05, says care home")


def test_todays_notes_are_shown_and_else_the_last_few_which_say_so() -> None:
    old, new = note("upset", "2026-11-20"), note("calm", "2026-11-24T09:00:00")
    page = resident(sight(old, new))
    assert ([line.detail for line in page.notes], page.is_today) == (["calm"], True)
    assert not resident(sight(old, sources=ANSWERED)).is_today
