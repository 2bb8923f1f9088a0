"""The project's own mark: two records that become one line."""

from typing import Final

from markupsafe import Markup

ICON: Final = Markup(
    '<svg class="tc-mark" width="28" height="28" viewBox="0 0 28 28" aria-hidden="true" '
    'focusable="false"><path d="M3 6c7 0 7 8 12 8h10M3 22c7 0 7-8 12-8" fill="none" '
    'stroke="currentColor" stroke-width="3.2" stroke-linecap="round"/></svg>'
)
FAVICON: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 28 28"><rect width="28" height="28" '
    'rx="6" fill="#12343b"/><path d="M4 7c7 0 7 7 11 7h9M4 21c7 0 7-7 11-7" fill="none" '
    'stroke="#fff" stroke-width="3" stroke-linecap="round"/></svg>'
)
