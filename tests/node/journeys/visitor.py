"""Somebody at a browser of their own: what they press, what it costs, and what they are shown."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import BrowserContext, CDPSession, Locator, Page

from accessibility import violations

CHROMIUM: Final = Path("/usr/bin/chromium")
FLAGS: Final = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PHONE: Final = (390, 844)
"""Width and height of the screen that crews and patients hold."""
_STATUS: Final = re.compile(r"status of (\d{3})")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the node, as it went over the wire."""

    url: str
    status: int
    kind: str
    """``Document``, ``Stylesheet``, ``Image`` ..."""
    size: int
    """Bytes with its head, as they were packed; 0 from the browser's own store."""


class Wire:
    """Writes down every answer that a page is sent."""

    def __init__(self, devtools: CDPSession) -> None:
        """Listen to the browser's own measure of its network."""
        self.answers: list[Answer] = []
        self._heads: dict[str, tuple[str, int, str]] = {}
        devtools.on("Network.responseReceived", self._received)
        devtools.on("Network.loadingFinished", self._finished)
        devtools.send("Network.enable")

    def _received(self, event: dict[str, Any]) -> None:
        said = event["response"]
        self._heads[event["requestId"]] = (said["url"], said["status"], event["type"])

    def _finished(self, event: dict[str, Any]) -> None:
        if head := self._heads.pop(event["requestId"], None):
            self.answers.append(Answer(*head, int(event["encodedDataLength"])))

    @property
    def size(self) -> int:
        """Bytes of all answers since `forget`."""
        return sum(each.size for each in self.answers)

    def forget(self) -> None:
        """Begin anew."""
        self.answers.clear()


@dataclass
class Visitor:
    """Somebody who is signed in, or nobody yet."""

    base: str
    context: BrowserContext
    page: Page
    taps: int = 0
    """Buttons and links pressed since `begin`; what is typed is no tap."""
    said: list[str] = field(default_factory=list)
    """What the console said: errors of scripts, of the policy for content, of the network."""
    devtools: CDPSession = field(init=False)
    wire: Wire = field(init=False)

    def __post_init__(self) -> None:
        """Listen to console and network."""
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.devtools = self.context.new_cdp_session(self.page)
        self.wire = Wire(self.devtools)

    def begin(self) -> None:
        """Count taps and bytes from here."""
        self.taps = 0
        self.wire.forget()

    def go(self, path: str) -> Page:
        """Open an address of the node: by a bookmark, which is no tap."""
        self.page.goto(self.base + path)
        return self.page

    def tap(self, where: Locator) -> None:
        """Press it, and wait for the page that it leads to, if any: one tap.

        What is read or printed while a page is on its way is of neither page, or Chromium's
        "Printing failed".
        """
        self.taps += 1
        where.click()
        self.page.wait_for_load_state()

    def press(self, name: str | re.Pattern[str]) -> None:
        """Press the first button with this name."""
        self.tap(self.page.get_by_role("button", name=name).first)

    def follow(self, name: str | re.Pattern[str]) -> None:
        """Press the first link with this name."""
        self.tap(self.page.get_by_role("link", name=name).first)

    def fill(self, **fields: str) -> None:
        """Type into fields by their id."""
        for name, text in fields.items():
            self.page.fill(f"#{name}", text)

    def main(self) -> str:
        """Return what the page says."""
        return self.page.inner_text("main")

    def sees_without_scrolling(self, text: str) -> None:
        """Check that the first place of `text` in the page is wholly on the first screen."""
        pattern = re.compile(text, re.IGNORECASE)
        box = self.page.locator("main").get_by_text(pattern).first.bounding_box()
        assert box is not None, f"{text} is not on the page"
        size = self.page.viewport_size
        assert size is not None
        assert box["y"] + box["height"] <= size["height"], f"{text} is below the first screen"

    def sheets(self) -> int:
        """Return how many sheets the open page prints on, at the size that it asks for."""
        printed = self.page.pdf(prefer_css_page_size=True)
        return len(re.findall(rb"/Type /Page\b(?!s)", printed))

    def is_silent(self, *expected: int) -> None:
        """Check that the console said nothing, but for answers of the `expected` status."""
        allowed = {str(status) for status in expected}
        loud = [line for line in self.said if not allowed & set(_STATUS.findall(line))]
        self.said.clear()
        assert loud == []

    def is_sound(self) -> None:
        """Check the open page on a phone and a desk: axe, sideways scrolling, console."""
        for width, height in (PHONE, (1280, 900)):
            self.page.set_viewport_size({"width": width, "height": height})
            assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert violations(self.page) == [], (self.page.url, width)
        self.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        self.is_silent()
