"""What stands beside alerts in the demo: neutral lines, approved by somebody who does not exist."""

from typing import Final

LINES: Final = """\
# The demo's own: nobody has approved these lines for anybody. A locality's clinician adopts lines
# by name (docs/operations/handling.md).
approved_by = "Dr Alex Moor, a clinician of the demo who does not exist"
approved_on = 2026-11-01
review_by = 2036-10-31
adopt = ["anticoagulant", "insulin", "interpreter", "key-safe", "safety"]
"""
"""The demo's ``handling.toml``."""
