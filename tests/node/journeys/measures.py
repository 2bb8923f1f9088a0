"""What is measured of an open page: each returns its faults in words, none where it keeps to it."""

import gzip
import re
from typing import Final

import httpx
from playwright.sync_api import Page, Response

from accessibility import violations

HTML, STYLES, SCRIPTS, FIRST_VISIT = 12_000, 8_000, 15_000, 40_000
"""Bytes as gzip that a page, its style sheets, its scripts and all of them together may take."""
WIDTHS: Final = (320, 390, 1280)
STOPS_IN_A_DATE: Final = 3
"""Day, month and year are stops of their own, and then its calendar."""
ZOOMED: Final = 640
"""CSS pixels that a desk of 1280 has left at 200 %."""

_SPACED: Final = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important } p { margin-bottom: 2em !important }`);
  document.adoptedStyleSheets = [sheet];
  const cut = [...document.querySelectorAll('body *')].filter(e =>
    !e.closest('svg') && e.textContent.trim() &&
    getComputedStyle(e).overflow !== 'visible' && e.clientHeight > 1 &&
    e.scrollHeight > e.clientHeight + 1 && getComputedStyle(e).overflowY !== 'auto');
  const wide = document.documentElement.scrollWidth > innerWidth;
  document.adoptedStyleSheets = [];
  return [...cut.map(e => 'is cut: ' + e.outerHTML.slice(0, 90)), ...(wide ? ['sideways'] : [])];
}"""
_STOPS: Final = """() => [...document.querySelectorAll(
    'a[href],button:not([tabindex="-1"]),input:not([type=hidden]),select,textarea,summary,[tabindex="0"]')]
  .filter(e => !e.disabled && e.getClientRects().length)
  .map((e, place) => { e.dataset.stop = place; return e.outerHTML.slice(0, 90) })"""
_LISTEN: Final = """() => { window.stopped = [];
  document.addEventListener('focusin', e => stopped.push(e.target.dataset.stop)) }"""
_HIDDEN: Final = """() => [...document.querySelectorAll('[data-stop]')].filter(e => {
    e.focus();
    const box = e.getBoundingClientRect();
    const x = box.x + box.width / 2, y = box.y + Math.min(box.height / 2, 20);
    const top = document.elementFromPoint(x, y);
    return !top || !(top === e || e.contains(top) || top.contains(e) ||
      [...(e.labels ?? [])].some(label => label.contains(top)));
  }).map(e => e.outerHTML.slice(0, 90))"""
_CONTROLS: Final = """least =>
  [...document.querySelectorAll('a,button:not([aria-hidden]),input:not([type=hidden]),select')]
  .filter(e => !e.closest('p') && !e.classList.contains('nhsuk-skip-link') && e.offsetHeight)
  .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect().height])
  .filter(([, height]) => height < least)"""
_SHOWN: Final = """() => [...document.querySelectorAll('[hidden]')]
  .filter(e => e.getClientRects().length).map(e => e.outerHTML.slice(0, 90))"""
_ENTER: Final = """harmless => {
  const sends = 'input:not([type=hidden],[type=submit],[type=checkbox],[type=radio],[type=file])';
  return [...document.forms].filter(form => [...form.elements].some(e => e.matches(sends)))
    .map(form => [...form.elements].filter(e => e.type === 'submit'))
    .filter(buttons => buttons.length > 1 && buttons[0].name &&
      !harmless.includes(buttons[0].name + '=' + buttons[0].value))
    .map(buttons => buttons[0].outerHTML.slice(0, 90)) }"""
HARMLESS: Final = ("note=note",)
"""The first of several buttons that Enter in a field may press: it does the least of them."""
_LOADED: Final = """() => performance.getEntriesByType('resource')
  .map(e => [new URL(e.name).pathname, e.initiatorType])"""


def at_every_width(page: Page) -> list[str]:
    """Return what axe finds, and where text runs out of the screen, at each width and zoomed."""
    faults = []
    for width in (*WIDTHS, ZOOMED):
        page.set_viewport_size({"width": width, "height": 844 if width < ZOOMED else 720})
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults.append(f"scrolls sideways at {width} px")
        if width != ZOOMED:
            faults += [f"axe at {width} px: {found}" for found in violations(page)]
    page.set_viewport_size({"width": WIDTHS[0], "height": 844})
    faults += [f"with wide text spacing: {found}" for found in page.evaluate(_SPACED)]
    page.set_viewport_size({"width": WIDTHS[1], "height": 844})
    return faults


def of_what_is_hidden(page: Page) -> list[str]:
    """Return what a page says is hidden, and its style sheet shows all the same."""
    return [f"is shown though hidden: {found}" for found in page.evaluate(_SHOWN)]


def of_enter(page: Page) -> list[str]:
    """Return buttons that Enter in a field presses though nobody chose them.

    A browser presses the first button of the field's form: where there are several it chooses
    nothing, so that the form asks, or does the least that any of them does.
    """
    return [f"Enter in a field presses it: {found}" for found in page.evaluate(_ENTER, HARMLESS)]


def of_fingers_and_fonts(page: Page, least: int) -> list[str]:
    """Return controls lower than `least` pixels, and a body in another font than Arial."""
    small = page.evaluate(_CONTROLS, least)
    faults = [f"lower than {least} px: {found}" for found in small]
    font = page.evaluate("getComputedStyle(document.body).fontFamily")
    return [*faults, *([] if "Arial" in font.split(",")[0] else [f"in another font: {font}"])]


def by_keyboard(page: Page) -> list[str]:
    """Return stops that Tab does not come to, and stops that something lies on."""
    stops = page.evaluate(_STOPS)
    page.evaluate(_LISTEN)
    dates = page.locator("input[type=date]").count()
    for _ in range(len(stops) + dates * STOPS_IN_A_DATE):
        page.keyboard.press("Tab")
    reached = {int(each) for each in page.evaluate("stopped") if each is not None}
    missed = [text for place, text in enumerate(stops) if place not in reached]
    hidden = page.evaluate(_HIDDEN)
    return [
        *(f"Tab never comes to it: {each}" for each in missed),
        *(f"hidden while it has the focus: {each}" for each in hidden),
    ]


def of_weight(page: Page, answer: Response, files: dict[str, int]) -> list[str]:
    """Return what is heavier than it may be. `files` keeps the packed size of each file."""
    sizes = {"page": len(gzip.compress(answer.body())), "link": 0, "script": 0}
    for path, by in page.evaluate(_LOADED):
        if path not in files:
            base = re.match(r"https?://[^/]+", page.url)
            assert base is not None
            files[path] = len(gzip.compress(httpx.get(base[0] + path).content))
        sizes[by] = sizes.get(by, 0) + files[path]
    most = {"page": HTML, "link": STYLES, "script": SCRIPTS}
    faults = [f"{kind}: {sizes[kind]} bytes" for kind in most if sizes[kind] > most[kind]]
    whole = sum(sizes.values())
    return [*faults, *([f"first visit: {whole} bytes"] if whole > FIRST_VISIT else [])]


def of_headers(answer: Response, status: int) -> list[str]:
    """Return what is wrong with how the answer may be kept, and another status than `status`."""
    kept = answer.headers.get("cache-control", "")
    wrong = [f"cache-control: {kept}"] if kept != "no-store" else []
    return [*wrong, *([f"status {answer.status}"] if answer.status != status else [])]
