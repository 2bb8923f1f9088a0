"""What a person is to be told of looks at their record, on the pages on which they begin."""

from throughcare.app import health_links, words
from throughcare.app.node import Node
from throughcare.model.request import Request, Role
from throughcare.web.ports import Session


async def notices(
    node: Node, session: Session, person_id: str, request: Request
) -> tuple[str, ...]:
    """Return sentences for the person who reads their own record; nothing for anybody else."""
    if session.actor.role is not Role.PATIENT or person_id != session.person_id:
        return ()
    names = await health_links.names(node, ())
    found = await node.oversight.notices(request, person_id)
    return tuple(words.notice(each, names) for each in found)
