import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from actors.actor_parts import CountedIds, SetClock
from store.engines import all_bytes
from throughcare.actors.directory import Directory, Post, User
from throughcare.actors.links import Links, Redeemed
from throughcare.actors.sessions import Session, Sessions, csrf, is_csrf
from throughcare.kernel import BadInputError, DeniedError, NotFoundError, UnauthenticatedError
from throughcare.model.request import Permission, Purpose, Reason, Relationship, Role
from throughcare.store.protocol import Store, Transaction, Work

CREW = User("crew-7", "Sam Okoro", (Role.PARAMEDIC, Role.NURSE), "RX9")
BANK = User("b-1", "Asha Rao", (Role.PARAMEDIC,), "RX8", elsewhere=(Post(Role.NURSE, "RXX"),))
PERSON = User("p-1", "Mrs Khan", (Role.PATIENT,), person=7)


@pytest.fixture
async def users(store: Store) -> Directory:
    directory = Directory()

    async def work(tx: Transaction) -> None:
        await directory.put(tx, CREW)
        await directory.put(tx, PERSON)

    await store.transact(work)
    return directory


@pytest.fixture
def links(users: Directory, clock: SetClock, ids: CountedIds) -> Links:
    assert users
    return Links(clock, ids)


@pytest.fixture
def sessions(users: Directory, clock: SetClock, ids: CountedIds) -> Sessions:
    assert users
    return Sessions(clock, ids)


def making(links: Links, **more: timedelta) -> Work[str]:
    return lambda tx: links.make(tx, "crew-7", Role.PARAMEDIC, **more)


def redeeming(links: Links, given: str) -> Work[Redeemed]:
    return lambda tx: links.redeem(tx, given)


async def signed_in(store: Store, sessions: Sessions, user: User = CREW) -> tuple[str, Session]:
    value = await store.transact(lambda tx: sessions.open(tx, user, user.roles[0]))
    return value, await sessions.use(store, value)


async def test_users_come_back_as_they_were_put(store: Store, users: Directory) -> None:
    async with store.snapshot() as reader:
        assert await users.get(reader, "crew-7") == CREW
        assert await users.all(reader) == [CREW, PERSON]


async def test_a_user_put_again_is_replaced_and_loses_old_roles(
    store: Store, users: Directory
) -> None:
    changed = User("crew-7", "Sam O.", (Role.GP,), "A81001")
    await store.transact(lambda tx: users.put(tx, changed))
    async with store.snapshot() as reader:
        assert await users.get(reader, "crew-7") == changed


async def test_a_user_without_a_role_is_refused(store: Store, users: Directory) -> None:
    with pytest.raises(ValueError, match="at least one role"):
        await store.transact(lambda tx: users.put(tx, User("x", "X", ())))


async def test_a_link_signs_in_once(store: Store, links: Links) -> None:
    made = await store.transact(making(links))
    found = await store.transact(redeeming(links, made))
    assert found == Redeemed("crew-7", Role.PARAMEDIC)
    with pytest.raises(UnauthenticatedError, match="used or has expired"):
        await store.transact(redeeming(links, made))


async def test_of_many_who_redeem_a_link_at_once_one_gets_in(store: Store, links: Links) -> None:
    made = await store.transact(making(links))
    jobs = [store.transact(redeeming(links, made)) for _ in range(30)]
    results = await asyncio.gather(*jobs, return_exceptions=True)
    assert sum(isinstance(one, Redeemed) for one in results) == 1
    assert sum(isinstance(one, UnauthenticatedError) for one in results) == 29


async def test_a_link_expires(store: Store, links: Links, clock: SetClock) -> None:
    made = await store.transact(making(links))
    clock.advance(minutes=15)
    with pytest.raises(UnauthenticatedError, match="used or has expired"):
        await store.transact(redeeming(links, made))


@pytest.mark.parametrize("lifetime", [timedelta(minutes=14), timedelta(hours=25), timedelta(0)])
async def test_a_link_lives_fifteen_minutes_to_a_day(
    store: Store, links: Links, lifetime: timedelta
) -> None:
    with pytest.raises(BadInputError, match="15 minutes to 24 hours"):
        await store.transact(making(links, lifetime=lifetime))


