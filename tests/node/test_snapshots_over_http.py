"""Two nodes: one tells by command, the other one serves, takes by HTTP, and decides by it."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from locality_commands import throughcare
from node.conftest import Served, start, stop
from node.test_profile_over_http import bundle, conditions, fresh
from throughcare.actors import keys, snapshots
from throughcare.actors.keys import fingerprint
from throughcare.app.system import SystemClock

pytestmark = pytest.mark.server

FIRST, SECOND, THIRD = "9990000018", "9990000026", "9990000034"
"""One person for each test."""
UNKNOWN: Final = "9990000042"
SECONDS: Final = 5.0
"""How long is waited for what is promised within one: the machine does other work too."""


@dataclass(frozen=True)
class Two:
    """The home, and the node that serves."""

    home: Path
    here: Served
    tokens: dict[tuple[str, ...], str]
    """Those that were made, by their claims: each takes a command."""

    def token(self, *claims: str) -> str:
        """Return a token of the node that serves."""
        if claims not in self.tokens:
            self.tokens[claims] = self.here.token(*claims)
        return self.tokens[claims]

    def choose(self, decision: str, number: str) -> None:
        """Have a person say yes or no to the hospital, at home."""
        rows = f"nhs_number,decision,scope,what,until\n{number},{decision},provider,RXX,\n"
        file = self.home.with_name(f"{number}.csv")
        file.write_text(rows, "utf-8")
        loaded = throughcare("load", file, "--node", self.home)
        assert loaded.returncode == 0, loaded.stdout

    def told(self, number: str) -> str:
        """Return what the home tells of a person now."""
        own = fingerprint(keys.load_public(self.here.node / "keys"))
        made = throughcare(
            "consents", "snapshot", "--node", self.home, "--nhs", number, "--to", own
        )
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()

    def take(self, text: str, role: str = "it-lead", purpose: str = "HOPERAT") -> httpx.Response:
        """Hand it over."""
        body = {
            "resourceType": "Parameters",
            "parameter": [{"name": "snapshot", "valueString": text}],
        }
        with fresh(self.here, self.token(role, purpose)) as client:
            return client.post("Consent/$take-snapshot", json=body)

    def nurse(self) -> str:
        """Return a token of a nurse who cares for the person, and asked."""
        words = ("--org", "RXX", "--relationship", "yes", "--permission", "given")
        return self.token("nurse", "TREAT", *words)

    def sees(self, token: str, number: str) -> int:
        """Return how many conditions of a person a token is shown."""
        with fresh(self.here, token) as client:
            return conditions(client, number)


def introduced(node: Path) -> str:
    made = throughcare("consents", "node", "--node", node)
    assert made.returncode == 0, made.stderr
    return made.stdout


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    """Make a home, and serve an opt-in node with two workers that knows the people too."""
    tmp_path = tmp_path_factory.mktemp("two")
    home, here = tmp_path / "home", tmp_path / "here"
    for node in (home, here):
        assert throughcare("init", node).returncode == 0
    for node, other in ((home, here), (here, home)):
        text = (node / "locality.toml").read_text("utf-8")
        if node is here:
            text = text.replace('"opt-out"', '"opt-in"')
        (node / "locality.toml").write_text(f"{text}\n{introduced(other)}", "utf-8")
        assert throughcare("profile", "check", node / "locality.toml").returncode == 0
        files = [tmp_path / f"{number}.json" for number in (FIRST, SECOND, THIRD)]
        for file in files:
            file.write_text(json.dumps(bundle(file.stem)), "utf-8")
        assert throughcare("load", *files, "--node", node).returncode == 0
    process, base = start(here, "--workers", "2")
    try:
        yield Two(home, Served(here, base), {})
    finally:
        stop(process)


def until(two: Two, token: str, number: str, expected: int) -> None:
    """Wait until four answers in a row, of any worker, show so many."""
    deadline = time.monotonic() + SECONDS
    while [two.sees(token, number) for _ in range(4)] != [expected] * 4:
        assert time.monotonic() < deadline, f"not {expected} in {SECONDS} s"


def test_the_home_tells_a_node_that_decides_by_it_until_it_is_withdrawn_or_stale(
    two: Two,
) -> None:
    nurse = two.nurse()
    assert two.sees(nurse, FIRST) == 0
    two.choose("permit", FIRST)
    yes = two.told(FIRST)
    taken = two.take(yes)
    assert taken.status_code == 200, taken.text
    assert taken.json()["issue"][0]["severity"] == "information"
    until(two, nurse, FIRST, 1)
    two.choose("deny", FIRST)
    assert two.take(two.told(FIRST)).status_code == 200
    until(two, nurse, FIRST, 0)
    replayed = two.take(yes)
    assert replayed.status_code == 409
    assert two.sees(nurse, FIRST) == 0


def test_a_snapshot_that_ends_while_a_node_serves_binds_no_longer(two: Two) -> None:
    two.choose("permit", SECOND)
    told = snapshots.unpacked(two.told(SECOND))
    nurse = two.nurse()
    assert two.take("no snapshot").status_code == 422  # with a token that is there from now on
    end = SystemClock().now().replace(microsecond=0) + timedelta(seconds=15)
    short = snapshots.signed(keys.load(two.home / "keys"), replace(told, until=end))
    assert two.take(short).status_code == 200
    assert two.sees(nurse, SECOND) == 1
    time.sleep(max(0.0, (end - SystemClock().now()).total_seconds()))
    assert [two.sees(nurse, SECOND) for _ in range(6)] == [0] * 6
    assert two.take(short).status_code == 422
    assert two.take(two.told(SECOND)).status_code == 200
    until(two, nurse, SECOND, 1)


def test_what_is_forged_is_answered_with_the_rule_and_opens_nothing(
    two: Two,
) -> None:
    two.choose("permit", THIRD)
    text, nurse = two.told(THIRD), two.nurse()
    told, own = snapshots.unpacked(text), keys.load(two.home / "keys")
    header, payload, signature = text.split(".")
    attacks: dict[str, tuple[str, int, str]] = {
        "another's key": (
            snapshots.signed(Ed25519PrivateKey.generate(), told),
            422,
            "snapshot: signature",
        ),
        "alg none": (f"eyJhbGciOiJub25lIn0.{payload}.", 422, "snapshot: form"),
        "altered": (f"{header}.{payload[:-2]}AA.{signature}", 422, "snapshot: "),
        "another audience": (
            snapshots.signed(own, replace(told, audience=told.node)),
            422,
            "snapshot: audience",
        ),
        "a year": (
            snapshots.signed(own, replace(told, until=told.issued + timedelta(days=365))),
            422,
            "snapshot: lifetime",
        ),
        "oversized": (f"{header}.{'A' * snapshots.MOST}.{signature}", 422, "snapshot: size"),
        "of nobody here": (snapshots.signed(own, replace(told, number=UNKNOWN)), 409, ""),
        "nothing": ("", 400, "snapshot"),
    }
    for name, (sent, status, place) in attacks.items():
        answer = two.take(sent)
        assert answer.status_code == status, (name, answer.text)
        outcome: dict[str, Any] = answer.json()
        assert outcome["resourceType"] == "OperationOutcome"
        assert place in json.dumps(outcome), name
        assert THIRD not in answer.text
        assert UNKNOWN not in answer.text
        assert two.sees(nurse, THIRD) == 0, name
    assert two.take(text, "nurse", "TREAT").status_code == 403
    assert two.sees(nurse, THIRD) == 0
    with fresh(two.here, nurse) as client:
        listed = client.get("metadata").json()
    operations = {
        each["name"]
        for kind in listed["rest"][0]["resource"]
        if kind["type"] == "Consent"
        for each in kind.get("operation", ())
    }
    assert "take-snapshot" in operations


def test_commands_say_what_is_wrong_and_the_way_out(two: Two, tmp_path: Path) -> None:
    stranger = throughcare(
        "consents", "snapshot", "--node", two.home, "--nhs", THIRD, "--to", "f" * 32
    )
    assert stranger.returncode == 1
    assert "[nodes]" in stranger.stderr
    (tmp_path / "text.jws").write_text("no snapshot", "utf-8")
    refused = throughcare("consents", "take", tmp_path / "text.jws", "--node", two.here.node)
    assert refused.returncode == 1
    assert "no consent snapshot" in refused.stderr
    (tmp_path / "good.jws").write_text(f"{two.told(THIRD)}\n", "utf-8")
    taken = throughcare("consents", "take", tmp_path / "good.jws", "--node", two.here.node)
    assert taken.returncode == 0, taken.stderr
