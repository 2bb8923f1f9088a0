"""Draws what random records are made of: entries, links between them, labels and days."""

from collections.abc import Mapping
from random import Random  # noqa: TID251 - seeded, so that a case can be had again
from typing import Any
from uuid import UUID

from node.withheld.links import Link
from node.withheld.world import World

ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CONFIDENTIAL = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
DAYS = ("2014-07-05", "2019-02-03", "2025-11-30", "2026-10-01")
LABELS = ("", "", "", "", "R", "STD", "PSY", "SRC", "NOPAT")


class Drawing:
    """Draws parts of one world."""

    def __init__(self, random: Random) -> None:
        """Draw from `random`."""
        self.random = random
        self.world = World()

    def put(self, type_: str, members: Mapping[str, Any], about: str, label: str = "") -> str:
        """Add an entry and return its name."""
        random = self.random
        id_ = str(UUID(int=random.getrandbits(128), version=4))
        if random.random() < 0.3:
            id_ = f"e{len(self.world.entries)}"
        system = CONFIDENTIAL if label == "R" else ACT
        meta = {"meta": {"security": [{"system": system, "code": label}]}} if label else {}
        narrative = {}
        if type_ != "Binary" and random.random() < 0.2:
            div = '<div xmlns="http://www.w3.org/1999/xhtml">words</div>'
            narrative = {"text": {"status": "generated", "div": div}}
        name = f"{type_}/{id_}"
        self.world.entries[name] = {
            "resourceType": type_,
            "id": id_,
            **meta,
            **narrative,
            **members,
        }
        self.world.of[name] = about
        return name

    def link(self, *types: str, about: str = "") -> Link:
        """Return a link to an entry of these types, of one person if given, or to nothing."""
        random = self.random
        names = [
            name
            for name in self.world.entries
            if name.partition("/")[0] in types and (not about or self.world.of[name] == about)
        ]
        to = random.choice(names) if names and random.random() < 0.95 else f"{types[0]}/unknown"
        form = "https://other.example/fhir/{}" if random.random() < 0.15 else "{}"
        number = random.choice(("", "", "N1", "N2"))
        return Link(to, form, number, random.choice(("", "what it is called")))

    def about(self, person: str) -> dict[str, Any]:
        """Return the member that says whose an entry is."""
        return {"subject": Link(person, number=self.random.choice(("", "N9")))}

    def label(self) -> str:
        """Return a label, mostly none."""
        return self.random.choice(LABELS)

    def day(self) -> str:
        """Return a day."""
        return self.random.choice(DAYS)

    def maybe(self, name: str, *types: str, about: str = "") -> dict[str, Any]:
        """Return a member that links to something, or nothing."""
        if self.random.random() < 0.4:
            return {}
        return {name: self.link(*types, about=about)}

    def some(self, name: str, *types: str, about: str = "") -> dict[str, Any]:
        """Return a member that is a list of links, or nothing."""
        links = [self.link(*types, about=about) for _ in range(self.random.randint(0, 3))]
        return {name: links} if links else {}

    def called(self, *types: str, about: str) -> dict[str, Any]:
        """Return a reference by the identifier of an entry alone, which it is given for that."""
        name = self.link(*types, about=about).to
        entry = self.world.entries.get(name)
        named = {"system": "urn:own", "value": name.partition("/")[2]}
        if entry is not None:
            entry["identifier"] = [named]
        return {"identifier": named}
