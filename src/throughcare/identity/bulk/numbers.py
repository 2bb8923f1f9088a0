"""NHS numbers of many texts, their check digits looked at together."""

from collections.abc import Sequence
from itertools import compress
from typing import Final

import numpy as np
import numpy.typing as npt

from throughcare.fhir.nhs import normalise

_MODULUS: Final = 11
_PLACES: Final = np.arange(10, 1, -1, dtype=np.int32)
_POWERS: Final = 10 ** np.arange(9, -1, -1, dtype=np.int64)


def nhs_numbers(texts: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return what `compare.nhs_number` finds in each text, as a number, else 0."""
    digits = [text if text.isdigit() else normalise(text) for text in texts]
    plain = [len(each) == len(_POWERS) and each.isascii() and each.isdigit() for each in digits]
    found = np.zeros(len(texts), np.int64)
    found[plain] = _in_order("".join(compress(digits, plain)))
    return found


def _in_order(text: str) -> npt.NDArray[np.int64]:
    """Return each ten digits of `text` as a number, 0 where modulus 11 or ten equal ones say no."""
    codes = np.frombuffer(text.encode(), np.uint8).reshape(-1, len(_POWERS))
    digits = codes.astype(np.int32) - ord("0")
    fits = -(digits[:, :-1] @ _PLACES) % _MODULUS == digits[:, -1]  # 10 is no digit
    fits &= (digits != digits[:, :1]).any(axis=1)
    return np.where(fits, digits @ _POWERS, 0)
