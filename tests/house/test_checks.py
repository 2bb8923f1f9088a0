"""Every check of `make check` is a test, so that `make test` leaves none out."""

import pytest

from house.tool import tool

check = tool("check")


@pytest.mark.parametrize("name", sorted(check.CHECKS))
def test_the_code_passes(name: str) -> None:
    result = check.run(name)
    assert result.returncode == 0, f"\n{result.stdout}"