@pytest.mark.parametrize("given", ["", "x", "0" * 64, "\ud800", "' OR 1=1 --", "a" * 100_000])
async def test_an_unknown_link_is_refused(store: Store, links: Links, given: str) -> None:
    await store.transact(making(links))
    with pytest.raises(UnauthenticatedError, match="used or has expired"):
        await store.transact(redeeming(links, given))


async def test_what_the_database_holds_signs_nobody_in(
    store: Store, links: Links, sessions: Sessions, tmp_path: Path
) -> None:
    made = await store.transact(making(links))
    value, _ = await signed_in(store, sessions)
    await store.close()
    kept = await all_bytes(store, tmp_path)
    assert b"Sam Okoro" in kept
    for secret in (made, value):
        assert secret.encode() not in kept
        assert secret.encode().hex().encode() not in kept


async def test_a_retired_user_is_out_at_once(
    store: Store, users: Directory, links: Links, sessions: Sessions
) -> None:
    made = await store.transact(making(links))
    value, _ = await signed_in(store, sessions)
    await store.transact(lambda tx: users.retire(tx, "crew-7"))
    with pytest.raises(UnauthenticatedError):
        await store.transact(redeeming(links, made))
    with pytest.raises(UnauthenticatedError, match="signed out"):
        await sessions.use(store, value)
    async with store.snapshot() as reader:
        with pytest.raises(NotFoundError):
            await users.get(reader, "crew-7")


async def test_a_role_that_was_taken_away_ends_session_and_link(
    store: Store, users: Directory, links: Links, sessions: Sessions
) -> None:
    made = await store.transact(making(links))
    value, _ = await signed_in(store, sessions)
    fewer = User("crew-7", "Sam Okoro", (Role.NURSE,), "RX9")
    await store.transact(lambda tx: users.put(tx, fewer))
    with pytest.raises(UnauthenticatedError):
        await sessions.use(store, value)
    with pytest.raises(UnauthenticatedError):
        await store.transact(redeeming(links, made))


async def test_a_session_knows_who_is_signed_in(store: Store, sessions: Sessions) -> None:
    _, session = await signed_in(store, sessions)
    actor = session.actor
    assert (actor.user, actor.role, actor.organisation) == ("crew-7", Role.PARAMEDIC, "RX9")
    assert session.name == "Sam Okoro"
    _, own = await signed_in(store, sessions, PERSON)
    assert own.actor.person == 7


async def test_a_role_that_is_not_the_users_opens_no_session(
    store: Store, sessions: Sessions
) -> None:
    with pytest.raises(DeniedError, match="role"):
        await store.transact(lambda tx: sessions.open(tx, CREW, Role.PRIVACY_OFFICER))


async def test_posts_elsewhere_come_back_with_the_own_ones_before_them(
    store: Store, users: Directory
) -> None:
    wider = User(
        *("b-1", "Asha Rao", (Role.PARAMEDIC, Role.NURSE), "RX8", None),
        (Post(Role.NURSE, "RXX"), Post(Role.NURSE, "RX8"), Post(Role.NURSE, "RXX")),
    )
    own = (Post(Role.PARAMEDIC, "RX8"), Post(Role.NURSE, "RX8"))
    await store.transact(lambda tx: users.put(tx, wider))
    async with store.snapshot() as reader:
        found = await users.get(reader, "b-1")
        assert found.posts == wider.posts == (*own, Post(Role.NURSE, "RXX"))
        everybody = {user.id: user for user in await users.all(reader)}
    assert everybody["b-1"] == found


async def test_a_post_elsewhere_names_where(store: Store, users: Directory) -> None:
    nowhere = User("b-1", "Asha Rao", (Role.PARAMEDIC,), "RX8", elsewhere=(Post(Role.NURSE),))
    with pytest.raises(ValueError, match="names its organisation"):
        await store.transact(lambda tx: users.put(tx, nowhere))


