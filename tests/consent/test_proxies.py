"""What a locality may write of people who act for others, at the edges of it."""

from datetime import timedelta
from typing import Any

import pytest

from throughcare.consent import proxies, toml
from throughcare.consent.proxies import Proxies
from throughcare.model.request import Role

WRITTEN: dict[str, Any] = {
    "limited_from": 11,
    "limited_to": ["Appointment"],
    "review_at": 13,
    "warned_days": 90,
    "recorders": ["gp"],
    "holders": ["gp"],
    "private_looks": {"RXX": "STD"},
}


def read(**changed: Any) -> tuple[Proxies, list[str]]:  # noqa: ANN401 - TOML values
    """Return what is read of the table with these keys changed, and where its faults are."""
    section = toml.Table({**WRITTEN, **changed}, "proxies")
    return proxies.of(section), [fault.key for fault in section.faults]


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({}, []),
        ({"review_at": 0, "limited_from": 0}, []),
        ({"review_at": 1, "limited_from": 0}, []),
        ({"review_at": 13, "limited_from": 13}, []),
        ({"review_at": 13, "limited_from": 14}, ["proxies.limited_from"]),
        ({"review_at": 14, "limited_from": 11}, ["proxies.review_at"]),
        ({"review_at": -1, "limited_from": -1}, ["proxies.review_at", "proxies.limited_from"]),
        ({"warned_days": 1}, []),
        ({"warned_days": 0}, ["proxies.warned_days"]),
        ({"recorders": [role.value for role in Role]}, []),
        ({"recorders": ["gp", "wizard"]}, ["proxies.recorders"]),
    ],
)
def test_the_earliest_and_the_latest_that_may_be_written(
    changed: dict[str, Any], wrong: list[str]
) -> None:
    found, faults = read(**changed)
    assert faults == wrong
    if not wrong:
        written = {**WRITTEN, **changed}
        assert (found.limited_from, found.review_at) == (
            written["limited_from"],
            written["review_at"],
        )
        assert found.warned == timedelta(days=written["warned_days"])
        assert found.recorders == {Role(name) for name in written["recorders"]}


def test_no_look_is_private_where_none_is_written() -> None:
    section = toml.Table(
        {k: v for k, v in WRITTEN.items() if k != "private_looks"}, "", found := []
    )
    assert proxies.of(section).private_looks == {}
    assert found == []
