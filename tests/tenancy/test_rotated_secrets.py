"""Whoever is given a client's newest secret gets in with it, however many asked at once and whatever failed between."""

import asyncio
from dataclasses import replace

import pytest

from tenancy.errors import Unavailable
from tenancy.ids import TenantId
from tenancy.mint import Mint
from tenancy.stores.audit import Head
from tenancy.tokens import TokenRefused
from tenancy.values.roles import Role
from tests.tenancy.building import NOWHERE, House, Resident, over
from tests.tenancy.failing import FailingStore, Fuse


class _HeldUp:
    """Heads of audits of which the first is noted only when it is let go: what follows its commit comes late."""

    def __init__(self, inner: object) -> None:
        self._inner = inner
        self.waiting = asyncio.Event()
        self.let_go = asyncio.Event()

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    async def note(self, tenant: TenantId, head: Head | None, *, now: bool = False) -> None:
        if not self.waiting.is_set():
            self.waiting.set()
            await self.let_go.wait()
        await self._inner.note(tenant, head, now=now)  # type: ignore[attr-defined]  # of the anchors it stands before


async def test_L46_of_two_rotations_at_once_the_newest_secret_works_and_only_it(home: House, a: Resident) -> None:
    other = await (await home.enter(a)).add_client("reader", frozenset({Role.USER}), "reading")
    anchors = _HeldUp(home.foundation.anchors)
    slow = await Mint(replace(home.foundation, anchors=anchors)).from_token(a.token, NOWHERE)  # type: ignore[arg-type]  # anchors but for their type
    async with asyncio.TaskGroup() as group:
        first = group.create_task(slow.rotate_client(other.client.id))
        await anchors.waiting.wait()
        newest = await (await home.enter(a)).rotate_client(other.client.id)
        anchors.let_go.set()
    assert (await home.mint.exchange(other.client.id, newest.secret, None)).access_token
    for earlier in (other.secret, first.result().secret):
        with pytest.raises(TokenRefused):
            await home.mint.exchange(other.client.id, earlier, None)


@pytest.mark.parametrize("overlap", [0, 3_600])
async def test_a_rotation_that_fails_at_any_step_is_repaired_by_the_next(
    home: House, a: Resident, overlap: int
) -> None:
    """A secret that nobody was told may stand in the ledger: the client waits for the next one."""
    fuse = Fuse()
    failing = Mint(over(home.foundation, FailingStore(home.foundation.store, fuse)))
    other = await (await home.enter(a)).add_client("reader", frozenset({Role.USER}), "reading")
    entered, failed, step = await failing.from_token(a.token, NOWHERE), 0, 0
    while failed == step:
        step += 1
        fuse.arm(step)
        try:
            await entered.rotate_client(other.client.id, overlap)
        except Unavailable:
            failed += 1
        given = await (await home.enter(a)).rotate_client(other.client.id, overlap)
        assert (await home.mint.exchange(other.client.id, given.secret, None)).access_token
    assert failed >= 2