async def test_a_session_is_for_the_post_that_was_chosen(
    store: Store, users: Directory, sessions: Sessions
) -> None:
    await store.transact(lambda tx: users.put(tx, BANK))
    value = await store.transact(lambda tx: sessions.open(tx, BANK, Role.NURSE, "RXX"))
    session = await sessions.use(store, value)
    assert (session.actor.role, session.actor.organisation) == (Role.NURSE, "RXX")
    assert session.posts == 2
    _, own = await signed_in(store, sessions, BANK)
    assert (own.actor.role, own.actor.organisation) == (Role.PARAMEDIC, "RX8")


@pytest.mark.parametrize("post", [(Role.NURSE, "RX8"), (Role.PARAMEDIC, "RXX"), (Role.GP, "")])
async def test_role_and_organisation_are_granted_together(
    store: Store, users: Directory, sessions: Sessions, post: tuple[Role, str]
) -> None:
    await store.transact(lambda tx: users.put(tx, BANK))
    with pytest.raises(DeniedError, match="role"):
        await store.transact(lambda tx: sessions.open(tx, BANK, *post))


async def test_a_post_elsewhere_that_was_taken_away_ends_its_session_and_no_other(
    store: Store, users: Directory, sessions: Sessions
) -> None:
    await store.transact(lambda tx: users.put(tx, BANK))
    value = await store.transact(lambda tx: sessions.open(tx, BANK, Role.NURSE, "RXX"))
    kept, _ = await signed_in(store, sessions, BANK)
    fewer = User("b-1", "Asha Rao", (Role.PARAMEDIC, Role.NURSE), "RX8")
    await store.transact(lambda tx: users.put(tx, fewer))
    with pytest.raises(UnauthenticatedError):
        await sessions.use(store, value)
    assert (await sessions.use(store, kept)).actor.organisation == "RX8"


async def test_the_post_that_was_chosen_last_is_offered_first(
    store: Store, users: Directory
) -> None:
    await store.transact(lambda tx: users.put(tx, BANK))
    own, other = BANK.posts
    for chosen, first in ((None, (own, other)), (other, (other, own)), (own, (own, other))):
        if chosen:
            await store.transact(lambda tx, post=chosen: users.choose(tx, BANK, post))
        async with store.snapshot() as reader:
            assert await users.offered(reader, BANK) == first


async def test_a_link_can_be_read_without_being_used(store: Store, links: Links) -> None:
    made = await store.transact(making(links))
    async with store.snapshot() as reader:
        assert await links.leads_to(reader, "unknown") is None
        assert await links.leads_to(reader, made) == Redeemed("crew-7", Role.PARAMEDIC)
    await store.transact(redeeming(links, made))
    async with store.snapshot() as reader:
        assert await links.leads_to(reader, made) is None


async def test_a_session_ends_after_half_an_hour_of_silence(
    store: Store, sessions: Sessions, clock: SetClock
) -> None:
    value, _ = await signed_in(store, sessions)
    for _ in range(3):
        clock.advance(minutes=29)
        await sessions.use(store, value)
    clock.advance(minutes=30)
    with pytest.raises(UnauthenticatedError, match="signed out"):
        await sessions.use(store, value)


async def test_a_session_ends_after_twelve_hours_however_busy(
    store: Store, sessions: Sessions, clock: SetClock
) -> None:
    value, _ = await signed_in(store, sessions)
    for _ in range(35):
        clock.advance(minutes=20)
        await sessions.use(store, value)
    clock.advance(minutes=20)
    with pytest.raises(UnauthenticatedError, match="signed out"):
        await sessions.use(store, value)


async def test_signing_out_ends_one_session_or_all(store: Store, sessions: Sessions) -> None:
    one, _ = await signed_in(store, sessions)
    two, _ = await signed_in(store, sessions)
    await store.transact(lambda tx: sessions.end(tx, one))
    with pytest.raises(UnauthenticatedError):
        await sessions.use(store, one)
    await sessions.use(store, two)
    await store.transact(lambda tx: sessions.end_all(tx, "crew-7"))
    with pytest.raises(UnauthenticatedError):
        await sessions.use(store, two)


