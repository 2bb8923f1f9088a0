"""The switch between the languages of the pages."""

from starlette.responses import Response

from throughcare.kernel import NotFoundError
from throughcare.web.call import Call, see_other
from throughcare.web.languages import COOKIE, Language


async def choose_language(call: Call) -> Response:
    """Keep the choice in a cookie and lead back to where it was made, within this site alone."""
    code = str(call.request.path_params["language"])
    if code not in list(Language):
        message = "There is no such language here. Go back to the start page."
        raise NotFoundError(message)
    back = call.asked("back")
    within = back.startswith("/") and not back.startswith("//") and "\\" not in back
    response = see_other(back if within and back.isprintable() else "/")
    call.site.cookies.set(response, COOKIE, code)
    return response
