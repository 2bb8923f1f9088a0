"""What axe, the accessibility checker, finds on a page that is open in a browser."""

from typing import Final

from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Page

_SCRIPT: Final = Axe().axe_script
_VIOLATIONS: Final = """async () =>
  (await axe.run({ resultTypes: ['violations'] })).violations
    .map(rule => [rule.id, rule.nodes.map(node => node.html)])"""
"""All rules are run; what keeps to them is not written out, which would take two thirds of it."""


def violations(page: Page) -> list[tuple[str, list[str]]]:
    """Return each rule that the page breaks, with the elements that break it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_SCRIPT)
    return [(rule, broken) for rule, broken in page.evaluate(_VIOLATIONS)]
