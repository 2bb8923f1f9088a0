"""A crew keeps the emergency summary on its device: a real browser, a virtual passkey, no network.

The node is served at ``localhost``, since passkeys belong to names and not to addresses.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect

from accessibility import violations
from locality_commands import throughcare
from node.conftest import EDITH, PEOPLE, start, stop
from node.journeys.conftest import links_of
from node.journeys.finding import UNABLE
from node.journeys.views import CREW

pytestmark = [pytest.mark.browser, pytest.mark.server]

HERS, HER_NUMBER = "Winifred Bainbridge, patient", "9994057383"
PASSKEY = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
EVERYTHING_STORED = """async () => {
  const found = [];
  for (const name of await caches.keys())
    for (const asked of await (await caches.open(name)).keys())
      found.push(new URL(asked.url).pathname);
  return found.sort();
}"""
COPIES = """() => new Promise((resolve, reject) => {
  const asked = indexedDB.open("throughcare", 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore("kept");
  asked.onerror = () => reject(asked.error);
  asked.onsuccess = () => {
    const all = asked.result.transaction("kept").objectStore("kept").getAll();
    all.onsuccess = () => { asked.result.close(); resolve(all.result.map(copy => ({
      names: Object.keys(copy).sort(), text: new TextDecoder("latin1").decode(copy.sealed) }))) };
  };
})"""
END_IT = """(change) => new Promise(resolve => {
  const asked = indexedDB.open("throughcare", 1);
  asked.onsuccess = () => {
    const kept = asked.result.transaction("kept", "readwrite").objectStore("kept");
    const found = kept.get("copy");
    found.onsuccess = () => {
      kept.put({ ...found.result, until: found.result.until + change }, "copy").onsuccess = () => {
        asked.result.close(); resolve(true); };
    };
  };
})"""


@dataclass
class Site:
    """A node at ``localhost`` whose locality lets crews keep copies."""

    base: str
    links: dict[str, Iterator[str]]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    node = tmp_path_factory.mktemp("keeping") / "node"
    made = throughcare("demo", "--node", node, "--people", PEOPLE, "--no-serve")
    assert made.returncode == 0, made.stderr
    rules = node / "locality.toml"
    rules.write_text(rules.read_text("utf-8") + "\n[offline]\ncrews = true\n", "utf-8")
    process, base = start(node)
    try:
        links = {who: iter(each) for who, each in links_of(node).items()}
        yield Site(base.replace("127.0.0.1", "localhost"), links)
    finally:
        stop(process)


@dataclass
class Device:
    """A crew's device: a browser, and what answers for its passkey."""

    site: Site
    context: BrowserContext
    page: Page
    devtools: CDPSession
    passkey: str

    def go(self, path: str) -> Page:
        """Open an address of the node."""
        self.page.goto(self.site.base + path)
        return self.page

    def sign_in(self, who: str = CREW) -> None:
        """Sign somebody in by a link."""
        self.go(next(self.site.links[who]))
        self.page.get_by_role("button", name="Sign in").first.click()

    def open(self, number: str = EDITH) -> str:
        """Open a summary; return its address."""
        self.go("/people").fill("#nhs_number", number)
        self.page.get_by_role("button", name="Search").click()
        self.page.get_by_role("button", name=UNABLE).first.click()
        self.page.locator("#medicines").wait_for()
        return self.page.url.removeprefix(self.site.base)

    def keep(self) -> None:
        """Keep the open summary."""
        self.page.get_by_role("button", name="Keep on this device").click()
        expect(self.page.locator("#keep-said")).to_contain_text("Kept on this device")

    def reads(self) -> str:
        """Open the kept copy with the passkey and return what it says."""
        self.page.get_by_role("button", name="Open with passkey").click()
        expect(self.page.locator("#copy")).to_contain_text("may be out of date")
        return self.page.inner_text("#copy")

    def replace_passkey(self, *, prf: bool = True) -> None:
        """Take the passkey away, and put another in its place."""
        self.devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": self.passkey})
        self.passkey = added(self.devtools, prf=prf)

    def says(self, text: str) -> None:
        """Wait for the page to say this of the copy."""
        expect(self.page.locator("#keep-said")).to_contain_text(text)


def added(devtools: CDPSession, *, prf: bool = True) -> str:
    options = {"options": {**PASSKEY, "hasPrf": prf}}
    return str(devtools.send("WebAuthn.addVirtualAuthenticator", options)["authenticatorId"])


@pytest.fixture
def device(browser: Browser, site: Site) -> Iterator[Device]:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.set_default_timeout(20_000)
    expect.set_options(timeout=20_000)
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    found = Device(site, context, page, devtools, added(devtools))
    found.sign_in()
    yield found
    context.close()


def test_a_copy_is_kept_read_without_a_connection_and_gone_with_the_session(
    device: Device,
) -> None:
    device.open()
    assert violations(device.page) == []
    device.keep()
    (copy,) = device.page.evaluate(COPIES)
    assert copy["names"] == ["at", "check", "id", "iv", "salt", "sealed", "until"]
    for told in ("THWAITE", "Edith", "penicillin", "999"):
        assert told not in copy["text"]
    device.context.set_offline(True)
    device.go("/people")  # whatever is asked for without a connection is the page of the copy
    device.says("may be out of date")
    text = device.reads()
    for told in ("THWAITE", "penicillin", "ReSPECT", "dementia"):
        assert told.casefold() in text.casefold(), told
    assert violations(device.page) == []
    device.context.set_offline(False)
    device.go("/people")
    device.page.get_by_role("button", name="Sign out").click()
    device.page.wait_for_url(f"{device.site.base}/")
    assert device.page.evaluate(COPIES) == []
    assert device.page.evaluate(EVERYTHING_STORED) == []
    device.go("/kept")
    device.says("No copy is kept")


def test_the_worker_caches_one_page_without_a_session_and_no_record(device: Device) -> None:
    address = device.open()
    device.keep()
    for path in (address, "/people", address.replace("emergency", "timeline"), "/kept"):
        device.go(path)
    found = device.page.evaluate(EVERYTHING_STORED)
    files = {"/kept", "/static/#.css", "/static/keeping-#.js"}
    assert {re.sub(r"[0-9a-f]{16}", "#", path) for path in found} == files
    assert len(found) == len(files)
    held = "async () => (await caches.match('/kept')).text()"
    assert "Sam Reid" not in device.page.evaluate(held)


def test_another_passkey_opens_nothing_and_says_so(device: Device) -> None:
    device.open()
    device.keep()
    device.replace_passkey()
    device.context.set_offline(True)
    device.go("/kept")
    device.page.get_by_role("button", name="Open with passkey").click()
    device.says("could not be opened")
    assert device.page.inner_text("#copy") == ""


def test_a_copy_that_is_over_is_wiped_and_one_made_longer_by_hand_opens_no_more(
    device: Device,
) -> None:
    device.open()
    device.keep()
    device.context.set_offline(True)
    device.page.evaluate(END_IT, 3_600_000)
    device.go("/kept")
    device.page.get_by_role("button", name="Open with passkey").click()
    device.says("could not be opened")
    device.page.evaluate(END_IT, -14 * 3_600_000)
    device.go("/kept")
    device.says("is over")
    assert device.page.evaluate(COPIES) == []


def test_a_copy_goes_when_the_person_says_no_and_the_device_is_back_online(
    device: Device, browser: Browser
) -> None:
    device.open(HER_NUMBER)
    device.keep()
    device.go("/kept")
    device.says("may be out of date")
    context = browser.new_context()
    hers = context.new_page()
    hers.goto(device.site.base + next(device.site.links[HERS]))
    hers.get_by_role("button", name="Sign in").click()
    hers.get_by_role("link", name="Who has looked").click()
    assert "kept the emergency summary on their device" in hers.inner_text("main").casefold()
    hers.get_by_role("link", name="Who can see").click()
    hers.get_by_role("link", name=re.compile("My whole record")).click()
    hers.locator("form:not([action='/sign-out']) button").first.click()
    context.close()
    device.go("/kept")
    device.says("choices have changed")
    assert device.page.evaluate(COPIES) == []


def test_a_passkey_that_gives_no_key_keeps_nothing_and_asks_for_nothing(device: Device) -> None:
    device.replace_passkey(prf=False)
    device.open()
    device.page.get_by_role("button", name="Keep on this device").click()
    device.says("gives no key")
    assert device.page.evaluate(COPIES) == []


def test_without_scripts_the_summary_is_as_it_was_and_says_why_it_cannot_be_kept(
    browser: Browser, site: Site
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.base + next(site.links[CREW]))
    page.get_by_role("button", name="Sign in").click()
    page.fill("#nhs_number", EDITH)
    page.get_by_role("button", name="Search").click()
    page.get_by_role("button", name=UNABLE).first.click()
    assert page.locator("#medicines").count() == 1
    assert "that needs scripts and a passkey" in page.inner_text("main")
    assert not page.get_by_role("button", name="Keep on this device").is_visible()
    context.close()
