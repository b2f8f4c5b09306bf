"""What cannot be asked whether somebody may still act lets nobody in, and everybody who may once it answers again."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tenancy.crypto.revocation_log import RevocationLogBroken
from tenancy.errors import Unavailable
from tenancy.tokens import TokenRefused
from tenancy.values.roles import Role
from tests.standins.issuer import Issuer, issuer
from tests.tenancy.building import NOWHERE, House, Resident
from tests.tenancy.identity.agreed import agree, enter

pytestmark = pytest.mark.shows("identity.dead-dependencies")

__all__ = ["issuer"]


async def _gone(home: House, path: Path) -> AsyncIterator[None]:
    """Take a file away, with a folder in its place, and put it back afterwards."""
    await home.foundation.store.close()
    kept = path.with_name("kept")
    path.rename(kept)
    path.mkdir()
    yield
    path.rmdir()
    kept.rename(path)


_FILES: dict[str, Callable[[House, Resident], Path]] = {
    "the registry": lambda home, _: home.data / "registry.db",
    "the tenant's records": lambda home, one: home.data / "tenants" / one.id / "records.db",
    "the ledger of endings": lambda home, _: home.keys / "ledger.jsonl",
}


@pytest.mark.parametrize("dead", _FILES)
async def test_L08_while_it_cannot_be_asked_nobody_is_let_in_and_who_was_ended_stays_out(
    home: House, a: Resident, issuer: Issuer, dead: str
) -> None:
    await agree(home, a, issuer, "org-a")
    compartment = await home.enter(a)
    reader = await compartment.add_client("reader", frozenset({Role.USER}), "reading")
    revoked = (await home.mint.exchange(reader.client.id, reader.secret, None)).access_token
    person = issuer.token(org_id="org-a", groups=["staff"])
    assert (await enter(home, person)).card().id == (await enter(home, revoked)).card().id == a.id
    await compartment.revoke_client(reader.client.id)
    async for _ in _gone(home, _FILES[dead](home, a)):
        for token in (a.token, person, revoked):
            with pytest.raises((Unavailable, RevocationLogBroken, TokenRefused)):
                await enter(home, token)
        with pytest.raises((Unavailable, RevocationLogBroken)):
            await enter(home, a.token)
        with pytest.raises((Unavailable, RevocationLogBroken)):
            await home.mint.exchange(a.client, a.secret, None)
    assert (await enter(home, a.token)).card().id == a.id
    assert (await enter(home, person)).card().id == a.id
    with pytest.raises(TokenRefused):
        await home.mint.from_token(revoked, NOWHERE)
