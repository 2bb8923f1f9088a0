"""The documents say what the project promises to say."""

import dataclasses
import re

from house.repository import read, texts
from throughcare.settings import Settings

NOT_FOR_LIVE_CARE = (
    "Not for live care until a DCB0129 case signed by a Clinical Safety Officer, "
    "DCB0160 deployment, DPIA and DSPT are in place."
)


def test_the_readme_says_that_this_is_not_for_live_care() -> None:
    assert NOT_FOR_LIVE_CARE in " ".join(read("README.md").split())


def test_every_setting_is_documented() -> None:
    text = read("CONTRIBUTING.md")
    for field in dataclasses.fields(Settings):
        assert f"`THROUGHCARE_{field.name.upper()}`" in text


def test_every_make_target_is_documented() -> None:
    text = read("CONTRIBUTING.md")
    for target in re.findall(r"^([a-z-]+):.*##", read("Makefile"), re.MULTILINE):
        if target != "help":
            assert f"`make {target}`" in text


def test_every_decision_says_how_it_is_enforced() -> None:
    decisions = [path for path in texts(".md") if path.match("docs/adr/[0-9]*.md")]
    assert len(decisions) >= 10
    for path in decisions:
        text = read(path)
        for heading in ("## Why", "## What follows", "## How it is enforced"):
            assert heading in text, path
        assert f"[{path.stem[:4]}]({path.name})" in read("docs/adr/README.md")


def test_all_ten_questions_have_an_answer() -> None:
    section = read("CONTRIBUTING.md").split("## Ten questions", 1)[1].split("\n## ", 1)[0]
    answers = re.findall(r"^\d+\. \*\*.+?\?\*\* .+", section, re.MULTILINE)
    assert len(answers) == 10
    assert all("`" in answer or "](" in answer for answer in answers)