async def test_a_form_of_another_session_is_told_apart(store: Store, sessions: Sessions) -> None:
    one, _ = await signed_in(store, sessions)
    two, _ = await signed_in(store, sessions)
    assert is_csrf(one, csrf(one))
    assert not is_csrf(one, csrf(two))
    assert not is_csrf(one, "")
    assert not is_csrf(one, "\ud800é")
    assert one not in csrf(one)


GIVEN = {"relationship": Relationship.YES, "permission": Permission.GIVEN}
UNCONSCIOUS = Reason("unconscious", "cannot-be-asked")


async def test_what_is_stated_holds_for_one_person_in_one_session_for_four_hours(
    store: Store, sessions: Sessions, clock: SetClock
) -> None:
    value, session = await signed_in(store, sessions)
    _, other = await signed_in(store, sessions)
    stated = await store.transact(
        lambda tx: sessions.state(tx, session, 7, Purpose.BTG, **GIVEN, reason=UNCONSCIOUS)
    )
    async with store.snapshot() as reader:
        assert await sessions.stated(reader, session, 7) == stated
        assert await sessions.stated(reader, session, 8) is None
        assert await sessions.stated(reader, other, 7) is None
    for _ in range(8):
        clock.advance(minutes=29)
        await sessions.use(store, value)
    async with store.snapshot() as reader:
        assert await sessions.stated(reader, session, 7) == stated
    clock.advance(minutes=8)
    async with store.snapshot() as reader:
        assert await sessions.stated(reader, session, 7) == stated  # to be gone on with
    assert clock.now() >= stated.until


async def test_a_statement_that_is_not_break_glass_is_forgotten_when_its_time_is_over(
    store: Store, sessions: Sessions, clock: SetClock
) -> None:
    value, session = await signed_in(store, sessions)
    await store.transact(lambda tx: sessions.state(tx, session, 7, Purpose.TREAT, **GIVEN))
    for _ in range(9):
        clock.advance(minutes=29)
        await sessions.use(store, value)
    async with store.snapshot() as reader:
        assert await sessions.stated(reader, session, 7) is None


async def test_the_last_statement_counts_and_can_be_taken_back(
    store: Store, sessions: Sessions
) -> None:
    _, session = await signed_in(store, sessions)
    for permission in (Permission.GIVEN, Permission.REFUSED):
        await store.transact(
            lambda tx, said=permission: sessions.state(
                tx, session, 7, Purpose.TREAT, relationship=Relationship.SELF, permission=said
            )
        )
    async with store.snapshot() as reader:
        found = await sessions.stated(reader, session, 7)
    assert found is not None
    assert (found.permission, found.reason) == (Permission.REFUSED, None)
    await store.transact(lambda tx: sessions.unstate(tx, session, 7))
    async with store.snapshot() as reader:
        assert await sessions.stated(reader, session, 7) is None


@pytest.mark.parametrize("purpose", [Purpose.ETREAT, Purpose.BTG])
@pytest.mark.parametrize("reason", [None, Reason("  ")])
async def test_an_emergency_purpose_without_a_reason_is_refused(
    store: Store, sessions: Sessions, purpose: Purpose, reason: Reason | None
) -> None:
    _, session = await signed_in(store, sessions)
    with pytest.raises(BadInputError, match="needs a reason"):
        await store.transact(
            lambda tx: sessions.state(tx, session, 7, purpose, **GIVEN, reason=reason)
        )


async def test_statements_go_with_their_session(
    store: Store, sessions: Sessions, clock: SetClock
) -> None:
    value, session = await signed_in(store, sessions)
    await store.transact(lambda tx: sessions.state(tx, session, 7, Purpose.TREAT, **GIVEN))
    await store.transact(lambda tx: sessions.end(tx, value))
    async with store.snapshot() as reader:
        assert await sessions.stated(reader, session, 7) is None
    clock.advance(hours=13)
    await signed_in(store, sessions)
