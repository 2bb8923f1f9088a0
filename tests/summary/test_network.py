"""Person and network: how somebody lives, who cares, what is arranged and what is due."""

from summary.entries import concept, entry, observation
from summary.sights import sight
from throughcare.model.entry import Category
from throughcare.summary.entry import SummaryEntry
from throughcare.summary.facts import State
from throughcare.summary.network import PRESUMED, network
from throughcare.summary.sections import NONE_OF_IT


def social(resource: dict[str, object], source: str = "social") -> SummaryEntry:
    return entry(resource, source, Category.SOCIAL_CARE)


def home(value: str, on: str, source: str = "social") -> SummaryEntry:
    return social(
        dict(observation(concept("Accommodation"), on, valueString=value).resource), source
    )


def finding(code: str, until: str) -> SummaryEntry:
    flag = {
        "resourceType": "Flag",
        "status": "active",
        "code": concept(code=code, system="urn:throughcare:capacity"),
        "period": {"start": "2026-05-01", "end": until},
    }
    return entry(flag, "social", Category.ALERT)


def test_the_newest_says_how_somebody_lives_and_who_says_otherwise_is_named() -> None:
    (item,) = network(
        sight(home("Care home", "2026-10-01"), home("Own flat", "2026-03-01", "hospital"))
    ).living.items
    assert item.text == "Accommodation: Care home"
    assert item.disagreement == "The hospital says Own flat."


def test_a_service_that_has_ended_is_in_no_package() -> None:
    def service(status: str) -> SummaryEntry:
        return social(
            {
                "resourceType": "ServiceRequest",
                "status": status,
                "code": concept(f"Home support {status}"),
                "quantityQuantity": {"value": 10.5, "unit": "hours a week"},
            }
        )

    (item,) = network(sight(service("active"), service("completed"))).package.items
    assert (item.text, item.detail) == ("Home support active", ("10.5 hours a week",))


def test_capacity_is_presumed_and_a_finding_ends_with_its_last_day() -> None:
    assert network(sight()).capacity.title == PRESUMED
    (item,) = network(sight(finding("lacking", "2027-05-01"))).capacity.items
    assert item.text == "Lacks capacity to decide about care"
    assert item.detail == ("assessed again by 01-May-2027",)
    assert network(sight(finding("lacking", "2026-11-23"))).capacity.title == PRESUMED


def test_the_next_review_comes_before_the_last() -> None:
    def review(on: str) -> SummaryEntry:
        return social(
            {
                "resourceType": "Procedure",
                "status": "completed",
                "code": concept("Social care review"),
                "performedPeriod": {"start": on},
            }
        )

    items = network(sight(review("2026-01-10"), review("2027-02-01"))).reviews.items
    assert [item.text for item in items] == ["Next review 01-Feb-2027", "Last 10-Jan-2026"]


def test_what_is_not_shared_depends_on_the_role_and_never_on_what_is_recorded() -> None:
    seen = frozenset({Category.SOCIAL_CARE, Category.CONTACT})
    empty = network(sight(kinds=seen))
    full = network(sight(home("Own flat", "2026-03-01"), kinds=seen))
    assert empty.not_shared == full.not_shared
    assert "medicines" in empty.not_shared
    assert (empty.risks.state, empty.risks.title) == (State.WITHHELD, NONE_OF_IT)


def test_safeguarding_is_for_the_screen_only_here_too() -> None:
    flag = entry(
        {"resourceType": "Flag", "status": "active", "code": concept("Safeguarding enquiry")},
        "social",
        Category.ALERT,
    )
    (item,) = network(sight(flag)).risks.items
    assert not item.printed


def test_a_need_that_two_sources_record_is_listed_once() -> None:
    def deaf(source: str, on: str) -> SummaryEntry:
        condition = {
            "resourceType": "Condition",
            "code": concept("Hard of hearing", "60700002"),
            "recordedDate": on,
        }
        return entry(condition, source, Category.FUNCTIONAL)

    def walks(source: str) -> SummaryEntry:
        condition = {"resourceType": "Condition", "code": concept("Walks with a frame")}
        return entry(condition, source, Category.FUNCTIONAL)

    needs = network(
        sight(deaf("social", "2026-06-04"), deaf("gp", "2020-01-01"), walks("social"))
    ).needs.items
    assert [item.text for item in needs] == ["Hard of hearing", "Walks with a frame"]
    assert [seen.label for seen in needs[0].sources] == ["council", "GP"]
