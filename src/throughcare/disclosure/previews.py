"""What each kind of reader would see of a record, and why: decided entry by entry, quickly.

The person is told about what they may see themselves, and about nothing else: what is kept from
them is in no count.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from throughcare.consent import explain
from throughcare.consent.asked import Outcome
from throughcare.consent.judging import Judge
from throughcare.consent.readers import Reader, readers
from throughcare.disclosure import files
from throughcare.disclosure.files import Files
from throughcare.disclosure.gates import Ground
from throughcare.model.decision import Decision, Residual
from throughcare.model.directive import PersonContext
from throughcare.model.entry import EntryClass
from throughcare.model.explanation import Change, Preview, Sight
from throughcare.model.request import Request
from throughcare.record.gate import Seen
from throughcare.summary.words import KINDS

BY_LABEL: Final = {
    "PSY": "mental health",
    "COGN": "dementia",
    "STD": "sexual health",
    "SEX": "sexual health",
    "HIV": "HIV",
    "ETH": "drugs and alcohol",
    "FERT": "help to have a baby",
    "TERM": "the end of a pregnancy",
    "GEND": "gender",
}
"""What entries are about, by label: told before their kind."""
OTHER: Final = "other papers"


Amounts = Mapping[str, int]


class Record:
    """The entries of a person, as the person may see them, for asking what others would."""

    def __init__(self, ground: Ground, seen: Iterable[Seen], held: Files) -> None:
        """Take what a decision looks at in each entry, and in what points at files."""
        self._ground = ground
        self._held = held
        self._seen = tuple(seen)
        self._kinds = {number: kind_of(cls) for number, cls in ground.classes.items()}
        self._by_class = Counter(row.cls for row in self._seen)
        self.amounts: Amounts = self._counted(self._by_class)

    def previews(self, context: PersonContext) -> tuple[Preview, ...]:
        """Return what each kind of reader sees under `context`."""
        found: dict[str, dict[tuple[object, ...], Sight]] = {}
        for reader in readers(self._ground.profile, context.directives):
            judge = self._judge(reader, context)
            amounts = self._visible(judge)
            why = self._why(judge.ordinary(), judge.request, context)
            sees, not_sees = self._told(amounts)
            sights = found.setdefault(reader.name, {})
            key = (sees, not_sees, why)
            kept = sights.get(key, Sight((), sees, not_sees, why))
            sights[key] = replace(kept, when=(*kept.when, reader.way.words))
        return tuple(Preview(name, tuple(sights.values())) for name, sights in found.items())

    def changes(self, before: PersonContext, after: PersonContext) -> tuple[Change, ...]:
        """Return what would be opened and closed, for each kind of reader of whom it would."""
        found: dict[tuple[object, ...], Change] = {}
        directives = (*before.directives, *after.directives)
        for reader in readers(self._ground.profile, directives):
            was, will = (self._visible(self._judge(reader, each)) for each in (before, after))
            opens, closes = _more(will, was), _more(was, will)
            if opens or closes:
                key = (reader.name, opens, closes)
                kept = found.get(key, Change(reader.name, (), opens, closes))
                found[key] = replace(kept, when=(*kept.when, reader.way.words))
        return tuple(found.values())

    def of_entry(self, row: Seen, context: PersonContext) -> tuple[Preview, ...]:
        """Return who sees one entry: `sees` or `not_sees` names it."""
        found: dict[str, dict[tuple[object, ...], Sight]] = {}
        name = (self._kinds[row.cls],)
        for reader in readers(self._ground.profile, context.directives):
            judge = self._judge(reader, context)
            outcome = files.judged(judge, self._ground.classes, row, self._held)
            why = self._why(outcome, judge.request, context)
            sights = found.setdefault(reader.name, {})
            key = (outcome.permit, why)
            sees, not_sees = (name, ()) if outcome.permit else ((), name)
            kept = sights.get(key, Sight((), sees, not_sees, why))
            sights[key] = replace(kept, when=(*kept.when, reader.way.words))
        return tuple(Preview(reader, tuple(sights.values())) for reader, sights in found.items())

    def _judge(self, reader: Reader, context: PersonContext) -> Judge:
        request = reader.request(self._ground.request.at)
        return Judge(request, context, self._ground.profile)

    def _visible(self, judge: Judge) -> Amounts:
        """Return how many entries of each kind the reader sees."""
        classes = self._ground.classes
        if not judge.is_conditional and not self._held:
            open_ = {n: many for n, many in self._by_class.items() if judge.permits(classes[n])}
            return self._counted(open_)
        return self._counted(
            Counter(
                row.cls
                for row in self._seen
                if files.judged(judge, classes, row, self._held).permit
            )
        )

    def _counted(self, by_class: Mapping[int, int]) -> Amounts:
        amounts: Counter[str] = Counter()
        for number, many in by_class.items():
            amounts[self._kinds[number]] += many
        return amounts

    def _told(self, amounts: Amounts) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the kinds that are seen, in part or whole, and those that are not at all."""
        order = _ordered(self.amounts)
        sees = [
            kind if amounts[kind] == self.amounts[kind] else _part(kind, amounts, self.amounts)
            for kind in order
            if amounts.get(kind)
        ]
        return tuple(sees), tuple(kind for kind in order if not amounts.get(kind))

    def _why(self, outcome: Outcome, request: Request, context: PersonContext) -> str:
        profile = self._ground.profile
        decision = Decision(
            outcome.permit,
            outcome.rank,
            outcome.because,
            profile.version,
            context.epoch,
            Residual(),
            code=outcome.code,
        )
        return explain.explain(decision, request, profile, "person")


def kind_of(cls: EntryClass) -> str:
    """Return what an entry is about, as a person would name it."""
    named = next((name for label, name in BY_LABEL.items() if label in cls.labels), None)
    return named or KINDS.get(cls.category, OTHER)


_ORDER: Final = (*dict.fromkeys((*KINDS.values(), *BY_LABEL.values(), OTHER)),)


def _ordered(amounts: Iterable[str]) -> Sequence[str]:
    return sorted(amounts, key=_ORDER.index)


def _part(kind: str, some: Amounts, all_: Amounts) -> str:
    return f"{kind} ({some[kind]} of {all_[kind]})"


def _more(these: Amounts, than: Amounts) -> tuple[str, ...]:
    """Return the kinds of which `these` are more than `than`, with how many more."""
    return tuple(
        f"{kind} ({these[kind] - than.get(kind, 0)})"
        for kind in _ordered(these)
        if these[kind] > than.get(kind, 0)
    )
