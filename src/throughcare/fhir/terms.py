"""What search is about, engine-neutral: index rows of a resource, and parsed queries over them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Index:
    """All search values of one resource (FHIR R4, 3.1.1). Times are microseconds since 1970, UTC.

    A value appears once. Parameters without a value are absent: ``:missing`` asks for those.
    """

    tokens: tuple[tuple[str, str, str], ...] = ()
    """(param, system, code); system is "" where the data has none."""
    references: tuple[tuple[str, str], ...] = ()
    """(param, target): ``Type/id`` for local ones, else the url; "" for one that is masked."""
    strings: tuple[tuple[str, str], ...] = ()
    """(param, text) as it stands in the data; matching folds case and accents (`fold_text`)."""
    dates: tuple[tuple[str, int, int], ...] = ()
    """(param, low, high): the range that the precision of the value covers, both inclusive."""
    numbers: tuple[tuple[str, float, float], ...] = ()
    """(param, low, high): the range that the digits of the value imply."""
    quantities: tuple[tuple[str, float, float, str, str], ...] = ()
    """(param, low, high, system, code)."""
    uris: tuple[tuple[str, str], ...] = ()
    texts: tuple[tuple[str, str], ...] = ()
    """(param, text) beside the codes of a token parameter: what ``:text`` looks at."""
    composites: tuple["Composite", ...] = ()
    """Values of composite parameters over an element that repeats; others are asked for by their
    components, which is the same."""
    identifiers: tuple[tuple[str, str, str, str], ...] = ()
    """(param, system, value, target) of references that name an identifier of what they lead to;
    target as in `references`, "" where the identifier stands alone."""
    date: tuple[int, int] | None = None
    """Clinical date of the resource (its ``date`` parameter or the type's nearest), for consent,
    timelines and sorting."""
    author: str = ""
    """Reference of author, recorder, asserter or performer; "" if none is stated."""


@dataclass(frozen=True, slots=True)
class Composite:
    """One combination of a composite parameter: values that stand in the same element."""

    param: str
    first: tuple[str, str]
    """(system, code) of a token; of a reference ("", its target)."""
    second: tuple[str, str] | None = None
    """The same of a second token."""
    quantity: tuple[float, float, str, str] | None = None
    """(low, high, system, code)."""
    numbers: tuple[float, float] | None = None
    """Two numbers, the first and the second."""


class Prefix(StrEnum):
    """Comparison prefixes of number, date and quantity (3.1.1.4.5)."""

    EQ = "eq"
    NE = "ne"
    GT = "gt"
    LT = "lt"
    GE = "ge"
    LE = "le"
    SA = "sa"
    EB = "eb"
    AP = "ap"


class Match(StrEnum):
    """How a string or uri is compared."""

    STARTS = "starts"
    CONTAINS = "contains"
    EXACT = "exact"
    ENDS = "ends"
    SAME = "same"
    """Equal but for case and accents."""


@dataclass(frozen=True, slots=True)
class TokenIs:
    """One of `values`: (system, code). System None = any, "" = none; code None = any of its."""

    param: str
    values: tuple[tuple[str | None, str | None], ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class RefersTo:
    """References one of `targets` by parameter `param`: ``Type/id`` or a url."""

    param: str
    targets: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class IdentifierIs:
    """References something by one of these identifiers: (system, value), as in `TokenIs`."""

    param: str
    values: tuple[tuple[str | None, str | None], ...]
    unless: tuple[str, ...] = ()
    """Targets whose references are left out."""


@dataclass(frozen=True, slots=True)
class StringIs:
    """Matches one of `values`, as the user wrote them."""

    param: str
    values: tuple[str, ...]
    match: Match = Match.STARTS


@dataclass(frozen=True, slots=True)
class TextIs:
    """A text beside a code has a word that begins one of `values`, as the user wrote them."""

    param: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DateIs:
    """Compares with one of `values`: (prefix, low, high), microseconds, both inclusive."""

    param: str
    values: tuple[tuple[Prefix, int, int], ...]


@dataclass(frozen=True, slots=True)
class NumberIs:
    """Compares with one of `values`: (prefix, low, high)."""

    param: str
    values: tuple[tuple[Prefix, float, float], ...]


@dataclass(frozen=True, slots=True)
class QuantityIs:
    """Compares with one of `values`: (prefix, low, high, system or None, code or None)."""

    param: str
    values: tuple[tuple[Prefix, float, float, str | None, str | None], ...]


@dataclass(frozen=True, slots=True)
class UriIs:
    """Equals one of `values`, or stands below one of those that end in a slash."""

    param: str
    values: tuple[str, ...]
    below: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """Has no value (or, if not `missing`, some value) for the parameter."""

    param: str
    missing: bool


@dataclass(frozen=True, slots=True)
class IdIs:
    """Has one of these logical ids."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UpdatedIs:
    """``_lastUpdated``: as `DateIs`."""

    values: tuple[tuple[Prefix, int, int], ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """References by `param` a visible resource of one of `types` that meets `criterion`."""

    param: str
    types: tuple[str, ...]
    criterion: "Criterion"


@dataclass(frozen=True, slots=True)
class Has:
    """A visible resource of `type` that meets `criterion` references this one by `param`."""

    type: str
    param: str
    criterion: "Criterion"


@dataclass(frozen=True, slots=True)
class InRecordOf:
    """Belongs to the whole person that one of these ``Patient/id`` is a source record of.

    What ``patient=``, ``subject=Patient/..``, the compartment and ``_has`` on Patient become.
    """

    patients: tuple[str, ...]
    param: str = ""
    """The parameter it came from, "" for the compartment."""


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these holds."""

    criteria: "tuple[Criterion, ...]"


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of these hold."""

    criteria: "tuple[Criterion, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """Holds where `criterion` does not."""

    criterion: "Criterion"


@dataclass(frozen=True, slots=True)
class CompositeIs:
    """One element has all of these: a token or references, then one or two other values."""

    param: str
    first: TokenIs | RefersTo
    rest: tuple[TokenIs | QuantityIs | NumberIs, ...]


Criterion = (
    TokenIs
    | RefersTo
    | IdentifierIs
    | StringIs
    | DateIs
    | NumberIs
    | QuantityIs
    | UriIs
    | Missing
    | IdIs
    | UpdatedIs
    | Chain
    | Has
    | InRecordOf
    | AnyOf
    | AllOf
    | Not
    | TextIs
    | CompositeIs
)


def parameters(criteria: Iterable[Criterion]) -> Iterator[str]:
    """Yield every search parameter that `criteria` ask, at any depth; "" for one of no name."""
    for criterion in criteria:
        match criterion:
            case AnyOf() | AllOf():
                yield from parameters(criterion.criteria)
            case Not():
                yield from parameters((criterion.criterion,))
            case Chain() | Has():
                yield criterion.param
                yield from parameters((criterion.criterion,))
            case CompositeIs():
                yield criterion.param
                yield from parameters((criterion.first, *criterion.rest))
            case IdIs() | UpdatedIs():
                pass
            case _:
                yield criterion.param


@dataclass(frozen=True, slots=True)
class Include:
    """``_include`` (from `type` by `param`) or, if `reverse`, ``_revinclude``."""

    type: str
    param: str
    target: str = ""
    reverse: bool = False
    iterate: bool = False
    """Whether it also starts at what was included."""


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed search: all of `where` must hold."""

    type: str
    """The resource type; "" searches each of `branches`."""
    where: tuple[Criterion, ...] = ()
    sort: tuple[tuple[str, bool], ...] = ()
    """(param, descending), of any parameter."""
    count: int = 50
    """Page size; 0 asks for the total alone."""
    after: str = ""
    """Opaque place of the page, from the previous one."""
    total: bool = True
    summary: str = ""
    """``count``, ``true``, ``text``, ``data`` or ""."""
    includes: tuple[Include, ...] = ()
    ignored: tuple[str, ...] = ()
    """Parameters that this server does not know: reported, and left out of the self link."""
    self_link: str = ""
    """Query string of what was really asked."""
    branches: "tuple[Query, ...]" = ()
    """Of a search over several types: one search each, whose `where` alone counts."""
    asker: str = ""
    """For whom page links are good; set by the door out."""
    explain: bool = False
    """Whether the plan is wanted beside the answer."""

    def each(self) -> "tuple[Query, ...]":
        """Return the searches of one type each that this one is made of."""
        return self.branches if not self.type else (self,)
