"""An erasure whose process dies at any step is taken up by the next one, to one receipt that verifies."""

import asyncio
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tenancy.deployment.receipts import verified_receipt
from tenancy.erasure import RETAINED, Receipt, pending_erasures, run_erasure
from tenancy.errors import ServiceError
from tenancy.ids import TenantId
from tenancy.keys.keyring import holder_of
from tenancy.keys.local import KeyDenied
from tenancy.keys.tenant_keys import Family
from tests.tenancy.building import House, Resident, fresh_folder, house
from tests.tenancy.erasure.erasing import ask, fill
from tests.tenancy.lifecycle.rounds import recovered

STEPS: Final = (
    "store.tenant",  # the epoch moves on, the audit says why
    "anchors.note",
    "ledger.append",  # from here on it is ended, whatever is put back later
    "store.registry",  # the erasure is written down
    "provider.destroy",  # from here on no copy of the data opens
    "pool.expel",
    "keyring.evict",
    "chats.evict",
    "store.registry",  # what it spent, month by month: numbers for the books
    "store.purge",
    "blobs.destroy",
    "deletions.destroy",
    "store.registry",  # what the registry knew of it
    "operator_tokens.attest",
    "store.registry",  # the receipt
    "the end",
)
"""What an erasure does, in order; a step that is added later has to be added here, and dies like the others."""
_ENDED: Final = STEPS.index("ledger.append")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A deployment of one tenant that is going to be erased and one that stays, at rest."""

    folder: Path
    gone: Resident
    stays: Resident


@pytest.fixture(scope="module")
def prepared() -> Iterator[Prepared]:
    folder = fresh_folder()

    async def settle() -> Prepared:
        async with house(folder) as home:
            gone, stays = await home.settle("Gone"), await home.settle("Stays")
            for one in (gone, stays):
                await fill(home, one)
            return Prepared(folder, gone, stays)

    yield asyncio.run(settle())
    shutil.rmtree(folder)


async def _run(folder: Path, tenant: TenantId, last: int) -> tuple[int, list[str]]:
    """Erase in a process that dies before step `last`; return its exit code and the steps it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.tenancy.erasure.killed", str(folder), tenant, str(last),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode().split("\n")[:-1]


async def test_an_erasure_disables_access_first_and_signs_last_and_does_nothing_else(
    folder: Path, prepared: Prepared
) -> None:
    """The list of steps is the whole: one that is missing below would never be died at."""
    shutil.copytree(prepared.folder, folder, dirs_exist_ok=True)
    code, steps = await _run(folder, prepared.gone.id, last=1_000)
    assert code == 0
    assert tuple(steps) == STEPS


@pytest.mark.shows("ending.killed")
@pytest.mark.parametrize("step", range(len(STEPS)), ids=[f"{at}-{name}" for at, name in enumerate(STEPS)])
async def test_L42_L46_killed_before_any_step_an_erasure_is_taken_up_and_no_old_backup_opens(
    folder: Path, prepared: Prepared, step: int
) -> None:
    shutil.copytree(prepared.folder, folder, dirs_exist_ok=True)
    backup = folder / "backup"
    shutil.copytree(folder / "data", backup)
    code, _ = await _run(folder, prepared.gone.id, step)
    assert code == -signal.SIGKILL
    async with _restarted(folder) as home:
        receipt = await _taken_up(home, prepared, step)
        _require_proof(home, receipt, prepared)
        assert [part async for part in _content(home, prepared.stays)]
    shutil.rmtree(folder / "data")
    backup.rename(folder / "data")
    async with _restarted(folder) as home:
        await _require_closed(home, prepared.gone)
        assert [part async for part in _content(home, prepared.stays)]
        for erasure in await pending_erasures(home.foundation):
            assert (await run_erasure(home.foundation, erasure)).id == receipt.id
        await _require_closed(home, prepared.gone)


@asynccontextmanager
async def _restarted(folder: Path) -> AsyncIterator[House]:
    """Open the deployment as a process does that starts."""
    async with house(folder) as home:
        await recovered(home.foundation)
        yield home


async def _taken_up(home: House, prepared: Prepared, step: int) -> Receipt:
    """Finish what was begun; whoever asked and was told nothing asks again when nothing had been ended."""
    ended = home.foundation.ledger.latest("tenant", prepared.gone.id)
    assert (ended is not None) == (step > _ENDED)
    if ended is None:
        await ask(home, prepared.gone)
    await _require_closed(home, prepared.gone)
    for erasure in await pending_erasures(home.foundation):
        await run_erasure(home.foundation, erasure)
    receipt = await run_erasure(home.foundation, await ask(home, prepared.gone))
    assert ended is None or receipt.id == ended.data["erasure"]
    return receipt


def _require_proof(home: House, receipt: Receipt, prepared: Prepared) -> None:
    assert receipt.signature is not None
    stated = verified_receipt(receipt.signature, home.foundation.operator_tokens.jwks())
    assert (stated["tenant_id"], stated["state"]) == (prepared.gone.id, "done")
    assert stated["counts_before"]["documents"] == 3
    assert {name for name, count in stated["counts_after"].items() if count} == set(RETAINED)
    assert set(stated["retained"]) == {"audit", "usage_totals"}
    assert stated["retained"]["audit"] > stated["finished_at"]
    assert not home.foundation.provider.exists(holder_of(prepared.gone.id, Family.DATA))
    assert home.foundation.blobs.list(prepared.gone.id) == []


async def _require_closed(home: House, gone: Resident) -> None:
    with pytest.raises(ServiceError):
        await home.enter(gone)
    with pytest.raises(ServiceError):
        await home.mint.exchange(gone.client, gone.secret, None)
    if not home.foundation.provider.exists(holder_of(gone.id, Family.DATA)):
        with pytest.raises(KeyDenied):
            await home.foundation.keyring.open(gone.id)


async def _content(home: House, one: Resident) -> AsyncIterator[bytes]:
    """Yield the original of a tenant's first document."""
    compartment = await home.enter(one)
    async with compartment.snapshot() as records:
        documents, _ = await records.documents.page(10, None)
    async for part in compartment.blobs.read(documents[-1].upload.blob):
        yield part
