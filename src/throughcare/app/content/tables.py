"""Every table of the layout, and what a copy does with it.

A table that is added to the layout has to be named here: `tests/app/test_content.py` compares this
with the layout of a new node.
"""

from dataclasses import dataclass
from typing import Final

from throughcare.app.content.digest import Value

LOWEST: Final = -(1 << 63)


@dataclass(frozen=True, slots=True)
class Table:
    """A table that is copied row by row (``read_`` and ``put_`` in content.sql)."""

    name: str
    names: str
    """Its columns, in the order in which they are read."""
    key: tuple[tuple[str, Value], ...]
    """Columns that it is read by, each with a value before all others."""
    is_content: bool = True
    """False: it is copied and not part of the canonical hash."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns."""
        return tuple(self.names.split())


TABLES: Final = (
    Table(
        "alias",
        "type id entry",
        (
            ("type", LOWEST),
            ("id", ""),
        ),
    ),
    Table(
        "former",
        "type id entry",
        (
            ("type", LOWEST),
            ("id", ""),
            ("entry", LOWEST),
        ),
    ),
    Table("outbox", "seq entry version kind type id", (("seq", LOWEST),)),
    Table("subject", "subject source local_id kind", (("subject", LOWEST),)),
    Table("person", "person public_id state redirect", (("person", LOWEST),)),
    Table(
        "person_link",
        "subject person since until",
        (
            ("subject", LOWEST),
            ("since", LOWEST),
            ("person", LOWEST),
        ),
    ),
    Table("demographic", "subject version number body", (("subject", LOWEST),)),
    Table(
        "demographic_version",
        "subject version at body",
        (
            ("subject", LOWEST),
            ("version", LOWEST),
        ),
    ),
    Table("attachment", "subject number body", (("subject", LOWEST),)),
    Table(
        "match_key",
        "h subject",
        (
            ("h", LOWEST),
            ("subject", LOWEST),
        ),
    ),
    Table(
        "match_edge",
        "subject other weight rule bits model",
        (
            ("subject", LOWEST),
            ("other", LOWEST),
        ),
    ),
    Table(
        "ruling",
        "ruling kind left_source left_id right_source right_id same who why at withdrawn",
        (("ruling", LOWEST),),
    ),
    Table(
        "doubt",
        "subject candidate total rule raised",
        (
            ("subject", LOWEST),
            ("candidate", LOWEST),
        ),
    ),
    Table(
        "postponed",
        "one other until note who total",
        (
            ("one", LOWEST),
            ("other", LOWEST),
        ),
    ),
    Table("person_event", "event at kind who why before after", (("event", LOWEST),)),
    Table(
        "person_event_person",
        "person event",
        (
            ("person", LOWEST),
            ("event", LOWEST),
        ),
    ),
    Table(
        "actor_health_link",
        "account digest subject label kinds direct passcode attempts paused made expires ended",
        (("account", ""),),
    ),
    Table("actor_source", "source organisation mapping digest made made_by", (("source", ""),)),
    Table(
        "delivery",
        "source first_taken last_at stored known refused findings",
        (("source", ""),),
        is_content=False,
    ),
    Table("actor_user", "user_id name organisation person retired entered", (("user_id", ""),)),
    Table(
        "actor_role",
        "user_id position role",
        (
            ("user_id", ""),
            ("position", LOWEST),
        ),
    ),
    Table(
        "actor_post",
        "user_id position role organisation",
        (
            ("user_id", ""),
            ("position", LOWEST),
        ),
    ),
    Table(
        "actor_relationship",
        "person organisation user_id since until ground",
        (
            ("person", LOWEST),
            ("organisation", ""),
            ("user_id", ""),
            ("since", LOWEST),
        ),
    ),
    Table(
        "actor_permission",
        "person organisation said_at said recorded_by until",
        (
            ("person", LOWEST),
            ("organisation", ""),
            ("said_at", LOWEST),
        ),
    ),
    Table(
        "received",
        "source key digest at",
        (
            ("source", ""),
            ("key", ""),
            ("digest", ""),
        ),
    ),
    Table(
        "source_document",
        "document source key digest subject media_type body",
        (("document", LOWEST),),
    ),
    Table("labelling_subject", "subject", (("subject", LOWEST),)),
    Table("labelled", "version", (("version", ""),), is_content=False),
    Table("code_list", "number version body begun reached finished", (("number", LOWEST),)),
    Table("epoch", "subject epoch", (("subject", LOWEST),)),
    Table("notice", "notice kind person at audit who text state", (("notice", ""),)),
    Table("task", "task kind subject what raised due done", (("task", ""),)),
    Table(
        "bound_consent",
        "consent subject also",
        (
            ("consent", ""),
            ("also", LOWEST),
        ),
    ),
    Table(
        "consent_snapshot",
        "subject node epoch issued taken body",
        (
            ("subject", LOWEST),
            ("node", ""),
            ("epoch", LOWEST),
        ),
    ),
    Table("named_reader", "name", (("name", ""),)),
    Table("followed", "name event", (("name", ""),), is_content=False),
    Table(
        "permit",
        "permit basis provision approver items starts ends added added_by ended ended_by",
        (("permit", ""),),
    ),
    Table(
        "profile",
        "number version body since who why",
        (("number", LOWEST),),
        is_content=False,
    ),
    Table("zdict", "version dictionary", (("version", LOWEST),), is_content=False),
    Table("audit_pending", "position body", (("position", LOWEST),), is_content=False),
    Table("counter", "name value", (("name", ""),)),
    Table("index_size", "persons", (("persons", LOWEST),)),
    Table("keyed", "way reached", (("way", LOWEST),)),
)

RECORD: Final = frozenset({"entry_class", "res", "head", "hist"})
"""Tables that are read and written as versions, unpacked, with the class of each."""

DERIVED: Final = frozenset({"coded", "ord", "words", "wording", "tok"})
"""Search rows: made anew from the versions."""

FROM_LEDGER: Final = frozenset({"audit_mark", "audit_ix", "audit_watch"})
"""The index of lines: made anew from the ledger, which is copied as files."""

OWN: Final = frozenset(
    {
        *(
            "migration",
            "page_key",
            "actor_session",
            "actor_chosen",
            "actor_link",
            "actor_launch",
            "actor_health_link_file",
            "actor_statement",
        ),
        *("opt_out_question", "cleared"),
    }
)
"""What each store has of its own. Who is signed in signs in again, and opt-outs are asked anew."""
