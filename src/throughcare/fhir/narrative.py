"""The XHTML of a narrative (FHIR R4, 2.4.1): well formed, basic, harmless and not empty."""

from typing import Final

from throughcare.fhir.xml import parsing
from throughcare.fhir.xml.parsing import At, Attributes
from throughcare.kernel import BadInputError

NAMESPACE: Final = "http://www.w3.org/1999/xhtml"

_ELEMENTS: Final = frozenset(
    NAMESPACE + parsing.SPACE + name
    for line in (
        "a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em",
        "h1 h2 h3 h4 h5 h6 hr i img li ol p pre q samp small span strong sub sup",
        "table tbody td tfoot th thead tr tt ul var",
    )
    for name in line.split()
)
_ATTRIBUTES: Final = frozenset(
    name
    for line in (
        "abbr accesskey align alt axis bgcolor border cellhalign cellpadding cellspacing",
        "cellvalign char charoff charset cite class colspan compact coords dir frame headers",
        "height href hreflang hspace id lang longdesc name nowrap rel rev rowspan rules scope",
        "shape span src start style summary tabindex title type valign value vspace width",
    )
    for name in line.split()
) | {f"http://www.w3.org/XML/1998/namespace{parsing.SPACE}{name}" for name in ("lang", "space")}
_SCRIPT: Final = ("javascript:", "vbscript:", "data:text/html")
_LINKS: Final = frozenset({"href", "src", "longdesc", "cite"})


class _Reader:
    """Follows the parser through one narrative."""

    def __init__(self) -> None:
        self.fault: str | None = None
        """The first thing that stands there and may not."""
        self.is_said = False
        """True once there is a character that is no space, or an image."""
        self._is_inside = False

    def start(self, name: str, attributes: Attributes, _: At) -> None:
        if not self._is_inside and name != f"{NAMESPACE}{parsing.SPACE}div":
            self._refuse(f'The narrative must be <div xmlns="{NAMESPACE}">; correct it.')
        self._is_inside = True
        if name not in _ELEMENTS:
            self._refuse("The narrative has an XHTML element that FHIR does not allow (txt-1).")
        for key, value in attributes.items():
            self._attribute(key, value)
        self.is_said = self.is_said or (name.endswith(" img") and "src" in attributes)

    def _attribute(self, key: str, value: str) -> None:
        if key not in _ATTRIBUTES:
            self._refuse("The narrative has an XHTML attribute that FHIR does not allow (txt-1).")
        if key in _LINKS and "".join(value.split()).casefold().startswith(_SCRIPT):
            self._refuse("The narrative has a link that is a program (txt-1); remove it.")

    def _refuse(self, sentence: str) -> None:
        self.fault = self.fault or sentence

    def end(self, _: str, __: At) -> None:
        """Say nothing: what ends has begun."""

    def text(self, data: str, _: At) -> None:
        self.is_said = self.is_said or not data.isspace()


def fault(text: str) -> str | None:
    """Return what is wrong with a narrative's XHTML, as a sentence; None if nothing is.

    >>> fault('<div xmlns="http://www.w3.org/1999/xhtml"><p>Seen today</p></div>')
    >>> fault('<div xmlns="http://www.w3.org/1999/xhtml"> </div>')
    'The narrative says nothing (txt-2); write it or leave it out.'
    """
    reader = _Reader()
    events = parsing.Events(reader.start, reader.end, reader.text)
    try:
        parsing.glance(text.encode(errors="surrogatepass"), events)
    except BadInputError as error:
        return f"The narrative is not XHTML. {error.message}"
    if reader.fault is None and not reader.is_said:
        return "The narrative says nothing (txt-2); write it or leave it out."
    return reader.fault
