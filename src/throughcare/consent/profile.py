"""A locality's profile: what is shared where no person has said otherwise, and with whom.

Read from ``locality.toml``; every key is explained in ``docs/consent/profile.md``.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.resources import files
from typing import Any, Final

from throughcare.consent import matching, proxies, recording, strictness, toml
from throughcare.consent.nodes import Peer, peers
from throughcare.consent.places import line_of
from throughcare.consent.proxies import Proxies
from throughcare.consent.recording import Recording
from throughcare.consent.strictness import EVERY_OTHER, USUAL, Strictness
from throughcare.kernel import BadInputError
from throughcare.model.entry import Category
from throughcare.model.request import REASONS, Purpose, Role


@dataclass(frozen=True, slots=True)
class RoleView:
    """What one role may ask for, and the kinds of entry that it sees."""

    purposes: frozenset[Purpose]
    categories: frozenset[Category]
    oversight: bool = False
    """Looks after the record's use (purpose HOPERAT) without a care relationship."""
    export: bool = False
    """May ask for a bulk export, for a purpose that is not care (`throughcare.consent.bulk`)."""
    counts: bool = False
    """May have people counted, for a purpose that is not care (`throughcare.consent.counts`)."""


_NOTHING: Final = RoleView(frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class LegalDenial:
    """Law that closes a label to everyone but the person, with whom it excepts."""

    label: str
    provision: str
    except_provision: str = ""
    except_purposes: frozenset[Purpose] = frozenset()
    except_roles: frozenset[Role] = frozenset()
    except_reasons: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Retention:
    """When superseded versions may be removed for good, and on what ground."""

    superseded_after: timedelta
    """Since another version took their place."""
    legal_basis: str


@dataclass(frozen=True, slots=True)
class Profile:
    """One version of a locality's rules. Equal text, equal `version`."""

    version: str
    """``number-digest``: the locality's own number and twelve hexadecimal digits of SHA-256."""
    name: str
    number: int
    opt_in: bool
    """True: nothing is shared before the person agrees; False: unless the person objects."""
    permission_to_view: bool
    permission_purposes: frozenset[Purpose]
    """Purposes that need permission to view, if the locality asks for it at all."""
    sensitive: frozenset[str]
    """Labels that are withheld unless the person names them."""
    dissent_overridable: bool
    """False: break-glass never passes over the person's own refusal."""
    existence_disclosed: bool
    warnings: str
    """``none``, ``always`` or ``per-section``."""
    sentence: str
    break_glass_roles: frozenset[Role]
    beyond_cap: frozenset[str]
    """Labels that break-glass does not open."""
    time_box: timedelta
    law: tuple[LegalDenial, ...]
    roles: Mapping[Role, RoleView] = field(hash=False)
    controllers: tuple[str, ...]
    data_protection_officer: str
    caldicott_guardian: str
    dpia: str
    retention: str
    custodians: Mapping[str, str] = field(hash=False)
    """ODS code by name of feed, for feeds that do not name their sender."""

    validation: Mapping[str, Strictness] = field(hash=False)
    """By name of feed; a feed that is not here is held to R4 as `USUAL` says."""

    proxies: Proxies
    recording: Recording
    reviewers: frozenset[Role]
    """Who decides which records are one person's."""
    notify_after: timedelta
    """How long after glass was broken the person is told; nothing: at once."""
    removal: Retention | None
    """None: no version is ever removed."""
    opt_out_days: int
    """How long an answer of the national data opt-out is relied on."""
    second_lock: bool
    """Whether the database, if it is PostgreSQL, withholds what no decision named."""
    offline: bool
    """Whether a crew may keep an emergency summary on their device, for 12 hours at most."""

    nodes: Mapping[str, Peer] = field(hash=False)
    """Other nodes that tell of Consents, by their ids (docs/consent/snapshots.md)."""

    own_ids: bool
    """Whether a client that chooses an id has to begin it with its own organisation."""

    def ids_of(self, organisation: str) -> str:
        """Return how ids begin that clients of `organisation` choose; "" where any may be."""
        return f"{organisation}-" if self.own_ids else ""

    def strictness(self, feed: str) -> Strictness:
        """Return how resources of a feed are held against FHIR."""
        return self.validation.get(feed, self.validation.get(EVERY_OTHER, USUAL))

    def view(self, role: Role) -> RoleView:
        """Return what `role` sees; a role that the file leaves out sees nothing."""
        return self.roles.get(role, _NOTHING)


def default_text() -> str:
    """Return the text of the profile that a new node starts with."""
    resource = files("throughcare.consent") / "default_locality.toml"
    return resource.read_text(encoding="utf-8")


def parse(text: str) -> Profile:
    """Read the text of a ``locality.toml``.

    Raises BadInputError that names the first key at fault, its rule and the way out; unknown keys
    are refused, since a misspelt key would leave a rule unset without anybody noticing.
    """
    profile, found = _read(_document(text), text)
    for fault in found:
        raise fault.error()
    return profile


def faults(text: str) -> list[tuple[int, toml.Fault]]:
    """Return every fault of the text of a ``locality.toml`` with its line, 0 where it has none.

    Raises BadInputError for what is no TOML: nothing behind the fault can be read then.
    """
    document = _document(text)
    found = [(line_of(text, document, fault.key), fault) for fault in _read(document, text)[1]]
    return sorted(found, key=lambda each: each[0])


def _document(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"locality.toml is no TOML: {error}. Mend that line."
        raise BadInputError(message, place="locality.toml") from error


def _read(document: Mapping[str, Any], text: str) -> tuple[Profile, list[toml.Fault]]:
    root = toml.Table(document, "")
    profile = _profile(root, _version(root, text))
    root.finish()
    return profile, root.faults


def _version(root: toml.Table, text: str) -> tuple[int, str]:
    number = root.table("locality").whole("version", least=1)
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    return number, f"{number}-{digest}"


def _profile(root: toml.Table, version: tuple[int, str]) -> Profile:
    locality, sharing = root.table("locality"), root.table("sharing")
    disclosure, glass = root.table("disclosure"), root.table("break_glass")
    return Profile(
        version=version[1],
        number=version[0],
        name=locality.text("name"),
        controllers=tuple(locality.texts("controllers")),
        data_protection_officer=locality.text("data_protection_officer"),
        caldicott_guardian=locality.text("caldicott_guardian"),
        dpia=locality.text("dpia"),
        retention=locality.text("retention"),
        opt_in=sharing.one_of("without_a_consent", ("opt-out", "opt-in")) == "opt-in",
        permission_to_view=sharing.yes("permission_to_view"),
        permission_purposes=sharing.members("permission_purposes", Purpose),
        sensitive=frozenset(sharing.texts("sensitive_labels")),
        dissent_overridable=sharing.yes("dissent_overridable"),
        existence_disclosed=disclosure.yes("existence"),
        warnings=disclosure.one_of("warnings", ("none", "always", "per-section")),
        sentence=disclosure.text("sentence"),
        break_glass_roles=glass.members("roles", Role),
        beyond_cap=frozenset(glass.texts("beyond_cap")),
        time_box=timedelta(hours=glass.whole("hours", least=1)),
        notify_after=timedelta(hours=glass.whole("notify_after_hours", least=0, default=0)),
        law=tuple(_law(root.table("law", optional=True))),
        roles=_roles(root.table("roles")),
        custodians=root.table("custodians", optional=True).strings(),
        validation=strictness.of(root.table("validation", optional=True)),
        proxies=proxies.of(root.table("proxies", optional=True)),
        recording=recording.of(root.table("consents", optional=True)),
        reviewers=matching.of(root.table("matching", optional=True)),
        removal=_removal(root.table("retention", optional=True)),
        opt_out_days=root.table("opt_outs", optional=True).whole("days", least=1, default=7),
        second_lock=root.table("store", optional=True).yes("second_lock", default=False),
        nodes=peers(root.table("nodes", optional=True)),
        own_ids=root.table("writes", optional=True).yes("own_ids", default=False),
        offline=root.table("offline", optional=True).yes("crews", default=False),
    )


def _removal(section: toml.Table) -> Retention | None:
    if section.is_empty:
        return None
    days = section.whole("superseded_after_days", least=1)
    basis = section.text("legal_basis")
    if not basis.strip():
        rule = "is empty: without a ground in law nothing is removed"
        section.fault("legal_basis", rule, "Say it, or remove [retention]")
    return Retention(timedelta(days=days), basis.strip())


def _law(section: toml.Table) -> list[LegalDenial]:
    return [
        LegalDenial(
            label=label,
            provision=rule.text("provision"),
            except_provision=rule.text("except_provision", default=""),
            except_purposes=rule.members("except_purposes", Purpose, optional=True),
            except_roles=rule.members("except_roles", Role, optional=True),
            except_reasons=rule.choices("except_reasons", REASONS),
        )
        for label, rule in section.tables()
    ]


def _roles(section: toml.Table) -> dict[Role, RoleView]:
    return {
        role: RoleView(
            purposes=view.members("purposes", Purpose),
            categories=view.members("categories", Category, star=True),
            oversight=view.yes("oversight", default=False),
            export=view.yes("export", default=False),
            counts=view.yes("counts", default=False),
        )
        for role, view in section.named(Role)
    }
