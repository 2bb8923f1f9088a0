"""Nobody opens a view of everything unnoticed."""

import re

from house.repository import read, texts

WHOLE = {
    "src/throughcare/admission/linking.py": "finds whose the records of a merge are, for who may",
    "src/throughcare/app/checks/store.py": "compares search rows with bodies",
    "src/throughcare/app/content/copying.py": "copies everything, and proves the copy",
    "src/throughcare/app/content/whole.py": "exports everything",
    "src/throughcare/app/diagnosis.py": "counts entries by type",
    "src/throughcare/app/profiles.py": "counts what another profile would open and close",
    "src/throughcare/app/tidying.py": "counts what may be removed by rule",
    "src/throughcare/cli/upkeep.py": "prints the hash of everything",
    "src/throughcare/disclosure/reviewers.py": "finds whose two records are, for match reviewers",
    "src/throughcare/record/upkeep.py": "checks that tables hold the same entries",
}
"""Modules that read past the second lock, and what for. None of them shows a reader an entry."""


def test_only_upkeep_opens_a_view_of_everything() -> None:
    found = {
        str(path)
        for path in texts(".py")
        if path.is_relative_to("src") and re.search(r"\.whole\(\) as ", read(path))
    }
    assert found == set(WHOLE)
