"""What somebody chooses for their own browser: the language, and light or dark."""

from enum import StrEnum
from typing import Final

from starlette.responses import Response

from throughcare.kernel import NotFoundError
from throughcare.web.call import APPEARANCE, Call, see_other
from throughcare.web.languages import COOKIE, Language


class Appearance(StrEnum):
    """How the emergency summary looks; DEVICE follows what the device is set to."""

    DEVICE = "device"
    DARK = "dark"
    LIGHT = "light"


_UNKNOWN: Final = "There is no such choice here. Go back to the start page."


async def choose_language(call: Call) -> Response:
    """Keep the language, and lead back to where it was chosen. Raises NotFoundError."""
    return _kept(call, COOKIE, str(call.request.path_params["language"]), Language)


async def choose_appearance(call: Call) -> Response:
    """Keep light or dark, and lead back to where it was chosen. Raises NotFoundError."""
    return _kept(call, APPEARANCE, str(call.request.path_params["appearance"]), Appearance)


def _kept(call: Call, cookie: str, value: str, choices: type[StrEnum]) -> Response:
    """Keep a choice in a cookie; the way back leads to this site alone."""
    if value not in list(choices):
        raise NotFoundError(_UNKNOWN)
    back = call.asked("back")
    within = back.startswith("/") and not back.startswith("//") and "\\" not in back
    response = see_other(back if within and back.isprintable() else "/")
    call.cookies.keep(response, cookie, value)
    return response
