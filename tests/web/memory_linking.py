"""The part of the node in memory that health links use."""

from datetime import timedelta

from throughcare.kernel import DeniedError, NotFoundError
from throughcare.web.linking_ports import (
    LIFETIMES,
    LinkLine,
    LinksView,
    LinkView,
    LinkWish,
    Viewed,
    ViewedSection,
)
from throughcare.web.ports import Session
from web.made_up import NOW
from web.memory import MemoryNode

LINK = "shlink:/eyJ1cmwiOiJodHRwOi8vbm9kZS50ZXN0In0"


class MemoryLinking:
    """`throughcare.web.linking_ports.LinkedNode`, in memory."""

    def __init__(self, node: MemoryNode) -> None:
        """Begin with one link."""
        self._node = node
        self.kept = {"link-1": _line("link-1", "Dr Smith in Lyon", timedelta(days=7))}

    async def links(self, session: Session, person_id: str) -> LinksView:
        """Return what is kept."""
        self._own(session, person_id)
        banner = (await self._node.emergency(session, person_id)).summary.banner
        kinds = (("medicines", "medicines"), ("sexual-health", "sexual health"))
        return LinksView(person_id, banner, tuple(self.kept.values()), kinds)

    async def link(self, session: Session, person_id: str, account: str, origin: str) -> LinkView:
        """Return one."""
        view = await self.links(session, person_id)
        if account not in self.kept:
            message = "There is no such link of yours."
            raise NotFoundError(message)
        text = f"{origin}/view#{LINK}"
        return LinkView(person_id, view.banner, self.kept[account], text)

    async def make_link(self, session: Session, person_id: str, wish: LinkWish) -> str:
        """Keep it."""
        self._own(session, person_id)
        account = f"link-{len(self.kept) + 1}"
        self.kept[account] = _line(account, wish.label, LIFETIMES[wish.lifetime])
        return account

    async def pause_link(
        self, session: Session, person_id: str, account: str, *, paused: bool
    ) -> None:
        """Do nothing to one of theirs."""
        del paused
        await self.link(session, person_id, account, "")

    async def end_link(self, session: Session, person_id: str, account: str) -> None:
        """Forget it."""
        await self.link(session, person_id, account, "")
        del self.kept[account]

    async def view(self, text: str, recipient: str, passcode: str, origin: str) -> Viewed:
        """Return a section with what was sent."""
        del passcode, origin
        if LINK not in text:
            message = "This link opens nothing."
            raise NotFoundError(message)
        sections = (ViewedSection("Medication summary", (f"Warfarin <b>, to {recipient}",)),)
        return Viewed("Dr Smith in Lyon", "KHAN, Amina. Born 1941-03-31", NOW, sections)

    def _own(self, session: Session, person_id: str) -> None:
        if session.person_id != person_id:
            message = "Only the person shares their record by a link."
            raise DeniedError(message)


def _line(account: str, label: str, lifetime: timedelta) -> LinkLine:
    shown = ("everything but what is kept back as sensitive",)
    return LinkLine(
        account=account,
        label=label,
        sees=shown,
        state="open",
        expires=NOW + lifetime,
        protected=True,
        attempts=10,
    )
