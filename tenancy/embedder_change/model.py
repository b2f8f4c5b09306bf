"""The sealed wish for another embedder, and how far it has come."""

import time
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Final

from tenancy.ids import ClientId
from tenancy.scope import Caller
from tenancy.stores.audit import AuditTrail
from tenancy.stores.documents.blocks import Blocks
from tenancy.stores.jobs import RE_EMBEDDING
from tenancy.stores.settings import TenantSettings

GROUP: Final = "embedder_change"


class ChangeState(StrEnum):
    """Where a change stands; when it is done there is none any more."""

    WAITING = "waiting"
    EMBEDDING = "embedding"
    SWITCHING = "switching"


@dataclass(frozen=True, slots=True)
class EmbedderChange:
    """A change under way: to which embedder, and how many of the chunks that answer it has yet to embed."""

    to: str
    state: ChangeState
    total: int
    remaining: int


@dataclass(frozen=True, slots=True)
class EmbedderWish:
    """Another embedder as it was asked for; `client` and `app` are who the calls to it are booked for."""

    to: str
    client: str
    app: str
    begun_at: str

    def caller(self) -> Caller:
        """Return who embeds anew."""
        return replace(IDLE, client=ClientId(self.client), app=self.app)


IDLE: Final = Caller("service:embedder", ClientId(""), "documents are embedded anew", frozenset(), feature=RE_EMBEDDING)
"""Who acts where nothing was asked for: what an earlier change left is removed."""


def standing_of(wish: EmbedderWish, total: int, remaining: int) -> EmbedderChange:
    """Return a wish with how far it has come."""
    if remaining == 0:
        state = ChangeState.SWITCHING
    else:
        state = ChangeState.WAITING if remaining == total else ChangeState.EMBEDDING
    return EmbedderChange(wish.to, state, total, remaining)


async def wish_in(settings: TenantSettings) -> EmbedderWish | None:
    """Return what was asked for and is not done yet."""
    kept = await settings.get(GROUP)
    return EmbedderWish(**kept) if kept else None


async def forget_wish(settings: TenantSettings) -> None:
    """End a change: it is done, or called off."""
    await settings.put(GROUP, {})


async def ask(settings: TenantSettings, blocks: Blocks, trail: AuditTrail, to: str, caller: Caller) -> bool:
    """Ask for another embedder, in the caller's transaction; False where that changes nothing.

    The one in force calls off what was asked for before; another one takes its place.
    """
    before, live = await wish_in(settings), await blocks.live()
    wanted = live if before is None else before.to
    if to == wanted:
        return False
    if to == live:
        await forget_wish(settings)
        await trail.add("embedder.change_cancelled", wanted)
    else:
        wish = EmbedderWish(to, caller.client, caller.app, repr(time.time()))
        await settings.put(GROUP, asdict(wish))
        await trail.add("embedder.change_requested", to)
    return True


async def read_change(settings: TenantSettings, blocks: Blocks) -> tuple[str, EmbedderChange | None]:
    """Return, from an open transaction, the embedder whose vectors answer, and a change that is under way."""
    live, wish = await blocks.live(), await wish_in(settings)
    if wish is None:
        return live, None
    counted = await blocks.embedded(wish.to)
    return live, standing_of(wish, counted.total, counted.remaining)
